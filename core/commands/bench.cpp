// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/statistics.h"
#include "core/commands/commands.h"

#include "core/commands/step_profile.h"
#include "core/commands/steps.h"
#include "core/runs/experiment.h"
#include "core/training/builtin.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <map>
#include <utility>

namespace saddle {

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::duration duration)
{
    return std::chrono::duration<double, std::milli>(duration).count();
}

/// What the process has computed so far, all threads together: other programs on the machine do not lengthen it.
double processorMilliseconds()
{
    return 1000.0 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

} // namespace

int benchCommand(const BenchRequest& request)
{
    SettingChanges changes = request.changes;
    const Result<std::int64_t> wanted = takeSteps(changes, 50);
    if (!wanted)
        return report(wanted.error(), Usage);
    const std::int64_t steps = *wanted;
    const Result<Json> document = loadChanged(request.experiment, builtinCatalog(), changes);
    if (!document)
        return report(document.error());
    Result<std::unique_ptr<Engine>> made = makeTrainer(*document, [](double, const std::string&) { return true; });
    if (!made)
        return report(made.error());
    Engine& engine = **made;
    const Result<Experiment> experiment = buildExperiment(*document, builtinCatalog());
    if (!experiment)
        return report(experiment.error());

    const bool onDevice = engine.info().resolved["training.device"] != "cpu";
    std::vector<double> times;
    std::vector<double> processorTimes;
    std::map<std::string, std::vector<double>> phaseTimes;
    for (std::int64_t step = -request.warmup; step < steps; ++step) {
        const auto begin = Clock::now();
        const double processorBegin = processorMilliseconds();
        std::map<std::string, double> phases;
        for (bool done = false; !done;) {
            const std::string due = engine.progress().inRound;
            const auto phaseBegin = Clock::now();
            const Engine::Advance advanced = engine.advance();
            if (advanced.fault)
                return report(advanced.fault->error);
            phases[due.empty() ? engine.info().phases.front().label : due.substr(0, due.find(' '))] +=
                milliseconds(Clock::now() - phaseBegin);
            done = advanced.stepDone;
        }
        // A device works behind the host's back: bringing the numbers over waits for it.
        std::vector<MetricRow> rows;
        if (onDevice || engine.pendingRows() >= engine.rowCapacity() || step + 1 == 0 || step + 1 == steps) {
            if (const std::optional<Fault> fault = engine.takeRows(rows))
                return report(fault->error);
        }
        if (step < 0)
            continue;
        times.push_back(milliseconds(Clock::now() - begin));
        processorTimes.push_back(processorMilliseconds() - processorBegin);
        for (const auto& [label, time] : phases)
            phaseTimes[label].push_back(time);
    }
    const double step = median(times);
    const double images = static_cast<double>(engine.progress().images) / static_cast<double>(steps + request.warmup);
    Json json = {{"experiment", request.experiment}, {"device", engine.info().device}, {"torch", libtorchVersion()},
        {"steps", steps}, {"median_ms", step}, {"min_ms", *std::min_element(times.begin(), times.end())},
        {"max_ms", *std::max_element(times.begin(), times.end())}, {"images_per_second", images * 1000 / step},
        {"processor_ms", median(processorTimes)}, {"batch", experiment->training.batchSize},
        {"image", engine.info().dataShape}};
    for (const auto& [role, network] : experiment->reports)
        json["parameters"][role] = network.parameters;
    for (const auto& [label, phase] : phaseTimes)
        json["phase_ms"][label] = median(phase);
    if (request.profile) {
        Result<Json> profile = profileSteps(engine, steps);
        if (!profile)
            return report(profile.error());
        json["profile"] = *std::move(profile);
    }
    if (request.json) {
        std::printf("%s\n", json.dump().c_str());
        return Success;
    }
    std::printf("%s on %s, LibTorch %s, %lld steps\n", request.experiment.c_str(), engine.info().device.c_str(),
        libtorchVersion().c_str(), static_cast<long long>(steps));
    std::printf("median %.2f ms/step (%.2f to %.2f), %.0f images/s\n", step, json["min_ms"].get<double>(),
        json["max_ms"].get<double>(), images * 1000 / step);
    for (const auto& [label, phase] : phaseTimes)
        std::printf("  %s %.2f ms\n", label.c_str(), median(phase));
    if (request.profile)
        printProfile(json["profile"]);
    return Success;
}

} // namespace saddle
