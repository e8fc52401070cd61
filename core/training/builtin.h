// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/catalog.h"
#include "core/session/engine.h"

namespace saddle {

/// Everything this program is built with: the one list of sources, layers, architectures, objectives and optimisers.
const Catalog& builtinCatalog();

/// Loads the data of an experiment and builds its trainer.
Result<std::unique_ptr<Engine>> makeTrainer(const Json& document, const LoadMonitor& monitor);
/// The same in float64, for traces that others are to recompute.
Result<std::unique_ptr<Engine>> makeWideTrainer(const Json& document, const LoadMonitor& monitor);

/// The version of LibTorch in use.
std::string libtorchVersion();

} // namespace saddle
