// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/session/engine.h"

namespace saddle {

/// Where the time of a step goes, over some steps: a list of operators with calls, milliseconds and GFLOP/s a step, and
/// the share of the rate of this machine's matrix products that a whole step reaches. The step under way must be none.
Result<Json> profileSteps(Engine& engine, std::int64_t steps);

/// The same for reading.
void printProfile(const Json& profile);

} // namespace saddle
