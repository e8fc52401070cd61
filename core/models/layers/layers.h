// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/network.h"

namespace saddle {

// One function a layer kind, each the whole of it; builtin.cpp lists them.
LayerInfo linearLayer();
LayerInfo convLayer();
LayerInfo convTransposeLayer();
LayerInfo reshapeLayer();
LayerInfo flattenLayer();
LayerInfo normLayer();
LayerInfo activationLayer();
LayerInfo upsampleLayer();
LayerInfo downsampleLayer();
LayerInfo pixelShuffleLayer();
LayerInfo averagePoolLayer();
LayerInfo maxPoolLayer();
LayerInfo dropoutLayer();
LayerInfo minibatchDiscriminationLayer();
LayerInfo minibatchStddevLayer();
LayerInfo basisLayer();
LayerInfo addLayer();
LayerInfo concatLayer();
LayerInfo labelMapLayer();

} // namespace saddle
