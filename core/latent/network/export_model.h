// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator_model.h"

#include <optional>
#include <string>

namespace saddle {

enum class ExportFormat { Safetensors, TorchScript, Onnx };

/// The format of that name: "safetensors", "torchscript", "onnx".
std::optional<ExportFormat> exportFormatNamed(const std::string& name);
/// How its files end: ".safetensors", ".pt", ".onnx".
const char* exportEnding(ExportFormat format);

/// Writes a generator to a file, whole or not at all. An Error names the layer that the format has no form for, or says
/// that this build cannot write it.
Status exportModel(
    const std::filesystem::path& path, const GeneratorModel& model, const Catalog& catalog, ExportFormat format);

} // namespace saddle
