// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/foreign/foreign_chain.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace saddle {

/// Height and width.
using MapSize = std::pair<std::int64_t, std::int64_t>;

/// How one layer of a chain changes the size of its map, as far as its weight leaves that open.
struct SizeChoice {
    std::int64_t upsample = 1; ///< enlarged so many times before
    std::int64_t stride = 1;
    std::int64_t padding = 0;
    std::int64_t outputPadding = 0;
    bool activationBefore = true; ///< false: the enlargement takes the place of the activation of the layer before
};

/// Choices for all layers of a chain that lead from its first map to images of one size.
struct SizePlan {
    MapSize image;
    MapSize start; ///< of the first map
    std::vector<SizeChoice> choices; ///< one a step; unused for those that are not convolutions
    double cost = 0; ///< how unusual they are; 0 is what papers and tutorials do
};

/// The likeliest plan for each image size, likeliest first; with `wanted`, for that size alone. Empty where there is
/// none. Sizes up to 4096 a side;
std::vector<SizePlan> planSizes(const ForeignChain& chain, std::optional<MapSize> wanted);

} // namespace saddle
