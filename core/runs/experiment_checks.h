// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/experiment.h"

namespace saddle {

/// Whether the parts of an experiment make sense together, once each is right by itself. What cannot work is an error
/// with its reason and remedy; what is unusual, or needs something else beside it, becomes a warning of the experiment.
Status checkCombination(Experiment& experiment);

} // namespace saddle
