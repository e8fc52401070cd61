// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/image_shape.h"

#include <cmath>

namespace saddle {

Shape imageShape(const Shape& output)
{
    if (output.size() == 3)
        return (output[0] == 1 || output[0] == 3) && output[1] > 1 && output[2] > 1 ? output : Shape();
    if (output.size() != 1)
        return {};
    for (const std::int64_t channels : {1, 3}) {
        const auto side = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(output[0] / channels))));
        if (side >= 8 && channels * side * side == output[0])
            return {channels, side, side};
    }
    return {};
}

} // namespace saddle
