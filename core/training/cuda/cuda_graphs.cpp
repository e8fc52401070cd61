// SPDX-License-Identifier: GPL-3.0-or-later
// Step graphs on NVIDIA GPUs: a library of its own, loaded where LibTorch's CUDA half is.
#include "core/training/cuda/cuda_graphs.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAStream.h>

namespace saddle {

namespace {

class CudaStepGraph : public StepGraph {
public:
    explicit CudaStepGraph(at::cuda::MempoolId_t pool)
        : m_pool(pool)
    {
    }

    void record(const std::function<void()>& work) override
    {
        m_graph.reset();
        // Other threads, such as that of the latent lab, may use the device meanwhile.
        m_graph.capture_begin(m_pool, cudaStreamCaptureModeThreadLocal);
        try {
            work();
        } catch (...) {
            abandon();
            throw;
        }
        m_graph.capture_end();
    }

    void replay() override { m_graph.replay(); }

private:
    /// What was recorded so far is of no use; a capture that a forbidden call has ended says so once more.
    void abandon()
    {
        try {
            m_graph.capture_end();
        } catch (const std::exception&) { // the first reason is told
        }
        try {
            m_graph.reset();
        } catch (const std::exception&) {
        }
        static_cast<void>(cudaGetLastError());
    }

    at::cuda::MempoolId_t m_pool;
    at::cuda::CUDAGraph m_graph;
};

class CudaGraphMaker : public StepGraphMaker {
public:
    std::unique_ptr<StepGraph> make() override { return std::make_unique<CudaStepGraph>(m_pool); }

private:
    at::cuda::MempoolId_t m_pool = at::cuda::graph_pool_handle();
};

} // namespace

} // namespace saddle

void saddleUseOwnStream(int device)
{
    c10::cuda::setCurrentCUDAStream(
        c10::cuda::getStreamFromPool(/*isHighPriority=*/false, static_cast<c10::DeviceIndex>(device)));
}

saddle::StepGraphMaker* saddleMakeCudaGraphs()
{
    return new saddle::CudaGraphMaker();
}
