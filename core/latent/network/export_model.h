// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/export_format.h"
#include "core/latent/generator_model.h"

#include <functional>

namespace saddle {

/// Writes a generator to a file, whole or not at all. An Error names the layer that the format has no form for, or says
/// that this build cannot write it. `wanted` is asked before anything is written and before the file takes its place:
/// where it says no, what was there stays, and the Error says that it was cancelled. Empty: it is.
Status exportModel(const std::filesystem::path& path, const GeneratorModel& model, const Catalog& catalog,
    ExportFormat format, const std::function<bool()>& wanted = {});

} // namespace saddle
