// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/regularisers/describe_regulariser.h"
#include "core/regularisers/input_gradient.h"
#include "core/regularisers/regularisers.h"

namespace saddle {

namespace {

struct DraganOptions : RegulariserOptions {
    double weight = 10;
    double scale = 0.5;
    bool perSample = false;
    double epsilon = 1e-12;
};

/// Kodali et al. 2017, eq. 3, with the noise of the authors' code: λ E[(‖∇D(x + δ)‖ - 1)²],
/// δ = c std(x) u, u ~ U(0, 1) for each number, std(x) one scalar of the whole batch. Per sample, δ is scaled by one
/// further α ~ U(0, 1), as later code does.
class Dragan : public Regulariser {
public:
    Dragan(const DraganOptions& options, LiveValues& live)
        : m_options(options)
        , m_weight(live.bind("regularisers.dragan.weight", options.weight))
        , m_scale(live.bind("regularisers.dragan.scale", options.scale))
        , m_target(live.bind("regularisers.dragan.target", 1))
    {
    }

    torch::Tensor penalty(
        const PhaseInfo& phase, PhaseContext& context, const Seen& seen, const Objective& objective) const override
    {
        if (!phase.trains("discriminator") || !seen.real.data.defined())
            return {};
        const torch::Tensor real = seen.real.data.detach();
        torch::Tensor shift = m_scale * context.wholeBatch(real).std() * context.uniform("perturb", real.sizes().vec());
        if (m_options.perSample) {
            std::vector<std::int64_t> one(static_cast<std::size_t>(real.dim()), 1);
            one.front() = real.size(0);
            shift = shift * context.uniform("perturb_mix", one);
        }
        torch::Tensor near = real + shift;
        near.requires_grad_(true);
        const torch::Tensor output = context.forward("discriminator", {near, seen.real.label}).output;
        const torch::Tensor squared = squaredInputGradient(objective.score(near, output), near);
        return m_weight * slopePenalty(squared, m_target, m_options.epsilon, false);
    }

private:
    DraganOptions m_options;
    torch::Tensor m_weight;
    torch::Tensor m_scale;
    torch::Tensor m_target;
};

} // namespace

RegulariserInfo draganRegulariser()
{
    using O = DraganOptions;
    return RegulariserDescriber<O>("dragan", "DRAGAN penalty", "Keeps D's slope near 1 around real samples")
        .source("Kodali et al. 2017, arXiv:1705.07215, eq. 3; noise as in the authors' code")
        .asks(Asks::OwnGradientLoosely)
        .boundsSlope()
        .reports("DRAGAN penalty", "discriminator")
        .parameter("weight", &O::weight, penaltyWeightTraits("Weight λ"))
        .parameter("scale", &O::scale,
            {.label = "Reach",
                .help = "How far around real samples, in standard deviations of the batch",
                .min = 0,
                .max = 100,
                .applies = Applies::Live})
        .parameter("per_sample", &O::perSample,
            {.label = "Scale each sample", .help = "Shortens each sample's shift by one more random factor"})
        .parameter("epsilon", &O::epsilon, slopeEpsilonTraits())
        .build([](const O& options, LiveValues& live) { return std::make_unique<Dragan>(options, live); });
}

} // namespace saddle
