// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/architectures/architectures.h"
#include "core/models/architectures/describe_architecture.h"
#include "core/models/architectures/strided.h"

namespace saddle {

namespace {

Result<Json> generator(const PlainOptions& o, const NetworkFit& fit)
{
    const Result<int> count = plainHalvings("DCGAN", fit.output);
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
        Json layer = with(halvingConv(channels), with(hiddenWeights(o), hiddenNorm(o)));
        list.add("conv_transpose", with(std::move(layer), {{"activation", "relu"}}));
        addDropout(list, o);
    }
    list.add("conv_transpose", with(halvingConv(fit.output[0]), with(outputWeights(o), {{"activation", "tanh"}})));
    return list.json();
}

} // namespace

ArchitectureInfo dcganArchitecture(const Registry<LayerInfo>& layers)
{
    return describeArchitecture<PlainOptions>("dcgan", "DCGAN")
        .help("Strided convolutions with batch norm, for square images of 28, 32, 64 or 128 pixels")
        .source("Radford, Metz & Chintala 2016, arXiv:1511.06434")
        .with(declarePlain<PlainOptions>)
        .build(layers, [](const PlainOptions& o, const NetworkFit& fit) -> Result<Json> {
            switch (taskOf(fit)) {
            case NetworkTask::Generate:
                return generator(o, fit);
            case NetworkTask::Judge:
                return stridedDiscriminator("DCGAN", o, fit);
            case NetworkTask::Rebuild:
                break;
            }
            return noAutoEncoder("DCGAN");
        });
}

} // namespace saddle
