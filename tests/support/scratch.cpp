// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/scratch.h"

#include <fstream>

namespace saddle::test {

std::filesystem::path Scratch::path(const std::string& name) const
{
    return std::filesystem::path(m_folder.path().toStdString()) / name;
}

std::filesystem::path Scratch::write(const std::string& name, std::string_view bytes) const
{
    std::filesystem::path file = path(name);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return file;
}

} // namespace saddle::test
