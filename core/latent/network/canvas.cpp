// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/network/canvas.h"

#include "core/latent/network/generate.h"
#include "core/models/layers/paint.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace saddle {

namespace {

constexpr std::int64_t tileSide = 256;

/// Places of the map, from `begin` to before `end`.
struct Range {
    std::int64_t begin = 0;
    std::int64_t end = 0;

    bool empty() const { return begin >= end; }
    bool meets(const Range& other) const { return std::max(begin, other.begin) < std::min(end, other.end); }
    Range within(const Range& other) const { return {std::max(begin, other.begin), std::min(end, other.end)}; }
};

/// Places along a line through the circle's middle at most `half` away by their own middles; the place that the
/// middle lies in is one of them, so that no stroke goes without effect.
Range around(double middle, double half)
{
    const auto own = static_cast<std::int64_t>(std::floor(middle));
    const auto first = static_cast<std::int64_t>(std::ceil(middle - half - 0.5));
    const auto last = static_cast<std::int64_t>(std::floor(middle + half - 0.5));
    return {std::min(first, own), std::max(last, own) + 1};
}

Range rowsOf(const CanvasStroke& stroke)
{
    return around(stroke.row, stroke.radius);
}

/// The columns of a stroke in one of its rows.
Range columnsOf(const CanvasStroke& stroke, std::int64_t row)
{
    const double away = static_cast<double>(row) + 0.5 - stroke.row;
    const double half = std::sqrt(std::max(0.0, stroke.radius * stroke.radius - away * away));
    if (row == static_cast<std::int64_t>(std::floor(stroke.row)))
        return around(stroke.column, half);
    return {static_cast<std::int64_t>(std::ceil(stroke.column - half - 0.5)),
        static_cast<std::int64_t>(std::floor(stroke.column + half - 0.5)) + 1};
}

torch::Tensor mixed(const torch::Tensor& old, const torch::Tensor& drawn, double strength, const LatentOptions& latent)
{
    if (strength == 1)
        return drawn;
    if (latent.distribution == LatentDistribution::Uniform)
        return old * (1 - strength) + drawn * strength;
    const double angle = strength * std::numbers::pi / 2;
    return old * std::cos(angle) + drawn * std::sin(angle);
}

/// The latents of some columns and rows, 1 × Z × rows × columns, strokes included; nothing else is drawn but what lies
/// left of them.
torch::Tensor mapOf(const CanvasRequest& request, const LatentOptions& latent, const Range& columns, const Range& rows)
{
    const RandomStreams streams(request.seed, torch::kCPU);
    const auto drawn = [&](const RandomStreams& source, const char* stream, std::int64_t row, const Range& taken) {
        return drawLatents(source, stream, static_cast<std::uint64_t>(row), latent, taken.end, request.truncation)
            .narrow(0, taken.begin, taken.end - taken.begin);
    };
    torch::Tensor map =
        torch::empty({rows.end - rows.begin, columns.end - columns.begin, latent.dimensions}, torch::kFloat);
    for (std::int64_t row = rows.begin; row < rows.end; ++row)
        map.select(0, row - rows.begin).copy_(drawn(streams, "canvas", row, columns));
    for (const CanvasStroke& stroke : request.strokes) {
        const RandomStreams own(stroke.seed, torch::kCPU);
        const Range touched = rowsOf(stroke).within(rows);
        for (std::int64_t row = touched.begin; row < touched.end; ++row) {
            const Range taken = columnsOf(stroke, row).within(columns);
            if (taken.empty())
                continue;
            torch::Tensor places =
                map.select(0, row - rows.begin).narrow(0, taken.begin - columns.begin, taken.end - taken.begin);
            places.copy_(mixed(places, drawn(own, "brush", row, taken), stroke.strength, latent));
        }
    }
    return map.permute({2, 0, 1}).unsqueeze(0).contiguous();
}

torch::Tensor labelOf(const CanvasPlan& plan, const CanvasRequest& request, torch::Device device)
{
    if (plan.classes == 0)
        return {};
    return labelInput({request.label}, static_cast<std::size_t>(plan.classes), device);
}

Image imageOf(const torch::Tensor& painted, const OutputRange& range)
{
    Image image{
        static_cast<int>(painted.size(3)), static_cast<int>(painted.size(2)), static_cast<int>(painted.size(1)), {}};
    image.pixels.reserve(static_cast<std::size_t>(painted.numel()));
    // In bands: on the way to bytes there are some more copies.
    for (std::int64_t y = 0; y < painted.size(2); y += tileSide) {
        const std::vector<std::uint8_t> band =
            imageBytes(painted.narrow(2, y, std::min(tileSide, painted.size(2) - y)), range);
        image.pixels.insert(image.pixels.end(), band.begin(), band.end());
    }
    return image;
}

} // namespace

Status checkCanvas(const CanvasPlan& plan, const CanvasRequest& request)
{
    for (const std::int64_t side : {request.width, request.height}) {
        if (side < 1 || side > largestCanvas || side % plan.growth != 0) {
            return Error{"this generator paints in steps of " + std::to_string(plan.growth) + " pixels, up to "
                    + std::to_string(nearestSide(largestCanvas, plan.growth)),
                "an image of " + std::to_string(request.width) + " × " + std::to_string(request.height),
                "the nearest is " + std::to_string(nearestSide(request.width, plan.growth)) + "x"
                    + std::to_string(nearestSide(request.height, plan.growth))};
        }
    }
    for (std::size_t i = 0; i < request.strokes.size(); ++i) {
        const CanvasStroke& stroke = request.strokes[i];
        const bool placed = std::abs(stroke.column) <= largestCanvas && std::abs(stroke.row) <= largestCanvas;
        if (!placed || !(stroke.radius > 0 && stroke.radius <= largestCanvas)
            || !(stroke.strength >= 0 && stroke.strength <= 1)) {
            return Error{"a stroke of the brush makes no sense", "stroke " + std::to_string(i + 1),
                "give a place on the canvas, a radius above 0 and a strength from 0 to 1"};
        }
    }
    return {};
}

Result<Image> paintCanvas(
    OpenedNetwork& generator, const GeneratorInfo& info, const CanvasRequest& request, const PaintMonitor& monitor)
{
    const CanvasPlan& plan = *info.canvas;
    const torch::Device device = generator.device.device;
    const torch::Tensor map =
        mapOf(request, info.latent, {0, request.width / plan.growth}, {0, request.height / plan.growth});
    const Result<torch::Tensor> painted =
        paint(*generator.network, plan, {map.to(device), labelOf(plan, request, device)}, tileSide, monitor);
    if (!painted)
        return painted.error();
    return imageOf(*painted, info.range);
}

Result<std::vector<CanvasPatch>> repaintCanvas(
    OpenedNetwork& generator, const GeneratorInfo& info, const CanvasRequest& request, const PaintMonitor& monitor)
{
    const CanvasPlan& plan = *info.canvas;
    const torch::Device device = generator.device.device;
    const std::int64_t width = request.width / plan.growth;
    const std::int64_t height = request.height / plan.growth;
    std::vector<PaintTile> changed;
    for (const PaintTile& tile : paintTiles(plan, height, width, tileSide)) {
        const Range rows{tile.rows.outerBegin, tile.rows.outerBegin + tile.rows.outerSize};
        const Range columns{tile.columns.outerBegin, tile.columns.outerBegin + tile.columns.outerSize};
        const Range touched = request.strokes.empty() ? Range() : rowsOf(request.strokes.back()).within(rows);
        for (std::int64_t row = touched.begin; row < touched.end; ++row) {
            if (columnsOf(request.strokes.back(), row).meets(columns)) {
                changed.push_back(tile);
                break;
            }
        }
    }
    const torch::Tensor label = labelOf(plan, request, device);
    std::vector<CanvasPatch> patches;
    for (const PaintTile& tile : changed) {
        const torch::Tensor map =
            mapOf(request, info.latent, {tile.columns.outerBegin, tile.columns.outerBegin + tile.columns.outerSize},
                {tile.rows.outerBegin, tile.rows.outerBegin + tile.rows.outerSize});
        const torch::Tensor painted = paintTile(*generator.network, plan, {map.to(device), label}, tile);
        patches.push_back(
            {tile.columns.begin * plan.growth, tile.rows.begin * plan.growth, imageOf(painted, info.range)});
        if (monitor && !monitor(static_cast<std::int64_t>(patches.size()), static_cast<std::int64_t>(changed.size())))
            return Error{"painting was cancelled", "", ""};
    }
    return patches;
}

} // namespace saddle
