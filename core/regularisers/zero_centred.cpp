// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/regularisers/describe_regulariser.h"
#include "core/regularisers/input_gradient.h"
#include "core/regularisers/regularisers.h"

namespace saddle {

namespace {

struct ZeroCentredOptions : RegulariserOptions {
    double weight = 10;
};

/// Mescheder et al. 2018, eq. 9 and 10: γ/2 E[‖∇D(x)‖²] over the real samples (R1) or the generated ones (R2), as D
/// sees them.
class ZeroCentred : public Regulariser {
public:
    ZeroCentred(std::string which, torch::Tensor weight)
        : m_which(std::move(which))
        , m_weight(std::move(weight))
    {
    }

    bool needsGradient(const std::string& which) const override { return which == m_which; }

    torch::Tensor penalty(
        const PhaseInfo& phase, PhaseContext&, const Seen& seen, const Objective& objective) const override
    {
        const NetworkInput& input = m_which == "real" ? seen.real : seen.fake;
        const NetworkOutput& output = m_which == "real" ? seen.realOutput : seen.fakeOutput;
        if (!phase.trains("discriminator") || !input.data.defined())
            return {};
        // The forward pass of the loss is used again.
        const torch::Tensor scores = objective.score(input.data, output.output);
        return m_weight / 2 * squaredInputGradient(scores, input.data).mean();
    }

private:
    std::string m_which;
    torch::Tensor m_weight;
};

RegulariserInfo describe(const std::string& kind, const std::string& label, const std::string& help,
    const std::string& equation, const std::string& which)
{
    using O = ZeroCentredOptions;
    return RegulariserDescriber<O>(kind, label, help)
        .source("Mescheder, Geiger & Nowozin 2018, arXiv:1801.04406, eq. " + equation)
        .asks(Asks::OwnGradient)
        .boundsSlope()
        .reports(label, "discriminator")
        .parameter("weight", &O::weight,
            {.label = "Weight γ",
                .help = "Half of it stands before the penalty",
                .min = 0,
                .max = 1e6,
                .applies = Applies::Live})
        .build([kind, which](const O& options, LiveValues& live) {
            return std::make_unique<ZeroCentred>(which, live.bind("regularisers." + kind + ".weight", options.weight));
        });
}

} // namespace

RegulariserInfo r1Regulariser()
{
    return describe("r1", "R1 penalty", "Flattens D around real samples", "9", "real");
}

RegulariserInfo r2Regulariser()
{
    return describe("r2", "R2 penalty", "Flattens D around generated samples", "10", "fake");
}

} // namespace saddle
