// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workers/group/worker_group.h"

namespace saddle {

Result<std::unique_ptr<WorkerGroup>> connectWorkers(const WorkerPlace&, const WaitingForWorkers&)
{
    return Error{"this program was built without Gloo, by which workers reach each other", "--workers",
        "train with one worker, or install libgloo-dev and build Saddle again"};
}

} // namespace saddle
