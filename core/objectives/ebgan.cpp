// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/adversarial.h"
#include "core/objectives/objectives.h"
#include "core/runs/experiment.h"

#include <cmath>

namespace saddle {

namespace {

enum class Energy { Mean, Sum, Norm };

struct EbganOptions {
    Energy energy = Energy::Mean;
    double margin = 1;
};

/// Energy-based GAN, Zhao et al. 2017, eq. 1 and 2: D is an auto-encoder, E its reconstruction error of a sample,
///
///     L_D = E[E(x)] + E[[m - E(G(z))]₊],   L_G = E[E(G(z))]
///
/// with the hinge taken sample by sample. E is the mean over pixels or the sum of squared errors, or their root; the
/// margin belongs to that choice.
class Ebgan : public AdversarialObjective {
public:
    Ebgan(const EbganOptions& options, LiveValues& live)
        : m_energy(options.energy)
        , m_margin(live.bind("objective.margin", options.margin))
    {
    }

    torch::Tensor score(const torch::Tensor& input, const torch::Tensor& output) const override
    {
        const torch::Tensor squares = (output - input).square().flatten(1);
        switch (m_energy) {
        case Energy::Mean:
            return squares.mean(1);
        case Energy::Sum:
            return squares.sum(1);
        case Energy::Norm:
            break;
        }
        return at::linalg_vector_norm((output - input).flatten(1), 2, {1}); // of slope 0 at a perfect reconstruction
    }

    torch::Tensor discriminatorLoss(const torch::Tensor& real, const torch::Tensor& fake) const override
    {
        return real.mean() + (m_margin - fake).relu().mean();
    }
    torch::Tensor generatorLoss(const torch::Tensor& fake) const override { return fake.mean(); }

    torch::Tensor realness(const torch::Tensor& scores) const override
    {
        return (1 - scores / m_margin.clamp_min(1e-12)).clamp(0, 1);
    }

    ScoreMeaning meaning() const override
    {
        return {"Energy", "The error of D's reconstruction: near 0 for real samples, the margin and more for others.",
            true};
    }

private:
    Energy m_energy;
    torch::Tensor m_margin;
};

/// Samples lie in -1 .. 1, so no squared error passes 4 a number: a margin beyond that leaves the hinge always on. One
/// below 1e-4 a number, an error of one in a hundred of a pixel or about a grey level of 256, is passed by all samples
/// but those that D rebuilds perfectly: the hinge is always off.
Status checkMargin(Experiment& experiment)
{
    const Json& options = experiment.section("objective");
    const auto numbers = static_cast<double>(elementCount(experiment.dataShape));
    const auto energyOf = [&](double square) {
        return options["energy"] == "mean" ? square
            : options["energy"] == "sum"   ? square * numbers
                                           : std::sqrt(square * numbers);
    };
    const auto warn = [&](const std::string& compared, double bound, const std::string& state) {
        experiment.warnings.push_back("The margin of " + jsonText(options["margin"]) + " is " + compared + " ("
            + jsonText(Json(bound)) + "), so that the hinge is always " + state
            + ": choose a margin that goes with this energy.");
    };
    const double margin = options["margin"];
    if (margin == 0)
        experiment.warnings.emplace_back("With a margin of 0 D learns nothing from generated samples: raise it.");
    else if (experiment.dataShape.size() == 3 && margin >= energyOf(4))
        warn("beyond the largest energy that images can have", energyOf(4), "on");
    else if (experiment.dataShape.size() == 3 && margin < energyOf(1e-4))
        warn("below the energy of images that are rebuilt to a grey level", energyOf(1e-4), "off");
    return {};
}

} // namespace

ObjectiveInfo ebganObjective()
{
    using O = EbganOptions;
    return describeAdversarial<O>("ebgan", "EBGAN")
        .help("D is an auto-encoder that reconstructs real samples well and generated ones badly")
        .source("Zhao, Mathieu & LeCun 2017, arXiv:1609.03126, eq. 1 and 2")
        .formulas("E E(x) + E [m − E(G(z))]₊", "E E(G(z))")
        .critic(Critic::Reconstruction)
        .lossRange([](const Json& options, double real) {
            // Sure of all generated samples, D still pays for how badly it rebuilds real ones.
            return LossRange{options["margin"], real};
        })
        .check(checkMargin)
        .parameter("energy", &O::energy,
            {.label = "Energy E",
                .help = "How the reconstruction's error becomes one number",
                .choices = {{"mean", "Mean squared error"}, {"sum", "Sum of squares"}, {"norm", "Root of the sum"}}})
        .parameter("margin", &O::margin,
            {.label = "Margin m",
                .help = "Generated samples of more energy than this are left alone. Of order 1 for a mean, 10 and more "
                        "for sums and roots",
                .min = 0,
                .max = 1e6,
                .applies = Applies::Live})
        .build([](const O& options, LiveValues& live) { return std::make_unique<Ebgan>(options, live); });
}

} // namespace saddle
