// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/commands/commands.h"

#include "core/base/files.h"
#include "core/base/shown_name.h"
#include "core/base/text.h"
#include "core/base/time_text.h"
#include "core/runs/retention.h"
#include "core/runs/run_library.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace saddle {

namespace {

/// JSON has no number for NaN.
Json lossJson(double loss)
{
    return std::isfinite(loss) ? Json(loss) : Json();
}

Json runJson(const RunSummary& run)
{
    Json json = {{"folder", run.folder}, {"path", run.path.string()}, {"name", run.name()}, {"note", run.marks.note},
        {"pinned", run.marks.pinned}, {"state", nameOf(run.state)}, {"locked", run.locked}};
    if (!run.problem.empty())
        json["problem"] = run.problem;
    if (!run.isRun())
        return json;
    json.update({{"preset", run.preset}, {"title", run.title}, {"objective", run.objective}, {"step", run.step},
        {"steps", run.wantedSteps}, {"seconds", run.seconds}, {"d_loss", lossJson(run.discriminatorLoss)},
        {"g_loss", lossJson(run.generatorLoss)}, {"checkpoints", run.checkpoints},
        {"checkpoint_bytes", run.checkpointBytes}, {"checkpoint_gigabytes", run.checkpointGigabytes},
        {"bytes", run.bytes}, {"created", utcText(run.created)}, {"changed", utcText(run.changed)}});
    if (!run.parentFolder.empty())
        json["parent"] = {{"run", run.parentFolder}, {"step", run.parentStep}};
    return json;
}

std::string stepsText(const RunSummary& run)
{
    return grouped(run.step) + (run.wantedSteps > 0 ? " of " + grouped(run.wantedSteps) : "");
}

void printLine(const RunSummary& run)
{
    const std::string name = shownName(run.name());
    if (!run.isRun()) {
        std::printf("%-40s  %s\n", name.c_str(), run.problem.c_str());
        return;
    }
    std::printf("%-40s  %-11s  %20s  %12s  %s\n", name.c_str(), nameOf(run.state), stepsText(run).c_str(),
        durationText(run.seconds).c_str(), shownName(run.preset).c_str());
    if (!run.marks.name.empty())
        std::printf("  %s\n", shownName(run.folder).c_str());
    if (!run.marks.note.empty())
        std::printf("  %s\n", shownName(run.marks.note).c_str());
    if (!run.problem.empty())
        std::printf("  %s\n", run.problem.c_str());
    if (const double room = run.checkpointGigabytes * 1e9;
        room > 0 && static_cast<double>(run.checkpointBytes) > nearlyFull * room) {
        std::printf("  %s take %s GB of the %s GB they may take\n", counted(run.checkpoints, "checkpoint").c_str(),
            fixedText(static_cast<double>(run.checkpointBytes) / 1e9, 1).c_str(),
            numberText(run.checkpointGigabytes).c_str());
    }
}

} // namespace

int listRunsCommand(const RunsRequest& request)
{
    const std::filesystem::path folder = request.folder.empty() ? userDataFolder() / "runs" : request.folder;
    std::error_code error;
    if (!request.folder.empty() && !std::filesystem::is_directory(folder, error))
        return report({"there is no such folder", folder.string(), "check the path"});
    Result<std::vector<RunSummary>> runs = scanRuns(folder);
    if (!runs)
        return report(runs.error());
    std::stable_sort(runs->begin(), runs->end(), [](const RunSummary& one, const RunSummary& other) {
        return std::pair(other.marks.pinned, other.changed) < std::pair(one.marks.pinned, one.changed);
    });
    if (request.json) {
        Json list = Json::array();
        for (const RunSummary& run : *runs)
            list.push_back(runJson(run));
        std::printf("%s", prettyJson(list).c_str());
        return Success;
    }
    std::int64_t bytes = 0;
    for (const RunSummary& run : *runs) {
        printLine(run);
        bytes += run.bytes;
    }
    const auto count = std::count_if(runs->begin(), runs->end(), [](const RunSummary& run) { return run.isRun(); });
    std::printf("%s, %s, in %s\n", counted(count, "run").c_str(), sizeText(bytes).c_str(), folder.c_str());
    return Success;
}

} // namespace saddle
