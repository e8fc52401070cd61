// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/job_thread.h"
#include "core/runs/checkpoints.h"
#include "core/runs/retention.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace saddle {

/// A checkpoint that was written, or not.
struct WrittenCheckpoint {
    std::int64_t step = 0;
    std::string reason;
    Result<std::filesystem::path> place = Error{};
    Fault::Kind fault = Fault::Kind::Disk; ///< where it was not written: whether the disk was the reason
    Result<CheckpointUse> use = CheckpointUse{}; ///< of the run's checkpoints, after thinning
};

/// Writes a checkpoint, with all of the run's logs before it, and thins the older ones.
WrittenCheckpoint writeAndThin(const std::filesystem::path& runFolder, std::int64_t step, const std::string& reason,
    Snapshot checkpoint, std::uint64_t budget);

/// Writes checkpoints from snapshots of the run's state on a thread of its own, so that training goes on meanwhile, and
/// thins the older ones. All calls come from one thread.
class CheckpointWriter {
public:
    /// `notify` is called on the writing thread when there is something to take().
    explicit CheckpointWriter(std::function<void()> notify);
    /// Waits for what is being written.
    ~CheckpointWriter();

    /// Waits first for a checkpoint that is still being written.
    /// The run's rows up to the step must be on disk. `budget` in bytes, 0 for no limit.
    void write(const std::filesystem::path& runFolder, std::int64_t step, const std::string& reason,
        Snapshot checkpoint, std::uint64_t budget);
    void wait();
    std::vector<WrittenCheckpoint> take();

private:
    std::function<void()> m_notify;
    std::mutex m_mutex;
    std::condition_variable m_done;
    bool m_busy = false;
    std::vector<WrittenCheckpoint> m_written;
    JobThread m_thread; ///< last: joins first
};

} // namespace saddle
