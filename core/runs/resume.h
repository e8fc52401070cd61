// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/catalog.h"
#include "core/runs/run_origin.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace saddle {

/// Where a session begins. As it is at first: a new run, at step 0.
struct Beginning {
    bool goesOn = false; ///< with the run in its folder: rows behind the checkpoint's step are set aside, whole
    std::filesystem::path checkpoint = {}; ///< of that run, or of another that a new run begins from; empty: step 0
    std::optional<RunParent> parent = {}; ///< of a new run that begins from another's checkpoint
    std::vector<std::string> warnings = {}; ///< what a person should know of it
};

/// How a run goes on, and its experiment with the edits made while it ran.
struct ResumePoint {
    Beginning beginning;
    Json document; ///< resolved
};

/// At the last checkpoint that is whole; damaged ones behind it are named in the warnings. A run that ended before its
/// first checkpoint begins anew. An Error names what is not a run, has damaged checkpoints only, or does not resolve.
Result<ResumePoint> findResumePoint(const std::filesystem::path& runFolder, const Catalog& catalog);

} // namespace saddle
