// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/architectures/architectures.h"
#include "core/models/architectures/describe_architecture.h"
#include "core/models/architectures/strided.h"

namespace saddle {

namespace {

/// As DCGAN's, but a doubling is a convolution to four times the channels, whose groups of four become blocks of
/// pixels.
Result<Json> generator(const PlainOptions& o, const NetworkFit& fit)
{
    const Result<int> count = plainHalvings("this generator", fit.output);
    if (!count)
        return count.error();
    const std::int64_t side = fit.output[1] >> *count;
    std::int64_t channels = o.width << (*count - 1);
    LayerList list(fit);
    list.add("linear", with(hiddenWeights(o), {{"out", channels * side * side}}));
    list.add("reshape", {{"shape", {channels, side, side}}});
    addHidden(list, o, "relu");
    for (int i = 1; i < *count; ++i) {
        channels /= 2;
        list.block(std::to_string(side << i) + " px");
        list.add("conv", with(sameConv(4 * channels), hiddenWeights(o)));
        list.add("pixel_shuffle", {{"factor", 2}});
        addHidden(list, o, "relu");
    }
    list.block(std::to_string(fit.output[1]) + " px");
    list.add("conv", with(sameConv(4 * fit.output[0]), with(outputWeights(o), {{"activation", "tanh"}})));
    list.add("pixel_shuffle", {{"factor", 2}});
    return list.json();
}

} // namespace

ArchitectureInfo subpixelArchitecture(const Registry<LayerInfo>& layers)
{
    return describeArchitecture<PlainOptions>("subpixel", "Sub-pixel")
        .help("The generator doubles its maps by turning groups of channels into blocks of pixels")
        .source("Shi et al. 2016, arXiv:1609.05158")
        .with(declarePlain<PlainOptions>)
        .build(layers, [](const PlainOptions& o, const NetworkFit& fit) -> Result<Json> {
            switch (taskOf(fit)) {
            case NetworkTask::Generate:
                return generator(o, fit);
            case NetworkTask::Judge:
                return stridedDiscriminator("this discriminator", o, fit);
            case NetworkTask::Rebuild:
                break;
            }
            return noAutoEncoder("the sub-pixel pair");
        });
}

} // namespace saddle
