// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/built_network.h"
#include "core/objectives/score_meaning.h"
#include "core/runs/catalog.h"
#include "core/training/live_values.h"

#include <torch/types.h>

#include <string>
#include <utility>
#include <vector>

namespace saddle {

/// What a phase of training works with. Every call that draws is keyed by the phase and its count of updates.
class PhaseContext {
public:
    virtual ~PhaseContext() = default;

    /// Forward pass of the network of a role, in training mode.
    virtual NetworkOutput forward(const std::string& role, const NetworkInput& input) = 0;
    /// The same without a graph, for a network that does not learn in this phase and need not pass gradients on.
    virtual torch::Tensor forwardDetached(const std::string& role, const NetworkInput& input) = 0;

    /// Real samples in -1 to 1 with their labels where networks read them: the next batch where the discriminator or
    /// an encoder learns, and otherwise the last one again.
    virtual NetworkInput realBatch() = 0;
    /// A batch of latents, with drawn labels where networks read them.
    virtual NetworkInput latents() = 0;
    /// Samples as the discriminator is to see them: augmented, then with the instance noise in force. `which` names
    /// the draws ("real", "fake").
    virtual torch::Tensor present(const torch::Tensor& samples, const std::string& which) = 0;

    /// Further draws by name, float32 brought to the type of the networks; sizes[0] counts samples.
    virtual torch::Tensor normal(const std::string& name, const std::vector<std::int64_t>& sizes) = 0;
    virtual torch::Tensor uniform(const std::string& name, const std::vector<std::int64_t>& sizes) = 0;

    /// A number or more of every sample of the batch, `own` being those of the samples here: where several workers
    /// train one run, each has a share of the batch. Differentiable. For what is no mean of a function of single
    /// samples.
    virtual torch::Tensor wholeBatch(const torch::Tensor& own) { return own; }

    /// The share of samples that D is to see under the wrong name, 0-dimensional; undefined where it is none.
    virtual torch::Tensor labelFlipping() = 0;
};

/// What a phase showed its discriminator, for regularisers to work on.
struct Seen {
    NetworkInput real{torch::Tensor()}; ///< undefined where a phase shows none
    NetworkInput fake{torch::Tensor()};
    NetworkOutput realOutput;
    NetworkOutput fakeOutput;
};

/// Numbers of an update by column, 0-dimensional, without a graph.
using Metrics = std::vector<std::pair<std::string, torch::Tensor>>;

struct PhaseLoss {
    torch::Tensor loss; ///< 0-dimensional, with its graph
    Metrics metrics;
    Seen seen = {};
};

/// A way to train: which loss each phase minimises. Options that are live arrive as tensors from LiveValues.
class Objective {
public:
    virtual ~Objective() = default;

    virtual PhaseLoss loss(const std::string& phase, PhaseContext& context) = 0;

    /// One number a sample, N, from the discriminator's input and output: the output itself, or an energy.
    virtual torch::Tensor score(const torch::Tensor& input, const torch::Tensor& output) const;

    /// Scores, N, as 0 (generated) to 1 (real), for the heat map.
    virtual torch::Tensor realness(const torch::Tensor& scores) const = 0;

    /// How one sample's score is to be read by itself.
    virtual ScoreMeaning meaning() const { return {}; }

    /// Called after each update of a phase with its metrics. `bad` is 0-dimensional: 1 says that the update was left
    /// out.
    virtual void updated(const std::string& phase, const Metrics& metrics, const torch::Tensor& bad);

    /// What it carries from step to step, to be saved and written into.
    virtual std::vector<NamedTensor> state() const { return {}; }
};

} // namespace saddle
