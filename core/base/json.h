// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <limits>
#include <string>
#include <string_view>

extern template class nlohmann::basic_json<nlohmann::ordered_map>; // by json.cpp, for all

namespace saddle {

/// Keys keep the order they were written in, so that a person finds an experiment as they left it.
using Json = nlohmann::ordered_json;

/// No document of this program nests deeper. What copies, merges or prints one calls itself once a level, so that text
/// from outside must not choose how deep that goes.
constexpr int documentDepth = 100;

/// Parses JSON text; the error names `where` with line and column. Refused as well: a NUL byte, and nesting beyond
/// `maximumDepth` levels.
Result<Json> parseJson(
    std::string_view text, const std::string& where, int maximumDepth = std::numeric_limits<int>::max());

/// Reads and parses a JSON file of at most 16 MiB and documentDepth levels.
Result<Json> readJson(const std::filesystem::path& path);

/// Two-space indented text with a final newline.
std::string prettyJson(const Json& json);

/// A value in a sentence: one line of JSON, cut short where it is long. Never throws, whatever bytes a text holds.
std::string jsonText(const Json& json);

/// The value at a dotted path ("optimisers.generator.beta1"), or null when there is none. The empty path is the
/// document itself; "a." is the key "" inside "a".
const Json* findPath(const Json& json, std::string_view path);

/// Writes a value at a dotted path, making objects on the way: findPath then finds it there.
void setPath(Json& json, std::string_view path, Json value);

} // namespace saddle
