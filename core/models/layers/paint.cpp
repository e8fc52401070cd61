// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/layers/paint.h"

#include <torch/csrc/autograd/grad_mode.h>

#include <algorithm>

namespace saddle {

namespace {

constexpr std::int64_t largestSide = 8192;

PaintStretch stretch(std::int64_t from, std::int64_t length, std::int64_t margin, std::int64_t all)
{
    const std::int64_t size = std::min(length, all - from);
    const std::int64_t outer = std::max<std::int64_t>(0, from - margin);
    return {from, size, outer, std::min(all, from + size + margin) - outer};
}

torch::Tensor cut(
    const CanvasPlan& plan, const torch::Tensor& image, std::int64_t axis, std::int64_t begin, std::int64_t size)
{
    return image.narrow(axis, begin * plan.growth, size * plan.growth);
}

} // namespace

std::vector<PaintTile> paintTiles(const CanvasPlan& plan, std::int64_t height, std::int64_t width, std::int64_t tile)
{
    const std::int64_t step = std::max<std::int64_t>(1, tile / plan.growth);
    std::vector<PaintTile> tiles;
    for (std::int64_t y = 0; y < height; y += step) {
        for (std::int64_t x = 0; x < width; x += step)
            tiles.push_back({stretch(y, step, plan.margin(), height), stretch(x, step, plan.margin(), width)});
    }
    return tiles;
}

torch::Tensor paintTile(
    BuiltNetwork& generator, const CanvasPlan& plan, const NetworkInput& outer, const PaintTile& tile)
{
    const torch::NoGradGuard guard;
    NetworkInput part(outer.data);
    if (plan.classes > 0)
        part.label = outer.label.view({1, plan.classes, 1, 1})
                         .expand({1, plan.classes, tile.rows.outerSize, tile.columns.outerSize});
    const torch::Tensor painted = generator.forward(part, ForwardMode::Evaluate);
    return cut(plan, cut(plan, painted, 2, tile.rows.begin - tile.rows.outerBegin, tile.rows.size), 3,
        tile.columns.begin - tile.columns.outerBegin, tile.columns.size);
}

Result<torch::Tensor> paint(BuiltNetwork& generator, const CanvasPlan& plan, const NetworkInput& map, std::int64_t tile,
    const PaintMonitor& monitor)
{
    const torch::Tensor& latents = map.data;
    if (latents.dim() != 4 || latents.size(0) != 1 || latents.size(1) != plan.latents || latents.numel() == 0) {
        return Error{"the map of latents is not 1 × " + std::to_string(plan.latents) + " × height × width", "painting",
            "give one latent for each place of the map"};
    }
    if (plan.classes > 0 && (!map.label.defined() || map.label.sizes() != at::IntArrayRef({1, plan.classes})))
        return Error{
            "the label is not 1 × " + std::to_string(plan.classes), "painting", "give one for the whole image"};
    const std::int64_t height = latents.size(2);
    const std::int64_t width = latents.size(3);
    if (std::max(height, width) > largestSide / plan.growth) {
        return Error{"the image would be more than " + std::to_string(largestSide) + " pixels wide or high", "painting",
            "use a map of at most " + std::to_string(largestSide / plan.growth) + " latents a side"};
    }
    const torch::NoGradGuard guard;
    const std::vector<PaintTile> tiles = paintTiles(plan, height, width, tile);
    std::int64_t done = 0;
    torch::Tensor image = at::empty({1, plan.channels, height * plan.growth, width * plan.growth}, latents.options());
    for (const auto& [rows, columns] : tiles) {
        const torch::Tensor outer = latents.narrow(2, rows.outerBegin, rows.outerSize)
                                        .narrow(3, columns.outerBegin, columns.outerSize)
                                        .contiguous();
        const torch::Tensor painted = paintTile(generator, plan, {outer, map.label}, {rows, columns});
        cut(plan, cut(plan, image, 2, rows.begin, rows.size), 3, columns.begin, columns.size).copy_(painted);
        if (monitor && !monitor(++done, static_cast<std::int64_t>(tiles.size())))
            return Error{"painting was cancelled", "", ""};
    }
    return image;
}

} // namespace saddle
