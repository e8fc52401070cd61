// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"
#include "core/base/statistics.h"
#include "core/commands/commands.h"
#include "core/commands/steps.h"
#include "core/training/builtin.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

namespace saddle {

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* formatPath = "training.memory_format";
/// A gain that is smaller than this may be noise, and other results for nothing.
constexpr double worthIt = 0.97;
constexpr std::int64_t warmup = 3; ///< steps

/// An experiment with its images in one order, in training.
struct Candidate {
    const char* format;
    const char* label;
    std::unique_ptr<Engine> engine = nullptr;
    std::vector<double> times = {}; ///< milliseconds a step
};

/// Trains whole steps and waits for the device.
Status trainSteps(Candidate& candidate, std::int64_t steps)
{
    for (std::int64_t done = 0; done < steps;) {
        const Engine::Advance advanced = candidate.engine->advance();
        if (advanced.fault)
            return advanced.fault->error;
        done += advanced.stepDone;
        std::vector<MetricRow> rows;
        if (done < steps && candidate.engine->pendingRows() < candidate.engine->rowCapacity())
            continue;
        if (const std::optional<Fault> fault = candidate.engine->takeRows(rows))
            return fault->error;
    }
    return {};
}

} // namespace

int tuneCommand(const TuneRequest& request)
{
    SettingChanges changes = request.changes;
    const Result<std::int64_t> wanted = takeSteps(changes, 5);
    if (!wanted)
        return report(wanted.error(), Usage);
    const std::int64_t steps = *wanted;
    const Result<Json> document = loadChanged(request.experiment, builtinCatalog(), changes);
    if (!document)
        return report(document.error());
    std::array<Candidate, 2> candidates{{{"contiguous", "contiguous"}, {"channels_last", "channels last"}}};
    for (Candidate& candidate : candidates) {
        const Result<Json> changed = changeSetting(*document, builtinCatalog(), formatPath, candidate.format);
        if (!changed)
            return report(changed.error());
        Result<std::unique_ptr<Engine>> made = makeTrainer(*changed, [](double, const std::string&) { return true; });
        if (!made)
            return report(made.error());
        candidate.engine = *std::move(made);
        if (candidate.engine->info().dataShape.size() != 3)
            return report({"there is nothing to tune: points have no order in memory to choose", request.experiment,
                "give an experiment on images"});
        if (const Status warm = trainSteps(candidate, warmup); !warm)
            return report(warm.error());
    }
    // In turn, so that a machine that is busy for a while is so for both.
    for (std::int64_t round = 0; round < request.rounds; ++round) {
        for (Candidate& candidate : candidates) {
            const auto begin = Clock::now();
            if (const Status trained = trainSteps(candidate, steps); !trained)
                return report(trained.error());
            const std::chrono::duration<double, std::milli> took = Clock::now() - begin;
            candidate.times.push_back(took.count() / static_cast<double>(steps));
        }
    }
    std::printf("%s on %s, %lld rounds of %lld steps\n", request.experiment.c_str(),
        candidates[0].engine->info().device.c_str(), static_cast<long long>(request.rounds),
        static_cast<long long>(steps));
    for (const Candidate& candidate : candidates) {
        const auto [least, most] = std::minmax_element(candidate.times.begin(), candidate.times.end());
        std::printf("  %-14s %8.2f ms/step (%.2f to %.2f)\n", candidate.label, median(candidate.times), *least, *most);
    }
    // Contiguous is how experiments are when nothing is said.
    const double ratio = median(candidates[1].times) / median(candidates[0].times);
    const Candidate& chosen = candidates[ratio <= worthIt ? 1 : 0];
    if (ratio <= worthIt)
        std::printf("Channels last takes %.2f of the time.\n", ratio);
    else if (ratio >= 1 / worthIt)
        std::printf("Contiguous takes %.2f of the time.\n", 1 / ratio);
    else
        std::printf("There is no difference that counts: contiguous it is.\n");
    if (request.out.empty()) {
        std::printf("Set it with --set %s=%s, or keep it in a file with --out.\n", formatPath, chosen.format);
        return Success;
    }
    const Result<Json> kept = changeSetting(*document, builtinCatalog(), formatPath, chosen.format);
    if (!kept)
        return report(kept.error());
    if (const Status written = writeFileWhole(request.out, prettyJson(*kept)); !written)
        return report(written.error());
    std::printf("Written to %s, with %s: %s.\n", request.out.c_str(), formatPath, chosen.format);
    return Success;
}

} // namespace saddle
