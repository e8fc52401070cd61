// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/workers/place.h"

#include <string>
#include <vector>

#include <sys/types.h>

namespace saddle {

/// The place of worker 0 among so many of this machine, with a free port that listens already.
Result<WorkerPlace> placeOfTheFirst(int workers);

/// The other workers of this machine as processes of this same program, where no torchrun starts them.
class WorkerProcesses {
public:
    WorkerProcesses() = default;
    /// Waits until they have ended, as they do once worker 0 has left; those that do not within a few seconds are
    /// ended.
    ~WorkerProcesses();
    WorkerProcesses(const WorkerProcesses&) = delete;
    WorkerProcesses& operator=(const WorkerProcesses&) = delete;

    /// Starts `count` - 1 processes with these arguments (the program's name first) and the variables of
    /// workerPlaceFromEnvironment(), and returns the place of worker 0. On Linux they end with this process, however it
    /// ends, or with the thread that called this. An Error says what the system refused; none of them runs then.
    Result<WorkerPlace> start(int count, const std::vector<std::string>& arguments);

    /// An Error if one of them has ended, which says how.
    Status check();

private:
    struct Worker {
        pid_t process = 0;
        int rank = 0;
    };
    std::vector<Worker> m_running;
};

} // namespace saddle
