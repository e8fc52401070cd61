// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/regularisers/describe_regulariser.h"
#include "core/regularisers/regularisers.h"

namespace saddle {

namespace {

struct PullAwayOptions : RegulariserOptions {
    double weight = 0.1;
};

/// Zhao et al. 2017, eq. 4: 1/(N(N-1)) Σᵢ Σ_{j≠i} (sᵢᵀsⱼ / ‖sᵢ‖‖sⱼ‖)², s the code of D's auto-encoder for a batch of
/// generated samples. It is added to G's loss alone.
class PullAway : public Regulariser {
public:
    PullAway(const PullAwayOptions& options, LiveValues& live)
        : m_weight(live.bind("regularisers.pull_away.weight", options.weight))
    {
    }

    torch::Tensor penalty(
        const PhaseInfo& phase, PhaseContext& context, const Seen& seen, const Objective&) const override
    {
        if (!phase.trains("generator") || !seen.fakeOutput.code.defined())
            return {};
        const torch::Tensor codes = context.wholeBatch(seen.fakeOutput.code.flatten(1));
        const torch::Tensor lengths = at::linalg_vector_norm(codes, 2, {1}, true).clamp_min(1e-12);
        const torch::Tensor unit = codes / lengths;
        const torch::Tensor squares = at::mm(unit, unit.t()).square();
        const std::int64_t count = codes.size(0);
        const auto pairs = static_cast<double>(std::max<std::int64_t>(1, count * (count - 1)));
        return m_weight * (squares.sum() - squares.diagonal().sum()) / pairs;
    }

private:
    torch::Tensor m_weight;
};

} // namespace

RegulariserInfo pullAwayRegulariser()
{
    using O = PullAwayOptions;
    return RegulariserDescriber<O>(
        "pull_away", "Pull-away term", "Turns the codes of generated samples away from each other")
        .source("Zhao, Mathieu & LeCun 2017, arXiv:1609.03126, eq. 4")
        .asks(Asks::Code)
        .comparesSamples()
        .reports("Pull-away term", "generator")
        .parameter("weight", &O::weight,
            {.label = "Weight", .help = "Factor before the term", .min = 0, .max = 1e3, .applies = Applies::Live})
        .build([](const O& options, LiveValues& live) { return std::make_unique<PullAway>(options, live); });
}

} // namespace saddle
