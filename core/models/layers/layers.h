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
LayerInfo averagePoolLayer();
LayerInfo addLayer();
LayerInfo concatLayer();

} // namespace saddle
