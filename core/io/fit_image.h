// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/image.h"

#include <cstdint>
#include <vector>

namespace saddle {

/// A picture brought to a shape, [C, H, W] with C of 1 or 3: the largest part in the middle of that aspect ratio, made
/// smaller by averaging areas (so that nothing aliases) or larger by bilinear interpolation between pixels' middles;
/// colour becomes grey by the weights of Rec. 601, .299 R + .587 G + .114 B, and grey becomes colour as it is. An Error
/// for other shapes and for pictures whose sizes and pixels disagree.
Result<Image> fitImage(const Image& image, const std::vector<std::int64_t>& shape);

} // namespace saddle
