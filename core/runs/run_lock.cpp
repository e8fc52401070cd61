// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/run_lock.h"

#include "core/base/file_lock.h"

#include <utility>

#include <unistd.h>

namespace saddle {

namespace {

constexpr const char* fileName = "lock";

} // namespace

Result<RunLock> RunLock::take(const std::filesystem::path& runFolder)
{
    Result<FileLock> lock = FileLock::take(runFolder / fileName,
        {"another Saddle is writing this run", runFolder.string(), "end it there first, or fork the run"});
    if (!lock)
        return lock.error();
    return RunLock(lock->release());
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
    return isLocked(runFolder / fileName);
}

} // namespace saddle
