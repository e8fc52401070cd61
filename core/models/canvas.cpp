// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/canvas.h"

#include <algorithm>

namespace saddle {

namespace {

/// A label joined to a latent: they can be joined at each place of a map as well.
bool joinsLabel(const NetworkReport& network, const LayerReport& layer)
{
    return layer.kind == "concat" && layer.inputs == std::vector<int>{networkInput, networkLabel}
    && network.input.size() == 1;
}

/// A vector that becomes a map of one pixel: the one reshape that a larger map can skip. `vector` is the latent or the
/// layer that joins the label to it.
bool isEntrance(const NetworkReport& network, const LayerReport& layer, int vector)
{
    const Shape in = network.shapeOf(vector);
    return layer.inputs == std::vector<int>{vector} && layer.kind == "reshape" && in.size() == 1
        && layer.shape.output == Shape{in[0], 1, 1};
}

/// Why a layer cannot take a larger map. `vector` as above.
Error unfit(const NetworkReport& network, std::size_t number, int vector, const std::string& where)
{
    const LayerReport& layer = network.layers[number];
    const std::string place = where + ": layer " + std::to_string(number) + ", " + layer.title;
    const auto reads = [&](int input) {
        return std::find(layer.inputs.begin(), layer.inputs.end(), input) != layer.inputs.end();
    };
    if (reads(networkLabel))
        return {"this generator is bound to one size: it reads labels elsewhere than beside the latent", place,
            "join the label to the latent first, then reshape both to N × 1 × 1"};
    if (reads(vector) && network.shapeOf(vector).size() == 1)
        return {"this generator is bound to one size: its first layer mixes all numbers of the latent", place,
            "choose the upsampling network, or begin with a reshape to Z × 1 × 1"};
    return {"this layer is bound to one size, or each of its pixels depends on the whole image", place,
        "use layers that see neighbouring pixels only, with batch norm or none"};
}

} // namespace

Result<CanvasPlan> planCanvas(const NetworkReport& network, const std::string& where)
{
    if (network.output.size() != 3)
        return Error{"this generator makes no images", where, "choose an experiment on images"};
    std::vector<Spread> spreads; // of each layer's output, from the network's input
    int vector = networkInput;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const LayerReport& layer = network.layers[i];
        const bool joins = joinsLabel(network, layer);
        if (joins)
            vector = static_cast<int>(i);
        if (joins || isEntrance(network, layer, vector)) {
            spreads.emplace_back();
            continue;
        }
        if (!layer.shape.spread)
            return unfit(network, i, vector, where);
        // Inputs of one size have grown alike, for all these layers multiply sizes.
        Spread input;
        for (const int number : layer.inputs) {
            if (number == networkLabel || network.shapeOf(number).size() != 3)
                return unfit(network, i, vector, where);
            if (number >= 0) {
                input.growth = spreads[static_cast<std::size_t>(number)].growth;
                input.reach = std::max(input.reach, spreads[static_cast<std::size_t>(number)].reach);
            }
        }
        const Spread& own = *layer.shape.spread;
        spreads.push_back({input.growth * own.growth, input.reach * own.growth + own.reach});
    }
    const int classes = vector == networkInput ? 0 : network.classes;
    return CanvasPlan{network.input[0], network.output[0], classes, spreads.back().growth, spreads.back().reach};
}

} // namespace saddle
