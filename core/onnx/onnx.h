// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/onnx_format.h"

namespace saddle {

/// ONNX in this build; its functions are empty where the build has none.
OnnxFormat onnxFormat();

} // namespace saddle
