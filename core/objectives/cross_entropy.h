// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/objectives/adversarial.h"

#include <cmath>
#include <numbers>

namespace saddle {

struct CrossEntropyOptions {
    double labelSmoothing = 0;
    double fakeSmoothing = 0;
};

/// The discriminator of the original GAN, with D a logit and one-sided label smoothing a (Salimans et al. 2016):
///
///     L_D = E[(1-a) sp(-D(x)) + a sp(D(x))] + E[(1-b) sp(D(G(z))) + b sp(-D(G(z)))]
///
/// that is, cross entropy towards 1-a for real and b for generated samples. b is 0 but where a source smooths both
/// sides. G's target is untouched by either.
class CrossEntropyObjective : public AdversarialObjective {
public:
    CrossEntropyObjective(const CrossEntropyOptions& options, LiveValues& live)
        : m_smoothing(live.bind("objective.label_smoothing", options.labelSmoothing))
        , m_fakeSmoothing(live.bind("objective.fake_smoothing", options.fakeSmoothing))
    {
    }

    torch::Tensor discriminatorLoss(const torch::Tensor& real, const torch::Tensor& fake) const override
    {
        // (1-a) sp(-D) + a sp(D) = sp(-D) + a D, since sp(D) = sp(-D) + D.
        return (logisticLoss(-real) + m_smoothing * real).mean() + (logisticLoss(fake) - m_fakeSmoothing * fake).mean();
    }

    ScoreMeaning meaning() const override
    {
        return {"Logit",
            "Above 0, D takes it for real. The sigmoid of the score is the probability that D gives to that.", false,
            true};
    }

private:
    torch::Tensor m_smoothing;
    torch::Tensor m_fakeSmoothing;
};

/// Guessing costs ln 2 on each side; smoothed targets leave their own entropy where all is told apart.
inline LossRange crossEntropyRange(const Json& options, double)
{
    const auto entropy = [](double p) { return p > 0 && p < 1 ? -p * std::log(p) - (1 - p) * std::log(1 - p) : 0.0; };
    return {2 * std::numbers::ln2, entropy(options["label_smoothing"]) + entropy(options["fake_smoothing"])};
}

inline void declareSmoothing(Schema<CrossEntropyOptions>& schema)
{
    schema.parameter("label_smoothing", &CrossEntropyOptions::labelSmoothing,
        {.label = "Label smoothing",
            .help = "Real samples are to be called real with 1 − this",
            .min = 0,
            .max = 0.5,
            .applies = Applies::Live});
    schema.parameter("fake_smoothing", &CrossEntropyOptions::fakeSmoothing,
        {.label = "Of generated",
            .help = "Generated samples are to be called real with this; other than 0, it holds G back where it is bad",
            .min = 0,
            .max = 0.5,
            .applies = Applies::Live});
}

} // namespace saddle
