// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/faults.h"

#include "core/workers/group/worker_group.h"

#include <c10/util/Exception.h>

#include <new>

namespace saddle {

Fault faultFrom(const std::exception& thrown, std::int64_t step)
{
    const std::string text = thrown.what();
    const std::string line = text.substr(0, text.find('\n'));
    const bool memory = dynamic_cast<const c10::OutOfMemoryError*>(&thrown)
        || dynamic_cast<const std::bad_alloc*>(&thrown) || text.find("not enough memory") != std::string::npos
        || text.find("allocate memory") != std::string::npos || text.find("out of memory") != std::string::npos;
    const std::string where = "step " + std::to_string(step);
    if (dynamic_cast<const WorkerGone*>(&thrown)) {
        return {Fault::Kind::Device, step,
            {line, where, "go on from the last checkpoint by --resume, with as many workers as you like"}};
    }
    if (memory) {
        return {Fault::Kind::OutOfMemory, step,
            {"the device ran out of memory", where,
                "use a smaller batch or width, or close what else uses the device"}};
    }
    if (text.find("CUDA") != std::string::npos)
        return {Fault::Kind::Device, step, {"the device failed: " + line, where, "start again, or train on the CPU"}};
    return {Fault::Kind::Other, step, {line, where, "change the experiment, or report this"}};
}

} // namespace saddle
