// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/retention.h"

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/runs/checkpoints.h"
#include "core/runs/run_marks.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>

namespace saddle {

namespace fs = std::filesystem;

namespace {

std::uint64_t bytesOn(const fs::path& folder)
{
    std::uint64_t bytes = 0;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code ignored;
        const std::uintmax_t size = entry->is_regular_file(ignored) ? entry->file_size(ignored) : 0;
        bytes += ignored ? 0 : size;
    }
    return bytes;
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
    std::vector<KeptCheckpoint> kept;
    const std::vector<std::int64_t> pinned = readMarks(runFolder).keep;
    std::optional<std::size_t> best;
    double bestMeasure = std::numeric_limits<double>::infinity();
    for (const auto& [step, folder] : completeCheckpoints(runFolder)) {
        KeptCheckpoint one{step, bytesOn(folder), std::find(pinned.begin(), pinned.end(), step) != pinned.end()};
        if (const Result<Json> state = readCheckpointState(folder)) {
            const Json* reason = findPath(*state, "reason");
            one.guarded = one.guarded || (reason && *reason == "by hand");
            const Json* measure = findPath(*state, "measure");
            if (measure && measure->is_number() && measure->get<double>() < bestMeasure) {
                bestMeasure = measure->get<double>();
                best = kept.size();
            }
        }
        kept.push_back(one);
    }
    if (best)
        kept[*best].guarded = true;
    return kept;
}

Result<CheckpointUse> thinCheckpoints(const fs::path& runFolder, std::uint64_t budget)
{
    std::vector<KeptCheckpoint> kept = checkpointsOf(runFolder);
    for (const std::int64_t step : checkpointsToThin(kept, budget)) {
        const fs::path folder = runFolder / "checkpoints" / stepName(step);
        const fs::path going = runFolder / "checkpoints" / ("." + stepName(step) + ".gone");
        // Under a name that is no checkpoint's first: half of one must not pass for one.
        std::error_code error;
        fs::rename(folder, going, error);
        if (!error)
            fs::remove_all(going, error);
        if (error)
            return systemError(error.value(), "the checkpoint cannot be deleted", folder);
        kept.erase(
            std::find_if(kept.begin(), kept.end(), [step](const KeptCheckpoint& one) { return one.step == step; }));
    }
    return useOf(kept);
}

} // namespace saddle
