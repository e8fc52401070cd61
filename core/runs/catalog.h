// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/models/network.h"
#include "core/params/registry.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace saddle {

class LiveValues;
class Objective;
class Optimiser;
class ParameterSet;

/// One recorded quantity beside step, epoch, images and seconds.
struct ColumnInfo {
    std::string key; ///< "d_loss": the name in metrics.csv
    std::string label; ///< "D loss"
    std::string group; ///< curves of one group share a plot: "loss", "output", "noise", "rate", "gradient"
    std::string role; ///< network it belongs to, for its colour; may be empty
};

/// One part of a training step: which network learns, and how often in a round.
struct PhaseInfo {
    std::string key; ///< "discriminator"
    std::string label; ///< "D"
    std::string learns; ///< role of the network that learns
    std::string lossColumn; ///< "d_loss"
    std::string repeatsPath; ///< path of the parameter that says how often in a round; empty: once
};

struct ObjectiveInfo : InfoBase {
    std::string discriminatorFormula;
    std::string generatorFormula;
    std::vector<std::string> roles; ///< networks it needs
    std::vector<PhaseInfo> phases; ///< in order
    std::vector<ColumnInfo> columns; ///< what its phases report, losses apart
    std::function<std::unique_ptr<Objective>(const Json& options, LiveValues& live)> create;
};

struct OptimiserInfo : InfoBase {
    std::function<std::unique_ptr<Optimiser>(const Json& options, const ParameterSet& parameters)> create;
};

/// All that an experiment can be made of.
struct Catalog {
    Registry<SourceInfo> sources{"data source"};
    Registry<LayerInfo> layers{"layer"};
    Registry<ArchitectureInfo> architectures{"architecture"};
    Registry<ObjectiveInfo> objectives{"objective"};
    Registry<OptimiserInfo> optimisers{"optimiser"};
};

} // namespace saddle
