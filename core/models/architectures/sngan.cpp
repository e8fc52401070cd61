// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/architectures/architectures.h"
#include "core/models/architectures/describe_architecture.h"
#include "core/models/architectures/layer_list.h"

namespace saddle {

namespace {

struct SnganOptions {
    std::int64_t width = 64;
    bool spectralNorm = true;
};

/// Three halvings as published for 32 and 48 pixels; larger images take more, down to 8 pixels.
Result<int> published(const Shape& image)
{
    Result<int> count = halvings("SN-GAN", image, 7);
    while (count && *count > 3 && image[1] >> *count < 8)
        --*count;
    return count;
}

Result<Json> generator(const SnganOptions& o, const NetworkFit& fit)
{
    const Result<int> count = published(fit.output);
    if (!count)
        return count.error();
    const std::int64_t side = fit.output[1] >> *count;
    std::int64_t channels = o.width << *count;
    const Json hidden = {{"norm", "batch"}, {"activation", "relu"}};
    LayerList list(fit);
    list.add("linear", {{"out", channels * side * side}});
    list.add("reshape", {{"shape", {channels, side, side}}});
    for (int i = 0; i < *count; ++i) {
        channels /= 2;
        list.add("conv_transpose", with(halvingConv(channels), hidden));
    }
    list.add("conv", with(sameConv(fit.output[0]), {{"activation", "tanh"}}));
    return list.json();
}

Result<Json> discriminator(const SnganOptions& o, const NetworkFit& fit)
{
    const Result<int> count = published(fit.input);
    if (!count)
        return count.error();
    const Json weights = {{"spectral_norm", o.spectralNorm}};
    const Json hidden = with(weights, {{"activation", "leaky_relu"}, {"slope", 0.1}});
    LayerList list(fit);
    for (int i = 0; i < *count; ++i) {
        list.add("conv", with(sameConv(o.width << i), hidden));
        list.add("conv", with(halvingConv(o.width << i), hidden));
    }
    list.add("conv", with(sameConv(o.width << *count), hidden));
    list.add("flatten");
    list.add("linear", with(weights, {{"out", elementCount(fit.output)}}));
    return list.json();
}

} // namespace

ArchitectureInfo snganArchitecture(const Registry<LayerInfo>& layers)
{
    using O = SnganOptions;
    return describeArchitecture<O>("sngan", "SN-GAN")
        .help("The plain network of spectral normalisation: batch norm in the generator alone. For square images, "
              "published for 32 and 48 pixels")
        .source("Miyato et al. 2018, arXiv:1802.05957, table 3")
        .parameter("width", &O::width,
            {.label = "Base width",
                .help = "Channels at the largest map; doubled at each halving",
                .min = 1,
                .max = 2048})
        .parameter("spectral_norm", &O::spectralNorm,
            {.label = "Spectral norm", .help = "On every weight of the discriminator; the generator has none"})
        .build(layers, [](const O& o, const NetworkFit& fit) -> Result<Json> {
            switch (taskOf(fit)) {
            case NetworkTask::Generate:
                return generator(o, fit);
            case NetworkTask::Judge:
                return discriminator(o, fit);
            case NetworkTask::Rebuild:
                break;
            }
            return noAutoEncoder("SN-GAN");
        });
}

} // namespace saddle
