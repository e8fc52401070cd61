// SPDX-License-Identifier: GPL-3.0-or-later
// The workers' GPUs, from one to the other: a part of libsaddle_cuda.so, loaded where LibTorch's CUDA half is.
#include "core/workers/nccl/gpu_link.h"

#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include <chrono>
#include <cstdlib>
#include <string>

bool saddleGpuName(int device, char* name, int size)
{
    return cudaDeviceGetPCIBusId(name, size, device) == cudaSuccess;
}

c10d::Backend* saddleConnectGpus(c10d::Store* store, int rank, int size, std::int64_t patienceMilliseconds)
{
    // A worker that is gone is an exception of the exchange, as with Gloo, so that the run can be saved: otherwise a
    // thread of PyTorch's ends the process. Meeting the others ends after the patience too, which NCCL does where it
    // does not block. Who sets these knows better.
    ::setenv("TORCH_NCCL_BLOCKING_WAIT", "1", 0);
    ::setenv("TORCH_NCCL_NONBLOCKING_TIMEOUT", std::to_string((patienceMilliseconds + 999) / 1000).c_str(), 0);
    const auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = std::chrono::milliseconds(patienceMilliseconds);
    options->config.blocking = 0;
    auto group = c10::make_intrusive<c10d::ProcessGroupNCCL>(
        c10::intrusive_ptr<c10d::Store>::reclaim_copy(store), rank, size, options);
    return group.release();
}
