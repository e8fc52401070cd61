// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace c10d {
class Backend;
class Store;
} // namespace c10d

// What libsaddle_cuda.so offers besides, where it was built with NCCL's headers.
extern "C" {

/// Which GPU this is among those of its machine, whatever number it has in this process: its place on the bus, with a
/// zero at the end. False where the driver does not say.
__attribute__((visibility("default"))) bool saddleGpuName(int device, char* name, int size);

/// PyTorch's NCCL among the GPUs of `size` workers, each with one of its own. They meet in the first exchange, which
/// throws where they do not within the patience. The caller owns one reference.
__attribute__((visibility("default"))) c10d::Backend* saddleConnectGpus(
    c10d::Store* store, int rank, int size, std::int64_t patienceMilliseconds);
}
