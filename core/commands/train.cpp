// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/commands/attend.h"
#include "core/commands/commands.h"
#include "core/commands/interrupt.h"
#include "core/commands/progress_line.h"

#include "core/runs/presets.h"
#include "core/runs/resume.h"
#include "core/session/play_to_end.h"
#include "core/training/builtin.h"
#include "core/workers/group/leading_engine.h"
#include "core/workers/processes.h"

#include <csignal>
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

/// One of the workers that follow: Ctrl+C reaches it as it reaches worker 0, which ends the run in order and tells it.
int followCommand(const WorkerPlace& place)
{
    for (const int signal : {SIGINT, SIGTERM})
        std::signal(signal, SIG_IGN);
    const Status ended = follow(place);
    return ended ? Success : report(ended.error());
}

/// Starts the other workers where that is asked for, and has the session's engine lead all there are.
Status shareAmong(SessionPlan& plan, std::int64_t batchSize, const TrainRequest& request,
    std::optional<WorkerPlace> place, WorkerProcesses& processes)
{
    const int size = place ? place->size : request.workers;
    if (size == 1)
        return {};
    if (Status shared = checkShares(batchSize, size); !shared)
        return shared;
    if (!place) {
        std::vector<std::string> arguments{"saddle-cli", "train"};
        for (const auto& [option, path] : {std::pair{"--resume", request.resume}, std::pair{"--out", request.out}}) {
            if (!path.empty())
                arguments.insert(arguments.end(), {option, path.string()});
        }
        if (!request.experiment.empty())
            arguments.push_back(request.experiment);
        Result<WorkerPlace> started = processes.start(size, arguments);
        if (!started)
            return started.error();
        place = *started;
    }
    plan.factory = [place = *place, &processes](const Json& document, const LoadMonitor& monitor) {
        return makeLeadingEngine(document, monitor, place, [&processes] { return processes.check(); });
    };
    return {};
}

} // namespace

int trainCommand(const TrainRequest& request)
{
    const Result<std::optional<WorkerPlace>> place = workerPlaceFromEnvironment();
    if (!place)
        return report(place.error(), Usage);
    if (*place && request.workers > 1) {
        return report({"the environment already gives this process a place among workers (RANK)", "--workers",
                          "leave --workers out, or unset RANK and WORLD_SIZE"},
            Usage);
    }
    if (*place && !(*place)->leads())
        return followCommand(**place);
    Result<Plan> planned = planFor(request);
    if (!planned)
        return report(planned.error());
    SessionPlan* const plan = &planned->session;
    // Whatever can be refused is refused before a folder is made or data is read.
    const Result<Experiment> built = buildExperiment(plan->document, *plan->catalog);
    if (!built)
        return report(built.error());
    if (request.resume.empty()) {
        if (Status usable = RunFolder::check(plan->runFolder); !usable)
            return report(usable.error());
    }
    WorkerProcesses processes;
    if (Status shared = shareAmong(*plan, built->training.batchSize, request, *place, processes); !shared)
        return report(shared.error());
    const InterruptGuard guard;
    ProgressLine line(planned->limit, request.quiet);
    Attendance attendance = attend(line, guard);
    attendance.edits = std::move(planned->edits);
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
