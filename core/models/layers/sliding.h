// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace saddle {

/// How windows are slid over images, in both directions.
struct Sliding {
    std::int64_t stride = 1;
    std::int64_t padding = 0;
    std::int64_t outputPadding = 0; ///< of a transposed one
    std::int64_t groups = 1;
    bool transposed = false;
};

/// at::convolution by the library's kernels, whose second derivatives are as fast as its first ones (see
/// convolution_function.h). `bias` may be undefined.
torch::Tensor slide(
    const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias, const Sliding& sliding);

} // namespace saddle
