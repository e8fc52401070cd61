// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/image_shape.h"

#include "core/latent/foreign/foreign_answers.h"

namespace saddle {

Shape imageShape(const Shape& output)
{
    if (output.size() == 3)
        return (output[0] == 1 || output[0] == 3) && output[1] > 1 && output[2] > 1 ? output : Shape();
    constexpr std::int64_t smallest = 8;
    const Shape square = output.size() == 1 ? likelyImage(output[0]) : Shape();
    return square.size() == 3 && square[1] >= smallest ? square : Shape();
}

} // namespace saddle
