// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/run_folder.h"
#include "core/runs/run_origin.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace saddle {

/// A stretch of a run's life, and the run folder that recorded it.
struct LineagePart {
    std::filesystem::path folder;
    std::int64_t after = -1; ///< the step it began with, which is its parent's last; -1: it began by itself
    std::int64_t upTo = std::numeric_limits<std::int64_t>::max(); ///< its last step that belongs to this life
    std::optional<RunParent::How> begunBy; ///< how it left its parent

    /// Whether a step was trained in this stretch. Step 0 counts as trained by the eldest.
    bool holds(std::int64_t step) const { return step > after && step <= upTo; }
};

/// A run's whole life: itself and the runs it began from, each as far as the next began.
struct Lineage {
    std::vector<LineagePart> parts; ///< the eldest first, the run itself last; never empty
    std::string problem; ///< why the life reaches no further back though the eldest had a parent: a sentence, or empty

    /// The first step of which anything can be known.
    std::int64_t firstStep() const { return parts.empty() ? 0 : std::max<std::int64_t>(0, parts.front().after); }
    const std::filesystem::path& folder() const { return parts.back().folder; }
};

/// Follows a run's parents, whose folders stand beside it. A parent that is missing or damaged, or a circle of parents,
/// ends the chain there with a sentence; what is known is good.
Lineage lineageOf(const std::filesystem::path& runFolder);
/// The same for a run whose folder may not exist yet.
Lineage lineageOf(const std::filesystem::path& runFolder, const std::optional<RunParent>& parent);

/// The columns that any of its runs recorded, those of the run itself first.
std::vector<std::string> lineageColumns(const Lineage& lineage);
/// The recorded rows over a whole life: for each row the cells of `columns`, NaN where a run has no such column or no
/// number there. `problems` gets a sentence for each file that cannot be read; the others still count.
std::vector<double> lineageRows(
    const Lineage& lineage, const std::vector<std::string>& columns, std::vector<std::string>& problems);
/// Events of a life in the order of its steps.
std::vector<RunEvent> lineageEvents(const Lineage& lineage);
/// Kept grids of a life by step. Of two at one step, where a run left its parent, the younger's.
std::vector<std::pair<std::int64_t, std::filesystem::path>> lineageSamples(const Lineage& lineage);
/// Complete checkpoints of a life by step, in the same way.
std::vector<std::pair<std::int64_t, std::filesystem::path>> lineageCheckpoints(const Lineage& lineage);

} // namespace saddle
