// SPDX-License-Identifier: GPL-3.0-or-later
// Step graphs on NVIDIA GPUs: a library of its own, loaded where LibTorch's CUDA half is.
#include "core/training/cuda/cuda_graphs.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>

namespace saddle {

namespace {

/// Memory that graphs share. Its number is of no use once no graph has it any more.
using Pool = std::shared_ptr<const at::cuda::MempoolId_t>;

class CudaStepGraph : public StepGraph {
public:
    explicit CudaStepGraph(Pool pool)
        : m_pool(std::move(pool))
    {
    }

    void record(const std::function<void()>& work) override
    {
        const c10::DeviceIndex device = c10::cuda::current_device();
        try {
            // What ordinary updates left lies in the way: a recording takes fresh memory alone.
            c10::cuda::CUDACachingAllocator::emptyCache();
            // Other threads, such as that of the latent lab, may use the device meanwhile.
            m_graph.capture_begin(*m_pool, cudaStreamCaptureModeThreadLocal);
            work();
            m_graph.capture_end();
        } catch (...) {
            abandon(device);
            throw;
        }
    }

    void replay() override { m_graph.replay(); }

private:
    /// What was recorded so far is of no use; the first reason is the one that is told.
    void abandon(c10::DeviceIndex device)
    {
        const auto quietly = [](const auto& act) {
            try {
                act();
            } catch (const std::exception&) {
            }
        };
        quietly([this] { m_graph.capture_end(); });
        // LibTorch 2.11 leaves this open where a capture was spoilt; where it did not, it refuses.
        quietly([&] { c10::cuda::CUDACachingAllocator::endAllocateToPool(device, *m_pool); });
        quietly([this] { m_graph.reset(); });
        static_cast<void>(cudaGetLastError());
    }

    Pool m_pool;
    at::cuda::CUDAGraph m_graph;
};

class CudaGraphMaker : public StepGraphMaker {
public:
    std::unique_ptr<StepGraph> make() override
    {
        Pool pool = m_pool.lock();
        if (!pool)
            m_pool = pool = std::make_shared<const at::cuda::MempoolId_t>(at::cuda::graph_pool_handle());
        return std::make_unique<CudaStepGraph>(std::move(pool));
    }

private:
    std::weak_ptr<const at::cuda::MempoolId_t> m_pool;
};

} // namespace

} // namespace saddle

void saddleUseOwnStream(int device)
{
    const auto index = static_cast<c10::DeviceIndex>(device);
    if (c10::cuda::getCurrentCUDAStream(index) == c10::cuda::getDefaultCUDAStream(index))
        c10::cuda::setCurrentCUDAStream(c10::cuda::getStreamFromPool(/*isHighPriority=*/false, index));
}

int saddleGpuGeneration(int device)
{
    int major = 0;
    return cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) == cudaSuccess ? major : 0;
}

saddle::StepGraphMaker* saddleMakeCudaGraphs()
{
    return new saddle::CudaGraphMaker();
}
