// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/foreign/foreign_sizes.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace saddle {

namespace {

constexpr std::int64_t largestSide = 4096;
/// Choices that nobody is known to make, which a wanted size may still ask for.
constexpr double odd = 6;

struct WeighedChoice {
    SizeChoice choice;
    double cost = 0;
};

/// Whether a network pads its convolutions so that they enlarge by whole factors, or leaves PyTorch's defaults.
enum class Habit { Padded, Unpadded };

/// Ways a transposed convolution with a kernel of k may be meant.
std::vector<WeighedChoice> transposedChoices(std::int64_t k, bool atOnePixel, Habit habit)
{
    const auto costOf = [&](std::int64_t stride, std::int64_t padding, std::int64_t outputPadding) {
        if (k == 1)
            return stride == 1 && padding == 0 ? 0.0 : odd;
        if (atOnePixel) // the stride has nothing to stride over
            return stride == 1 && padding == 0 ? 0.0 : odd;
        if (habit == Habit::Unpadded)
            return padding == 0 && outputPadding == 0 && stride <= 2 ? 0.0 : odd;
        if (k % 2 == 0) {
            if (stride == 2 && padding == (k - 2) / 2 && outputPadding == 0)
                return 0.0;
            if (stride == 4 && k >= 8 && padding == (k - 4) / 2 && outputPadding == 0)
                return 1.0;
            return stride == 1 && padding == 0 ? 2.0 : odd;
        }
        if (stride == 2 && padding == (k - 1) / 2)
            return outputPadding == 1 ? 0.0 : 0.5;
        return stride == 1 && padding == (k - 1) / 2 ? 1.5 : odd;
    };
    std::vector<WeighedChoice> choices;
    for (std::int64_t stride = 1; stride <= (atOnePixel ? 2 : 4); ++stride) {
        for (std::int64_t padding = 0; padding < std::min<std::int64_t>(k, 8); ++padding) {
            for (std::int64_t more = 0; more < std::min<std::int64_t>(stride, 2); ++more)
                choices.push_back({{1, stride, padding, more, true}, costOf(stride, padding, more)});
        }
    }
    return choices;
}

/// Ways a convolution may be meant, with or without an enlargement before it.
std::vector<WeighedChoice> convChoices(const ForeignStep& step, bool enlargesOtherwise, Habit habit)
{
    const std::int64_t k = step.module->size(2);
    std::vector<WeighedChoice> choices;
    for (const std::int64_t factor : {1, 2, 4}) {
        // Two modules without tensors are an activation and an enlargement; of one alone, the sizes have to tell.
        double cost = factor == 4 ? 3 : 0;
        bool activation = true;
        if (!step.gap)
            cost += factor == 1 ? 0 : 0.3;
        else if (*step.gap == 0)
            cost += factor == 1 ? 0 : 4;
        else if (*step.gap == 1)
            cost += factor == 1 ? 0 : 0.5;
        else
            cost += factor == 1 ? 1 : 0;
        if (step.gap.value_or(2) <= 1 && factor > 1)
            activation = false;
        if (factor > 1 && (enlargesOtherwise || step.shuffle > 1 || k == 1))
            cost += 2;
        if (k % 2 == 1 && habit == Habit::Padded)
            choices.push_back({{factor, 1, (k - 1) / 2, 0, activation}, cost});
        if (k > 1)
            choices.push_back({{factor, 1, 0, 0, activation}, cost + (habit == Habit::Unpadded ? 0 : odd)});
        if (k % 2 == 0)
            choices.push_back({{factor, 1, k / 2, 0, activation}, cost + odd});
    }
    return choices;
}

std::int64_t sideAfter(std::int64_t side, const ForeignStep& step, const SizeChoice& choice)
{
    const std::int64_t k = step.module->size(2);
    side *= choice.upsample * step.shuffle;
    if (step.kind == ForeignStep::Kind::Transposed)
        return (side - 1) * choice.stride - 2 * choice.padding + k + choice.outputPadding;
    return side + 2 * choice.padding - k + 1;
}

/// How unusual images of a size are.
double unusual(MapSize image, std::int64_t channels)
{
    if (image.first != image.second)
        return 4;
    const std::int64_t side = image.first;
    if (side == 28)
        return channels == 1 ? 0 : 0.8;
    if (side == 32)
        return channels == 1 ? 0.6 : 0;
    if (side == 64 || side == 128 || side == 256 || side == 512 || side == 1024)
        return 0;
    return side == 16 || side == 48 || side == 96 || side == 224 ? 1 : 3;
}

/// The best way to a size, and how it was come by.
struct Reached {
    double cost = 0;
    MapSize from;
    SizeChoice choice;
};
using Row = std::map<MapSize, Reached>;

void offer(Row& row, MapSize size, const Reached& reached)
{
    const auto [at, added] = row.emplace(size, reached);
    // Of two ways as good, that which enlarges earlier: rows go from small to large.
    if (!added && reached.cost <= at->second.cost)
        at->second = reached;
}

/// Sizes the first map may have, each with the cost of taking it.
Row startingSizes(const ForeignChain& chain)
{
    Row row;
    if (chain.startsAsMap) {
        row[{1, 1}] = {};
        return row;
    }
    const auto reshape = std::find_if(
        chain.steps.begin(), chain.steps.end(), [](const ForeignStep& step) { return step.reshapeTo > 0; });
    if (reshape == chain.steps.end())
        return row;
    const std::int64_t places = chain.reshaped / reshape->reshapeTo;
    for (std::int64_t height = 1; height <= std::min(places, largestSide); ++height) {
        const std::int64_t width = places / height;
        // A map is seldom more than four times as wide as high.
        if (places % height == 0 && width <= 4 * height && height <= 4 * width)
            row[{height, width}] = {height == width ? 0.0 : 1.0, {}, {}};
    }
    return row;
}

std::vector<SizePlan> plansOf(const ForeignChain& chain, std::optional<MapSize> wanted, Habit habit)
{
    const bool transposed = std::any_of(chain.steps.begin(), chain.steps.end(),
        [](const ForeignStep& step) { return step.kind == ForeignStep::Kind::Transposed; });
    std::vector<Row> rows{startingSizes(chain)};
    for (std::size_t i = 0; i < chain.steps.size(); ++i) {
        const ForeignStep& step = chain.steps[i];
        Row next;
        for (const auto& [size, reached] : rows.back()) {
            if (!step.spatial()) {
                const MapSize grown{size.first * step.shuffle, size.second * step.shuffle};
                offer(next, grown, {reached.cost, size, {}});
                continue;
            }
            const bool atOnePixel = i == 0 && chain.startsAsMap;
            const std::vector<WeighedChoice> choices = step.kind == ForeignStep::Kind::Transposed
                ? transposedChoices(step.module->size(2), atOnePixel, habit)
                : convChoices(step, transposed, habit);
            for (const WeighedChoice& weighed : choices) {
                const MapSize grown{
                    sideAfter(size.first, step, weighed.choice), sideAfter(size.second, step, weighed.choice)};
                if (std::min(grown.first, grown.second) >= 1 && std::max(grown.first, grown.second) <= largestSide)
                    offer(next, grown, {reached.cost + weighed.cost, size, weighed.choice});
            }
        }
        // Only the likeliest go on, and those that a wanted size may need.
        constexpr std::size_t most = 512;
        if (next.size() > most) {
            std::vector<double> costs;
            for (const auto& [size, reached] : next)
                costs.push_back(reached.cost);
            std::nth_element(costs.begin(), costs.begin() + most, costs.end());
            std::erase_if(next, [limit = costs[most]](const auto& entry) { return entry.second.cost > limit; });
        }
        rows.push_back(std::move(next));
    }
    std::vector<SizePlan> plans;
    for (const auto& [size, reached] : rows.back()) {
        if (wanted && size != *wanted)
            continue;
        SizePlan plan{size, size, std::vector<SizeChoice>(chain.steps.size()), reached.cost};
        plan.cost += unusual(size, chain.output) + (habit == Habit::Unpadded ? 1 : 0);
        for (std::size_t i = chain.steps.size(); i-- > 0;) {
            const Reached& way = rows[i + 1].at(plan.start);
            plan.choices[i] = way.choice;
            plan.start = way.from;
        }
        plans.push_back(std::move(plan));
    }
    return plans;
}

} // namespace

std::vector<SizePlan> planSizes(const ForeignChain& chain, std::optional<MapSize> wanted)
{
    std::vector<SizePlan> plans = plansOf(chain, wanted, Habit::Padded);
    for (SizePlan& other : plansOf(chain, wanted, Habit::Unpadded)) {
        const auto same = std::find_if(
            plans.begin(), plans.end(), [&other](const SizePlan& plan) { return plan.image == other.image; });
        if (same == plans.end())
            plans.push_back(std::move(other));
        else if (other.cost < same->cost)
            *same = std::move(other);
    }
    std::stable_sort(plans.begin(), plans.end(), [](const SizePlan& a, const SizePlan& b) { return a.cost < b.cost; });
    return plans;
}

} // namespace saddle
