// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/catalog.h"

namespace saddle {

// One function an objective, in a file of its own; builtin.cpp lists them.
ObjectiveInfo minimaxObjective();
ObjectiveInfo nonSaturatingObjective();
ObjectiveInfo lsganObjective();
ObjectiveInfo wganObjective();
ObjectiveInfo hingeObjective();
ObjectiveInfo relativisticObjective();
ObjectiveInfo ebganObjective();
ObjectiveInfo beganObjective();
ObjectiveInfo vaeObjective();

} // namespace saddle
