// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/objective.h"

namespace saddle {

torch::Tensor Objective::score(const torch::Tensor&, const torch::Tensor& output) const
{
    return output.flatten(1).squeeze(1);
}

void Objective::updated(const std::string&, const Metrics&, const torch::Tensor&) { }

} // namespace saddle
