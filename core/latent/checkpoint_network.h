// SPDX-License-Identifier: GPL-3.0-or-later
// What every network in a checkpoint is read with.
#pragma once

#include "core/runs/experiment.h"
#include "core/session/engine.h"

#include <filesystem>
#include <string>
#include <vector>

namespace saddle {

/// The folder of a checkpoint for what a person names: one, or a run, whose last one is meant.
Result<std::filesystem::path> findCheckpoint(const std::filesystem::path& path);

/// What a checkpoint says of its run.
struct CheckpointExperiment {
    std::filesystem::path where; ///< the checkpoint's folder, which errors name
    Json document; ///< resolved
    DataHeader data;
    std::vector<std::string>
        classes; ///< names of the labels that networks read, numbers where they have none; or empty
    std::int64_t step = 0;
};
Result<CheckpointExperiment> experimentOf(
    const CheckpointData& checkpoint, const std::filesystem::path& where, const Catalog& catalog);

/// The tensors whose names begin with a prefix, without it.
TensorMap withoutPrefix(const TensorMap& tensors, const std::string& prefix);

/// The layers of a role, every option resolved. Refuses fewer weights than they need before anything is built.
Result<NetworkDescription> layersOf(
    const CheckpointExperiment& experiment, const std::string& role, const TensorMap& weights, const Catalog& catalog);

} // namespace saddle
