// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/run_folder.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace saddle {

/// A moment between two phases of a run.
struct RoundPosition {
    std::int64_t step = 0; ///< whole rounds done
    std::string duePhase = {}; ///< key of the phase that is due in a round under way; empty: between rounds
    std::int64_t repeatsDone = 0; ///< how often that phase was done in it

    bool operator==(const RoundPosition&) const = default;
};

RoundPosition positionOf(const EngineProgress& progress);

/// The data of an event with the place in the round under way, if one is: "round": {"phase", "repeat"}.
Json withRound(Json data, const EngineProgress& progress);

/// The data of a "resume" event: what the run is computed on from then on, and `keptLines`, the lines of the log that
/// were there when its checkpoint was made (-1: not known). Those between them and the event tell of a part of the run
/// that is set aside.
Json resumeData(const EngineProgress& progress, const Json& document, std::int64_t keptLines);

/// The lines of the log that a checkpoint's state says it stands on; -1 where it is older than that.
std::int64_t keptLinesOf(const Json& state);

/// What was done to a run, in the order of its log: edits, and other hardware after a resume.
struct LoggedChange {
    RoundPosition at;
    std::string path;
    Json value;
    RunEvent event; ///< as it was logged
    std::size_t line = 0; ///< of events.jsonl, from 1
};

/// What a run's log tells of how it came to the rows it has.
struct RunScript {
    std::vector<LoggedChange> changes;
    std::map<std::int64_t, RunEvent> alone; ///< rounds of one phase alone ("phase" in the data), by the step they made
    std::vector<std::size_t> unreadable; ///< lines that a crash or damage has cut
};

/// Reads events.jsonl. Parts that a resume set aside are left out. A file that is missing is a log in which nothing
/// happened; an edit without a path, a value or a step is an error that names its line.
Result<RunScript> readRunScript(const std::filesystem::path& runFolder);

} // namespace saddle
