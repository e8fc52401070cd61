// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/session.h"

#include <functional>
#include <optional>
#include <vector>

namespace saddle {

/// What the caller of playToEnd does meanwhile. Everything is called on its own thread.
struct Attendance {
    std::vector<command::SetParameter> edits = {}; ///< made before training goes on
    std::function<void(const SessionUpdate&, Session&)> watch; ///< all that changed, losing no row or event
    std::function<bool()> stop; ///< asked ten times a second: true ends the run in order
};

/// How a run ended: at its limit, unless one of these says else.
struct PlayedRun {
    bool nothingToDo = false; ///< it had reached its number of steps before
    bool stopped = false; ///< `stop` said so; what there was is kept
    std::optional<Fault> fault; ///< the first
    SessionUpdate last;
};

/// Loads a session, plays it, and returns when the run has ended. While a disk refuses the run (SessionUpdate's
/// `awaitsDisk`) it waits, until there is room or `stop` says so.
PlayedRun playToEnd(SessionPlan plan, const Attendance& attendance);

} // namespace saddle
