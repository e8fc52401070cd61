// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/safetensors.h"
#include "core/models/network.h"

namespace saddle {

/// A tensor that a layer holds, without the layer's name.
struct LayerTensor {
    std::string name;
    Shape shape;
    DType dtype = DType::F32;
};

/// The tensors of a layer of a kind that generators from elsewhere have: linear, conv, conv_transpose, norm and basis,
/// with their tails. The layers themselves say it when they are built, which takes torch; this is the same rule, for
/// reading and checking without it. Kinds without tensors, and any other, have none here.
std::vector<LayerTensor> layerTensors(
    const LayerDescription& layer, const std::vector<Shape>& inputs, const Shape& output);

} // namespace saddle
