// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/experiment.h"
#include "core/runs/presets.h"
#include "core/training/builtin.h"

#include <map>
#include <string>

namespace saddle::test {

/// The engine of a preset with some settings changed.
inline Result<std::unique_ptr<Engine>> presetEngine(
    const std::string& preset, const std::map<std::string, Json>& settings)
{
    Result<Json> document = loadExperiment(preset, builtinCatalog());
    if (!document)
        return document.error();
    for (const auto& [path, value] : settings) {
        document = changeSetting(*document, builtinCatalog(), path, value);
        if (!document)
            return document.error();
    }
    return makeTrainer(*document, [](double, const std::string&) { return true; });
}

/// Trains whole steps; the first fault ends it.
inline Status trainSteps(Engine& engine, std::int64_t steps)
{
    std::vector<MetricRow> rows;
    for (std::int64_t step = 0; step < steps;) {
        const Engine::Advance advanced = engine.advance();
        if (advanced.fault)
            return advanced.fault->error;
        if (advanced.stepDone && ++step % 32 == 0)
            engine.takeRows(rows);
    }
    return {};
}

} // namespace saddle::test
