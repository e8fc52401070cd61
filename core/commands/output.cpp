// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/commands/output.h"

#include "core/base/files.h"

#include <cerrno>

#include <unistd.h>

namespace saddle {

namespace fs = std::filesystem;

Status checkOutputFile(const fs::path& file)
{
    std::error_code error;
    if (fs::is_directory(file, error))
        return Error{"this is a folder, not a file", file.string(), "name a file by --out"};
    const fs::path folder = fs::absolute(file, error).parent_path();
    if (!fs::is_directory(folder, error))
        return Error{"there is no such folder", folder.string(), "make it, or name another by --out"};
    if (::access(folder.c_str(), W_OK | X_OK) != 0)
        return systemError(errno, "the folder cannot be written", folder);
    return {};
}

} // namespace saddle
