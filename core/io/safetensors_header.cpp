// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/safetensors_header.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>
#include <utility>

namespace saddle {

namespace {

constexpr const char* anotherCopy = "use another copy";

/// A name from a file that may hold anything, short enough for a message.
std::string shown(const std::string& name)
{
    return name.size() <= 100 ? name : name.substr(0, 100) + "...";
}

/// Takes the header's JSON event by event. A document tree would need many times the header's size before its first
/// check, and would let a doubled name pass.
class HeaderEvents final : public nlohmann::json_sax<nlohmann::json> {
public:
    TensorLayout layout;
    std::string problem; ///< why the events were refused, or empty

    bool null() override { return unexpected(); }
    bool boolean(bool) override { return unexpected(); }
    bool number_float(double, const std::string&) override { return unexpected(); }
    bool binary(nlohmann::json::binary_t&) override { return unexpected(); }
    // Only negative numbers come here.
    bool number_integer(std::int64_t) override { return unexpected(); }

    bool number_unsigned(std::uint64_t value) override
    {
        if (m_depth != 3)
            return unexpected();
        if (m_numbers.size() == maximumRank)
            return refuse("the tensor has more than " + std::to_string(maximumRank) + " dimensions");
        m_numbers.push_back(value);
        return true;
    }

    bool string(std::string& value) override
    {
        if (m_depth != 2)
            return unexpected();
        if (m_metadata) {
            layout.metadata[m_key] = std::move(value);
            return true;
        }
        if (m_key != "dtype")
            return unexpected();
        const std::optional<DType> dtype = dtypeNamed(value);
        if (!dtype)
            return refuse("the element type \"" + shown(value) + "\" is not known");
        layout.places.back().dtype = *dtype;
        return true;
    }

    bool start_object(std::size_t) override
    {
        if (m_depth > 1)
            return unexpected();
        if (++m_depth == 2 && !m_metadata)
            layout.places.emplace_back().name = m_name;
        m_fields.clear();
        return true;
    }

    bool key(std::string& name) override
    {
        if (m_depth == 1) {
            m_name = name;
            m_metadata = name == "__metadata__";
            return m_names.insert(name).second || refuse("the name occurs twice");
        }
        m_key = name;
        if (!m_metadata && name != "dtype" && name != "shape" && name != "data_offsets")
            return refuse("the key \"" + shown(name) + "\" is not part of the format");
        return m_fields.insert(name).second || refuse("the key \"" + shown(name) + "\" occurs twice");
    }

    bool end_object() override
    {
        if (m_depth-- == 2 && !m_metadata && m_fields.size() != 3)
            return refuse("dtype, shape or data_offsets is missing");
        return true;
    }

    bool start_array(std::size_t) override
    {
        if (m_depth != 2 || m_metadata || m_key == "dtype")
            return unexpected();
        ++m_depth;
        m_numbers.clear();
        return true;
    }

    bool end_array() override
    {
        --m_depth;
        TensorPlace& place = layout.places.back();
        if (m_key == "shape") {
            for (const std::uint64_t number : m_numbers) {
                if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
                    return refuse("the shape is too large");
                place.shape.push_back(static_cast<std::int64_t>(number));
            }
            return true;
        }
        if (m_numbers.size() != 2)
            return refuse("data_offsets must be two numbers");
        place.begin = m_numbers[0];
        place.end = m_numbers[1];
        return true;
    }

    bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override
    {
        m_name.clear();
        return refuse("the header is not valid JSON at byte " + std::to_string(position));
    }

    /// "FILE: tensor NAME" of the problem.
    std::string place(const std::string& where) const { return m_name.empty() ? where : where + ": " + shown(m_name); }

private:
    bool refuse(std::string why)
    {
        problem = std::move(why);
        return false;
    }
    bool unexpected() { return refuse("the header is not what the safetensors format says"); }

    int m_depth = 0; ///< 1 in the header, 2 in a tensor or the metadata, 3 in a list of numbers
    bool m_metadata = false;
    std::string m_name;
    std::string m_key;
    std::set<std::string> m_names;
    std::set<std::string> m_fields; ///< keys seen in the object at depth 2
    std::vector<std::uint64_t> m_numbers;
};

std::string range(std::uint64_t begin, std::uint64_t end)
{
    return "bytes " + std::to_string(begin) + " to " + std::to_string(end);
}

/// What is wrong with one tensor's own numbers, or an empty text.
std::string placeProblem(const TensorPlace& place, std::uint64_t dataSize)
{
    const std::optional<std::uint64_t> size = shapeBytes(place.shape, dtypeSize(place.dtype));
    if (!size)
        return "the shape is too large";
    if (place.begin > place.end)
        return "its data ends before it begins (" + range(place.begin, place.end) + ")";
    if (place.end - place.begin != *size) {
        return "its shape and type need " + std::to_string(*size) + " bytes, but its data has "
            + std::to_string(place.end - place.begin);
    }
    if (place.end > dataSize) {
        return "its data (" + range(place.begin, place.end) + ") lies beyond the end of the file's "
            + std::to_string(dataSize) + " bytes";
    }
    return {};
}

} // namespace

std::optional<std::uint64_t> shapeBytes(const std::vector<std::int64_t>& shape, std::size_t elementSize)
{
    constexpr auto limit = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    std::uint64_t bytes = elementSize;
    for (const std::int64_t side : shape) {
        if (side < 0 || (side > 0 && bytes > limit / static_cast<std::uint64_t>(side)))
            return std::nullopt;
        bytes *= static_cast<std::uint64_t>(side);
    }
    return bytes;
}

Result<TensorLayout> parseTensorHeader(std::string_view json, std::uint64_t dataSize, const std::string& where)
{
    if (!json.starts_with('{'))
        return Error{"this is not a safetensors file: its header is not JSON", where, "give a safetensors file"};
    // The parser would take a NUL for the end of the text and pass over what follows.
    if (const std::size_t nul = json.find('\0'); nul != std::string_view::npos)
        return Error{"the header is not valid JSON at byte " + std::to_string(nul + 1), where, anotherCopy};
    HeaderEvents events;
    if (!nlohmann::json::sax_parse(json.begin(), json.end(), &events))
        return Error{events.problem, events.place(where), anotherCopy};
    TensorLayout layout = std::move(events.layout);
    for (const TensorPlace& place : layout.places) {
        if (std::string problem = placeProblem(place, dataSize); !problem.empty())
            return Error{std::move(problem), where + ": " + shown(place.name), anotherCopy};
    }
    // A JSON object has no order, so the header's own says nothing.
    std::sort(layout.places.begin(), layout.places.end(), [](const TensorPlace& a, const TensorPlace& b) {
        return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
    });
    std::uint64_t position = 0;
    for (const TensorPlace& place : layout.places) {
        if (place.begin != position) {
            return Error{place.begin < position ? "its data overlaps that of another tensor"
                                                : "there is a gap in front of its data",
                where + ": " + shown(place.name), anotherCopy};
        }
        position = place.end;
    }
    if (position != dataSize) {
        return Error{
            "there are " + std::to_string(dataSize - position) + " bytes behind the last tensor", where, anotherCopy};
    }
    return layout;
}

} // namespace saddle
