// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/philox.h"
#include "core/training/random_streams.h"

#include <cstdint>

namespace saddle {

/// Philox in tensor arithmetic, for devices other than the CPU: samples × 4 blocks float32, to the last bit those of
/// philoxUniform(philox({block, sample, counter}, key)), samples counted from `first`. 32-bit lanes are held in int64.
torch::Tensor philoxOnDevice(PhiloxKey key, const DrawCounter& counter, std::int64_t samples, std::int64_t blocks,
    torch::Device device, std::int64_t first = 0);

} // namespace saddle
