// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/retention.h"

#include "core/base/json.h"
#include "core/runs/checkpoints.h"
#include "core/runs/run_library.h"
#include "core/runs/run_marks.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>

namespace saddle {

namespace fs = std::filesystem;

namespace {

std::vector<KeptCheckpoint> sizesOf(const fs::path& runFolder)
{
    std::vector<KeptCheckpoint> kept;
    for (const auto& [step, folder] : completeCheckpoints(runFolder))
        kept.push_back({step, static_cast<std::uint64_t>(folderBytes(folder)), false, false, folder});
    return kept;
}

} // namespace

std::vector<std::int64_t> checkpointsToThin(std::vector<KeptCheckpoint> kept, std::uint64_t budget)
{
    std::vector<std::int64_t> thinned;
    std::uint64_t bytes = useOf(kept).bytes;
    while (budget > 0 && bytes > budget) {
        std::optional<std::size_t> least;
        double leastGap = std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i + 2 < kept.size(); ++i) {
            if (kept[i].guarded)
                continue;
            const std::int64_t previous = i > 0 ? kept[i - 1].step : 0;
            const auto age = static_cast<double>(kept.back().step - kept[i].step);
            const double gap = static_cast<double>(kept[i + 1].step - previous) / age;
            if (gap < leastGap) {
                leastGap = gap;
                least = i;
            }
        }
        if (!least)
            break;
        bytes -= kept[*least].bytes;
        thinned.push_back(kept[*least].step);
        kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(*least));
    }
    return thinned;
}

CheckpointUse useOf(const std::vector<KeptCheckpoint>& kept)
{
    CheckpointUse use;
    for (const KeptCheckpoint& each : kept) {
        ++use.count;
        use.bytes += each.bytes;
    }
    return use;
}

std::vector<KeptCheckpoint> checkpointsOf(const fs::path& runFolder)
{
    std::vector<KeptCheckpoint> kept = sizesOf(runFolder);
    const std::vector<std::int64_t> pinned = readMarks(runFolder).keep;
    KeptCheckpoint* best = nullptr;
    double bestMeasure = std::numeric_limits<double>::infinity();
    for (KeptCheckpoint& one : kept) {
        one.guarded = std::find(pinned.begin(), pinned.end(), one.step) != pinned.end();
        const Result<Json> state = readCheckpointState(one.folder);
        if (!state)
            continue;
        const Json* reason = findPath(*state, "reason");
        one.guarded = one.guarded || (reason && *reason == "by hand");
        const Json* measure = findPath(*state, "measure");
        if (measure && measure->is_number() && measure->get<double>() < bestMeasure) {
            bestMeasure = measure->get<double>();
            best = &one;
        }
    }
    if (best)
        best->best = best->guarded = true;
    return kept;
}

CheckpointUse checkpointUse(const fs::path& runFolder)
{
    return useOf(sizesOf(runFolder));
}

Result<CheckpointUse> thinCheckpoints(const fs::path& runFolder, std::uint64_t budget)
{
    const CheckpointUse use = checkpointUse(runFolder);
    if (budget == 0 || use.bytes <= budget)
        return use;
    std::vector<KeptCheckpoint> kept = checkpointsOf(runFolder);
    for (const std::int64_t step : checkpointsToThin(kept, budget)) {
        const auto thinned =
            std::find_if(kept.begin(), kept.end(), [step](const KeptCheckpoint& one) { return one.step == step; });
        if (Status deleted = deleteCheckpoint(thinned->folder); !deleted)
            return deleted.error();
        kept.erase(thinned);
    }
    return useOf(kept);
}

} // namespace saddle
