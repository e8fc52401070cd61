// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/layer.h"

#include <torch/types.h>

#include <string>
#include <vector>

namespace saddle {

/// The trainable tensors of one network, with their names ("3.weight").
class ParameterSet {
public:
    std::vector<std::string> names;
    std::vector<torch::Tensor> tensors;
};

} // namespace saddle
