// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/data_folders.h"

#include "core/base/files.h"

#include <cstdlib>

namespace saddle {

std::vector<std::filesystem::path> dataFolders(const std::filesystem::path& given, const std::string& name)
{
    if (!given.empty())
        return {given};
    std::vector<std::filesystem::path> folders;
    if (const char* named = std::getenv("SADDLE_DATA"); named && *named)
        folders.push_back(std::filesystem::path(named) / name);
    folders.push_back(userDataFolder() / "data" / name);
    return folders;
}

std::string joinedFolders(const std::vector<std::filesystem::path>& folders)
{
    std::string text;
    for (const std::filesystem::path& folder : folders)
        text += (text.empty() ? "" : " and ") + folder.string();
    return text;
}

} // namespace saddle
