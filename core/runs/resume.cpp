// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/resume.h"

#include "core/runs/experiment.h"
#include "core/runs/run_folder.h"

namespace saddle {

Result<ResumePoint> findResumePoint(const std::filesystem::path& runFolder, const Catalog& catalog)
{
    if (Result<Json> experiment = readExperiment(runFolder); !experiment)
        return experiment.error();
    Result<std::filesystem::path> checkpoint = latestCheckpoint(runFolder);
    if (!checkpoint)
        return checkpoint.error();
    const std::filesystem::path file = *checkpoint / "state.json";
    Result<Json> state = readJson(file);
    if (!state)
        return state.error();
    if (!state->is_object())
        return Error{"this is not the state of a checkpoint", file.string(), "choose another checkpoint"};
    Result<Json> document = resolveDocument(state->value("experiment", Json::object()), catalog);
    if (!document)
        return document.error().in(file.string());
    return ResumePoint{*std::move(checkpoint), *std::move(document)};
}

} // namespace saddle
