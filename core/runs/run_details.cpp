// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/run_details.h"

#include "core/base/untrusted_file.h"
#include "core/runs/presets.h"
#include "core/runs/retention.h"

#include <sys/stat.h>

namespace saddle {

namespace fs = std::filesystem;

namespace {

std::vector<RunCheckpoint> readCheckpoints(const fs::path& run)
{
    std::vector<RunCheckpoint> checkpoints;
    for (const KeptCheckpoint& one : checkpointsOf(run)) {
        struct stat info { };
        if (::lstat(one.folder.c_str(), &info) == 0) {
            checkpoints.push_back({one.step, one.folder, static_cast<std::int64_t>(one.bytes),
                std::int64_t{info.st_mtim.tv_sec}, one.best});
        }
    }
    return checkpoints;
}

/// The settings of a run as they are now, resolved.
Result<Json> settingsOf(const RunDetails& details, const Catalog& catalog)
{
    Result<Json> document = readUntrustedJson(details.path / "experiment.json");
    if (!details.checkpoints.empty()) {
        const Result<Json> state = readUntrustedJson(details.checkpoints.back().path / "state.json");
        const Json* saved = state ? findPath(*state, "experiment") : nullptr;
        if (saved && saved->is_object())
            document = *saved;
    }
    if (!document)
        return document.error();
    return resolveDocument(*document, catalog);
}

/// Where the preset leaves a choice to the engine, what it chose is no edit.
bool wasSettled(const ChangedSetting& setting)
{
    return (setting.path == "training.device" && setting.before == "auto")
        || (setting.path == "training.threads" && setting.before == 0);
}

} // namespace

RunDetails readDetails(const RunSummary& run, const Catalog& catalog)
{
    RunDetails details;
    details.path = run.path;
    if (!run.isRun())
        return details;
    details.checkpoints = readCheckpoints(run.path);
    if (run.preset.empty()) {
        details.whyNoChanges = "Its experiment has no name.";
        return details;
    }
    // A name with a slash would be a file, and a run from elsewhere must not choose which are read.
    if (namesFile(run.preset)) {
        details.whyNoChanges = "Its experiment came from a file: " + run.preset;
        return details;
    }
    const Result<Json> preset = loadExperiment(run.preset, catalog);
    const Result<Json> now = settingsOf(details, catalog);
    for (const Result<Json>* document : {&preset, &now}) {
        if (!*document)
            details.whyNoChanges = document->error().sentence();
    }
    if (details.whyNoChanges.empty()) {
        details.changes = settingsThatDiffer(*preset, *now, catalog);
        std::erase_if(details.changes, wasSettled);
    }
    return details;
}

} // namespace saddle
