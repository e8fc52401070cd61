// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/architectures/layer_list.h"
#include "core/params/schema.h"

namespace saddle {

enum class BlockNorm { Batch, Layer, Instance, None };
enum class Comparison { None, Map, Tensor };
enum class Shrinking { Strided, Average };

/// What the plain convolutional architectures share. They differ in their generators.
struct PlainOptions {
    std::int64_t width = 64;
    BlockNorm norm = BlockNorm::Batch;
    bool spectralNorm = false;
    double dropout = 0;
    Comparison minibatch = Comparison::None;
    Shrinking shrinking = Shrinking::Strided;
};

template <typename Options>
void declarePlain(Schema<Options>& schema)
{
    schema.parameter("width", &PlainOptions::width,
        {.label = "Base width", .help = "Channels at the largest map; doubled at each halving", .min = 1, .max = 2048});
    schema.parameter("norm", &PlainOptions::norm,
        {.label = "Norm",
            .help = "Normalisation between the layers. Under a gradient penalty the discriminator wants layer norm, "
                    "instance norm or none",
            .choices = {
                {"batch", "Batch norm"}, {"layer", "Layer norm"}, {"instance", "Instance norm"}, {"none", "None"}}});
    schema.parameter("spectral_norm", &PlainOptions::spectralNorm,
        {.label = "Spectral norm", .help = "On every weight of this network"});
    schema.parameter("dropout", &PlainOptions::dropout,
        {.label = "Dropout", .help = "Share of the numbers dropped behind each hidden layer", .min = 0, .max = 0.95});
    schema.parameter("minibatch", &PlainOptions::minibatch,
        {.label = "Minibatch discrimination",
            .help = "Lets a discriminator compare the samples of a batch; a generator has none",
            .choices = {{"none", "None"}, {"map", "Map", "Pixel by pixel, at the smallest map"},
                {"tensor", "Learned tensor", "Of the flattened features"}}});
    schema.parameter("shrinking", &PlainOptions::shrinking,
        {.label = "Halving",
            .help = "How a discriminator halves its maps",
            .choices = {{"strided", "Strided convolution"}, {"average", "Convolution, average pool"}}});
}

/// Halvings of such a network: 28 → 7, 32 → 4, 64 → 4, 128 → 4.
Result<int> plainHalvings(const std::string& architecture, const Shape& image);

/// Norm and spectral norm of a hidden layer with a weight; a norm makes its bias idle.
Json hiddenWeights(const PlainOptions& options);
Json outputWeights(const PlainOptions& options);
/// "norm": ... for a layer's tail.
Json hiddenNorm(const PlainOptions& options);

/// Norm, activation and dropout behind a layer that has no tail.
void addHidden(LayerList& list, const PlainOptions& options, const char* activation);
void addDropout(LayerList& list, const PlainOptions& options);

/// Convolutions that halve the image down to 4 to 7 pixels, leaky ReLU of slope 0.2, then as many numbers as the fit
/// asks for. The first has no norm.
Result<Json> stridedDiscriminator(const std::string& architecture, const PlainOptions& options, const NetworkFit& fit);

} // namespace saddle
