// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/types.h>

namespace saddle {

/// Squared norm of each score's gradient with respect to its own sample, N, with a graph of its own so that it can be
/// minimised. `scores` is N, `input` N × anything; samples must not influence each other's scores.
torch::Tensor squaredInputGradient(const torch::Tensor& scores, const torch::Tensor& input);

/// (‖g‖ - target)² averaged over samples, with ‖g‖ = √(Σg² + ε): at g = 0 the root alone would have no derivative.
/// One-sided, only norms above the target count.
torch::Tensor slopePenalty(const torch::Tensor& squared, const torch::Tensor& target, double epsilon, bool oneSided);

} // namespace saddle
