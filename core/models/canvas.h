// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/network.h"

#include <cstdint>
#include <functional>

namespace saddle {

/// What can be painted with a generator that is bound to no size: a map of latents instead of one gives a larger image.
struct CanvasPlan {
    std::int64_t latents = 0; ///< channels of the map: the numbers of one latent
    std::int64_t channels = 0; ///< of the image
    int classes = 0; ///< numbers of the label joined to each latent; 0: none
    std::int64_t growth = 1; ///< pixels of the image, along a side, for one latent of the map
    std::int64_t reach = 0; ///< pixels next to a cut through the map that depend on what lies beyond it

    /// Latents beyond a tile that its pixels depend on.
    std::int64_t margin() const { return (reach + growth - 1) / growth; }
};

/// Told after each part of a painting; false ends it. May be empty.
using PaintMonitor = std::function<bool(std::int64_t done, std::int64_t parts)>;

/// The plan of a generator from [Z] by way of [Z, 1, 1], with a label joined to the latent first or none, or from
/// [Z, h, w]; or the layer that stands in the way.
/// `where` is the place put before an error.
Result<CanvasPlan> planCanvas(const NetworkReport& generator, const std::string& where);

} // namespace saddle
