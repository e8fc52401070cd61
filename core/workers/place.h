// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace saddle {

/// Where a process stands among the workers that train one run together: processes of one machine or of several, each
/// with a share of every batch. Worker 0 leads: it alone knows the run's folder, and takes commands.
struct WorkerPlace {
    int rank = 0; ///< 0 .. size - 1
    int size = 1;
    int localRank = 0; ///< among those of this machine; the number of its GPU
    int localSize = 1; ///< so many share the cores of this machine
    std::string host = "127.0.0.1"; ///< of the store where workers find each other
    std::uint16_t port = 0;
    int listener = -1; ///< a socket that listens there already, which worker 0 takes over; or -1
    bool hostsStore = false; ///< the store is this process's own, else somebody else's
    std::string meeting; ///< names this attempt in the store
    /// How long one worker may keep the others waiting: at the start, and in one exchange of a step.
    std::chrono::milliseconds patience = std::chrono::minutes(5);

    bool leads() const { return rank == 0; }
};

/// The place that the environment gives, in the variables that torchrun sets and others can: RANK and WORLD_SIZE,
/// MASTER_ADDR and MASTER_PORT, and on machines with several workers LOCAL_RANK and LOCAL_WORLD_SIZE. Nothing where
/// there is neither RANK nor WORLD_SIZE. An Error names the variable that is missing or makes no sense.
Result<std::optional<WorkerPlace>> workerPlaceFromEnvironment();

/// Whether a batch can be shared among so many; an Error says that it cannot.
Status checkShares(std::int64_t batchSize, int workers);

} // namespace saddle
