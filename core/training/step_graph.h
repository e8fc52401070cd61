// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

namespace saddle {

/// Work of a device that is recorded once and then repeated as one launch, with the same tensors each time: what
/// changes from one repeat to the next is written into them.
class StepGraph {
public:
    virtual ~StepGraph() = default;

    /// Calls `work` once, and records what it asks of the device instead of carrying it out. Whatever waits for the
    /// device, or copies from memory of the host that may move, cannot be recorded: it throws, as `work` may, and
    /// nothing is recorded then.
    virtual void record(const std::function<void()>& work) = 0;

    /// Carries out what was recorded, after what was asked of the device before, and waits for nothing.
    virtual void replay() = 0;
};

/// Makes the graphs of one device. They share memory, so they are for one thread and run one after another.
class StepGraphMaker {
public:
    virtual ~StepGraphMaker() = default;
    virtual std::unique_ptr<StepGraph> make() = 0;
};

} // namespace saddle
