// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/objectives/objective.h"
#include "core/params/describe.h"

namespace saddle {

/// Two networks, two phases: D learns to tell real from generated, then G to be told real. What is left to a loss of
/// this family is two functions of D's outputs.
class AdversarialObjective : public Objective {
public:
    PhaseLoss loss(const std::string& phase, PhaseContext& context) final;
    torch::Tensor realness(const torch::Tensor& output) const override { return output.sigmoid(); }

    /// `real` and `fake` are D's outputs, N × 1; the result is 0-dimensional, a mean over each batch.
    virtual torch::Tensor discriminatorLoss(const torch::Tensor& real, const torch::Tensor& fake) const = 0;
    virtual torch::Tensor generatorLoss(const torch::Tensor& fake) const = 0;
};

/// logisticLoss(x) = log(1 + eˣ), exact at both ends. (LibTorch's default turns linear from 20 on, which shows in
/// float64.)
torch::Tensor logisticLoss(const torch::Tensor& x);

/// What every objective of this family says of itself.
template <typename Options>
class AdversarialDescriber : public Description<AdversarialDescriber<Options>, ObjectiveInfo, Options> {
public:
    AdversarialDescriber(std::string kind, std::string label)
        : Description<AdversarialDescriber<Options>, ObjectiveInfo, Options>(std::move(kind), std::move(label))
    {
        this->m_info.roles = {"generator", "discriminator"};
        this->m_info.phases = {
            {"discriminator", "D", "discriminator", "d_loss", "training.discriminator_steps"},
            {"generator", "G", "generator", "g_loss", "training.generator_steps"},
        };
        this->m_info.columns = {
            {"d_real", "D(real)", "output", "real"},
            {"d_fake", "D(fake)", "output", "generator"},
        };
    }

    AdversarialDescriber& formulas(std::string discriminator, std::string generator)
    {
        this->m_info.discriminatorFormula = std::move(discriminator);
        this->m_info.generatorFormula = std::move(generator);
        return *this;
    }

    template <typename Make>
    ObjectiveInfo build(Make make)
    {
        this->m_info.create = [read = this->reader(), make](const Json& json,
                                  LiveValues& live) -> std::unique_ptr<Objective> { return make(read(json), live); };
        return this->finish();
    }
};

template <typename Options>
AdversarialDescriber<Options> describeAdversarial(std::string kind, std::string label)
{
    return {std::move(kind), std::move(label)};
}

} // namespace saddle
