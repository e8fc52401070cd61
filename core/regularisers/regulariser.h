// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/parameter_set.h"
#include "core/objectives/objective.h"

namespace saddle {

/// Something added to an objective. All of it is optional: a penalty in the loss of a phase, an augmentation of what D
/// sees, a change of D's weights after its updates.
class Regulariser {
public:
    virtual ~Regulariser() = default;

    /// Whether the batch of that name ("real", "fake") must carry a gradient when D sees it in a phase of its own.
    virtual bool needsGradient(const std::string& which) const;

    /// Samples as D is to see them, in every phase. Differentiable.
    virtual torch::Tensor augment(const torch::Tensor& samples, const std::string& which, PhaseContext& context) const;

    /// What it adds to the loss of a phase, weighted, 0-dimensional; undefined where it adds nothing.
    virtual torch::Tensor penalty(
        const PhaseInfo& phase, PhaseContext& context, const Seen& seen, const Objective& objective) const;

    /// Called after each update of a network, without a graph.
    virtual void updated(const std::string& role, const ParameterSet& parameters) const;
};

} // namespace saddle
