// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/file_lock.h"

#include <filesystem>
#include <utility>

namespace saddle {

/// Keeps a run to one writer: RUN/lock is held while a session writes the run, by this process or another.
class RunLock {
public:
    /// An Error names the process that has the run.
    static Result<RunLock> take(const std::filesystem::path& runFolder);

    RunLock() = default;

private:
    explicit RunLock(FileLock lock)
        : m_lock(std::move(lock))
    {
    }

    FileLock m_lock;
};

/// Whether a session writes the run at this moment. Asking does not get in its way.
bool runIsLocked(const std::filesystem::path& runFolder);

} // namespace saddle
