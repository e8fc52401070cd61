// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/layers/describe_layer.h"
#include "core/models/layers/layers.h"

#include <algorithm>

namespace saddle {

namespace {

struct DropoutOptions {
    double probability = 0.5;
    bool perChannel = false;
};

/// y = x m / (1 - p), where m is 1 with probability 1 - p and else 0, drawn for each number or for each channel of each
/// sample. Only while training: y = x otherwise, and where the pass brings no draws.
class Dropout : public Layer {
public:
    explicit Dropout(const DropoutOptions& options)
        : m_options(options)
    {
    }

    torch::Tensor forward(const std::vector<torch::Tensor>& inputs, const Pass& pass) override
    {
        const torch::Tensor& input = inputs.front();
        if (!pass.training() || !pass.draws || m_options.probability == 0)
            return input;
        std::vector<std::int64_t> sizes = input.sizes().vec();
        if (m_options.perChannel)
            std::fill(sizes.begin() + 2, sizes.end(), 1);
        const torch::Tensor kept = pass.draws->uniform(pass.layer, sizes).ge(m_options.probability);
        return input * kept.to(input.scalar_type()).mul_(1 / (1 - m_options.probability));
    }

private:
    DropoutOptions m_options;
};

} // namespace

LayerInfo dropoutLayer()
{
    using O = DropoutOptions;
    return describeLayer<O>("dropout", "Dropout")
        .help("Sets numbers to zero at random while training")
        .source("Srivastava et al. 2014; whole channels: Tompson et al. 2015, arXiv:1411.4280")
        .parameter("probability", &O::probability,
            {.label = "Probability", .help = "Share of the numbers that is dropped", .min = 0, .max = 0.99})
        .parameter("per_channel", &O::perChannel,
            {.label = "Whole channels", .help = "Drops a channel of a sample as a whole"})
        .build(
            [](const O& o) {
                return "dropout " + std::to_string(static_cast<int>(o.probability * 100 + 0.5)) + " %"
                    + (o.perChannel ? " of channels" : "");
            },
            [](const O& o, const std::vector<Shape>& in) -> Result<LayerShape> {
                if (o.perChannel && in[0].size() < 2) {
                    return Error{"the input is " + shapeText(in[0]) + ", which has no channels", "",
                        "drop single numbers instead"};
                }
                LayerShape shape{in[0], 0, elementCount(in[0])};
                shape.spread = Spread{};
                return shape;
            },
            [](const O& o, const std::vector<Shape>&) { return std::make_unique<Dropout>(o); });
}

} // namespace saddle
