// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/workers/place.h"

#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>
#include <torch/types.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

namespace saddle {

/// Another worker has ended, or cannot be reached any more. What it throws is a sentence for a person.
class WorkerGone : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// How a worker's GPU reaches those of the others without the host.
struct GpuLink {
    std::string gpu; ///< which one it is, of which machine; empty: the worker has none
    std::string problem; ///< why `connect` is missing, where it is
    /// A group of all workers' GPUs, which meet in its first exchange. May throw.
    std::function<c10::intrusive_ptr<c10d::Backend>(
        const c10::intrusive_ptr<c10d::Store>& store, const WorkerPlace& place)>
        connect;
};

/// The workers of one run as one of them sees them. Every call is made by all of them in the same order and from one
/// thread at a time; each throws WorkerGone. Where one worker trains alone there is no group, and nothing is called.
///
/// What they hold in common, and how it stays the same:
///
/// - Draws: every draw is a function of seed, stream, step and sample (RandomStreams), so each worker draws its own
///   share of a batch, the very numbers that one worker would draw for those samples.
/// - Gradients: those of all networks that learn in a phase, and its metrics, are averaged in one exchange before the
///   update; with equal shares that is the gradient of the whole batch. A number that is not finite on one worker is
///   not finite on all then, so that all leave the update out.
/// - What mixes the samples of a batch sees the whole batch, with gradients across workers (wholeBatch): batch norm
///   while training, minibatch discrimination and deviation, the pull-away term, DRAGAN's spread, BEGAN's measure.
/// - Weights, averages, optimisers' state and controllers follow from these, the same on all.
class WorkerGroup {
public:
    virtual ~WorkerGroup() = default;

    int rank() const { return m_rank; }
    int size() const { return m_size; }

    /// From here on, values on `device` go straight from GPU to GPU where every worker has one of its own that can;
    /// else by way of the host, and what it returns is a sentence that says why, the same on all. Nothing is said of
    /// CPUs.
    virtual std::string linkGpus(torch::Device device, const GpuLink& link) = 0;

    /// Adds up the values of all workers, in place. All get the same bits.
    virtual void sum(const torch::Tensor& values) = 0;
    /// Gives all workers the values of worker 0, in place.
    virtual void broadcast(const torch::Tensor& values) = 0;

    /// Worker 0: a message that the others hear().
    virtual void tell(const std::string& message) = 0;
    /// The others: the next message of worker 0, however long it takes.
    virtual std::string hear() = 0;

    /// The sentence of each worker that has one to say, "worker 2: …" first, once all are here, however long it takes.
    /// Sentences are cut at 500 bytes.
    std::string agree(const std::string& problem);

    /// Leaves the others, whose calls then throw, as do further ones here.
    virtual void leave() = 0;

protected:
    /// As sum(), but waits for the others as long as it takes.
    virtual void sumInTheEnd(const torch::Tensor& values) = 0;

    WorkerGroup(int rank, int size)
        : m_rank(rank)
        , m_size(size)
    {
    }

private:
    int m_rank;
    int m_size;
};

/// Called ten times a second while workers wait for each other; an Error ends that.
using WaitingForWorkers = std::function<Status(int here)>;

/// Meets the other workers of a place. Built without Gloo, an Error that says so.
Result<std::unique_ptr<WorkerGroup>> connectWorkers(const WorkerPlace& place, const WaitingForWorkers& waiting);

/// The rows of all workers in their order, of which `own` are this one's: rows × anything, as many on each. Gradients
/// go back to the worker that a row came from, to any order of derivative.
torch::Tensor wholeBatch(const torch::Tensor& own, WorkerGroup& workers);

} // namespace saddle
