// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/models/network.h"
#include "core/params/registry.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace saddle {

class LiveValues;
class Objective;
class Regulariser;
struct Experiment;
class Optimiser;
class ParameterSet;

/// One recorded quantity beside step, epoch, images and seconds.
struct ColumnInfo {
    std::string key; ///< "d_loss": the name in metrics.csv
    std::string label; ///< "D loss"
    std::string group; ///< curves of one group share a plot: "loss", "output", "penalty", "control", "noise", ...
    std::string role; ///< network it belongs to, for its colour; may be empty
};

/// One part of a training step: which networks learn, and how often in a round.
struct PhaseInfo {
    std::string key; ///< "discriminator"
    std::string label; ///< "D"
    std::vector<std::string> learns; ///< roles of the networks that learn
    std::string lossColumn; ///< "d_loss"
    std::string repeatsPath; ///< path of the parameter that says how often in a round; empty: once

    bool trains(const std::string& role) const { return std::find(learns.begin(), learns.end(), role) != learns.end(); }
};

/// What an objective reads from a discriminator.
enum class Critic {
    Score, ///< one number a sample
    Reconstruction, ///< the sample again: D is an auto-encoder, and its error is the energy
};

/// How a measure of convergence goes while training does well.
enum class MeasureCourse {
    Falls,
    RisesFirst, ///< a critic must learn to tell before its estimate falls
};

/// The D loss where D can tell nothing apart, and where it is sure of every sample.
struct LossRange {
    double undecided = 0;
    double won = 0;
};

struct ObjectiveInfo : InfoBase {
    std::string discriminatorFormula;
    std::string generatorFormula;
    std::vector<std::string> roles; ///< networks it needs
    std::vector<PhaseInfo> phases; ///< in order
    std::vector<ColumnInfo> columns; ///< what its phases report, losses apart
    Critic critic = Critic::Score;
    bool unbounded = false; ///< a critic whose slope must be kept in bounds by other means (Wasserstein)
    std::string measure; ///< column of a figure that falls as training converges; empty: there is none
    MeasureCourse measureCourse = MeasureCourse::Falls;
    /// Empty: D's loss has no such ends, so that it tells no winner (a critic's value, an energy held in balance).
    /// `real` is D's mean output for real samples, where that is a part of the loss that D cannot get rid of.
    std::function<LossRange(const Json& options, double real)> lossRange;
    /// Column of a controller that balances D and G by a value from 0 to 1; empty: there is none. Where it stays at 0,
    /// D learns nothing from generated samples; where it stays at 1, G's samples are too easy for D.
    std::string controller;
    /// What else must hold of an experiment with this objective; may add warnings. Empty: nothing.
    std::function<Status(Experiment& experiment)> check;
    std::function<std::unique_ptr<Objective>(const Json& options, LiveValues& live)> create;
};

/// What a regulariser asks of the discriminator it is put on.
enum class Asks {
    Nothing,
    OwnGradient, ///< each sample's input gradient alone: no batch norm
    OwnGradientLoosely, ///< the same, but the paper itself used batch norm
    Code, ///< a layer with the id "code"
    Images, ///< samples that are images
};

/// Something added to an objective: a penalty, a limit on weights, an augmentation. Its first parameter is `enabled`.
struct RegulariserInfo : InfoBase {
    Asks asks = Asks::Nothing;
    bool boundsSlope = false; ///< keeps an unbounded critic in bounds
    bool comparesSamples = false; ///< works on pairs of samples of a batch
    std::vector<ColumnInfo> columns; ///< what it reports
    std::function<std::unique_ptr<Regulariser>(const Json& options, LiveValues& live)> create;
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
    Registry<RegulariserInfo> regularisers{"regulariser"};
    Registry<OptimiserInfo> optimisers{"optimiser"};
};

} // namespace saddle
