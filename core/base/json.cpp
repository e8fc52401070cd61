// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/json.h"

#include "core/base/files.h"

namespace saddle {

Result<Json> parseJson(std::string_view text, const std::string& where)
{
    try {
        return Json::parse(text);
    } catch (const Json::parse_error& error) {
        const std::size_t end = std::min(error.byte, text.size());
        std::size_t line = 1;
        std::size_t column = 1;
        for (std::size_t i = 0; i + 1 < end; ++i) {
            if (text[i] == '\n') {
                ++line;
                column = 1;
            } else {
                ++column;
            }
        }
        return Error {"this is not valid JSON",
            where + ", line " + std::to_string(line) + ", column " + std::to_string(column),
            "look for a missing comma, quote or bracket there"};
    } catch (const std::exception& error) {
        return Error {std::string("this is not valid JSON (") + error.what() + ")", where, "check the file"};
    }
}

Result<Json> readJson(const std::filesystem::path& path)
{
    constexpr std::size_t limit = 16u << 20;
    Result<std::string> text = readFile(path, limit);
    if (!text)
        return text.error();
    return parseJson(*text, path.string());
}

std::string prettyJson(const Json& json)
{
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

const Json* findPath(const Json& json, std::string_view path)
{
    const Json* node = &json;
    while (!path.empty()) {
        const std::size_t dot = path.find('.');
        const std::string key(path.substr(0, dot));
        path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
        if (!node->is_object())
            return nullptr;
        const auto found = node->find(key);
        if (found == node->end())
            return nullptr;
        node = &*found;
    }
    return node;
}

void setPath(Json& json, std::string_view path, Json value)
{
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
