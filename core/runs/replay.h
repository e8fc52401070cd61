// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/replay_log.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace saddle {

/// A run as it can be done again.
struct RecordedRun {
    std::filesystem::path folder;
    Json document; ///< the experiment it began with, resolved
    RunScript script;
    std::string metrics; ///< metrics.csv, whole lines
    std::int64_t steps = 0; ///< rows in it
    std::filesystem::path beginFrom; ///< checkpoint that it began with; empty: at step 0
    bool fork = false; ///< that checkpoint is of another run with other settings
    std::optional<RunParent> parent; ///< the run it began from
};

/// The error names the file that is missing or damaged.
Result<RecordedRun> readRecordedRun(const std::filesystem::path& runFolder, const Catalog& catalog);

/// Where a repetition is not the same as the record: cells as metrics.csv holds them.
struct ReplayDifference {
    std::int64_t step = 0;
    std::string column;
    std::string recorded;
    std::string repeated;
};

struct ReplayOutcome {
    std::int64_t steps = 0; ///< repeated and the same
    bool cancelled = false;
    std::optional<ReplayDifference> difference; ///< the first: nothing after it was repeated
};

struct ReplayOptions {
    std::int64_t steps = 0; ///< at most so many; 0: all that are recorded
    std::filesystem::path out; ///< a new run folder for the repetition; empty: nothing is written
    LoadMonitor loading = unwatched;
    std::function<bool(std::int64_t done)> progress; ///< after each step; false means: give up. May be empty
};

/// Trains a recorded run again, with every change where it was made, and holds each row against the recorded one, text
/// by text but for the seconds. On a CPU they are the same to the last bit. An error is what keeps it from going on: a
/// part that is missing, a fault while training, a change in the log that has no place in this run.
Result<ReplayOutcome> replayRun(
    const RecordedRun& run, const Catalog& catalog, const EngineFactory& factory, const ReplayOptions& request);

} // namespace saddle
