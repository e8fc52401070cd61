// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/json.h"

#include "core/base/files.h"

#include <algorithm>
#include <optional>

template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace saddle {

namespace {

std::string placeAt(std::string_view text, std::size_t byte, const std::string& where)
{
    std::size_t line = 1;
    std::size_t column = 1;
    for (std::size_t i = 0; i < std::min(byte, text.size()); ++i) {
        if (text[i] == '\n') {
            ++line;
            column = 1;
        } else {
            ++column;
        }
    }
    return where + ", line " + std::to_string(line) + ", column " + std::to_string(column);
}

/// Where the first bracket beyond the permitted depth stands.
std::optional<std::size_t> tooDeep(std::string_view text, int maximumDepth)
{
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            if (++depth > maximumDepth)
                return i;
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return std::nullopt;
}

} // namespace

Result<Json> parseJson(std::string_view text, const std::string& where, int maximumDepth)
{
    // The parser would take a NUL for the end and never see what stands behind it.
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos)
        return Error{
            "there is a NUL byte in this text", placeAt(text, nul, where), "check that this is the right file"};
    if (const std::optional<std::size_t> deep = tooDeep(text, maximumDepth)) {
        return Error{"more than " + std::to_string(maximumDepth) + " levels are nested here",
            placeAt(text, *deep, where), "check that this is the right file"};
    }
    try {
        return Json::parse(text);
    } catch (const Json::parse_error& error) {
        const std::size_t end = std::min(error.byte, text.size());
        return Error{"this is not valid JSON", placeAt(text, end > 0 ? end - 1 : 0, where),
            "look for a missing comma, quote or bracket there"};
    } catch (const std::exception& error) {
        return Error{std::string("this is not valid JSON (") + error.what() + ")", where, "check the file"};
    }
}

Result<Json> readJson(const std::filesystem::path& path)
{
    constexpr std::size_t limit = 16u << 20;
    Result<std::string> text = readFile(path, limit);
    if (!text)
        return text.error();
    return parseJson(*text, path.string(), documentDepth);
}

std::string prettyJson(const Json& json)
{
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string jsonText(const Json& json)
{
    constexpr std::size_t longest = 120;
    std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.size() <= longest)
        return text;
    std::size_t end = longest;
    while ((static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) // not inside a character
        --end;
    return text.substr(0, end) + "…";
}

const Json* findPath(const Json& json, std::string_view path)
{
    const Json* node = &json;
    if (path.empty())
        return node;
    while (true) {
        if (!node->is_object())
            return nullptr;
        const std::size_t dot = path.find('.');
        const auto found = node->find(std::string(path.substr(0, dot)));
        if (found == node->end())
            return nullptr;
        node = &*found;
        if (dot == std::string_view::npos)
            return node;
        path = path.substr(dot + 1);
    }
}

void setPath(Json& json, std::string_view path, Json value)
{
    if (path.empty()) {
        json = std::move(value);
        return;
    }
    Json* node = &json;
    while (true) {
        if (!node->is_object())
            *node = Json::object();
        const std::size_t dot = path.find('.');
        Json& child = (*node)[std::string(path.substr(0, dot))];
        if (dot == std::string_view::npos) {
            child = std::move(value);
            return;
        }
        node = &child;
        path = path.substr(dot + 1);
    }
}

} // namespace saddle
