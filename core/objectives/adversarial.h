// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/objectives/describe_objective.h"

namespace saddle {

/// Two networks, two phases: D learns to tell real from generated, then G to be told real. What is left to a loss of
/// this family is two functions of D's outputs.
class AdversarialObjective : public Objective {
public:
    PhaseLoss loss(const std::string& phase, PhaseContext& context) override;
    torch::Tensor realness(const torch::Tensor& scores) const override { return scores.sigmoid(); }

    /// `real` and `fake` are D's scores, N each; the result is 0-dimensional, a mean over each batch.
    virtual torch::Tensor discriminatorLoss(const torch::Tensor& real, const torch::Tensor& fake) const = 0;
    virtual torch::Tensor generatorLoss(const torch::Tensor& fake) const = 0;

    /// Whether G's loss holds generated samples against real ones; then comparedGeneratorLoss stands in for
    /// generatorLoss.
    virtual bool comparesInGenerator() const { return false; }
    virtual torch::Tensor comparedGeneratorLoss(const torch::Tensor& real, const torch::Tensor& fake) const;

protected:
    /// More metrics of a D phase, from the scores of the whole batch.
    virtual void report(PhaseLoss& loss, const torch::Tensor& real, const torch::Tensor& fake) const;
};

/// logisticLoss(x) = log(1 + eˣ), exact at both ends. (LibTorch's default turns linear from 20 on, which shows in
/// float64.)
torch::Tensor logisticLoss(const torch::Tensor& x);

} // namespace saddle
