// SPDX-License-Identifier: GPL-3.0-or-later
// From latents to bytes: the one way that a trainer's samples and those of an opened generator are made.
#pragma once

#include "core/latent/generator_model.h"
#include "core/models/built_network.h"
#include "core/runs/experiment.h"
#include "core/session/engine.h"
#include "core/training/random_streams.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace saddle {

/// count × Z of the latent's distribution, float32, where the streams draw. Row i depends on the streams' seed, the
/// stream, the counter and i alone. Truncation as in LatentRequest.
torch::Tensor drawLatents(const RandomStreams& streams, std::string_view stream, const DrawCounter& counter,
    const LatentOptions& latent, std::int64_t count, std::optional<double> truncation = {});

/// The stream of the latents that samples are made of.
inline constexpr std::string_view sampleStream = "samples";

/// N labels, int64, as N × classes of ones and zeros.
torch::Tensor oneHot(const torch::Tensor& labels, std::int64_t classes, torch::ScalarType type);

/// What a generator makes of N latents, in evaluation mode and without gradients, `together` at a time: that bounds the
/// memory it takes.
torch::Tensor generate(BuiltNetwork& generator, const NetworkInput& latents, std::int64_t together);

/// N × C × H × W to bytes, N × H × W × C, where the images are: low becomes 0, high 255.
torch::Tensor byteImages(const torch::Tensor& images, const OutputRange& range = {});
/// Puts such bytes, on the host, into what is shown.
void putImages(Samples& samples, const torch::Tensor& bytes);
/// Puts images, N × C × H × W, or generated points, N × 2, into what is shown of them.
void putSamples(Samples& samples, const torch::Tensor& generated, const OutputRange& range = {});
/// byteImages() on the host.
std::vector<std::uint8_t> imageBytes(const torch::Tensor& images, const OutputRange& range = {});
/// The other way round: what is shown of images or points as a batch.
torch::Tensor sampleTensor(const Samples& samples, torch::Device device, torch::MemoryFormat format);
/// Any tensor's values in row-major order, on the host.
std::vector<float> hostFloats(const torch::Tensor& values);

} // namespace saddle
