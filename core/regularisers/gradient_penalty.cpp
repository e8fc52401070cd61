// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/regularisers/describe_regulariser.h"
#include "core/regularisers/input_gradient.h"
#include "core/regularisers/regularisers.h"

namespace saddle {

namespace {

struct GradientPenaltyOptions : RegulariserOptions {
    double weight = 10;
    double target = 1;
    double epsilon = 1e-12;
    bool oneSided = false;
};

/// Gulrajani et al. 2017, eq. 3: λ E[(‖∇D(x̂)‖₂ - 1)²] with x̂ = a x + (1-a) G(z), one a ~ U(0, 1) a sample, x and G(z)
/// as D sees them. The norm is that of one sample's gradient.
class GradientPenalty : public Regulariser {
public:
    GradientPenalty(const GradientPenaltyOptions& options, LiveValues& live)
        : m_options(options)
        , m_weight(live.bind("regularisers.gradient_penalty.weight", options.weight))
        , m_target(live.bind("regularisers.gradient_penalty.target", options.target))
    {
    }

    torch::Tensor penalty(
        const PhaseInfo& phase, PhaseContext& context, const Seen& seen, const Objective& objective) const override
    {
        if (!phase.trains("discriminator") || !seen.real.data.defined())
            return {};
        const torch::Tensor real = seen.real.data.detach();
        std::vector<std::int64_t> one(static_cast<std::size_t>(real.dim()), 1);
        one.front() = real.size(0);
        const torch::Tensor mix = context.uniform("mix", one);
        torch::Tensor mixed = mix * real + (1 - mix) * seen.fake.data.detach();
        mixed.requires_grad_(true);
        const torch::Tensor output = context.forward("discriminator", {mixed, seen.real.label}).output;
        const torch::Tensor squared = squaredInputGradient(objective.score(mixed, output), mixed);
        return m_weight * slopePenalty(squared, m_target, m_options.epsilon, m_options.oneSided);
    }

private:
    GradientPenaltyOptions m_options;
    torch::Tensor m_weight;
    torch::Tensor m_target;
};

} // namespace

RegulariserInfo gradientPenaltyRegulariser()
{
    using O = GradientPenaltyOptions;
    return RegulariserDescriber<O>(
        "gradient_penalty", "Gradient penalty", "Keeps D's slope near 1 between real and generated samples")
        .source("Gulrajani et al. 2017, arXiv:1704.00028, eq. 3")
        .asks(Asks::OwnGradient)
        .boundsSlope()
        .reports("Gradient penalty", "discriminator")
        .parameter("weight", &O::weight, penaltyWeightTraits("Weight λ"))
        .parameter("target", &O::target,
            {.label = "Target", .help = "The slope aimed at", .min = 0, .max = 1e3, .applies = Applies::Live})
        .parameter("one_sided", &O::oneSided,
            {.label = "One-sided", .help = "Only slopes above the target are punished (section 4 of the paper)"})
        .parameter("epsilon", &O::epsilon, slopeEpsilonTraits())
        .build([](const O& options, LiveValues& live) { return std::make_unique<GradientPenalty>(options, live); });
}

} // namespace saddle
