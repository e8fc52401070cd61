// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/devices.h"

#include "core/training/cuda/cuda_graphs.h"
#include "core/training/kept_blocks.h"
#include "core/workers/nccl/gpu_link.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/DeviceGuard.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <thread>

#include <dlfcn.h>
#include <malloc.h>
#include <unistd.h>

namespace saddle {

namespace {

/// Loads LibTorch's CUDA half, once. What keeps it from loading, or nothing.
const std::string& cudaProblem()
{
    static const std::string problem = []() -> std::string {
        // Registers the backend with the libraries already loaded, hence global; never unloaded.
        if (!::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL)) {
            const char* reason = ::dlerror();
            return reason ? reason : "libtorch_cuda.so cannot be loaded";
        }
        if (!at::hasCUDA())
            return "no usable NVIDIA GPU or driver was found";
        return {};
    }();
    return problem;
}

/// Our own library for CUDA.
struct CudaLibrary {
    void* handle = nullptr; ///< null where it is not installed or does not fit this LibTorch
    std::string problem;
};

/// Once. It lies in a folder beside the program, or where the build puts it.
const CudaLibrary& cudaLibrary()
{
    static const CudaLibrary library = [] {
        CudaLibrary opened;
        std::error_code error;
        const std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
        for (const char* place : {"cuda/libsaddle_cuda.so", "../core/libsaddle_cuda.so"}) {
            const std::filesystem::path file = folder / place;
            if (!std::filesystem::exists(file, error))
                continue;
            opened.handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
            if (opened.handle)
                return opened;
            const char* reason = ::dlerror();
            opened.problem = reason ? reason : "libsaddle_cuda.so cannot be loaded";
        }
        if (opened.problem.empty())
            opened.problem = "libsaddle_cuda.so is not installed";
        return opened;
    }();
    return library;
}

template <typename Function>
Function* fromCudaLibrary(const char* name)
{
    void* const library = cudaLibrary().handle;
    return library ? reinterpret_cast<Function*>(::dlsym(library, name)) : nullptr;
}

GpuLink gpuLink(int device)
{
    GpuLink link;
    std::array<char, 64> machine{};
    ::gethostname(machine.data(), machine.size() - 1);
    link.gpu = std::string(machine.data()) + " " + std::to_string(device);
    auto* const nameGpu = fromCudaLibrary<decltype(saddleGpuName)>("saddleGpuName");
    auto* const connect = fromCudaLibrary<decltype(saddleConnectGpus)>("saddleConnectGpus");
    if (!nameGpu || !connect) {
        const std::string& problem = cudaLibrary().problem;
        link.problem = problem.empty() ? "this Saddle was built without NCCL's headers" : problem;
        return link;
    }
    std::array<char, 64> gpu{};
    if (nameGpu(device, gpu.data(), static_cast<int>(gpu.size())))
        link.gpu = std::string(machine.data()) + " " + gpu.data();
    link.connect = [connect](const c10::intrusive_ptr<c10d::Store>& store, const WorkerPlace& place) {
        return c10::intrusive_ptr<c10d::Backend>::reclaim(
            connect(store.get(), place.rank, place.size, place.patience.count()));
    };
    return link;
}

/// Whether the device multiplies in it: others can, but take longer than in float32.
bool multipliesInBfloat16(torch::Device device)
{
    if (device.is_cuda()) {
        constexpr int ampere = 8;
        auto* const generation = fromCudaLibrary<decltype(saddleGpuGeneration)>("saddleGpuGeneration");
        return generation && generation(device.index()) >= ampere;
    }
#ifdef __x86_64__
    return __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

/// Memory is kept by the process instead of going back to the kernel after every layer: that of tensors, and what
/// libraries take for themselves.
void keepFreedMemory()
{
    keepFreedBlocks();
    static const bool done = [] {
        constexpr int large = 1 << 30;
        return ::mallopt(M_MMAP_THRESHOLD, large) && ::mallopt(M_TRIM_THRESHOLD, large)
            && ::mallopt(M_TOP_PAD, 64 << 20);
    }();
    static_cast<void>(done);
}

} // namespace

Result<ChosenDevice> chooseDevice(const TrainingOptions& options, const WorkerPlace& place)
{
    ChosenDevice chosen;
    std::error_code error;
    const bool driver = std::filesystem::exists("/proc/driver/nvidia/version", error);
    if (options.device == Device::Cuda || (options.device == Device::Auto && driver)) {
        const std::string& problem = cudaProblem();
        if (problem.empty()) {
            // Fewer GPUs than workers: they share.
            const int gpus = std::max(1, static_cast<int>(at::getNumGPUs()));
            chosen.device = torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(place.localRank % gpus));
        } else if (options.device == Device::Cuda) {
            return Error{"CUDA cannot be used: " + problem, "training.device",
                "set the device to “auto” or “cpu”, or install an NVIDIA driver of 580 or newer and run ./run again"};
        } else {
            chosen.notes.push_back("Training on the CPU, since CUDA cannot be used: " + problem);
        }
    }
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / place.localSize);
    chosen.threads = options.threads > 0 ? static_cast<int>(options.threads) : cores;
    at::set_num_threads(chosen.threads);
    if (chosen.device.is_cpu()) {
        keepFreedMemory();
        chosen.name = "CPU, " + std::to_string(chosen.threads) + (chosen.threads == 1 ? " thread" : " threads");
    } else {
        chosen.name = "CUDA GPU";
        if (place.size > 1)
            chosen.link = gpuLink(chosen.device.index());
    }
    if (options.bfloat16) {
        chosen.bfloat16 = multipliesInBfloat16(chosen.device);
        if (!chosen.bfloat16)
            chosen.notes.push_back("Training in float32: "
                + (chosen.device.is_cuda() && !cudaLibrary().problem.empty()
                        ? cudaLibrary().problem
                        : "the " + chosen.name + " does not multiply in bfloat16."));
    }
    return chosen;
}

void readyForGraphs(ChosenDevice& chosen)
{
    if (!chosen.device.is_cuda())
        return;
    auto* const useOwnStream = fromCudaLibrary<decltype(saddleUseOwnStream)>("saddleUseOwnStream");
    auto* const make = fromCudaLibrary<decltype(saddleMakeCudaGraphs)>("saddleMakeCudaGraphs");
    if (useOwnStream && make) {
        useOwnStream(chosen.device.index());
        chosen.graphs.reset(make());
    } else {
        chosen.notes.push_back(
            "Steps are not recorded as CUDA graphs, which makes them slower: " + cudaLibrary().problem);
    }
}

torch::MemoryFormat torchFormat(MemoryFormat format)
{
    return format == MemoryFormat::ChannelsLast ? torch::MemoryFormat::ChannelsLast : torch::MemoryFormat::Contiguous;
}

std::int64_t freeMemory(torch::Device device)
{
    auto* allocator = dynamic_cast<c10::DeviceAllocator*>(c10::GetAllocator(device.type()));
    return allocator ? static_cast<std::int64_t>(allocator->getMemoryInfo(device.index()).first) : 0;
}

std::int64_t memoryInUse(torch::Device device)
{
    if (device.is_cuda()) {
        if (auto* allocator = dynamic_cast<c10::DeviceAllocator*>(c10::GetAllocator(c10::kCUDA))) {
            using Statistics = c10::CachingDeviceAllocator::DeviceStats;
            const Statistics statistics = allocator->getDeviceStats(device.index());
            return statistics.reserved_bytes[0].current;
        }
        return 0;
    }
    std::FILE* file = std::fopen("/proc/self/statm", "r");
    if (!file)
        return 0;
    long long total = 0;
    long long resident = 0;
    const int read = std::fscanf(file, "%lld %lld", &total, &resident);
    std::fclose(file);
    return read == 2 ? resident * ::sysconf(_SC_PAGESIZE) : 0;
}

} // namespace saddle
