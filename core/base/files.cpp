// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"

#include "core/base/descriptor.h"
#include "core/base/whole_file.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>

namespace saddle {

namespace fs = std::filesystem;

namespace {

fs::path xdgFolder(const char* variable, const char* fallback)
{
    const char* value = std::getenv(variable);
    if (value && *value == '/')
        return fs::path(value) / "saddle";
    const char* home = std::getenv("HOME");
    return fs::path(home ? home : "/tmp") / fallback / "saddle";
}

} // namespace

Error systemError(int code, const std::string& what, const fs::path& path)
{
    std::string remedy;
    switch (code) {
    case ENOSPC:
    case EDQUOT:
        remedy = "free some space on that disk, then try again";
        break;
    case EACCES:
    case EPERM:
    case EROFS:
        remedy = "choose a place you may read and write, or change its permissions";
        break;
    case ENOENT:
        remedy = "check the path";
        break;
    case EISDIR:
        remedy = "give a file, not a folder";
        break;
    default:
        break;
    }
    return {what + " (" + std::strerror(code) + ")", path.string(), remedy};
}

Result<std::string> readFile(const fs::path& path, std::size_t limit)
{
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0)
        return systemError(errno, "the file cannot be opened", path);
    struct stat info { };
    if (::fstat(file.get(), &info) != 0)
        return systemError(errno, "the file cannot be read", path);
    if (S_ISDIR(info.st_mode))
        return Error{"this is a folder, not a file", path.string(), "give the file itself"};
    std::string text;
    char block[65536];
    while (true) {
        const ssize_t got = ::read(file.get(), block, sizeof block);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return systemError(errno, "the file cannot be read", path);
        if (got == 0)
            return text;
        if (text.size() + static_cast<std::size_t>(got) > limit) {
            return Error{"the file is larger than " + std::to_string(limit >> 20) + " MiB", path.string(),
                "check that this is the right file"};
        }
        text.append(block, static_cast<std::size_t>(got));
    }
}

Status writeFileWhole(const fs::path& path, std::string_view bytes)
{
    Result<WholeFile> file = WholeFile::create(path);
    if (!file)
        return file.error();
    if (Status written = file->append(bytes.data(), bytes.size()); !written)
        return written;
    return file->commit();
}

Status checkEmptyFolder(const fs::path& folder)
{
    constexpr const char* remedy = "choose a new or an empty folder";
    std::error_code error;
    const fs::file_status status = fs::status(folder, error);
    if (!fs::exists(status))
        return {};
    if (!fs::is_directory(status))
        return Error{"this is a file, not a folder", folder.string(), remedy};
    const bool empty = fs::is_empty(folder, error);
    if (error)
        return systemError(error.value(), "the folder cannot be read", folder);
    if (!empty)
        return Error{"there is something here already", folder.string(), remedy};
    return {};
}

Status makeEmptyFolder(const fs::path& folder)
{
    if (Status usable = checkEmptyFolder(folder); !usable)
        return usable;
    std::error_code error;
    fs::create_directories(folder, error);
    return error ? Status(systemError(error.value(), "the folder cannot be made", folder)) : Status();
}

fs::path namedPath(const fs::path& path)
{
    std::error_code error;
    const fs::path whole = fs::absolute(path, error).lexically_normal();
    return whole.has_filename() ? whole : whole.parent_path();
}

void syncFile(const fs::path& path)
{
    const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (descriptor.get() >= 0)
        ::fsync(descriptor.get());
}

void syncFolder(const fs::path& folder)
{
    const Descriptor descriptor(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.get() >= 0)
        ::fsync(descriptor.get());
}

fs::path userDataFolder()
{
    return xdgFolder("XDG_DATA_HOME", ".local/share");
}
fs::path userCacheFolder()
{
    return xdgFolder("XDG_CACHE_HOME", ".cache");
}
fs::path userConfigFolder()
{
    return xdgFolder("XDG_CONFIG_HOME", ".config");
}

} // namespace saddle
