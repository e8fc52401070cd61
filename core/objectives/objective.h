// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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
    virtual torch::Tensor forward(const std::string& role, const torch::Tensor& input) = 0;
    /// The same without a graph, for a network that does not learn in this phase and need not pass gradients on.
    virtual torch::Tensor forwardDetached(const std::string& role, const torch::Tensor& input) = 0;

    /// The next batch of real samples, in -1 to 1.
    virtual torch::Tensor realBatch() = 0;
    /// A batch of latents.
    virtual torch::Tensor latents() = 0;
    /// The samples with the instance noise in force added; `which` names the draw ("real", "fake").
    virtual torch::Tensor withNoise(const torch::Tensor& samples, const std::string& which) = 0;
};

struct PhaseLoss {
    torch::Tensor loss; ///< 0-dimensional, with its graph
    std::vector<std::pair<std::string, torch::Tensor>> metrics; ///< by column, 0-dimensional, without one
};

/// A way to train: which loss each phase minimises. Options that are live arrive as tensors from LiveValues.
class Objective {
public:
    virtual ~Objective() = default;

    virtual PhaseLoss loss(const std::string& phase, PhaseContext& context) = 0;

    /// The discriminator's output as 0 (generated) to 1 (real), for the heat map.
    virtual torch::Tensor realness(const torch::Tensor& output) const = 0;
};

} // namespace saddle
