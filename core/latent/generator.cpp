// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/generator.h"

#include "core/io/csv.h"
#include "core/latent/directions.h"
#include "core/latent/inversion.h"

#include <algorithm>

namespace saddle {

namespace {

Error layersNotKnown(const GeneratorInfo& info)
{
    return {"the layers of this generator are not known", info.origin.string(),
        "open a run, a checkpoint or a file that holds them"};
}

} // namespace

Latents Latents::rows(std::int64_t begin, std::int64_t count) const
{
    Latents part;
    part.dimensions = dimensions;
    part.values.assign(values.begin() + begin * dimensions, values.begin() + (begin + count) * dimensions);
    if (!labels.empty())
        part.labels.assign(labels.begin() + begin, labels.begin() + begin + count);
    return part;
}

std::int64_t nearestSide(std::int64_t side, std::int64_t growth)
{
    const std::int64_t most = std::max<std::int64_t>(1, largestCanvas / growth);
    return std::clamp<std::int64_t>((std::clamp<std::int64_t>(side, 0, largestCanvas) + growth / 2) / growth, 1, most)
        * growth;
}

void putPatch(Image& image, const CanvasPatch& patch)
{
    if (patch.image.channels != image.channels)
        return;
    const std::int64_t left = std::max<std::int64_t>(patch.x, 0);
    const std::int64_t right = std::min<std::int64_t>(patch.x + patch.image.width, image.width);
    const std::int64_t top = std::max<std::int64_t>(patch.y, 0);
    const std::int64_t bottom = std::min<std::int64_t>(patch.y + patch.image.height, image.height);
    for (std::int64_t y = top; y < bottom && left < right; ++y) {
        const auto from =
            patch.image.pixels.begin() + ((y - patch.y) * patch.image.width + left - patch.x) * patch.image.channels;
        std::copy_n(
            from, (right - left) * image.channels, image.pixels.begin() + (y * image.width + left) * image.channels);
    }
}

Result<std::vector<CanvasPatch>> Generator::repaint(const CanvasRequest&, const PaintMonitor&)
{
    return layersNotKnown(info());
}

std::vector<DirectionLayer> Generator::directionLayers() const
{
    return {};
}

Result<std::vector<Direction>> Generator::principalDirections(const PrincipalRequest&, const LoadMonitor&)
{
    return layersNotKnown(info());
}

Result<std::vector<Direction>> Generator::factorDirections(std::int64_t)
{
    return layersNotKnown(info());
}

Result<Inversion> Generator::invert(
    const InversionRequest&, const std::function<bool(const InversionProgress&)>&, Discriminator*)
{
    return layersNotKnown(info());
}

Status Generator::adopt(const TensorMap&, std::int64_t)
{
    return layersNotKnown(info());
}

PngText pictureText(const GeneratorInfo& info)
{
    return {{"Title", "step " + std::to_string(info.step)}, {"Software", "Saddle"},
        {"Weights", info.averaged ? "averaged" : "plain"}};
}

PngText pictureText(const GeneratorInfo& info, const CanvasRequest& request)
{
    PngText text = pictureText(info);
    text["Seed"] = std::to_string(request.seed);
    if (request.truncation)
        text["Truncation"] = formatNumber(*request.truncation);
    if (!info.classes.empty())
        text["Label"] = info.classes[static_cast<std::size_t>(request.label)];
    if (!request.strokes.empty()) {
        Json strokes = Json::array();
        for (const CanvasStroke& stroke : request.strokes)
            strokes.push_back({stroke.column, stroke.row, stroke.radius, stroke.seed, stroke.strength});
        text["Strokes"] = strokes.dump();
    }
    return text;
}

} // namespace saddle
