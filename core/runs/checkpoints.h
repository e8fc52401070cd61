// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/engine.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace saddle {

/// "00000500"
std::string stepName(std::int64_t step);
/// The step of such a name, or nothing.
std::optional<std::int64_t> stepOfName(const std::string& name);

/// Writes RUN/checkpoints/STEP/{state.json, tensors.safetensors} with checksums, and returns that folder. The same step
/// replaces the older one. A crash at any byte leaves the last good one.
Result<std::filesystem::path> writeCheckpoint(
    const std::filesystem::path& runFolder, std::int64_t step, const CheckpointData& checkpoint);

/// With a filter, only the tensors that pass it. A damaged file is named; so is the schema of a newer program. The
/// checksum of the tensors is looked at where all of them are read.
Result<CheckpointData> readCheckpoint(const std::filesystem::path& checkpointFolder, const TensorFilter& wanted = {});
/// Its state alone.
Result<Json> readCheckpointState(const std::filesystem::path& checkpointFolder);
/// Whether a newer program wrote it, in a way that this one does not know.
bool checkpointIsNewer(const std::filesystem::path& checkpointFolder);
/// Its state, where both files are as they were written, as far as their checksums tell; checkpoints that are older
/// than checksums pass.
Result<Json> verifyCheckpoint(const std::filesystem::path& checkpointFolder);

/// Complete checkpoints by step. Links are none: they may lead out of the run.
std::vector<std::pair<std::int64_t, std::filesystem::path>> completeCheckpoints(const std::filesystem::path& runFolder);
/// The complete checkpoint with the highest step, or an error that says there is none.
Result<std::filesystem::path> latestCheckpoint(const std::filesystem::path& runFolder);

/// Deletes a checkpoint: at no moment does half of one pass for one.
Status deleteCheckpoint(const std::filesystem::path& checkpointFolder);
/// Clears away what a crash left of one that was being written, replaced or deleted.
void removeCheckpointLeftovers(const std::filesystem::path& runFolder);

} // namespace saddle
