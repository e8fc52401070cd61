// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/layers/paint.h"

#include <torch/csrc/autograd/grad_mode.h>

#include <algorithm>

namespace saddle {

namespace {

constexpr std::int64_t largestSide = 8192;

/// A stretch of latents and what surrounds it.
struct Stretch {
    Stretch(std::int64_t from, std::int64_t length, std::int64_t margin, std::int64_t all)
        : begin(from)
        , size(std::min(length, all - from))
        , outerBegin(std::max<std::int64_t>(0, from - margin))
        , outerSize(std::min(all, from + size + margin) - outerBegin)
    {
    }

    std::int64_t begin;
    std::int64_t size;
    std::int64_t outerBegin;
    std::int64_t outerSize;
};

} // namespace

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
    const std::int64_t step = std::max<std::int64_t>(1, tile / plan.growth);
    const std::int64_t tiles = ((height + step - 1) / step) * ((width + step - 1) / step);
    std::int64_t done = 0;
    torch::Tensor image = at::empty({1, plan.channels, height * plan.growth, width * plan.growth}, latents.options());
    for (std::int64_t y = 0; y < height; y += step) {
        const Stretch rows(y, step, plan.margin(), height);
        for (std::int64_t x = 0; x < width; x += step) {
            const Stretch columns(x, step, plan.margin(), width);
            NetworkInput part(latents.narrow(2, rows.outerBegin, rows.outerSize)
                                  .narrow(3, columns.outerBegin, columns.outerSize)
                                  .contiguous());
            if (plan.classes > 0)
                part.label = map.label.view({1, plan.classes, 1, 1})
                                 .expand({1, plan.classes, rows.outerSize, columns.outerSize});
            const auto cut = [&plan](
                                 const torch::Tensor& whole, std::int64_t axis, std::int64_t begin, std::int64_t size) {
                return whole.narrow(axis, begin * plan.growth, size * plan.growth);
            };
            const torch::Tensor painted = generator.forward(part, ForwardMode::Evaluate);
            const torch::Tensor inner = cut(cut(painted, 2, rows.begin - rows.outerBegin, rows.size), 3,
                columns.begin - columns.outerBegin, columns.size);
            cut(cut(image, 2, rows.begin, rows.size), 3, columns.begin, columns.size).copy_(inner);
            if (monitor && !monitor(++done, tiles))
                return Error{"painting was cancelled", "", ""};
        }
    }
    return image;
}

} // namespace saddle
