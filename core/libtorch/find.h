// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <filesystem>
#include <string>

namespace saddle {

/// Marks a folder of LibTorch that was filled to its end; packaging/setup.sh writes and asks for it too.
inline constexpr const char* libtorchStamp = ".saddle-complete";

/// What can be done instead of fetching LibTorch, as a sentence.
std::string giveLibtorch(const std::string& version);

/// Where LibTorch is kept once fetched, "~/.cache/saddle/libtorch": each set in a folder VERSION-SET of its own.
std::filesystem::path libtorchCache();

/// The folder of shared libraries of an unpacked LibTorch, as the wheel lays it out (FOLDER/torch/lib) or the archive
/// for C++ does (FOLDER/lib). Refuses a folder that has none, and one of another version than `version` ("2.11.0")
/// where its headers tell: from one minor version to the next the libraries do not fit the program.
Result<std::filesystem::path> libtorchLibraries(const std::filesystem::path& folder, const std::string& version);

} // namespace saddle
