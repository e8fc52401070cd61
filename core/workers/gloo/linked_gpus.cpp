// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workers/gloo/linked_gpus.h"

#include "core/workers/gloo/gone.h"

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

namespace saddle {

namespace {

/// A wait of NCCL's looks once a millisecond, which is longer than most exchanges take.
constexpr auto closeWatch = std::chrono::milliseconds(2);

/// Each tells the others of its GPU through the store, so that all come to the same answer.
std::string whyNotLinked(c10d::Store& store, const WorkerPlace& place, const GpuLink& link)
{
    const auto key = [](int worker) { return "gpu/" + std::to_string(worker); };
    const std::string own = link.gpu + '\n' + (link.connect ? "" : link.problem);
    store.set(key(place.rank), std::vector<std::uint8_t>(own.begin(), own.end()));
    std::set<std::string> seen;
    std::string reason;
    int without = 0;
    for (int worker = 0; worker < place.size; ++worker) {
        const std::vector<std::uint8_t> told = store.get(key(worker));
        const std::string text(told.begin(), told.end());
        const std::size_t end = text.find('\n');
        const std::string gpu = text.substr(0, end);
        const std::string name = "worker " + std::to_string(worker);
        without += gpu.empty();
        if (!reason.empty())
            continue;
        if (gpu.empty())
            reason = name + " has no GPU";
        else if (end + 1 < text.size())
            reason = name + ": " + text.substr(end + 1);
        else if (!seen.insert(gpu).second)
            reason = name + " has no GPU of its own";
    }
    return without == place.size ? std::string() : reason;
}

/// What an attempt threw, in one line; empty where it went well.
std::string problemOf(const std::function<void()>& attempt)
{
    try {
        attempt();
        return {};
    } catch (const std::exception& thrown) {
        std::string text = thrown.what();
        std::replace(text.begin(), text.end(), '\n', ' ');
        return text;
    }
}

} // namespace

std::string LinkedGpus::link(const c10::intrusive_ptr<c10d::Store>& store, const WorkerPlace& place,
    WorkerGroup& workers, torch::Device device, const GpuLink& link)
{
    std::string reason;
    if (const std::string problem = problemOf([&] { reason = whyNotLinked(*store, place, link); }); !problem.empty())
        throw WorkerGone("another worker cannot be reached: " + problem);
    if (!reason.empty() || link.gpu.empty())
        return reason;
    // All say that they are ready before any waits for the others within an exchange.
    torch::Tensor trial;
    reason = workers.agree(problemOf([&] {
        m_group = link.connect(c10::make_intrusive<c10d::PrefixStore>("gpus", store), place);
        m_device = device;
        trial = at::ones({}, device);
    }));
    if (reason.empty()) {
        reason = workers.agree(problemOf([&] {
            exchange(trial, [](c10d::Backend& group, auto& tensors) { return group.allreduce(tensors); });
            if (trial.item<float>() != static_cast<float>(place.size))
                throw std::runtime_error("the sum over the GPUs is wrong");
        }));
    }
    if (!reason.empty())
        leave();
    return reason;
}

void LinkedGpus::exchange(const torch::Tensor& values, const Operation& operation)
{
    const torch::NoGradGuard guard;
    const torch::Tensor carried = values.detach().contiguous();
    std::vector<at::Tensor> tensors{carried};
    try {
        const c10::intrusive_ptr<c10d::Work> work = operation(*m_group, tensors);
        const auto until = std::chrono::steady_clock::now() + closeWatch;
        while (!work->isCompleted() && std::chrono::steady_clock::now() < until)
            std::this_thread::yield();
        work->wait();
    } catch (const c10::DistError& thrown) {
        throw goneBy(thrown);
    }
    if (!carried.is_alias_of(values))
        values.detach().copy_(carried);
}

void LinkedGpus::leave()
{
    // Not by its destructor alone, which may throw where others are gone.
    if (const auto group = std::exchange(m_group, nullptr))
        static_cast<void>(problemOf([&] { group->abort(); }));
}

} // namespace saddle
