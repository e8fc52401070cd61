// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/export_format.h"

namespace saddle {

std::optional<ExportFormat> exportFormatNamed(const std::string& name)
{
    if (name == "safetensors")
        return ExportFormat::Safetensors;
    if (name == "torchscript")
        return ExportFormat::TorchScript;
    if (name == "onnx")
        return ExportFormat::Onnx;
    return std::nullopt;
}

const char* exportEnding(ExportFormat format)
{
    switch (format) {
    case ExportFormat::TorchScript:
        return ".pt";
    case ExportFormat::Onnx:
        return ".onnx";
    case ExportFormat::Safetensors:
        break;
    }
    return ".safetensors";
}

} // namespace saddle
