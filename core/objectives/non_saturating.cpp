// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/cross_entropy.h"
#include "core/objectives/objectives.h"

namespace saddle {

namespace {

/// Goodfellow et al. 2014, section 3: G maximises E[log σ(D(G(z)))], that is, it minimises E[sp(-D(G(z)))].
class NonSaturating : public CrossEntropyObjective {
public:
    using CrossEntropyObjective::CrossEntropyObjective;

    torch::Tensor generatorLoss(const torch::Tensor& fake) const override { return logisticLoss(-fake).mean(); }
};

} // namespace

ObjectiveInfo nonSaturatingObjective()
{
    return describeAdversarial<CrossEntropyOptions>("non-saturating", "Non-saturating")
        .help("The usual GAN loss: G learns to be called real")
        .source("Goodfellow et al. 2014, arXiv:1406.2661, section 3")
        .formulas("E sp(−D(x)) + E sp(D(G(z)))", "E sp(−D(G(z)))")
        .with(declareSmoothing)
        .lossRange(crossEntropyRange)
        .build([](const CrossEntropyOptions& options, LiveValues& live) {
            return std::make_unique<NonSaturating>(options, live);
        });
}

} // namespace saddle
