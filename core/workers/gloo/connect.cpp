// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workers/gloo/gone.h"
#include "core/workers/gloo/linked_gpus.h"
#include "core/workers/group/worker_group.h"

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

namespace saddle {

namespace {

constexpr auto askingInterval = std::chrono::milliseconds(100);
/// A pause of the run may last as long: the others wait for the next message meanwhile.
constexpr auto longestPause = std::chrono::hours(24 * 365);
/// Messages up to this length take one exchange.
constexpr std::int64_t shortMessage = 240;
constexpr std::int64_t lengthBytes = sizeof(std::int64_t);

/// Gloo over TCP. What lies on a GPU goes by way of the host, unless the GPUs are linked.
class GlooGroup : public WorkerGroup {
public:
    using Group = c10::intrusive_ptr<c10d::ProcessGroupGloo>;

    GlooGroup(const WorkerPlace& place, c10::intrusive_ptr<c10d::Store> store, Group values, Group messages)
        : WorkerGroup(place.rank, place.size)
        , m_place(place)
        , m_store(std::move(store))
        , m_values(std::move(values))
        , m_messages(std::move(messages))
    {
    }

    std::string linkGpus(torch::Device device, const GpuLink& link) override
    {
        return m_gpus.link(m_store, m_place, *this, device, link);
    }

    void sum(const torch::Tensor& values) override { exchange(values, add); }

    void broadcast(const torch::Tensor& values) override { exchange(values, spread); }

    void tell(const std::string& message) override
    {
        const auto length = static_cast<std::int64_t>(message.size());
        const torch::Tensor head = at::zeros({lengthBytes + shortMessage}, torch::kByte);
        auto* const bytes = head.mutable_data_ptr<std::uint8_t>();
        std::memcpy(bytes, &length, static_cast<std::size_t>(lengthBytes));
        std::memcpy(
            bytes + lengthBytes, message.data(), std::min(message.size(), static_cast<std::size_t>(shortMessage)));
        pass(head);
        if (length > shortMessage)
            pass(torch::from_blob(const_cast<char*>(message.data()), {length}, torch::kByte)); // only read
    }

    std::string hear() override
    {
        const torch::Tensor head = at::zeros({lengthBytes + shortMessage}, torch::kByte);
        pass(head);
        const auto* const bytes = head.const_data_ptr<std::uint8_t>();
        std::int64_t length = 0;
        std::memcpy(&length, bytes, static_cast<std::size_t>(lengthBytes));
        std::string message(static_cast<std::size_t>(length), '\0');
        if (length > shortMessage)
            pass(torch::from_blob(message.data(), {length}, torch::kByte));
        else
            std::memcpy(message.data(), bytes + lengthBytes, message.size());
        return message;
    }

    void leave() override
    {
        m_gpus.leave();
        m_values.reset();
        m_messages.reset();
    }

protected:
    void sumInTheEnd(const torch::Tensor& values) override { byHost(m_messages, values, add); }

private:
    static c10::intrusive_ptr<c10d::Work> add(c10d::Backend& group, std::vector<at::Tensor>& tensors)
    {
        return group.allreduce(tensors);
    }
    static c10::intrusive_ptr<c10d::Work> spread(c10d::Backend& group, std::vector<at::Tensor>& tensors)
    {
        return group.broadcast(tensors);
    }

    void pass(const torch::Tensor& bytes) { byHost(m_messages, bytes, spread); }

    void exchange(const torch::Tensor& values, const LinkedGpus::Operation& operation)
    {
        if (m_gpus.carries(values))
            m_gpus.exchange(values, operation);
        else
            byHost(m_values, values, operation);
    }

    static void byHost(const Group& group, const torch::Tensor& values, const LinkedGpus::Operation& operation)
    {
        if (!group)
            throw WorkerGone("the workers have parted");
        const torch::NoGradGuard guard;
        const torch::Tensor carried = values.detach().cpu().contiguous();
        std::vector<at::Tensor> tensors{carried};
        try {
            operation(*group, tensors)->wait();
        } catch (const std::exception& thrown) {
            throw goneBy(thrown);
        }
        if (!carried.is_alias_of(values))
            values.detach().copy_(carried);
    }

    WorkerPlace m_place;
    c10::intrusive_ptr<c10d::Store> m_store; ///< worker 0 keeps it alive for the others
    LinkedGpus m_gpus;
    Group m_values;
    Group m_messages; ///< waits as long as a run may be paused
};

bool isThisMachine(const std::string& host)
{
    return host == "127.0.0.1" || host == "localhost" || host == "::1";
}

GlooGroup::Group makeGroup(const WorkerPlace& place, const c10::intrusive_ptr<c10d::Store>& store,
    const std::string& name, std::chrono::milliseconds patience)
{
    auto options = c10d::ProcessGroupGloo::Options::create(patience);
    const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
    options->devices.push_back(interface && *interface ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
            : isThisMachine(place.host)                ? c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1")
                                                       : c10d::ProcessGroupGloo::createDefaultDevice());
    return c10::make_intrusive<c10d::ProcessGroupGloo>(
        c10::make_intrusive<c10d::PrefixStore>(name, store), place.rank, place.size, options);
}

/// Waits until all have written their name into the store, so that what comes then does not wait in vain.
Status meet(c10d::Store& store, const WorkerPlace& place, const WaitingForWorkers& waiting)
{
    const auto key = [](int worker) { return "here/" + std::to_string(worker); };
    store.set(key(place.rank), std::vector<std::uint8_t>{1});
    const auto start = std::chrono::steady_clock::now();
    int here = 0;
    while (true) {
        while (here < place.size && store.check({key(here)}))
            ++here;
        if (here == place.size)
            return {};
        if (Status goOn = waiting(here); !goOn)
            return goOn;
        if (std::chrono::steady_clock::now() - start > place.patience) {
            return Error{"worker " + std::to_string(here) + " of " + std::to_string(place.size) + " did not come",
                place.host + ":" + std::to_string(place.port),
                "start all workers within " + std::to_string(place.patience / std::chrono::seconds(1))
                    + " seconds, each with a RANK of its own"};
        }
        std::this_thread::sleep_for(askingInterval);
    }
}

} // namespace

Result<std::unique_ptr<WorkerGroup>> connectWorkers(const WorkerPlace& place, const WaitingForWorkers& waiting)
{
    // PyTorch's record of past exchanges, which nobody reads here, is one for all groups of a process, and two threads
    // may write to it at once (2.11). Who sets this wants it.
    ::setenv("TORCH_FR_BUFFER_SIZE", "0", 0);
    try {
        c10d::TCPStoreOptions options;
        options.port = place.port;
        options.isServer = place.hostsStore;
        options.waitWorkers = false;
        options.timeout = place.patience;
        if (place.listener >= 0)
            options.masterListenFd = place.listener;
        const auto store = c10::make_intrusive<c10d::PrefixStore>(
            "saddle/" + place.meeting, c10::make_intrusive<c10d::TCPStore>(place.host, options));
        if (Status met = meet(*store, place, waiting); !met)
            return met.error();
        GlooGroup::Group values = makeGroup(place, store, "values", place.patience);
        GlooGroup::Group messages = makeGroup(place, store, "messages", place.patience);
        messages->setTimeout(longestPause); // now that all are there: worker 0 may be paused for long
        return std::unique_ptr<WorkerGroup>(
            std::make_unique<GlooGroup>(place, store, std::move(values), std::move(messages)));
    } catch (const std::exception& thrown) {
        const std::string text = thrown.what();
        return Error{"the workers cannot reach each other: " + text.substr(0, text.find('\n')),
            place.host + ":" + std::to_string(place.port),
            "check that this address is that of worker 0's machine and that its port is free"};
    }
}

} // namespace saddle
