// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/commands/commands.h"
#include "core/commands/output.h"

#include "core/base/files.h"
#include "core/base/whole_file.h"
#include "core/io/safetensors.h"
#include "core/runs/presets.h"
#include "core/training/builtin.h"

#include <array>
#include <cstdio>

namespace saddle {

namespace fs = std::filesystem;

namespace {

std::string stepName(std::int64_t step)
{
    std::array<char, 40> name{};
    std::snprintf(name.data(), name.size(), "step-%06lld.safetensors", static_cast<long long>(step));
    return name.data();
}

} // namespace

int traceCommand(const TraceRequest& request)
{
    const Catalog& catalog = builtinCatalog();
    Result<Json> document = loadExperiment(request.experiment, catalog);
    SettingChanges changes = request.changes;
    const std::int64_t steps = changes.steps.value_or(1);
    changes.steps.reset();
    if (steps < 1)
        return report({"at least one step must be traced", "--steps", "give a number from 1 on"}, Usage);
    if (document)
        document = applyChanges(*document, catalog, changes);
    if (!document)
        return report(document.error());
    Result<Experiment> experiment = buildExperiment(*document, catalog);
    if (!experiment)
        return report(experiment.error());
    if (Status made = makeOutputFolder(request.out); !made)
        return report(made.error());
    const auto patient = [](double, const std::string&) { return true; };
    Result<std::unique_ptr<Engine>> engine =
        request.wide ? makeWideTrainer(*document, patient) : makeTrainer(*document, patient);
    if (!engine)
        return report(engine.error());
    if (Status written = writeFileWhole(request.out / "experiment.json", explicitDocument(*experiment).dump(2) + "\n");
        !written)
        return report(written.error());
    for (std::int64_t step = 1; step <= steps; ++step) {
        Result<TensorFile> traced = (*engine)->trace();
        if (!traced)
            return report(traced.error());
        const fs::path path = request.out / stepName(step);
        if (Status written = writeSafetensors(path, traced->tensors, traced->metadata); !written)
            return report(written.error());
        std::printf("%s\n", path.c_str());
    }
    return Success;
}

} // namespace saddle
