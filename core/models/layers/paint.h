// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/built_network.h"
#include "core/models/canvas.h"

#include <cstdint>
#include <vector>

namespace saddle {

/// A stretch of latents, and with what surrounds it that its pixels depend on.
struct PaintStretch {
    std::int64_t begin = 0;
    std::int64_t size = 0;
    std::int64_t outerBegin = 0;
    std::int64_t outerSize = 0;
};
struct PaintTile {
    PaintStretch rows;
    PaintStretch columns;
};
/// The tiles that a map of latents is cut into, row by row.
std::vector<PaintTile> paintTiles(const CanvasPlan& plan, std::int64_t height, std::int64_t width, std::int64_t tile);

/// The pixels of one tile, 1 × C × (growth rows) × (growth columns). `outer` holds the latents of its outer stretches,
/// 1 × Z × rows × columns, contiguous, and the label.
torch::Tensor paintTile(
    BuiltNetwork& generator, const CanvasPlan& plan, const NetworkInput& outer, const PaintTile& tile);

/// Paints a map of latents, 1 × Z × h × w, as an image, 1 × C × (growth h) × (growth w), in evaluation mode and without
/// gradients. A label, 1 × classes, is that of all places. The map is cut into tiles of about `tile` × `tile` pixels
/// with as much around them as their pixels depend on: the memory needed does not grow with the image, and the result
/// is that of the whole but for rounding. Refuses maps and labels of another shape and images of more than 8192 pixels
/// a side.
Result<torch::Tensor> paint(BuiltNetwork& generator, const CanvasPlan& plan, const NetworkInput& map,
    std::int64_t tile = 256, const PaintMonitor& monitor = {});

} // namespace saddle
