// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/runs/run_marks.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <stop_token>
#include <string>
#include <vector>

namespace saddle {

enum class RunState {
    Running, ///< some process trains it now
    Paused,
    Finished, ///< it came to the end that its experiment sets
    Stopped, ///< ended by hand before that
    Interrupted, ///< it ended without saying so: a crash, a power cut
    Damaged, ///< a run with a file that cannot be read; RunSummary::problem says which
    Foreign, ///< a folder that holds no run
};

/// "running", "paused" …
const char* nameOf(RunState state);

/// A run as a list shows it, made of bounded reads at the ends of its files.
struct RunSummary {
    std::filesystem::path path;
    std::string folder; ///< the path's last part
    RunMarks marks;
    std::string preset; ///< the experiment's name; empty where it has none
    std::string title; ///< the experiment's title, for people
    std::string objective; ///< its kind
    RunState state = RunState::Foreign;
    RunState logged = RunState::Foreign; ///< the same by its files alone: one that was killed still trains by them
    bool locked = false; ///< a process has it open
    std::int64_t step = 0; ///< of the last recorded row
    std::int64_t wantedSteps = 0; ///< 0: no end by steps
    double seconds = 0; ///< spent training
    double discriminatorLoss = std::numeric_limits<double>::quiet_NaN(); ///< the last recorded
    double generatorLoss = std::numeric_limits<double>::quiet_NaN();
    std::filesystem::path thumbnail; ///< the newest kept grid, or empty
    int gridColumns = 0; ///< pictures beside each other in it; 0 for points
    int gridRows = 0;
    std::int64_t created = 0; ///< seconds since 1970, of the oldest of its files
    std::int64_t changed = 0; ///< of the newest
    std::int64_t bytes = 0; ///< of all files in it
    std::int64_t checkpoints = 0; ///< complete ones
    std::int64_t checkpointBytes = 0; ///< what they take of `bytes`
    double checkpointGigabytes = 0; ///< the room for them that the experiment began with; 0 for no limit
    std::string parentFolder; ///< the folder's name of the run it branched off, or empty
    std::int64_t parentStep = 0;
    std::string problem; ///< a sentence; empty where nothing is wrong

    /// What the file system said when it was read: while that stays the same, so does all the rest but the lock.
    std::array<std::int64_t, 16> stamp{};

    /// The name given by hand, or the folder's.
    const std::string& name() const { return marks.name.empty() ? folder : marks.name; }
    bool isRun() const { return state != RunState::Foreign; }
};

/// One folder, whatever it is. `known`, where given, is what was read of it before: what has not changed since is not
/// read again.
RunSummary readRun(const std::filesystem::path& folder, const RunSummary* known = nullptr);

/// Every folder in a folder of runs, by its name; hidden ones and plain files are passed over. Links are listed as
/// foreign and not followed. A folder of runs that is not there yet is an empty list; one that cannot be read is an
/// Error. `known` as above; a stop leaves out what was not come to.
Result<std::vector<RunSummary>> scanRuns(
    const std::filesystem::path& runs, const std::vector<RunSummary>& known = {}, const std::stop_token& stop = {});

/// The bytes of a run's files, links not followed.
std::int64_t folderBytes(const std::filesystem::path& folder);

} // namespace saddle
