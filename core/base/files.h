// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace saddle {

/// Reads a whole file of at most `limit` bytes. A folder, a missing or an unreadable file is an Error that names it.
Result<std::string> readFile(const std::filesystem::path& path, std::size_t limit);

/// Writes a file whole or not at all: to a temporary name beside it, synced, then renamed over it.
Status writeFileWhole(const std::filesystem::path& path, std::string_view bytes);

/// Whether something new may be written in a folder: it is not there yet, or empty. Nothing is ever written over.
Status checkEmptyFolder(const std::filesystem::path& folder);
/// The same, and makes it.
Status makeEmptyFolder(const std::filesystem::path& folder);

/// A path from the root on that ends in a name: "run/" and "run/." become "/home/…/run".
std::filesystem::path namedPath(const std::filesystem::path& path);

/// Asks the disk to keep a file's bytes; one that is not there is none of its business.
void syncFile(const std::filesystem::path& path);
/// Asks the disk to keep a folder's entries (after a rename in it).
void syncFolder(const std::filesystem::path& folder);

/// What errno says, as a remedy a person can act on ("free some space", "choose a folder you may write to").
Error systemError(int code, const std::string& what, const std::filesystem::path& path);

/// XDG base folders of the user: "saddle" inside data, cache and config. Not created.
std::filesystem::path userDataFolder();
std::filesystem::path userCacheFolder();
std::filesystem::path userConfigFolder();

} // namespace saddle
