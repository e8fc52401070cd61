// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/types.h>

namespace saddle {

class WorkerGroup;

/// The tensors of a batch norm, one number a channel each.
struct BatchNormTensors {
    const torch::Tensor& scale;
    const torch::Tensor& shift;
    const torch::Tensor& runningMean; ///< follows, as runningVariance does
    const torch::Tensor& runningVariance;
};

/// Batch norm while training, with mean and variance over the samples of all workers, which have as many each; the
/// gradients go through these. `input` is N × C × anything. Differentiable to any order.
torch::Tensor sharedBatchNorm(
    const torch::Tensor& input, const BatchNormTensors& tensors, double momentum, double epsilon, WorkerGroup& workers);

} // namespace saddle
