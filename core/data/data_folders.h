// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace saddle {

/// Where a data set of that name is looked for: the given folder alone, or, when it is empty, NAME in the folder that
/// the variable SADDLE_DATA names and in the user's data folder (~/.local/share/saddle/data).
std::vector<std::filesystem::path> dataFolders(const std::filesystem::path& given, const std::string& name);

/// The folders in a sentence: "/a/mnist and /b/mnist".
std::string joinedFolders(const std::vector<std::filesystem::path>& folders);

} // namespace saddle
