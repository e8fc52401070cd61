// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/generator.h"

#include "core/io/csv.h"

#include <algorithm>

namespace saddle {

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
    return text;
}

} // namespace saddle
