// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/resume.h"

#include "core/runs/experiment.h"
#include "core/runs/run_folder.h"

#include <utility>

namespace saddle {

namespace fs = std::filesystem;

Result<ResumePoint> findResumePoint(const fs::path& runFolder, const Catalog& catalog)
{
    if (Status whole = checkRunParts(runFolder); !whole)
        return whole.error();
    Result<Json> experiment = readExperiment(runFolder);
    if (!experiment)
        return experiment.error();
    ResumePoint point;
    point.beginning.goesOn = true;
    std::string source = (runFolder / "experiment.json").string();
    std::optional<Error> newestFault;
    const std::vector<std::pair<std::int64_t, fs::path>> checkpoints = completeCheckpoints(runFolder);
    for (auto each = checkpoints.rbegin(); each != checkpoints.rend(); ++each) {
        const auto& [step, checkpoint] = *each;
        const Result<Json> state = verifyCheckpoint(checkpoint);
        if (state) {
            point.beginning.checkpoint = checkpoint;
            source = (checkpoint / "state.json").string();
            experiment = state->value("experiment", Json::object());
            if (newestFault)
                point.beginning.warnings.push_back("It goes on from step " + std::to_string(step) + ".");
            break;
        }
        // Going back behind what a newer program did would set it aside.
        if (checkpointIsNewer(checkpoint))
            return state.error();
        if (!newestFault)
            newestFault = state.error();
        point.beginning.warnings.push_back(state.error().sentence());
    }
    if (newestFault && point.beginning.checkpoint.empty())
        return *newestFault;
    Result<Json> document = resolveDocument(*experiment, catalog);
    if (!document)
        return document.error().in(source);
    point.document = *std::move(document);
    return point;
}

} // namespace saddle
