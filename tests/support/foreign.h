// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace saddle::test {

/// A file that tests/foreign/make_generators.py wrote.
inline std::filesystem::path foreignFile(const std::string& name)
{
    return std::filesystem::path(SADDLE_FOREIGN_FILES) / name;
}

} // namespace saddle::test
