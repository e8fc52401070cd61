// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/side_stream.h"

#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace saddle {

namespace {

class DeviceWork : public SideWork {
public:
    explicit DeviceWork(const c10::Stream& stream)
        : m_done(stream.device_type())
    {
        m_done.record(stream);
    }
    bool isDone() override { return m_done.query(); }
    void wait() override { m_done.synchronize(); }

private:
    c10::Event m_done;
};

/// LibTorch's streams of whatever device, so that this needs nothing of CUDA's to be compiled.
class DeviceStream : public SideStream {
public:
    explicit DeviceStream(c10::Device device)
        : m_device(device.type())
        , m_stream(m_device.getStreamFromGlobalPool(device))
    {
    }

    std::shared_ptr<SideWork> ask(std::function<void()> work) override
    {
        c10::Event before(m_stream.device_type());
        before.record(m_device.getStream(m_stream.device()));
        before.block(m_stream);
        {
            const c10::StreamGuard guard(m_stream);
            work();
        }
        return std::make_shared<DeviceWork>(m_stream);
    }

private:
    c10::impl::VirtualGuardImpl m_device;
    c10::Stream m_stream;
};

} // namespace

std::shared_ptr<SideStream> makeSideStream(c10::Device device)
{
    return device.is_cpu() ? nullptr : std::make_shared<DeviceStream>(device);
}

} // namespace saddle
