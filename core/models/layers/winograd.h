// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/types.h>

namespace saddle {

/// Whether winogradConvolution can take these and is worth it: float32 on the CPU that is not to be rounded, channels
/// last, windows of 3 × 3, at least 32 channels on both sides, or 16 in one of several groups, and a multiple of 16 of
/// them. Stride 1 and padding 1 are the caller's business.
bool winogradFits(const torch::Tensor& input, const torch::Tensor& weight, std::int64_t groups);

/// at::conv2d with stride 1 and padding 1 by a quarter of the products, differentiable any number of times. Sums are
/// taken in another order: results differ from at::conv2d's by a few millionths of the largest one. A sample's numbers
/// depend neither on the other samples of the batch nor on the number of threads. `bias` may be undefined.
torch::Tensor winogradConvolution(
    const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias, std::int64_t groups);

} // namespace saddle
