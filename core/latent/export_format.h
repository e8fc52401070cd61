// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

namespace saddle {

enum class ExportFormat { Safetensors, TorchScript, Onnx };

/// The format of that name: "safetensors", "torchscript", "onnx".
std::optional<ExportFormat> exportFormatNamed(const std::string& name);
/// How its files end: ".safetensors", ".pt", ".onnx".
const char* exportEnding(ExportFormat format);

} // namespace saddle
