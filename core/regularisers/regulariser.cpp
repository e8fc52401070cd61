// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/regularisers/regulariser.h"

namespace saddle {

bool Regulariser::needsGradient(const std::string&) const
{
    return false;
}

torch::Tensor Regulariser::augment(const torch::Tensor& samples, const std::string&, PhaseContext&) const
{
    return samples;
}

torch::Tensor Regulariser::penalty(const PhaseInfo&, PhaseContext&, const Seen&, const Objective&) const
{
    return {};
}

void Regulariser::updated(const std::string&, const ParameterSet&) const { }

} // namespace saddle
