// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/adversarial.h"
#include "core/objectives/objectives.h"

namespace saddle {

namespace {

struct HingeOptions {
    double margin = 1;
};

/// Hinge loss, Lim & Ye 2017, with D's output linear:
///
///     L_D = E[relu(m - D(x))] + E[relu(m + D(G(z)))],   L_G = -E[D(G(z))]
class Hinge : public AdversarialObjective {
public:
    Hinge(const HingeOptions& options, LiveValues& live)
        : m_margin(live.bind("objective.margin", options.margin))
    {
    }

    torch::Tensor discriminatorLoss(const torch::Tensor& real, const torch::Tensor& fake) const override
    {
        return (m_margin - real).relu().mean() + (m_margin + fake).relu().mean();
    }
    torch::Tensor generatorLoss(const torch::Tensor& fake) const override { return -fake.mean(); }

    torch::Tensor realness(const torch::Tensor& scores) const override
    {
        return (scores / m_margin.clamp_min(1e-6) + 1).div(2).clamp(0, 1);
    }

    ScoreMeaning meaning() const override
    {
        return {
            "Side of the hinge", "Above the margin D is sure that it is real, below minus the margin that it is not."};
    }

private:
    torch::Tensor m_margin;
};

} // namespace

ObjectiveInfo hingeObjective()
{
    return describeAdversarial<HingeOptions>("hinge", "Hinge")
        .help("Ignores samples that D is sure of")
        .source("Lim & Ye 2017, arXiv:1705.02894; Miyato et al. 2018, arXiv:1802.05957")
        .formulas("E relu(m − D(x)) + E relu(m + D(G(z)))", "−E D(G(z))")
        .lossRange([](const Json& options, double) {
            return LossRange{2 * options["margin"].get<double>(), 0};
        })
        .parameter("margin", &HingeOptions::margin,
            {.label = "Margin m", .help = "How sure is sure", .min = 0, .max = 10, .applies = Applies::Live})
        .build([](const HingeOptions& options, LiveValues& live) { return std::make_unique<Hinge>(options, live); });
}

} // namespace saddle
