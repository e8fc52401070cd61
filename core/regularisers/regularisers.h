// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/catalog.h"

namespace saddle {

// One function a regulariser, in a file of its own; builtin.cpp lists them. They act in the order of that list.
RegulariserInfo gradientPenaltyRegulariser();
RegulariserInfo r1Regulariser();
RegulariserInfo r2Regulariser();
RegulariserInfo draganRegulariser();
RegulariserInfo pullAwayRegulariser();
RegulariserInfo weightClippingRegulariser();
RegulariserInfo diffAugmentRegulariser();

} // namespace saddle
