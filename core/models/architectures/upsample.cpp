// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/architectures/architectures.h"
#include "core/models/architectures/describe_architecture.h"
#include "core/models/architectures/strided.h"

namespace saddle {

namespace {

struct UpsampleNetworkOptions : PlainOptions {
    UpsampleNetworkOptions() { width = 32; }
};

/// A latent vector, or a map of them, is enlarged and convolved: nothing is bound to a size, so that a larger map of
/// latents paints a larger image.
Result<Json> generator(const PlainOptions& o, const NetworkFit& fit)
{
    const Result<int> count = plainHalvings("this generator", fit.output);
    if (!count)
        return count.error();
    const bool map = fit.input.size() == 3;
    const std::int64_t start = fit.output[1] >> *count;
    const std::int64_t first = map ? start / fit.input[1] : start;
    if (map && (fit.input[1] != fit.input[2] || first * fit.input[1] != start)) {
        return Error{"a latent map of " + shapeText(fit.input) + " cannot grow to " + shapeText(fit.output), "",
            "use a square map whose side divides " + std::to_string(start)};
    }
    LayerList list(fit);
    if (!map)
        list.add("reshape", {{"shape", {fit.input[0] + fit.classes, 1, 1}}});
    for (int i = 0; i <= *count; ++i) {
        list.block(std::to_string(start << i) + " px");
        list.add("upsample", {{"factor", i == 0 ? first : 2}});
        Json layer = with(sameConv(o.width << (*count - i)), with(hiddenWeights(o), hiddenNorm(o)));
        list.add("conv", with(std::move(layer), {{"activation", "relu"}}));
        addDropout(list, o);
    }
    list.add("conv", with(sameConv(fit.output[0]), with(outputWeights(o), {{"activation", "tanh"}})));
    return list.json();
}

} // namespace

ArchitectureInfo upsampleArchitecture(const Registry<LayerInfo>& layers)
{
    using O = UpsampleNetworkOptions;
    return describeArchitecture<O>("upsample", "Upsampling")
        .help("The generator enlarges with nearest neighbours and convolves: no checkerboards, and with a larger "
              "latent map it paints larger images")
        .source("Odena, Dumoulin & Olah 2016, doi:10.23915/distill.00003")
        .with(declarePlain<O>)
        .build(layers, [](const O& o, const NetworkFit& fit) -> Result<Json> {
            switch (taskOf(fit)) {
            case NetworkTask::Generate:
                return generator(o, fit);
            case NetworkTask::Judge:
                return stridedDiscriminator("this discriminator", o, fit);
            case NetworkTask::Rebuild:
                break;
            }
            return noAutoEncoder("the upsampling pair");
        });
}

} // namespace saddle
