// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/commands/commands.h"
#include "core/commands/interrupt.h"
#include "core/commands/progress_line.h"

#include "core/runs/presets.h"
#include "core/runs/resume.h"
#include "core/session/play_to_end.h"
#include "core/training/builtin.h"

#include <cstdio>
#include <utility>

namespace saddle {

namespace {

struct Plan {
    SessionPlan session;
    std::vector<command::SetParameter> edits; ///< of a run that goes on, before it does
    std::int64_t limit = 0; ///< steps, or 0 when there is no end
};

/// A run that goes on keeps its experiment. What may change while it runs becomes an edit, which its log tells;
/// what it is computed on may change in its file; all else would make another run of it.
Status resumeWith(Plan& plan, const Json& changed, const Catalog& catalog)
{
    Json& document = plan.session.document;
    Json edited = document;
    for (const ChangedSetting& setting : settingsThatDiffer(document, changed, catalog)) {
        const bool computing = setting.path == "training.device" || setting.path == "training.threads";
        if (setting.applies == Applies::Restart && !computing) {
            return Error{
                setting.label + " cannot change while a run goes on", setting.path, "start a new run with it by --out"};
        }
        setPath(edited, setting.path, setting.after);
        if (computing)
            setPath(document, setting.path, setting.after);
        else
            plan.edits.push_back({setting.path, setting.after});
    }
    if (edited != changed)
        return Error{"a run that goes on keeps its networks and kinds", "--set", "start a new run with them by --out"};
    return {};
}

Result<Plan> planFor(const TrainRequest& request)
{
    Plan whole;
    SessionPlan& plan = whole.session;
    plan.catalog = &builtinCatalog();
    plan.factory = makeTrainer;
    plan.renderSamples = false;
    Result<Json> document = Json();
    if (request.resume.empty()) {
        plan.runFolder = request.out;
        document = loadExperiment(request.experiment, *plan.catalog);
    } else {
        plan.runFolder = request.resume;
        Result<ResumePoint> point = findResumePoint(request.resume, *plan.catalog);
        if (!point)
            return point.error();
        plan.beginning = std::move(point->beginning);
        document = std::move(point->document);
    }
    if (!document)
        return document.error();
    Result<Json> changed = applyChanges(*document, *plan.catalog, request.changes);
    if (!changed)
        return changed.error();
    whole.limit = findPath(*changed, "training.steps")->get<std::int64_t>();
    if (request.resume.empty()) {
        plan.document = *std::move(changed);
    } else {
        plan.document = *std::move(document);
        if (Status fits = resumeWith(whole, *changed, *plan.catalog); !fits)
            return fits.error();
    }
    return whole;
}

} // namespace

int trainCommand(const TrainRequest& request)
{
    Result<Plan> planned = planFor(request);
    if (!planned)
        return report(planned.error());
    SessionPlan* const plan = &planned->session;
    // Whatever can be refused is refused before a folder is made or data is read.
    if (Result<Experiment> built = buildExperiment(plan->document, *plan->catalog); !built)
        return report(built.error());
    if (request.resume.empty()) {
        if (Status usable = RunFolder::check(plan->runFolder); !usable)
            return report(usable.error());
    }
    const InterruptGuard guard;
    ProgressLine line(planned->limit, request.quiet);
    bool told = false;
    bool waits = false;
    Attendance attendance;
    attendance.edits = std::move(planned->edits);
    attendance.stop = [&guard] { return guard.interrupted(); };
    attendance.watch = [&](const SessionUpdate& update, Session&) {
        for (const RunEvent& event : update.events) {
            if (event.kind == "warning" || event.kind == "diagnosis")
                line.note(event.text);
        }
        if (update.state == SessionState::Failed)
            return;
        if (update.state == SessionState::Loading) {
            line.loading(update);
            return;
        }
        if (!std::exchange(told, true)) {
            for (const std::string& note : update.info->notes)
                line.note(note);
            line.note(update.info->data + ", " + update.info->device);
            return;
        }
        if (update.awaitsDisk && update.fault && !std::exchange(waits, true))
            line.alert(update.fault->error.sentence());
        else if (update.state == SessionState::Running && std::exchange(waits, false))
            line.alert("The run can be written again: training goes on.");
        line.update(update);
    };
    const PlayedRun run = playToEnd(*std::move(plan), attendance);
    line.finish();
    if (run.nothingToDo) {
        return report({"this run already has " + std::to_string(run.last.progress.step) + " steps",
            request.resume.string(), "ask for more by --steps"});
    }
    const int status = run.fault ? report(run.fault->error) : run.stopped ? Interrupted : Success;
    if (run.last.state == SessionState::Finished && !run.last.runFolder.empty()) {
        std::printf("step %lld\nmetrics %s\nsamples %s\n", static_cast<long long>(run.last.progress.step),
            (run.last.runFolder / "metrics.csv").c_str(), (run.last.runFolder / "samples").c_str());
    }
    return status;
}

} // namespace saddle
