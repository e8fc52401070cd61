// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/catalog.h"
#include "core/session/engine.h"

#include <memory>

namespace saddle {

class WorkerGroup;
struct WorkerPlace;

/// Everything this program is built with: the one list of sources, layers, architectures, objectives and optimisers.
const Catalog& builtinCatalog();

/// Loads the data of an experiment and builds its trainer.
Result<std::unique_ptr<Engine>> makeTrainer(const Json& document, const LoadMonitor& monitor);
/// The same in float64, for traces that others are to recompute.
Result<std::unique_ptr<Engine>> makeWideTrainer(const Json& document, const LoadMonitor& monitor);

enum class Precision { Float32, Float64 };

/// The trainer of one of several workers, which shares the cores and GPUs of its machine as its place says.
Result<std::unique_ptr<Engine>> makeSharingTrainer(const Json& document, const LoadMonitor& monitor,
    const WorkerPlace& place, std::shared_ptr<WorkerGroup> workers, Precision precision = Precision::Float32);

/// The version of LibTorch in use.
std::string libtorchVersion();

} // namespace saddle
