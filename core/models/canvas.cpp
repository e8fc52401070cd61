// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/canvas.h"

#include <algorithm>

namespace saddle {

namespace {

/// A vector that becomes a map of one pixel: the one reshape that a larger map can skip.
bool isEntrance(const NetworkReport& network, const LayerReport& layer)
{
    return layer.inputs == std::vector<int>{networkInput} && layer.kind == "reshape" && network.input.size() == 1
        && layer.shape.output == Shape{network.input[0], 1, 1};
}

/// Why a layer cannot take a larger map.
Error unfit(const NetworkReport& network, std::size_t number, const std::string& where)
{
    const LayerReport& layer = network.layers[number];
    const std::string place = where + ": layer " + std::to_string(number) + ", " + layer.title;
    const auto reads = [&](int input) {
        return std::find(layer.inputs.begin(), layer.inputs.end(), input) != layer.inputs.end();
    };
    if (reads(networkLabel))
        return {
            "this generator reads labels, so it cannot paint from a map of latents", place, "train one without labels"};
    if (reads(networkInput) && network.input.size() == 1)
        return {"this generator is bound to one size: its first layer mixes all numbers of the latent", place,
            "choose the upsampling network, or begin with a reshape to Z × 1 × 1"};
    return {"this layer is bound to one size, or each of its pixels depends on the whole image", place,
        "use layers that see neighbouring pixels only, with batch norm or none"};
}

} // namespace

Result<CanvasPlan> planCanvas(const NetworkReport& network, const std::string& where)
{
    std::vector<Spread> spreads; // of each layer's output, from the network's input
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const LayerReport& layer = network.layers[i];
        if (isEntrance(network, layer)) {
            spreads.emplace_back();
            continue;
        }
        if (!layer.shape.spread)
            return unfit(network, i, where);
        // Inputs of one size have grown alike, for all these layers multiply sizes.
        Spread input;
        for (const int number : layer.inputs) {
            if (number == networkLabel || (number == networkInput && network.input.size() != 3))
                return unfit(network, i, where);
            if (number >= 0) {
                input.growth = spreads[static_cast<std::size_t>(number)].growth;
                input.reach = std::max(input.reach, spreads[static_cast<std::size_t>(number)].reach);
            }
        }
        const Spread& own = *layer.shape.spread;
        spreads.push_back({input.growth * own.growth, input.reach * own.growth + own.reach});
    }
    return CanvasPlan{network.input[0], network.output[0], spreads.back().growth, spreads.back().reach};
}

} // namespace saddle
