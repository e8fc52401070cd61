// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/architectures/architectures.h"
#include "core/models/architectures/describe_architecture.h"
#include "core/models/architectures/layer_list.h"

namespace saddle {

namespace {

struct EbganOptions {
    std::int64_t width = 64;
    std::int64_t code = 0;
    bool batchNorm = true;
};

Json hidden(const EbganOptions& o, const char* activation)
{
    return {{"bias", !o.batchNorm}, {"norm", o.batchNorm ? "batch" : "none"}, {"activation", activation}};
}

/// Transposed convolutions from the smallest map, which the list ends in, to the image.
void addDecoder(LayerList& list, const EbganOptions& o, int count, const Shape& image, const char* activation)
{
    for (int i = count - 1; i > 0; --i)
        list.add("conv_transpose", with(halvingConv(o.width << (i - 1)), hidden(o, activation)));
    list.add("conv_transpose", with(halvingConv(image[0]), {{"activation", "tanh"}}));
}

void addEncoder(LayerList& list, const EbganOptions& o, int count)
{
    for (int i = 0; i < count; ++i) {
        const Json tail = i == 0 ? Json{{"activation", "leaky_relu"}} : hidden(o, "leaky_relu");
        list.add("conv", with(halvingConv(o.width << i), tail));
    }
}

Result<Json> layersOf(const EbganOptions& o, const NetworkFit& fit)
{
    const NetworkTask task = taskOf(fit);
    const Shape& image = task == NetworkTask::Generate ? fit.output : fit.input;
    const Result<int> count = halvings("EBGAN", image, 8);
    if (!count)
        return count.error();
    const std::int64_t side = image[1] >> *count;
    const std::int64_t channels = o.width << (*count - 1);
    LayerList list(fit);
    if (task == NetworkTask::Generate) {
        list.add("linear", {{"out", channels * side * side}, {"bias", !o.batchNorm}});
        list.add("reshape", {{"shape", {channels, side, side}}});
        list.add("norm", {{"norm", o.batchNorm ? "batch" : "none"}, {"activation", "relu"}});
        addDecoder(list, o, *count, image, "relu");
        return list.json();
    }
    list.block("encoder");
    addEncoder(list, o, *count);
    if (task == NetworkTask::Judge) {
        list.block("").add("flatten").add("linear", {{"out", elementCount(fit.output)}});
        return list.json();
    }
    if (o.code == 0) {
        list.called("code");
    } else {
        list.block("code").add("flatten").add("linear", {{"out", o.code}}).called("code");
        list.add("linear", {{"out", channels * side * side}, {"activation", "leaky_relu"}});
        list.add("reshape", {{"shape", {channels, side, side}}});
    }
    list.block("decoder");
    addDecoder(list, o, *count, image, "leaky_relu");
    return list.json();
}

} // namespace

ArchitectureInfo ebganArchitecture(const Registry<LayerInfo>& layers)
{
    using O = EbganOptions;
    return describeArchitecture<O>("ebgan", "EBGAN")
        .help("The discriminator is a convolutional auto-encoder. Square images of 28, 32, 64 or 128 pixels; with an "
              "objective that wants numbers, its encoder gives them")
        .source("Zhao, Mathieu & LeCun 2017, arXiv:1609.03126")
        .parameter("width", &O::width,
            {.label = "Base width",
                .help = "Channels at the largest map; doubled at each halving",
                .min = 1,
                .max = 2048})
        .parameter("code", &O::code,
            {.label = "Code",
                .help = "Numbers in the middle of the auto-encoder; 0 leaves the smallest map as it is, as published",
                .min = 0,
                .max = 65536})
        .parameter("batch_norm", &O::batchNorm, {.label = "Batch norm", .help = "Between the layers"})
        .build(layers, layersOf);
}

} // namespace saddle
