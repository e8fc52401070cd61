// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator_model.h"

namespace saddle {

/// Writes a generator as TorchScript that plain PyTorch loads, whole or not at all. forward(latent), or forward(latent,
/// label) where it reads labels: N × Z, and N × classes of ones and zeros; gives N × C × H × W in the model's range, or
/// N × 2. An Error names the layer that has no such form.
Status writeTorchScript(const std::filesystem::path& path, const GeneratorModel& model, const Catalog& catalog);

} // namespace saddle
