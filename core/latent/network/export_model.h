// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/export_format.h"
#include "core/latent/generator_model.h"

namespace saddle {

/// Writes a generator to a file, whole or not at all. An Error names the layer that the format has no form for, or says
/// that this build cannot write it.
Status exportModel(
    const std::filesystem::path& path, const GeneratorModel& model, const Catalog& catalog, ExportFormat format);

} // namespace saddle
