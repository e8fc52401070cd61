// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/commands/step_profile.h"

#include "core/training/operator_log.h"

#include <chrono>
#include <cstdio>

namespace saddle {

namespace {

constexpr double giga = 1e9;

/// Operators that take less than this share of a step are told of in one line.
constexpr double leastShare = 0.005;

} // namespace

Result<Json> profileSteps(Engine& engine, std::int64_t steps)
{
    const double peak = measuredPeak() / giga;
    const auto begin = std::chrono::steady_clock::now();
    const OperatorLog log;
    for (std::int64_t step = 0; step < steps;) {
        const Engine::Advance advanced = engine.advance();
        if (advanced.fault)
            return advanced.fault->error;
        step += advanced.stepDone ? 1 : 0;
        std::vector<MetricRow> rows;
        if (engine.pendingRows() >= engine.rowCapacity())
            engine.takeRows(rows);
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const auto count = static_cast<double>(steps);
    Json operators = Json::array();
    double within = 0;
    double arithmetic = 0;
    for (const OperatorUse& use : log.uses()) {
        within += use.seconds;
        arithmetic += use.arithmetic;
        Json row = {{"name", use.name}, {"calls", static_cast<double>(use.calls) / count},
            {"ms", use.seconds * 1000 / count}, {"share", use.seconds / seconds}};
        if (use.arithmetic > 0)
            row["gflops"] = use.arithmetic / use.seconds / giga;
        operators.push_back(std::move(row));
    }
    const double reached = arithmetic / seconds / giga;
    return Json{{"steps", steps}, {"step_ms", seconds * 1000 / count},
        {"calls", static_cast<double>(log.calls()) / count}, {"outside_ms", (seconds - within) * 1000 / count},
        {"gflop", arithmetic / count / giga}, {"reached_gflops", reached}, {"peak_gflops", peak},
        {"share_of_peak", reached / peak}, {"operators", std::move(operators)}};
}

void printProfile(const Json& profile)
{
    std::printf("\n%-28s %8s %10s %7s %9s %8s\n", "operator", "calls", "ms/step", "share", "GFLOP/s", "of peak");
    const double peak = profile["peak_gflops"];
    double restCalls = 0;
    double restTime = 0;
    for (const Json& row : profile["operators"]) {
        const double share = row["share"];
        if (share < leastShare) {
            restCalls += row["calls"].get<double>();
            restTime += row["ms"].get<double>();
            continue;
        }
        std::printf("%-28s %8.1f %10.2f %6.1f%%", row["name"].get<std::string>().c_str(), row["calls"].get<double>(),
            row["ms"].get<double>(), 100 * share);
        if (row.contains("gflops"))
            std::printf(" %9.1f %7.0f%%", row["gflops"].get<double>(), 100 * row["gflops"].get<double>() / peak);
        std::printf("\n");
    }
    const double step = profile["step_ms"];
    std::printf("%-28s %8.1f %10.2f %6.1f%%\n", "all others", restCalls, restTime, 100 * restTime / step);
    std::printf("%-28s %8s %10.2f %6.1f%%\n", "between operators", "", profile["outside_ms"].get<double>(),
        100 * profile["outside_ms"].get<double>() / step);
    std::printf(
        "One step: %.2f ms while watched, %.2f GFLOP in convolutions and products: %.1f GFLOP/s, %.0f %% of the "
        "%.1f GFLOP/s that a product of matrices reaches here\n",
        step, profile["gflop"].get<double>(), profile["reached_gflops"].get<double>(),
        100 * profile["share_of_peak"].get<double>(), peak);
}

} // namespace saddle
