// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/runs/experiment.h"
#include "core/training/side_stream.h"
#include "core/training/step_graph.h"
#include "core/workers/group/worker_group.h"
#include "core/workers/place.h"

#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

namespace saddle {

struct ChosenDevice {
    torch::Device device = torch::kCPU;
    int threads = 1;
    std::string name; ///< "CPU, 2 threads"
    std::vector<std::string> notes;
    std::shared_ptr<StepGraphMaker> graphs; ///< where the device can repeat steps by itself; else null
    std::shared_ptr<SideStream> side; ///< for the thread that trains, where the device has streams; else null
    GpuLink link; ///< of one of several workers
    bool bfloat16 = false; ///< wanted, and the device multiplies in it
};

/// Settles on a device and readies the process for it: loads CUDA's libraries where they are wanted and there, sets the
/// number of threads of this thread's arithmetic, and has the allocator keep its memory. Workers of one machine share
/// its cores and have a GPU each.
Result<ChosenDevice> chooseDevice(const TrainingOptions& options, const WorkerPlace& place = WorkerPlace());

/// Has the device repeat steps by itself where it can: it gets `graphs`, or a note that says why not. For the thread
/// that trains alone, whose work then goes to a stream of its own.
void readyForGraphs(ChosenDevice& chosen);

/// LibTorch's name of a memory format.
torch::MemoryFormat torchFormat(MemoryFormat format);

/// Bytes that a GPU has free; 0 where it does not tell.
std::int64_t freeMemory(torch::Device device);

/// Bytes held: on the device, or by the process on a CPU.
std::int64_t memoryInUse(torch::Device device);

} // namespace saddle
