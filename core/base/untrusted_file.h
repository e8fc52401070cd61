// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/json.h"

#include <cstddef>
#include <filesystem>
#include <string>

namespace saddle {

/// Files that others may have put in place. Read is only what is a plain file: a link is not followed, a pipe or a
/// device not waited for. An Error names the file.

/// The whole of a file of at most `limit` bytes.
Result<std::string> readUntrusted(const std::filesystem::path& file, std::size_t limit);

/// A JSON file of at most `limit` bytes and documentDepth levels.
Result<Json> readUntrustedJson(const std::filesystem::path& file, std::size_t limit = std::size_t{16} << 20);

/// The first line and the last lines of a text, however long it is.
struct TextEnds {
    std::string firstLine; ///< without its newline; empty where it has none within `most` bytes
    std::string tail; ///< whole lines only, each with its newline; a torn last line is left out
};
/// Reads at most twice `most` bytes.
Result<TextEnds> readEnds(const std::filesystem::path& file, std::size_t most);

} // namespace saddle
