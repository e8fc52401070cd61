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

enum class Ending {
    Finished, ///< it reached its limit
    Stopped, ///< `stop` said so; what there was is kept
    Failed, ///< `fault` says why
};

struct PlayedRun {
    Ending ending = Ending::Finished;
    bool nothingToDo = false; ///< it had reached its number of steps before
    SessionUpdate last;
    std::optional<Fault> fault;
};

/// Loads a session, plays it, and returns when the run has ended.
PlayedRun playToEnd(SessionPlan plan, const Attendance& attendance);

} // namespace saddle
