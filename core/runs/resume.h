// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/catalog.h"

#include <filesystem>

namespace saddle {

/// Where a run goes on: its last complete checkpoint, and its experiment with the edits made while it ran.
struct ResumePoint {
    std::filesystem::path checkpoint;
    Json document; ///< resolved
};

/// The error names what is not a run, has no checkpoint, or does not resolve.
Result<ResumePoint> findResumePoint(const std::filesystem::path& runFolder, const Catalog& catalog);

} // namespace saddle
