// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/run_folder.h"

#include "tests/support/small_runs.h"

namespace saddle::test {

/// Throws the error's sentence where there is one: Qt Test reports it.
template <typename T>
T good(Result<T> result)
{
    if (!result)
        throw std::runtime_error(result.error().sentence());
    return *std::move(result);
}

/// Makes a run folder with one checkpoint of a trainer, as a session does. The checkpoint's folder.
inline std::filesystem::path addCheckpoint(const std::filesystem::path& run, Engine& engine, const Json& document)
{
    const Json resolved = good(resolveDocument(document, builtinCatalog()));
    const auto folder = good(RunFolder::create(run, resolved, engine.info().columns));
    CheckpointData data = good(engine.save());
    data.state["experiment"] = resolved;
    return good(writeCheckpoint(folder->path(), engine.progress().step, data));
}

/// A run of so many steps, with a checkpoint at its end.
inline void addRun(const Scratch& scratch, const std::string& name, const Json& document, int steps)
{
    const std::unique_ptr<OpenTrainer> trainer = makeOpenTrainer(document);
    trainSteps(*trainer, steps);
    addCheckpoint(scratch.path(name), *trainer, document);
}

/// Images of three classes, whose labels both networks get.
inline Json labelledExperiment(const Scratch& scratch)
{
    std::string labels = bigEndian32(0x801) + bigEndian32(40);
    for (int i = 0; i < 40; ++i)
        labels += static_cast<char>(i % 3);
    return with(imagesExperiment(scratch),
        {{"data.labels", scratch.write("small-labels", labels).string()}, {"training.conditional", true}});
}

/// A generator of any size, 16 pixels for a latent.
inline Json canvasExperiment(const Scratch& scratch)
{
    return with(imagesExperiment(scratch), {{"generator", {{"architecture", "upsample"}, {"width", 2}}}});
}

} // namespace saddle::test
