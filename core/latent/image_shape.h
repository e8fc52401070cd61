// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/network.h"

namespace saddle {

/// The shape in which the numbers that a network gives for one sample are an image: as they are, or, of a list as
/// fully-connected generators give one, a square of grey or of colour of 8 pixels and more. Empty where they are none.
Shape imageShape(const Shape& output);

} // namespace saddle
