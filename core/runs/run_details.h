// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/experiment.h"
#include "core/runs/run_library.h"

namespace saddle {

struct RunCheckpoint {
    std::int64_t step = 0;
    std::filesystem::path path;
    std::int64_t bytes = 0;
    std::int64_t saved = 0; ///< seconds since 1970
    bool best = false; ///< the lowest measure of convergence, where the objective has one
};

/// What is read of a run when it is looked at by itself.
struct RunDetails {
    std::filesystem::path path;
    std::vector<RunCheckpoint> checkpoints; ///< complete ones by step
    std::vector<ChangedSetting> changes; ///< what the run has otherwise than its preset
    std::string whyNoChanges; ///< a sentence where the two cannot be held against each other
};

/// The run's settings are those of its last checkpoint, edits included; without one, those it began with. What the
/// engine settled for itself (device, threads) is no change.
RunDetails readDetails(const RunSummary& run, const Catalog& catalog);

} // namespace saddle
