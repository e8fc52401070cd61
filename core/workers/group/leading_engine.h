// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/load_monitor.h"
#include "core/session/engine.h"
#include "core/workers/place.h"

#include <functional>
#include <memory>

namespace saddle {

/// Asked ten times a second while worker 0 waits for the others: an Error says why they will not come.
using WorkersComing = std::function<Status()>;

/// The engine of worker 0: waits for the others, gives them the experiment, and whatever is done with it then is done
/// by all, so that a session drives several workers as it drives one. The others follow(). What one of them or the way
/// to it breaks is a Fault of the step; the engine can be saved then, but trains no more.
Result<std::unique_ptr<Engine>> makeLeadingEngine(
    const Json& document, const LoadMonitor& monitor, const WorkerPlace& place, const WorkersComing& coming);

/// What the other workers do: all that worker 0 does, until it ends. Nothing is written and nothing said; an Error is
/// why it ended otherwise. Returns in order within the patience of the place where worker 0 is gone.
Status follow(const WorkerPlace& place);

} // namespace saddle
