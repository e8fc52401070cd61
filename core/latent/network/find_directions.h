// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/directions.h"
#include "core/latent/network/opened_network.h"

namespace saddle {

/// The stream of the latents that principal directions are found with: row i of counter 0 is the i-th.
inline constexpr const char* directionStream = "directions";

/// As Generator says of its methods of these names. They throw what torch throws.
std::vector<DirectionLayer> directionLayersOf(const OpenedNetwork& generator);
Result<std::vector<Direction>> findPrincipal(
    OpenedNetwork& generator, const LatentOptions& latent, const PrincipalRequest& request, const LoadMonitor& monitor);
Result<std::vector<Direction>> findFactors(
    const OpenedNetwork& generator, const LatentOptions& latent, std::int64_t count);

} // namespace saddle
