// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/discriminator.h"
#include "core/latent/discriminator_model.h"
#include "core/latent/export_format.h"
#include "core/latent/generator.h"
#include "core/latent/network/script_generator.h"

#include <functional>
#include <memory>

namespace saddle {

/// What the engine does for those who explore generators and know no torch. Empty functions: it cannot be done here.
struct LatentTools {
    std::function<Result<std::unique_ptr<Generator>>(const GeneratorModel&)> openModel;
    std::function<Result<std::unique_ptr<Discriminator>>(const DiscriminatorModel&)> openDiscriminator;
    /// Runs the code in a TorchScript file: only for one whose maker the person trusts.
    std::function<Result<std::unique_ptr<Generator>>(const std::filesystem::path&, const ScriptHints&)> openScript;
    /// A generator's ONNX file as layers and tensors.
    ModelReader readOnnx;
    /// Writes a generator, whole or not at all; the last asks whether it is still wanted.
    std::function<Status(
        const std::filesystem::path&, const GeneratorModel&, ExportFormat, const std::function<bool()>&)>
        exportModel;
    /// How many threads the arithmetic of the calling thread may use; 0: as many as there are cores.
    std::function<void(int)> setThreads;
};

} // namespace saddle
