// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/adversarial.h"
#include "core/objectives/objectives.h"

namespace saddle {

namespace {

struct WganOptions { };

/// Wasserstein distance by a critic, Arjovsky et al. 2017: L_D = E[D(G(z))] - E[D(x)], L_G = -E[D(G(z))], with D's
/// output linear and its slope kept in bounds by clipping, a gradient penalty or spectral norm.
class Wgan : public AdversarialObjective {
public:
    torch::Tensor discriminatorLoss(const torch::Tensor& real, const torch::Tensor& fake) const override
    {
        return fake.mean() - real.mean();
    }
    torch::Tensor generatorLoss(const torch::Tensor& fake) const override { return -fake.mean(); }

    torch::Tensor realness(const torch::Tensor& scores) const override
    {
        // A critic has no scale of its own: its lowest score in view is 0, its highest 1.
        const torch::Tensor low = scores.min();
        return (scores - low) / (scores.max() - low).clamp_min(1e-12);
    }

    ScoreMeaning meaning() const override
    {
        return {"Critic's value", "Only differences count, there is no zero: of two samples, the higher is more real."};
    }

protected:
    void report(PhaseLoss& loss, const torch::Tensor& real, const torch::Tensor& fake) const override
    {
        loss.metrics.emplace_back("wasserstein", real.mean() - fake.mean());
    }
};

} // namespace

ObjectiveInfo wganObjective()
{
    return describeAdversarial<WganOptions>("wgan", "WGAN")
        .help("D estimates the distance between real and generated samples; G makes it small")
        .source("Arjovsky, Chintala & Bottou 2017, arXiv:1701.07875, algorithm 1")
        .formulas("E D(G(z)) − E D(x)", "−E D(G(z))")
        .column({"wasserstein", "Wasserstein estimate", "measure", "discriminator"})
        .unbounded()
        .measure("wasserstein", MeasureCourse::RisesFirst)
        .build([](const WganOptions&, LiveValues&) { return std::make_unique<Wgan>(); });
}

} // namespace saddle
