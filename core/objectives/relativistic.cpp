// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/adversarial.h"
#include "core/objectives/objectives.h"

#include <numbers>

namespace saddle {

namespace {

struct RelativisticOptions { };

/// Relativistic pairing, Jolicoeur-Martineau 2019, eq. 6 and 7, the loss of R3GAN (Huang et al. 2024): each generated
/// sample against one real one,
///
///     L_D = E[sp(-(D(x) - D(G(z))))],   L_G = E[sp(-(D(G(z)) - D(x)))]
class Relativistic : public AdversarialObjective {
public:
    torch::Tensor discriminatorLoss(const torch::Tensor& real, const torch::Tensor& fake) const override
    {
        return logisticLoss(fake - real).mean();
    }
    torch::Tensor generatorLoss(const torch::Tensor&) const override
    {
        throw std::logic_error("a relativistic generator loss needs real scores beside the generated ones");
    }
    bool comparesInGenerator() const override { return true; }
    torch::Tensor comparedGeneratorLoss(const torch::Tensor& real, const torch::Tensor& fake) const override
    {
        return logisticLoss(real - fake).mean();
    }

    torch::Tensor realness(const torch::Tensor& scores) const override
    {
        // Only differences of scores have a meaning: the middle of those in view is taken as undecided.
        return (scores - scores.mean()).sigmoid();
    }

    ScoreMeaning meaning() const override
    {
        return {"Rank", "Only differences count, there is no zero: of two samples, the higher is more real."};
    }
};

} // namespace

ObjectiveInfo relativisticObjective()
{
    return describeAdversarial<RelativisticOptions>("relativistic", "Relativistic pairing")
        .help("D ranks a real sample above a generated one; G turns the order round")
        .source("Jolicoeur-Martineau 2019, arXiv:1807.00734; Huang et al. 2024, arXiv:2501.05441")
        .formulas("E sp(−(D(x) − D(G(z))))", "E sp(−(D(G(z)) − D(x)))")
        .lossRange([](const Json&, double) {
            return LossRange{std::numbers::ln2, 0};
        })
        .build([](const RelativisticOptions&, LiveValues&) { return std::make_unique<Relativistic>(); });
}

} // namespace saddle
