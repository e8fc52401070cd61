// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/cross_entropy.h"
#include "core/objectives/objectives.h"

namespace saddle {

namespace {

/// The zero-sum game of Goodfellow et al. 2014, eq. 1: G minimises E[log(1 - σ(D(G(z))))] = -E[sp(D(G(z)))].
class Minimax : public CrossEntropyObjective {
public:
    using CrossEntropyObjective::CrossEntropyObjective;

    torch::Tensor generatorLoss(const torch::Tensor& fake) const override { return -logisticLoss(fake).mean(); }
};

} // namespace

ObjectiveInfo minimaxObjective()
{
    return describeAdversarial<CrossEntropyOptions>("minimax", "Minimax")
        .help("The original zero-sum game; G's gradient fades when D wins")
        .source("Goodfellow et al. 2014, arXiv:1406.2661, eq. 1")
        .formulas("E sp(−D(x)) + E sp(D(G(z)))", "−E sp(D(G(z)))")
        .with(declareSmoothing)
        .lossRange(crossEntropyRange)
        .build([](const CrossEntropyOptions& options, LiveValues& live) {
            return std::make_unique<Minimax>(options, live);
        });
}

} // namespace saddle
