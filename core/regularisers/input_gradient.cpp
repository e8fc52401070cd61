// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/regularisers/input_gradient.h"

#include <torch/csrc/autograd/autograd.h>

namespace saddle {

torch::Tensor squaredInputGradient(const torch::Tensor& scores, const torch::Tensor& input)
{
    // The gradient of the sum is, sample by sample, the gradient of each score.
    const torch::Tensor gradient = torch::autograd::grad({scores.sum()}, {input}, {}, true, true).front();
    return gradient.square().flatten(1).sum(1);
}

torch::Tensor slopePenalty(const torch::Tensor& squared, const torch::Tensor& target, double epsilon, bool oneSided)
{
    const torch::Tensor excess = (squared + epsilon).sqrt() - target;
    return (oneSided ? excess.relu() : excess).square().mean();
}

} // namespace saddle
