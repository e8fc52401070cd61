// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/experiment.h"

namespace saddle {

/// Whether the parts of an experiment make sense together, once each is right by itself. What cannot work is an error
/// with its reason and remedy; what is unusual, or needs something else beside it, becomes a warning of the experiment.
Status checkCombination(Experiment& experiment);

/// The activation that the numbers of a role's network went through last, as its layer's option has it ("tanh"), or
/// "none". Layers behind it that only move numbers about, or pick and average them, do not matter.
std::string outputActivation(const Experiment& experiment, const std::string& role);

} // namespace saddle
