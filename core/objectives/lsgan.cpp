// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/adversarial.h"
#include "core/objectives/objectives.h"

namespace saddle {

namespace {

struct LsganOptions {
    double a = 0;
    double b = 1;
    double c = 1;
    double scale = 0.5;
};

/// Least squares, Mao et al. 2017, eq. 2, with D's output linear:
///
///     L_D = s E[(D(x) - b)²] + s E[(D(G(z)) - a)²],   L_G = s E[(D(G(z)) - c)²],   s = ½
class Lsgan : public AdversarialObjective {
public:
    Lsgan(const LsganOptions& options, LiveValues& live)
        : m_a(live.bind("objective.a", options.a))
        , m_b(live.bind("objective.b", options.b))
        , m_c(live.bind("objective.c", options.c))
        , m_scale(live.bind("objective.scale", options.scale))
    {
    }

    torch::Tensor discriminatorLoss(const torch::Tensor& real, const torch::Tensor& fake) const override
    {
        return m_scale * ((real - m_b).square().mean() + (fake - m_a).square().mean());
    }

    torch::Tensor generatorLoss(const torch::Tensor& fake) const override
    {
        return m_scale * (fake - m_c).square().mean();
    }

    torch::Tensor realness(const torch::Tensor& output) const override
    {
        const torch::Tensor range = m_b - m_a;
        // With one target for both there is nothing to tell them apart by.
        return at::where(range == 0, at::full_like(output, 0.5), ((output - m_a) / range).clamp(0, 1));
    }

    ScoreMeaning meaning() const override
    {
        return {"Target", "D was to give b for real samples and a for generated ones: the nearer to b, the more real."};
    }

private:
    torch::Tensor m_a;
    torch::Tensor m_b;
    torch::Tensor m_c;
    torch::Tensor m_scale;
};

} // namespace

ObjectiveInfo lsganObjective()
{
    using O = LsganOptions;
    const auto target = [](std::string label, std::string help) {
        return ParameterTraits{
            .label = std::move(label), .help = std::move(help), .min = -10, .max = 10, .applies = Applies::Live};
    };
    return describeAdversarial<O>("lsgan", "LSGAN")
        .help("Least squares towards fixed targets")
        .source("Mao et al. 2017, arXiv:1611.04076, eq. 2")
        .formulas("½ E (D(x) − b)² + ½ E (D(G(z)) − a)²", "½ E (D(G(z)) − c)²")
        .lossRange([](const Json& options, double) {
            // Halfway between the two targets is the best guess.
            const double range = options["b"].get<double>() - options["a"].get<double>();
            return LossRange{options["scale"].get<double>() * range * range / 2, 0};
        })
        .parameter("a", &O::a, target("a: generated", "What D is to give for generated samples"))
        .parameter("b", &O::b, target("b: real", "What D is to give for real samples"))
        .parameter("c", &O::c, target("c: G's aim", "What G wants D to give for generated samples"))
        .parameter("scale", &O::scale,
            {.label = "Scale",
                .help = "Factor before the squares: ½ in the paper, 1 in some code",
                .min = 0.01,
                .max = 10,
                .applies = Applies::Live})
        .build([](const O& options, LiveValues& live) { return std::make_unique<Lsgan>(options, live); });
}

} // namespace saddle
