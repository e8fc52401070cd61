// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/architectures/architectures.h"
#include "core/models/architectures/describe_architecture.h"
#include "core/models/architectures/layer_list.h"

namespace saddle {

namespace {

struct Cs231nOptions {
    std::int64_t width = 32;
};

constexpr std::int64_t hidden = 1024;

Status fits(const Shape& image)
{
    if (image.size() != 3 || image[1] % 4 != 0 || image[2] % 4 != 0 || image[1] < 16 || image[2] < 16) {
        return Error{"this pair needs images whose sides are multiples of 4 and at least 16 pixels, but the data are "
                + shapeText(image),
            "", "use images of 28, 32, 64 or 128 pixels"};
    }
    return {};
}

Result<Json> generator(const Cs231nOptions& o, const NetworkFit& fit)
{
    if (const Status status = fits(fit.output); !status)
        return status.error();
    const std::int64_t channels = 4 * o.width;
    const std::int64_t height = fit.output[1] / 4;
    const std::int64_t width = fit.output[2] / 4;
    const Json tail = {{"activation", "relu"}, {"norm", "batch"}, {"order", "activation_first"}};
    LayerList list(fit);
    list.add("linear", with(tail, {{"out", hidden}}));
    list.add("linear", with(tail, {{"out", channels * height * width}}));
    list.add("reshape", {{"shape", {channels, height, width}}});
    list.add("conv_transpose", with(halvingConv(channels / 2), tail));
    list.add("conv_transpose", with(halvingConv(fit.output[0]), {{"activation", "tanh"}}));
    return list.json();
}

Result<Json> discriminator(const Cs231nOptions& o, const NetworkFit& fit)
{
    if (const Status status = fits(fit.input); !status)
        return status.error();
    const Json leaky = {{"activation", "leaky_relu"}, {"slope", 0.01}};
    LayerList list(fit);
    for (const std::int64_t out : {o.width, 2 * o.width}) {
        list.add("conv", with(leaky, {{"out", out}, {"kernel", 5}, {"stride", 1}, {"padding", 0}}));
        list.add("max_pool", {{"size", 2}});
    }
    list.add("flatten");
    list.add("linear", with(leaky, {{"out", hidden}}));
    list.add("linear", {{"out", elementCount(fit.output)}});
    return list.json();
}

} // namespace

ArchitectureInfo cs231nArchitecture(const Registry<LayerInfo>& layers)
{
    return describeArchitecture<Cs231nOptions>("cs231n", "CS231n's pair")
        .help("The convolutional pair of a well-known course: max pooling, and batch norm behind ReLU. Small and quick")
        .source("Stanford CS231n, assignment on generative adversarial networks")
        .parameter("width", &Cs231nOptions::width,
            {.label = "Base width", .help = "Channels of the discriminator's first convolution", .min = 1, .max = 1024})
        .build(layers, [](const Cs231nOptions& o, const NetworkFit& fit) -> Result<Json> {
            switch (taskOf(fit)) {
            case NetworkTask::Generate:
                return generator(o, fit);
            case NetworkTask::Judge:
                return discriminator(o, fit);
            case NetworkTask::Rebuild:
                break;
            }
            return noAutoEncoder("CS231n's pair");
        });
}

} // namespace saddle
