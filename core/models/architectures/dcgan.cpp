// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/architectures/architectures.h"
#include "core/models/architectures/describe_architecture.h"

namespace saddle {

namespace {

struct DcganOptions {
    std::int64_t width = 64;
};

/// Halvings from the image's side down to the smallest map: 28 → 7, 32 → 4, 64 → 4, 128 → 4.
Result<int> halvings(const Shape& image)
{
    if (image.size() != 3 || image[1] != image[2])
        return Error{
            "DCGAN needs square images, but the data are " + shapeText(image), "", "choose the MLP for points"};
    std::int64_t side = image[1];
    int count = 0;
    while (side % 2 == 0 && side > 7) {
        side /= 2;
        ++count;
    }
    if (count < 1 || side < 3) {
        return Error{
            "DCGAN halves the image down to 4 to 7 pixels, which " + std::to_string(image[1]) + " pixels do not allow",
            "", "use images of 28, 32, 64 or 128 pixels"};
    }
    return count;
}

Result<Json> generator(const DcganOptions& o, const NetworkFit& fit)
{
    const Result<int> count = halvings(fit.output);
    if (!count)
        return count.error();
    const std::int64_t side = fit.output[1] >> *count;
    std::int64_t channels = o.width << (*count - 1);
    Json layers = Json::array();
    layers.push_back({{"kind", "linear"}, {"out", channels * side * side}, {"bias", false}});
    layers.push_back({{"kind", "reshape"}, {"shape", {channels, side, side}}});
    layers.push_back({{"kind", "norm"}, {"norm", "batch"}, {"activation", "relu"}});
    for (int i = 1; i < *count; ++i) {
        channels /= 2;
        layers.push_back({{"kind", "conv_transpose"}, {"out", channels}, {"kernel", 4}, {"stride", 2}, {"padding", 1},
            {"bias", false}, {"norm", "batch"}, {"activation", "relu"}});
    }
    layers.push_back({{"kind", "conv_transpose"}, {"out", fit.output[0]}, {"kernel", 4}, {"stride", 2}, {"padding", 1},
        {"activation", "tanh"}});
    return layers;
}

Result<Json> discriminator(const DcganOptions& o, const NetworkFit& fit)
{
    const Result<int> count = halvings(fit.input);
    if (!count)
        return count.error();
    Json layers = Json::array();
    for (int i = 0; i < *count; ++i) {
        Json layer = {{"kind", "conv"}, {"out", o.width << i}, {"kernel", 4}, {"stride", 2}, {"padding", 1}};
        if (i > 0)
            layer.update({{"bias", false}, {"norm", "batch"}});
        layer["activation"] = "leaky_relu";
        layers.push_back(std::move(layer));
    }
    layers.push_back({{"kind", "flatten"}});
    layers.push_back({{"kind", "linear"}, {"out", elementCount(fit.output)}});
    return layers;
}

} // namespace

ArchitectureInfo dcganArchitecture(const Registry<LayerInfo>& layers)
{
    return describeArchitecture<DcganOptions>("dcgan", "DCGAN")
        .help("Strided convolutions with batch norm, for square images of 28, 32, 64 or 128 pixels")
        .source("Radford, Metz & Chintala 2016, arXiv:1511.06434")
        .parameter("width", &DcganOptions::width,
            {.label = "Base width",
                .help = "Channels at the largest map; doubled at each halving",
                .min = 1,
                .max = 2048})
        .build(layers, [](const DcganOptions& o, const NetworkFit& fit) {
            return fit.role == "generator" ? generator(o, fit) : discriminator(o, fit);
        });
}

} // namespace saddle
