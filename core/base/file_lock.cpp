// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/file_lock.h"

#include "core/base/descriptor.h"
#include "core/base/files.h"

#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace saddle {

namespace {

struct flock wholeFile(short type)
{
    struct flock lock { };
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return lock;
}

std::string holder(int descriptor)
{
    char text[64];
    const ssize_t size = ::pread(descriptor, text, sizeof text, 0);
    const std::string said(text, size > 0 ? static_cast<std::size_t>(size) : 0);
    const std::string process = said.substr(0, said.find('\n'));
    const bool number = !process.empty() && process.find_first_not_of("0123456789") == std::string::npos;
    return number ? " (process " + process + ")" : std::string();
}

int openToLock(const std::filesystem::path& file)
{
    return ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
}

} // namespace

Result<FileLock> FileLock::take(const std::filesystem::path& file, Error held)
{
    const int descriptor = openToLock(file);
    if (descriptor < 0)
        return systemError(errno, "the file cannot be locked", file);
    FileLock lock(descriptor);
    struct flock wanted = wholeFile(F_WRLCK);
    if (::fcntl(descriptor, F_OFD_SETLK, &wanted) != 0) {
        if (errno != EAGAIN && errno != EACCES)
            return lock;
        held.what += holder(descriptor);
        return held;
    }
    const std::string process = std::to_string(::getpid()) + "\n";
    // Only for the words above: a disk that is full does not matter here.
    [[maybe_unused]] const bool told = ::ftruncate(descriptor, 0) == 0
        && ::pwrite(descriptor, process.data(), process.size(), 0) == static_cast<ssize_t>(process.size());
    return lock;
}

Result<FileLock> FileLock::await(const std::filesystem::path& file)
{
    const int descriptor = openToLock(file);
    if (descriptor < 0)
        return systemError(errno, "the file cannot be locked", file);
    FileLock lock(descriptor);
    struct flock wanted = wholeFile(F_WRLCK);
    while (::fcntl(descriptor, F_OFD_SETLKW, &wanted) != 0 && errno == EINTR) { }
    return lock;
}

FileLock::FileLock(int descriptor)
    : m_descriptor(descriptor)
{
}

FileLock::FileLock(FileLock&& other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1))
{
}

FileLock& FileLock::operator=(FileLock&& other) noexcept
{
    std::swap(m_descriptor, other.m_descriptor);
    return *this;
}

FileLock::~FileLock()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

bool isLocked(const std::filesystem::path& file)
{
    const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct flock asked = wholeFile(F_RDLCK);
    return opened.get() >= 0 && ::fcntl(opened.get(), F_OFD_GETLK, &asked) == 0 && asked.l_type != F_UNLCK;
}

} // namespace saddle
