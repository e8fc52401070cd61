// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/adversarial.h"
#include "core/objectives/objectives.h"

#include <algorithm>

namespace saddle {

namespace {

struct BeganOptions {
    double gamma = 0.5;
    double lambdaK = 0.001;
};

/// Boundary-equilibrium GAN, Berthelot et al. 2017: D is an auto-encoder, L the mean absolute error of a
/// reconstruction,
///
///     L_D = L(x) - k L(G(z)),   L_G = L(G(z)),   k ← clip(k + λ_k (γ L(x) - L(G(z))), 0, 1)
///
/// with k from 0 on, and the measure M = L(x) + |γ L(x) - L(G(z))|. k and M use the generated samples of the D phase.
class Began : public AdversarialObjective {
public:
    Began(const BeganOptions& options, LiveValues& live)
        : m_gamma(live.bind("objective.gamma", options.gamma))
        , m_lambda(live.bind("objective.lambda_k", options.lambdaK))
        , m_k(torch::zeros_like(m_gamma))
    {
    }

    PhaseLoss loss(const std::string& phase, PhaseContext& context) override
    {
        PhaseLoss result = AdversarialObjective::loss(phase, context);
        if (phase == "discriminator") {
            // The k of this loss; the one after it shows in the next step.
            result.metrics.emplace_back("began_k", m_k.clone());
            const torch::Tensor& real = metric(result.metrics, "d_real");
            const torch::Tensor& fake = metric(result.metrics, "d_fake");
            result.metrics.emplace_back("began_measure", real + (m_gamma * real - fake).abs());
        }
        return result;
    }

    torch::Tensor score(const torch::Tensor& input, const torch::Tensor& output) const override
    {
        return (output - input).abs().flatten(1).mean(1);
    }

    torch::Tensor discriminatorLoss(const torch::Tensor& real, const torch::Tensor& fake) const override
    {
        return real.mean() - m_k * fake.mean();
    }
    torch::Tensor generatorLoss(const torch::Tensor& fake) const override { return fake.mean(); }

    torch::Tensor realness(const torch::Tensor& scores) const override
    {
        const torch::Tensor low = scores.min();
        return 1 - (scores - low) / (scores.max() - low).clamp_min(1e-12);
    }

    ScoreMeaning meaning() const override
    {
        return {"Energy", "The mean error of D's reconstruction: the lower, the more real.", true};
    }

    void updated(const std::string& phase, const Metrics& metrics, const torch::Tensor& bad) override
    {
        if (phase != "discriminator")
            return;
        const torch::Tensor balance = m_gamma * metric(metrics, "d_real") - metric(metrics, "d_fake");
        // `where`, not a product with 1 - bad: a balance that is not a number would stay one.
        const torch::Tensor next = (m_k + m_lambda * balance).clamp(0, 1);
        m_k.copy_(at::where(bad > 0, m_k, next));
    }

    std::vector<NamedTensor> state() const override { return {{"k", m_k}}; }

private:
    static const torch::Tensor& metric(const Metrics& metrics, const std::string& column)
    {
        return std::find_if(metrics.begin(), metrics.end(), [&](const auto& one) {
            return one.first == column;
        })->second;
    }

    torch::Tensor m_gamma;
    torch::Tensor m_lambda;
    torch::Tensor m_k;
};

} // namespace

ObjectiveInfo beganObjective()
{
    using O = BeganOptions;
    return describeAdversarial<O>("began", "BEGAN")
        .help("D is an auto-encoder; a controller keeps its errors on real and generated samples in proportion")
        .source("Berthelot, Schumm & Metz 2017, arXiv:1703.10717, section 3.4")
        .formulas("L(x) − k L(G(z)),  k ← clip(k + λ(γ L(x) − L(G(z))), 0, 1)", "L(G(z))")
        .critic(Critic::Reconstruction)
        .column({"began_k", "k", "control", "discriminator"})
        .column({"began_measure", "M", "measure", "discriminator"})
        .measure("began_measure")
        .controller("began_k")
        .parameter("gamma", &O::gamma,
            {.label = "Diversity γ",
                .help = "Error on generated samples that is aimed at, as a share of that on real ones; lower means "
                        "sharper and more alike",
                .min = 0,
                .max = 1,
                .applies = Applies::Live})
        .parameter("lambda_k", &O::lambdaK,
            {.label = "Gain λ_k",
                .help = "How fast k follows",
                .min = 0,
                .max = 100,
                .scale = Scale::Log,
                .applies = Applies::Live})
        .build([](const O& options, LiveValues& live) { return std::make_unique<Began>(options, live); });
}

} // namespace saddle
