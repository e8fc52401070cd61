// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/latent_tools.h"

namespace saddle {

/// Opens a generator without data or trainer: of the networks only this one is built. It runs on the device of its run,
/// or where that is a GPU which is not here, on the CPU. An Error names the origin and what to do: weights that are not
/// there or do not fit.
Result<std::unique_ptr<Generator>> openModel(const GeneratorModel& model, const Catalog& catalog);

/// The same of what readModel reads.
Result<std::unique_ptr<Generator>> openGenerator(
    const std::filesystem::path& path, const Catalog& catalog, Weights weights = Weights::Best);

/// The engine's part of exploring generators.
LatentTools latentTools();

} // namespace saddle
