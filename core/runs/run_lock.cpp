// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/run_lock.h"

#include "core/base/files.h"

#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace saddle {

namespace {

constexpr const char* fileName = "lock";

/// Locks of this kind belong to the open file, not to the process: two windows of one process exclude each other too,
/// and closing another descriptor of the file does not let go.
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

} // namespace

Result<RunLock> RunLock::take(const std::filesystem::path& runFolder)
{
    const std::filesystem::path file = runFolder / fileName;
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (descriptor < 0)
        return systemError(errno, "the run cannot be locked", file);
    RunLock lock(descriptor);
    struct flock wanted = wholeFile(F_WRLCK);
    if (::fcntl(descriptor, F_OFD_SETLK, &wanted) != 0) {
        if (errno == EAGAIN || errno == EACCES) {
            return Error{"another Saddle is writing this run" + holder(descriptor), runFolder.string(),
                "end it there first, or fork the run"};
        }
        return lock;
    }
    const std::string process = std::to_string(::getpid()) + "\n";
    // Only for the sentence above: a disk that is full does not matter here.
    [[maybe_unused]] const bool told = ::ftruncate(descriptor, 0) == 0
        && ::pwrite(descriptor, process.data(), process.size(), 0) == static_cast<ssize_t>(process.size());
    return lock;
}

RunLock::RunLock(int descriptor)
    : m_descriptor(descriptor)
{
}

RunLock::RunLock(RunLock&& other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1))
{
}

RunLock& RunLock::operator=(RunLock&& other) noexcept
{
    std::swap(m_descriptor, other.m_descriptor);
    return *this;
}

RunLock::~RunLock()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

bool runIsLocked(const std::filesystem::path& runFolder)
{
    const int descriptor = ::open((runFolder / fileName).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0)
        return false;
    struct flock asked = wholeFile(F_RDLCK);
    const bool locked = ::fcntl(descriptor, F_OFD_GETLK, &asked) == 0 && asked.l_type != F_UNLCK;
    ::close(descriptor);
    return locked;
}

} // namespace saddle
