// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <memory>

namespace saddle {

/// Work that was asked of a device beside the rest.
class SideWork {
public:
    virtual ~SideWork() = default;
    /// Whether it is done; does not wait. Throws what the device tells of it.
    virtual bool isDone() = 0;
    /// On any thread.
    virtual void wait() = 0;
};

/// A stream of a device beside the one that a thread trains on.
class SideStream {
public:
    virtual ~SideStream() = default;

    /// Has `work` ask the device for something, which it does after all it was asked for before this call, while the
    /// thread's own stream goes on. `work` is called by the time that the answer says it is done, and not once the
    /// answer is gone. What it reads must stay as it is until then; what it makes is for others only after that. Throws
    /// what `work` throws.
    virtual std::shared_ptr<SideWork> ask(std::function<void()> work) = 0;
};

/// Null on a CPU, where all work is the host's own.
std::shared_ptr<SideStream> makeSideStream(c10::Device device);

} // namespace saddle
