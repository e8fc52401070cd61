// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/safetensors.h"
#include "core/runs/experiment.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace saddle {

struct CheckpointData;

/// A discriminator as data: what checkpoints are read into, and what is opened.
struct DiscriminatorModel {
    std::filesystem::path origin; ///< the checkpoint's folder
    std::int64_t step = 0; ///< it was trained for
    Shape shape; ///< of one sample: [C, H, W], or [2] for points of the plane
    std::vector<std::string> classes; ///< names of the labels it reads, numbers where they have none; or empty
    Json objective; ///< the experiment's section, every option resolved: what its output means
    NetworkDescription network; ///< every option resolved
    TensorMap tensors; ///< "LAYER.NAME" of every parameter and buffer
    Device device = Device::Auto;
    MemoryFormat format = MemoryFormat::Contiguous;
};

/// The discriminator in a checkpoint that was read, or that a training run gave. `where` is what errors name. Only
/// tensors whose names begin with "discriminator/" are looked at. An Error where the run has none, as a VAE has not.
Result<DiscriminatorModel> discriminatorOf(
    const CheckpointData& checkpoint, const std::filesystem::path& where, const Catalog& catalog);

/// The same of a run (of its last complete checkpoint) or of a checkpoint's folder.
Result<DiscriminatorModel> readDiscriminator(const std::filesystem::path& path, const Catalog& catalog);

} // namespace saddle
