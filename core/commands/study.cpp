// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/notice.h"
#include "core/commands/commands.h"
#include "core/commands/interrupt.h"
#include "core/commands/progress_line.h"

#include "core/study/study_runner.h"
#include "core/training/builtin.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace saddle {

namespace {

/// "2 of 6  EBGAN, seed 1  step 120 of 20000  512.0 ms/step"
std::string statusText(const Study& study, const StudyProgress& progress)
{
    std::size_t at = 0;
    while (at + 1 < progress.runs.size() && progress.runs[at].state >= StudyRunState::Done)
        ++at;
    const StudyRunProgress& run = progress.runs[at];
    const StudyMethod& method = study.methods[run.run.method];
    std::string text = std::to_string(at + 1) + " of " + std::to_string(progress.runs.size()) + "  " + method.label
        + (study.seeds.size() > 1 ? ", seed " + std::to_string(run.run.seed) : "");
    if (run.state == StudyRunState::Loading)
        return text + (run.loading.empty() ? "" : "  " + run.loading + " …");
    text += "  step " + std::to_string(run.step);
    if (const auto steps = method.document["training"]["steps"].get<std::int64_t>(); steps > 0)
        text += " of " + std::to_string(steps);
    std::array<char, 32> speed{};
    std::snprintf(speed.data(), speed.size(), "  %.1f ms/step", run.millisecondsPerStep);
    return text + speed.data();
}

} // namespace

int studyCommand(const StudyRequest& request)
{
    const Catalog& catalog = builtinCatalog();
    Result<std::vector<Setting>> settings = settingsOf(request.changes);
    if (!settings)
        return report(settings.error());
    Result<Study> loaded = loadStudy(request.study, catalog, {*std::move(settings), request.seeds});
    if (!loaded)
        return report(loaded.error());
    const Study& study = *loaded;
    // Whatever can be refused is refused before a folder is made or data is read.
    for (const Status& status : {checkStudy(study, catalog), StudyRunner::check(study, request.out, catalog)}) {
        if (!status)
            return report(status.error());
    }

    const InterruptGuard guard;
    ProgressLine line(0, request.quiet);
    Notice news;
    StudyRunner runner(study, catalog, makeTrainer, request.out, [&news] { news.tell(); });
    std::size_t noted = 0;
    std::size_t finished = 0;
    while (true) {
        news.await();
        if (guard.interrupted())
            runner.stop();
        const StudyProgress progress = runner.progress();
        for (; noted < progress.notes.size(); ++noted)
            line.note(progress.notes[noted]);
        for (; finished < progress.runs.size() && progress.runs[finished].state >= StudyRunState::Done; ++finished) {
            const StudyRunProgress& run = progress.runs[finished];
            const std::string name = study.methods[run.run.method].label + ", seed " + std::to_string(run.run.seed);
            line.note(name
                + (run.state == StudyRunState::Failed ? " failed: " + run.failure
                                                      : ": " + std::to_string(run.step) + " steps"));
        }
        const auto refused = std::find_if(progress.runs.begin(), progress.runs.end(),
            [](const StudyRunProgress& run) { return !run.refusal.empty(); });
        if (refused != progress.runs.end())
            line.refused(refused->refusal);
        else if (!guard.interrupted())
            line.refused({});
        if (!progress.over) {
            line.status(statusText(study, progress));
            continue;
        }
        line.finish();
        if (!progress.page.empty())
            std::printf("page %s\n", progress.page.c_str());
        if (!progress.picture.empty())
            std::printf("picture %s\n", progress.picture.c_str());
        if (progress.error)
            return report(*progress.error);
        if (progress.stopped) {
            line.note("Stopped. The same command goes on with it.");
            return Interrupted;
        }
        const bool whole = std::all_of(progress.runs.begin(), progress.runs.end(),
            [](const StudyRunProgress& run) { return run.state == StudyRunState::Done; });
        return whole ? Success : Failed;
    }
}

} // namespace saddle
