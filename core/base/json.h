// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace saddle {

/// Keys keep the order they were written in, so that a person finds an experiment as they left it.
using Json = nlohmann::ordered_json;

/// Parses JSON text; the error names `where` with line and column. Refused as well: a NUL byte, and more than 100
/// levels of nesting.
Result<Json> parseJson(std::string_view text, const std::string& where);

/// Reads and parses a JSON file of at most 16 MiB.
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
