// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/onnx.h"

namespace saddle {

OnnxFormat onnxFormat()
{
    return {};
}

} // namespace saddle
