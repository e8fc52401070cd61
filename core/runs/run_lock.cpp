// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/run_lock.h"

#include <utility>

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
    return RunLock(*std::move(lock));
}

bool runIsLocked(const std::filesystem::path& runFolder)
{
    return isLocked(runFolder / fileName);
}

} // namespace saddle
