// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/layers/sliding.h"

#include "core/models/layers/convolution_function.h"

#include <ATen/autocast_mode.h>

#include <array>
#include <tuple>

namespace saddle {

namespace {

using Two = std::array<std::int64_t, 2>;

Two both(std::int64_t number)
{
    return {number, number};
}

struct LibraryKernels {
    static torch::Tensor forward(
        const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias, const Sliding& sliding)
    {
        return at::convolution(input, weight, bias, both(sliding.stride), both(sliding.padding), {1, 1},
            sliding.transposed, both(sliding.outputPadding), sliding.groups);
    }

    static std::tuple<torch::Tensor, torch::Tensor, torch::Tensor> gradients(const torch::Tensor& gradient,
        const torch::Tensor& input, const torch::Tensor& weight, const std::array<bool, 3>& wanted,
        const Sliding& sliding)
    {
        const std::int64_t outputs = sliding.transposed ? weight.size(1) * sliding.groups : weight.size(0);
        return at::convolution_backward(gradient, input, weight, at::OptionalIntArrayRef({outputs}),
            both(sliding.stride), both(sliding.padding), {1, 1}, sliding.transposed, both(sliding.outputPadding),
            sliding.groups, wanted);
    }
};

} // namespace

torch::Tensor slide(
    const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias, const Sliding& sliding)
{
    // Rounded to bfloat16 it is never differentiated twice, and PyTorch has the types agree.
    if (at::autocast::is_autocast_enabled(input.device().type())) {
        return sliding.transposed
            ? at::conv_transpose2d(input, weight, bias, both(sliding.stride), both(sliding.padding),
                both(sliding.outputPadding), sliding.groups)
            : at::conv2d(input, weight, bias, both(sliding.stride), both(sliding.padding), {1, 1}, sliding.groups);
    }
    return ConvolutionFunctions<LibraryKernels>::apply(input, weight, bias, sliding);
}

} // namespace saddle
