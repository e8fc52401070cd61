// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/workers/group/worker_group.h"

#include <functional>

namespace saddle {

/// The GPUs of workers where each has one of its own: what lies on them goes from one to the other.
class LinkedGpus {
public:
    using Operation =
        std::function<c10::intrusive_ptr<c10d::Work>(c10d::Backend& group, std::vector<at::Tensor>& tensors)>;

    LinkedGpus() = default;
    ~LinkedGpus() { leave(); }
    LinkedGpus(const LinkedGpus&) = delete;
    LinkedGpus& operator=(const LinkedGpus&) = delete;

    /// Why they cannot be linked, the same sentence on all workers; empty where they are, or where nobody has one.
    std::string link(const c10::intrusive_ptr<c10d::Store>& store, const WorkerPlace& place, WorkerGroup& workers,
        torch::Device device, const GpuLink& link);

    bool carries(const torch::Tensor& values) const { return m_group && values.device() == m_device; }

    /// In place, once all workers ask for it. What befalls this worker's own GPU is thrown as it is.
    void exchange(const torch::Tensor& values, const Operation& operation);

    void leave();

private:
    c10::intrusive_ptr<c10d::Backend> m_group; ///< or null
    torch::Device m_device = torch::kCPU;
};

} // namespace saddle
