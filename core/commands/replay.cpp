// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/commands/commands.h"
#include "core/commands/interrupt.h"
#include "core/commands/progress_line.h"

#include "core/base/text.h"
#include "core/runs/replay.h"
#include "core/training/builtin.h"

#include <cstdio>

namespace saddle {

namespace {

std::string cellText(const std::string& cell)
{
    return cell.empty() ? "nothing" : cell;
}

/// What makes bits differ where nothing is wrong.
std::string doubtOf(const RecordedRun& run)
{
    std::string doubt;
    if (const Json* device = findPath(run.document, "training.device"); device && *device != "cpu")
        doubt = "; it was not trained on a CPU, where alone every bit comes again";
    if (!run.script.unreadable.empty())
        doubt += "; line " + std::to_string(run.script.unreadable.front()) + " of its log cannot be read";
    return doubt;
}

} // namespace

int replayCommand(const ReplayRequest& request)
{
    const Result<RecordedRun> run = readRecordedRun(request.run, builtinCatalog());
    if (!run)
        return report(run.error());
    if (!request.out.empty()) {
        if (Status usable = RunFolder::check(request.out); !usable)
            return report(usable.error());
    }
    const InterruptGuard guard;
    ProgressLine line(request.steps > 0 ? std::min(request.steps, run->steps) : run->steps, request.quiet);
    ReplayOptions how;
    how.steps = request.steps;
    how.out = request.out;
    how.loading = [&guard](double, const std::string&) { return !guard.interrupted(); };
    how.progress = [&guard, &line](std::int64_t done) {
        line.count(done, "step");
        return !guard.interrupted();
    };
    const Result<ReplayOutcome> outcome = replayRun(*run, builtinCatalog(), makeTrainer, how);
    line.finish();
    if (!outcome)
        return guard.interrupted() ? Interrupted : report(outcome.error());
    if (outcome->difference) {
        const ReplayDifference& first = *outcome->difference;
        std::printf("step %lld: %s is %s, where %s was recorded%s\n", static_cast<long long>(first.step),
            first.column.c_str(), cellText(first.repeated).c_str(), cellText(first.recorded).c_str(),
            doubtOf(*run).c_str());
        return Failed;
    }
    std::printf("%s, identical\n", counted(outcome->steps, "step").c_str());
    return outcome->cancelled ? Interrupted : Success;
}

} // namespace saddle
