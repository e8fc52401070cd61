// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/onnx.h"

#include "core/onnx/libonnx/read.h"
#include "core/onnx/libonnx/write.h"

namespace saddle {

OnnxFormat onnxFormat()
{
    return {readOnnx, writeOnnx};
}

} // namespace saddle
