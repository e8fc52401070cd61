// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator_model.h"

#include <functional>

namespace saddle {

/// Reads and writes ONNX. Kept apart from what uses it, so that this builds without the library that knows the format.
struct OnnxFormat {
    /// A generator's graph as layers and tensors. An Error names the operation, attribute or tensor that has no such
    /// form, or says why the graph is no generator. Empty in a build that reads no ONNX.
    ModelReader read;

    /// Writes opset 17, whole or not at all. Inputs: "latent" N × Z, and "label" N × classes of ones and zeros where it
    /// reads labels; output: "image" N × C × H × W in the model's range, or "points" N × 2.
    std::function<Status(const std::filesystem::path& path, const GeneratorModel& model, const Catalog& catalog)> write;
};

} // namespace saddle
