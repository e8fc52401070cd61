// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator.h"

namespace saddle {

/// Opens the generator of a run (of its last complete checkpoint) or of a checkpoint, without data or trainer: of the
/// networks only this one is built, of the tensors only its own are read. It runs on the device of the run, or where
/// that is a GPU which is not here, on the CPU. An Error names the file and what to do: no run, no checkpoint, weights
/// that are not there or do not fit.
Result<std::unique_ptr<Generator>> openGenerator(
    const std::filesystem::path& runOrCheckpoint, const Catalog& catalog, Weights weights = Weights::Best);

} // namespace saddle
