// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/safetensors.h"
#include "core/runs/experiment.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace saddle {

struct CheckpointData;

/// Which of a checkpoint's weights a generator is opened with.
enum class Weights {
    Best, ///< those that the run's own samples show: averaged where there are any, unless the experiment says not to
    Averaged,
    Plain,
};

/// The numbers that a generator gives for black and for white. What is outside is cut off.
struct OutputRange {
    double low = -1;
    double high = 1;

    bool operator==(const OutputRange&) const = default;
};

/// What is known of a generator, wherever it comes from.
struct GeneratorHead {
    std::filesystem::path origin; ///< the checkpoint's folder, or the file
    std::int64_t step = 0; ///< it was trained for; 0 where that is not known
    bool averaged = false;
    LatentOptions latent;
    Shape shape; ///< of one sample: [C, H, W], or [2] for points of the plane
    OutputRange range;
    std::vector<std::string> classes; ///< names of the labels it reads, numbers where they have none; or empty
    std::uint64_t seed = 0; ///< with which the latents of its run's samples are drawn
    std::int64_t rows = 8; ///< of a grid of samples
    std::int64_t columns = 8;
    std::int64_t points = 1000; ///< samples of the plane shown at once
};

/// A generator as data: what checkpoints and files are read into, and what is opened and exported.
struct GeneratorModel {
    GeneratorHead head;
    NetworkDescription network; ///< every option resolved; its input is the latent, [Z]
    TensorMap tensors; ///< "LAYER.NAME" of every parameter and buffer, the layer's id or number first
    Device device = Device::Auto;
    MemoryFormat format = MemoryFormat::Contiguous; ///< in which it was trained
    std::vector<std::string> notes; ///< what a person should know of how it was read: "… is taken"
};

/// The generator in a checkpoint that was read, or that a training run gave. `where` is what errors name and the
/// model's origin: the checkpoint's folder. Only tensors whose names begin with "generator/" or "ema/" are looked at.
Result<GeneratorModel> modelOf(const CheckpointData& checkpoint, const std::filesystem::path& where,
    const Catalog& catalog, Weights weights = Weights::Best);

/// Reads a generator from a file of one kind.
using ModelReader = std::function<Result<GeneratorModel>(const std::filesystem::path& path, const Catalog& catalog)>;

/// The generator of a run (of its last complete checkpoint), of a checkpoint's folder, or of a generator's file: what a
/// file is says its content, not its name. Of a checkpoint's tensors only its own are read. An Error names the file and
/// what to do: no run, no checkpoint, weights that are not there, a file that is none of those; of a PyTorch state
/// dict, that its layers must be said first, and of TorchScript, that it is code. `onnx` may be empty.
Result<GeneratorModel> readModel(const std::filesystem::path& path, const Catalog& catalog,
    Weights weights = Weights::Best, const ModelReader& onnx = {});

} // namespace saddle
