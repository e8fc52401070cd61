// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <filesystem>

namespace saddle {

/// A file that is locked as a whole while this lives. The lock belongs to the open file, not to the process: two
/// holders in one process exclude each other too. The kernel lets go when the process ends, however it ends, so a lock
/// never outlives its holder; the file stays and means nothing by itself. On file systems that know no locks, nothing
/// is held.
class FileLock {
public:
    /// Takes the lock at once. Where another has it, the Error is `held`, with its process number at the end of what it
    /// says.
    static Result<FileLock> take(const std::filesystem::path& file, Error held);
    /// Waits for the lock: for work that is short.
    static Result<FileLock> await(const std::filesystem::path& file);

    FileLock() = default;
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;
    ~FileLock();

    bool isHeld() const { return m_descriptor >= 0; }

private:
    explicit FileLock(int descriptor);

    int m_descriptor = -1;
};

/// Whether some process has the lock at this moment. Asking does not get in its way.
bool isLocked(const std::filesystem::path& file);

} // namespace saddle
