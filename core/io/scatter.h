// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/image.h"

#include <array>
#include <cstdint>

namespace saddle {

struct Samples;

/// Points of the plane as a square RGB picture: D's output as a heat map behind, real points green, generated purple.
Image scatter(const Samples& samples, int side = 512);

/// Colour of D's output: blue where D says generated, grey at the middle, green where D says real. `value` is 0 to 1.
std::array<std::uint8_t, 3> heatColour(double value);

} // namespace saddle
