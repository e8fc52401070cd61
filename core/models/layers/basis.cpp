// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/layers/describe_layer.h"
#include "core/models/layers/layers.h"

namespace saddle {

namespace {

struct BasisOptions {
    std::int64_t out = 256;
    std::int64_t size = 4;
};

/// y[c] = B[c] (W x)[c]: each channel is a learned image B[c], size × size, times one number. W starts from
/// N(0, 1 / fan-in), B from N(0, 1).
class Basis : public Layer {
public:
    Basis(const BasisOptions& options, std::int64_t in)
    {
        addParameter("weight", {options.out, in}, {Role::Weight, in, Draw::FanIn});
        addParameter("basis", {options.out, options.size, options.size}, {Role::Weight, 1, Draw::Standard});
    }

    torch::Tensor forward(const std::vector<torch::Tensor>& inputs, const Pass&) override
    {
        const torch::Tensor factors = at::linear(inputs.front(), parameter(0));
        return inFormat(factors.unsqueeze(-1).unsqueeze(-1) * parameter(1), memoryFormat());
    }
};

} // namespace

LayerInfo basisLayer()
{
    using O = BasisOptions;
    return describeLayer<O>("basis", "Learned basis")
        .help("A list of numbers becomes a small map: each channel is a learned image times a weighted sum")
        .source("Huang et al. 2024, arXiv:2501.05441")
        .parameter("out", &O::out, {.label = "Channels", .help = "Feature maps it gives", .min = 1, .max = 65536})
        .parameter("size", &O::size, {.label = "Side", .help = "Of the map", .unit = "px", .min = 1, .max = 64})
        .build(
            [](const O& o) {
                const std::string size = std::to_string(o.size);
                return "basis " + size + "×" + size + " → " + std::to_string(o.out);
            },
            [](const O& o, const std::vector<Shape>& in) -> Result<LayerShape> {
                if (in[0].size() != 1) {
                    return Error{"a basis takes a list of numbers, but its input is " + shapeText(in[0]), "",
                        "put a flatten layer before it"};
                }
                const std::int64_t image = o.out * o.size * o.size;
                return LayerShape{{o.out, o.size, o.size}, in[0][0] * o.out + image, 2 * in[0][0] * o.out + image};
            },
            [](const O& o, const std::vector<Shape>& in) { return std::make_unique<Basis>(o, in[0][0]); });
}

} // namespace saddle
