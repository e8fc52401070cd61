// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/types.h>

namespace saddle {

/// How near each sample is to its batch, pixel by pixel:
///
///     y[i, 0, p] = 1/(N C) Σ_j Σ_c exp(-|x[i, c, p] - x[j, c, p]|),
///
/// x is N × C × H × W, y is N × 1 × H × W, and j runs over the whole batch, i itself included. Differentiable twice;
/// the third derivative counts as zero. Needs memory for a few tensors of the size of x, forward and backward, not for
/// the N of them that all pairs have at once.
torch::Tensor closenessMap(const torch::Tensor& x);

} // namespace saddle
