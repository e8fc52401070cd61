// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <filesystem>

namespace saddle {

/// Keeps a run to one writer: RUN/lock is held while a session writes the run, by this process or another. The kernel
/// lets go when the process ends, however it ends, so a lock never outlives its holder; the file stays and means
/// nothing by itself. On file systems that know no locks, nothing is held.
class RunLock {
public:
    /// An Error names the process that has the run.
    static Result<RunLock> take(const std::filesystem::path& runFolder);

    RunLock() = default;
    RunLock(RunLock&& other) noexcept;
    RunLock& operator=(RunLock&& other) noexcept;
    ~RunLock();

private:
    explicit RunLock(int descriptor);

    int m_descriptor = -1;
};

/// Whether a session writes the run at this moment. Asking does not get in its way.
bool runIsLocked(const std::filesystem::path& runFolder);

} // namespace saddle
