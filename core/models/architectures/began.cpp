// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/architectures/architectures.h"
#include "core/models/architectures/describe_architecture.h"
#include "core/models/architectures/layer_list.h"

namespace saddle {

namespace {

struct BeganOptions {
    std::int64_t filters = 64;
    std::int64_t code = 64;
};

void addElu(LayerList& list, Json convolution)
{
    list.add("conv", with(std::move(convolution), {{"activation", "elu"}}));
}

/// Numbers to an image: n channels everywhere, two convolutions at each size, nearest neighbours between them.
void addDecoder(LayerList& list, const BeganOptions& o, int count, const Shape& image)
{
    const std::int64_t side = image[1] >> count;
    list.block("decoder " + std::to_string(side) + " px");
    list.add("linear", {{"out", o.filters * side * side}});
    list.add("reshape", {{"shape", {o.filters, side, side}}});
    for (int i = 0; i <= count; ++i) {
        if (i > 0) {
            list.block("decoder " + std::to_string(side << i) + " px");
            list.add("upsample", {{"factor", 2}});
        }
        addElu(list, sameConv(o.filters));
        addElu(list, sameConv(o.filters));
    }
    list.add("conv", sameConv(image[0]));
}

/// Channels grow by n at each halving.
void addEncoder(LayerList& list, const BeganOptions& o, int count, std::int64_t side)
{
    list.block("encoder " + std::to_string(side) + " px");
    addElu(list, sameConv(o.filters));
    for (int i = 0; i <= count; ++i) {
        if (i > 0)
            list.block("encoder " + std::to_string(side >> i) + " px");
        addElu(list, sameConv(o.filters * (i + 1)));
        addElu(list, sameConv(o.filters * (i + 1)));
        if (i < count)
            addElu(list, {{"out", o.filters * (i + 2)}, {"kernel", 3}, {"stride", 2}, {"padding", 1}});
    }
    list.block("").add("flatten");
}

Result<Json> layersOf(const BeganOptions& o, const NetworkFit& fit)
{
    const NetworkTask task = taskOf(fit);
    const Shape& image = task == NetworkTask::Generate ? fit.output : fit.input;
    const Result<int> count = halvings("BEGAN", image, 8);
    if (!count)
        return count.error();
    LayerList list(fit);
    if (task == NetworkTask::Generate) {
        addDecoder(list, o, *count, image);
        return list.json();
    }
    addEncoder(list, o, *count, image[1]);
    if (task == NetworkTask::Judge) {
        list.add("linear", {{"out", elementCount(fit.output)}});
        return list.json();
    }
    list.add("linear", {{"out", o.code}}).called("code");
    addDecoder(list, o, *count, image);
    return list.json();
}

} // namespace

ArchitectureInfo beganArchitecture(const Registry<LayerInfo>& layers)
{
    using O = BeganOptions;
    return describeArchitecture<O>("began", "BEGAN")
        .help(
            "The discriminator is an auto-encoder with ELU, and the generator is built like its decoder. Without skip "
            "connections. With an objective that wants numbers, the encoder gives them")
        .source("Berthelot, Schumm & Metz 2017, arXiv:1703.10717")
        .parameter("width", &O::filters,
            {.label = "Filters n",
                .help = "Channels of the decoder; the encoder gains as many at each halving",
                .min = 1,
                .max = 2048})
        .parameter("code", &O::code,
            {.label = "Code h", .help = "Numbers in the middle of the auto-encoder", .min = 1, .max = 65536})
        .build(layers, layersOf);
}

} // namespace saddle
