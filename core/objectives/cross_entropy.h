// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/objectives/adversarial.h"

namespace saddle {

struct CrossEntropyOptions {
    double labelSmoothing = 0;
};

/// The discriminator of the original GAN, with D a logit and one-sided label smoothing a (Salimans et al. 2016):
///
///     L_D = E[(1-a) sp(-D(x)) + a sp(D(x))] + E[sp(D(G(z)))]
///
/// that is, cross entropy towards 1-a for real and 0 for generated samples. G's target is untouched by a.
class CrossEntropyObjective : public AdversarialObjective {
public:
    CrossEntropyObjective(const CrossEntropyOptions& options, LiveValues& live)
        : m_smoothing(live.bind("objective.label_smoothing", options.labelSmoothing))
    {
    }

    torch::Tensor discriminatorLoss(const torch::Tensor& real, const torch::Tensor& fake) const override
    {
        // (1-a) sp(-D) + a sp(D) = sp(-D) + a D, since sp(D) = sp(-D) + D.
        return (logisticLoss(-real) + m_smoothing * real).mean() + logisticLoss(fake).mean();
    }

private:
    torch::Tensor m_smoothing;
};

inline ParameterTraits labelSmoothingTraits()
{
    return {.label = "Label smoothing",
        .help = "Real samples are to be called real with 1 − this; generated ones stay at 0",
        .min = 0,
        .max = 0.5,
        .applies = Applies::Live};
}

} // namespace saddle
