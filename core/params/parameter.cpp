// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/params/parameter.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

namespace saddle {

namespace {

/// In every locale with a point: Qt takes over that of the user.
std::string numberText(double value)
{
    char text[32];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value, std::chars_format::general, 10);
    return std::string(text, end);
}

std::string wordOf(const Json& value)
{
    return value.is_string() ? value.get<std::string>() : jsonText(value);
}

Error refuse(const std::string& what, const std::string& where, const std::string& remedy)
{
    return {what, where, remedy};
}

Result<Json> checkNumber(const Parameter& parameter, const Json& value, const std::string& where)
{
    const bool integer = parameter.type == ParameterType::Integer;
    if (!value.is_number()) {
        return refuse(jsonText(value) + " is not a number", where, integer ? "give a whole number" : "give a number");
    }
    const double number = value.get<double>();
    if (!std::isfinite(number))
        return refuse("this is not a finite number", where, "give a finite number");
    const std::string range = parameter.rangeText();
    if (number < parameter.min || number > parameter.max)
        return refuse(numberText(number) + " is out of range", where, "give " + range);
    if (!integer)
        return Json(number);
    if (number != std::floor(number) || std::abs(number) > 9007199254740992.0)
        return refuse(numberText(number) + " is not a whole number", where, "give a whole number");
    return Json(static_cast<std::int64_t>(number));
}

Result<Json> checkSizes(const Json& value, const std::string& where)
{
    const Json sizes = value.is_string() ? sizesFromText(value.get<std::string>()) : value;
    bool good = sizes.is_array() && !sizes.empty() && sizes.size() <= 8;
    for (std::size_t i = 0; good && i < sizes.size(); ++i) {
        good = sizes[i].is_number_integer() && sizes[i].get<std::int64_t>() >= 1
            && sizes[i].get<std::int64_t>() <= largestSize;
    }
    if (!good)
        return refuse(
            jsonText(value) + " is not a list of sizes", where, "write for example [128, 7, 7] or \"128x7x7\"");
    return sizes;
}

Result<Json> checkPoints(const Parameter& parameter, const Json& value, const std::string& where)
{
    const char* const remedy = "write for example [[-1, 0], [0.5, 0.5]]";
    if (!value.is_array())
        return refuse(jsonText(value) + " is not a list of points", where, remedy);
    if (value.size() > mostPoints) {
        return refuse("these are " + std::to_string(value.size()) + " points", where,
            "give at most " + std::to_string(mostPoints));
    }
    Json points = Json::array();
    for (std::size_t i = 0; i < value.size(); ++i) {
        const Json& point = value[i];
        const std::string place = where + "[" + std::to_string(i) + "]";
        if (!point.is_array() || point.size() != 2)
            return refuse(jsonText(point) + " is not a pair [x, y]", place, remedy);
        Json pair = Json::array();
        for (const Json& coordinate : point) {
            Result<Json> checked = checkNumber(parameter, coordinate, place);
            if (!checked)
                return checked;
            pair.push_back(*std::move(checked));
        }
        points.push_back(std::move(pair));
    }
    return points;
}

} // namespace

Result<Json> Parameter::check(const Json& value, const std::string& where) const
{
    switch (type) {
    case ParameterType::Boolean:
        if (!value.is_boolean())
            return refuse(jsonText(value) + " is neither true nor false", where, "give true or false");
        return value;
    case ParameterType::Integer:
    case ParameterType::Real:
        return checkNumber(*this, value, where);
    case ParameterType::Choice: {
        std::vector<std::string> known;
        std::string all;
        for (const ChoiceItem& item : choices) {
            known.push_back(item.value);
            all += (all.empty() ? "" : ", ") + item.value;
        }
        if (!value.is_string())
            return refuse(jsonText(value) + " is not one of the choices", where, "give one of: " + all);
        const std::string word = value.get<std::string>();
        if (std::find(known.begin(), known.end(), word) != known.end())
            return value;
        const std::string near = nearestWord(word, known);
        return refuse("there is no choice “" + word + "”", where,
            near.empty() ? "give one of: " + all : "did you mean “" + near + "”? The choices are: " + all);
    }
    case ParameterType::Text:
    case ParameterType::Path:
        if (!value.is_string())
            return refuse(jsonText(value) + " is not a text", where, "put it in quotes");
        return value;
    case ParameterType::Sizes:
        return checkSizes(value, where);
    case ParameterType::Points:
        return checkPoints(*this, value, where);
    }
    return refuse("this type is unknown", where, "");
}

std::string Parameter::rangeText() const
{
    const bool low = std::isfinite(min);
    const bool high = std::isfinite(max);
    if (low && high)
        return numberText(min) + " to " + numberText(max);
    if (low)
        return "at least " + numberText(min);
    if (high)
        return "at most " + numberText(max);
    return {};
}

bool Parameter::visibleIn(const Json& section) const
{
    if (visibleWhen.key.empty())
        return true;
    const Json* other = findPath(section, visibleWhen.key);
    return other
        && std::find(visibleWhen.values.begin(), visibleWhen.values.end(), wordOf(*other)) != visibleWhen.values.end();
}

Json valueFromText(const std::string& text)
{
    Result<Json> value = parseJson(text, "", documentDepth);
    return value ? *std::move(value) : Json(text);
}

std::string sizesText(const Json& sizes)
{
    std::string text;
    for (const Json& size : sizes)
        text += (text.empty() ? "" : "x") + size.dump();
    return text;
}

Json sizesFromText(const std::string& text)
{
    Json sizes = Json::array();
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end) {
        std::int64_t size = 0;
        const auto [next, error] = std::from_chars(at, end, size);
        if (error != std::errc() || (next != end && (*next != 'x' || next + 1 == end)))
            return Json::array();
        sizes.push_back(size);
        at = next == end ? end : next + 1;
    }
    return sizes;
}

const char* appliesName(Applies applies)
{
    switch (applies) {
    case Applies::Live:
        return "live";
    case Applies::Epoch:
        return "epoch";
    case Applies::Restart:
        return "restart";
    }
    return "";
}

std::string nearestWord(const std::string& word, const std::vector<std::string>& known)
{
    std::string best;
    std::size_t bestDistance = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const std::string& candidate : known) {
        std::vector<std::size_t> row(candidate.size() + 1);
        std::iota(row.begin(), row.end(), std::size_t{0});
        for (std::size_t i = 1; i <= word.size(); ++i) {
            std::size_t diagonal = row[0];
            row[0] = i;
            for (std::size_t j = 1; j <= candidate.size(); ++j) {
                const std::size_t above = row[j];
                row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (word[i - 1] == candidate[j - 1] ? 0 : 1)});
                diagonal = above;
            }
        }
        if (row.back() < bestDistance) {
            bestDistance = row.back();
            best = candidate;
        }
    }
    return best;
}

} // namespace saddle
