// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/latent_tools.h"
#include "core/latent/network/script_generator.h"

namespace saddle {

/// Opens a generator without data or trainer: of the networks only this one is built. It runs on the device of its run,
/// or where that is a GPU which is not here, on the CPU. An Error names the origin and what to do: weights that are not
/// there or do not fit.
Result<std::unique_ptr<Generator>> openModel(const GeneratorModel& model, const Catalog& catalog);

/// Whether the code in a file may be run.
enum class Trust {
    Data, ///< none is
    Code, ///< the person said so, and trusts whoever made the file
};

/// The same of what is at a path: what readModel reads, ONNX included where this build has it, and with trust a
/// TorchScript file, which without it is refused with the reason. The hints are for that.
Result<std::unique_ptr<Generator>> openGenerator(const std::filesystem::path& path, const Catalog& catalog,
    Weights weights = Weights::Best, Trust trust = Trust::Data, const ScriptHints& hints = {});

/// The engine's part of exploring generators.
LatentTools latentTools();

} // namespace saddle
