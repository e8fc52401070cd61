// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/describe_objective.h"
#include "core/objectives/objectives.h"
#include "core/runs/experiment_checks.h"

namespace saddle {

namespace {

enum class Likelihood { Bernoulli, Gaussian };

struct VaeOptions {
    Likelihood likelihood = Likelihood::Bernoulli;
    double sigma = 1;
    double beta = 1;
};

/// Variational auto-encoder, Kingma & Welling 2014, eq. 10, with the weight β of Higgins et al. 2017. The encoder gives
/// mean μ and log variance of each latent number, the generator is the decoder:
///
///     L = E[-log p(x | z)] + β KL(N(μ, s²) ‖ N(0, I)),   z = μ + s ε,   KL = ½ Σ (μ² + s² - log s² - 1)
///
/// summed over pixels, averaged over the batch. Bernoulli: p = (G(z) + 1)/2 with the target (x + 1)/2. Gaussian:
/// ‖x - G(z)‖² / 2σ², without its constant.
class Vae : public Objective {
public:
    Vae(const VaeOptions& options, LiveValues& live)
        : m_likelihood(options.likelihood)
        , m_sigma(live.bind("objective.sigma", options.sigma))
        , m_beta(live.bind("objective.beta", options.beta))
    {
    }

    PhaseLoss loss(const std::string&, PhaseContext& context) override
    {
        const NetworkInput real = context.realBatch();
        const torch::Tensor code = context.forward("encoder", real).output;
        const std::vector<torch::Tensor> halves = code.chunk(2, 1);
        const torch::Tensor& mean = halves[0];
        const torch::Tensor& logVariance = halves[1];
        const torch::Tensor draw = context.normal("posterior", mean.sizes().vec());
        const torch::Tensor latent = mean + (logVariance / 2).exp() * draw;
        const torch::Tensor output = context.forward("generator", {latent, real.label}).output;
        const torch::Tensor error = reconstructionError(real.data, output);
        const torch::Tensor divergence = (mean.square() + logVariance.exp() - logVariance - 1).sum(1).mean() / 2;
        return {error + m_beta * divergence, {{"reconstruction", error.detach()}, {"kl", divergence.detach()}}};
    }

    torch::Tensor realness(const torch::Tensor& scores) const override { return at::full_like(scores, 0.5); }

private:
    torch::Tensor reconstructionError(const torch::Tensor& real, const torch::Tensor& output) const
    {
        if (m_likelihood == Likelihood::Bernoulli) {
            // tanh keeps within the ends (see the check below); layers behind it may pass them by a rounding.
            const torch::Tensor probability = ((output + 1) / 2).clamp(0, 1);
            return at::binary_cross_entropy(probability, (real + 1) / 2, {}, at::Reduction::Sum) / real.size(0);
        }
        return (real - output).square().flatten(1).sum(1).mean() / (2 * m_sigma.square());
    }

    Likelihood m_likelihood;
    torch::Tensor m_sigma;
    torch::Tensor m_beta;
};

Status checkVae(Experiment& experiment)
{
    if (experiment.latent.distribution != LatentDistribution::Normal) {
        return Error{"the VAE's prior is N(0, 1), but the latent is uniform", "latent.distribution", "choose “normal”"};
    }
    if (experiment.dataShape.size() != 3 && experiment.section("objective")["likelihood"] == "bernoulli") {
        return Error{"a Bernoulli likelihood is for pixels, but the data are " + shapeText(experiment.dataShape),
            "objective.likelihood", "choose “gaussian”"};
    }
    if (experiment.section("objective")["likelihood"] == "bernoulli"
        && outputActivation(experiment, "generator") != "tanh") {
        return Error{"a Bernoulli likelihood reads the generator's output as probabilities, from −1 to 1, which only a "
                     "tanh at its end keeps to",
            "objective.likelihood", "choose “gaussian”, or end the generator in tanh"};
    }
    const auto useless = [&](const std::string& setting) {
        experiment.warnings.push_back(setting + " does nothing here: a VAE has no discriminator.");
    };
    const Json& noise = experiment.section("instance_noise");
    if (noise["start"] != 0 || noise["end"] != 0 || noise["manual"] == true)
        useless("Instance noise");
    if (experiment.training.labelFlipping != 0)
        useless("Label flipping");
    if (experiment.training.discriminatorSteps != 1 || experiment.training.generatorSteps != 1)
        experiment.warnings.emplace_back("D steps and G steps do nothing here: a VAE's networks learn together.");
    return {};
}

} // namespace

ObjectiveInfo vaeObjective()
{
    using O = VaeOptions;
    return ObjectiveDescriber<O>("vae", "VAE")
        .help("Encoder and generator learn to reconstruct samples through a latent close to N(0, 1); the baseline")
        .source("Kingma & Welling 2014, arXiv:1312.6114; β as in Higgins et al. 2017")
        .formulas("–", "E −log p(x | z) + β KL(q(z | x) ‖ N(0, I))")
        .roles({"encoder", "generator"})
        .phases({{"vae", "VAE", {"encoder", "generator"}, "g_loss", ""}})
        .column({"d_real", "D(real)", "output", "real"})
        .column({"d_fake", "D(fake)", "output", "generator"})
        .column({"reconstruction", "Reconstruction", "likelihood", "real"})
        .column({"kl", "KL divergence", "likelihood", "encoder"})
        .measure("g_loss")
        .check(checkVae)
        .parameter("likelihood", &O::likelihood,
            {.label = "Likelihood",
                .help = "How samples are thought to scatter around a reconstruction",
                .choices = {{"bernoulli", "Bernoulli"}, {"gaussian", "Gaussian"}}})
        .parameter("sigma", &O::sigma,
            {.label = "σ",
                .help = "Standard deviation of a pixel around its reconstruction",
                .min = 1e-4,
                .max = 100,
                .scale = Scale::Log,
                .visibleWhen = {"likelihood", {"gaussian"}},
                .applies = Applies::Live})
        .parameter("beta", &O::beta,
            {.label = "β",
                .help = "Weight of the latent's closeness to N(0, 1)",
                .min = 0,
                .max = 1000,
                .applies = Applies::Live})
        .build([](const O& options, LiveValues& live) { return std::make_unique<Vae>(options, live); });
}

} // namespace saddle
