// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/experiment.h"
#include "core/runs/run_folder.h"
#include "tests/support/fake_catalog.h"
#include "tests/support/fake_engine.h"

#include <cstring>
#include <limits>
#include <stdexcept>

namespace saddle::test {

/// The numbers of a step of writtenRun(): g_loss is empty at every third.
inline std::vector<double> writtenValues(std::int64_t step)
{
    const double third = step % 3 == 0 ? std::numeric_limits<double>::quiet_NaN() : 1.0 / static_cast<double>(step);
    return {0.1 * static_cast<double>(step), third, 2e-4};
}

/// Grids of `count` coloured or grey pictures of 4 × 4, all of one value.
inline Samples writtenGrid(std::int64_t step, int columns = 2, int channels = 1)
{
    Samples samples;
    samples.step = step;
    samples.count = 4;
    samples.height = samples.width = 4;
    samples.channels = channels;
    samples.columns = columns;
    samples.pixels.assign(static_cast<std::size_t>(64 * channels), static_cast<std::uint8_t>(10 * step));
    return samples;
}

/// A run as a session leaves it, with a row each step, a grid every fifth and a checkpoint every tenth.
inline void writtenRun(const std::filesystem::path& folder, std::int64_t steps = 20, std::size_t weights = 5000)
{
    const auto check = [](const auto& result) {
        if (!result)
            throw std::runtime_error(result.error().sentence());
    };
    const Result<Json> document = resolveDocument(Json::parse(R"({"title": "A run for tests"})"), fakeCatalog());
    check(document);
    Result<std::unique_ptr<RunFolder>> made = RunFolder::create(folder, *document, fakeColumns());
    check(made);
    RunFolder& run = **made;
    check(run.appendEvent({0, 0, "start", "Started", Json::object()}));
    for (std::int64_t step = 1; step <= steps; ++step) {
        check(run.appendRows(
            {{step, static_cast<double>(step) / 8, 4 * step, 0.5 * static_cast<double>(step), writtenValues(step)}}));
        if (step % 5 == 0)
            check(run.writeSamples(writtenGrid(step)));
        if (step % 10 == 0) {
            CheckpointData data;
            data.state["experiment"] = *document;
            data.tensors.emplace("generator/weight",
                HostTensor{DType::U8, {static_cast<std::int64_t>(weights)},
                    std::vector<std::byte>(weights, static_cast<std::byte>(step))});
            check(writeCheckpoint(folder, step, data));
        }
    }
    check(run.appendEvent({steps, 0.5 * static_cast<double>(steps), "finish", "Stopped", Json::object()}));
}

} // namespace saddle::test
