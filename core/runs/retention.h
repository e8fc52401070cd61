// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace saddle {

/// A checkpoint as far as keeping it goes.
struct KeptCheckpoint {
    std::int64_t step = 0;
    std::uint64_t bytes = 0; ///< on disk
    bool guarded = false; ///< stays whatever it takes: pinned, saved by hand, or the best
    bool best = false; ///< the lowest measure of convergence, where the objective has one
    std::filesystem::path folder = {};
};

/// The steps of the checkpoints to delete, in order, so that all together take at most `budget` bytes (0: no limit).
/// Never the guarded ones nor the last two: with the one before the last, a damaged file loses little. Of the others
/// goes first the one with the smallest gap around it for its age, (next - previous) / (last - its own step): so they
/// grow sparse towards the run's beginning, evenly on a logarithmic scale of age.
/// `kept` is in order of steps.
std::vector<std::int64_t> checkpointsToThin(std::vector<KeptCheckpoint> kept, std::uint64_t budget);

/// Share of the room for checkpoints from which on older ones are about to go.
constexpr double nearlyFull = 0.9;

/// What a run's checkpoints take.
struct CheckpointUse {
    int count = 0;
    std::uint64_t bytes = 0;
};

/// The complete checkpoints of a run. Guarded are those whose state says that a person saved them ("reason": "by
/// hand"), those pinned in marks.json, and the one with the best "measure" in its state, the lowest.
std::vector<KeptCheckpoint> checkpointsOf(const std::filesystem::path& runFolder);
CheckpointUse useOf(const std::vector<KeptCheckpoint>& kept);
/// The same of a run, for which no checkpoint is opened.
CheckpointUse checkpointUse(const std::filesystem::path& runFolder);

/// Deletes what checkpointsToThin() names, each whole or not at all, and returns what is left. An Error names what
/// could not be deleted.
Result<CheckpointUse> thinCheckpoints(const std::filesystem::path& runFolder, std::uint64_t budget);

} // namespace saddle
