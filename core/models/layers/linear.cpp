// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/layers/describe_layer.h"
#include "core/models/layers/layers.h"
#include "core/models/layers/weights.h"

namespace saddle {

namespace {

struct LinearOptions : WeightOptions {
    std::int64_t out = 64;
    bool bias = true;
};

/// y = x Wᵀ + b over the last axis; W is out × in.
class Linear : public WeightedLayer {
public:
    Linear(const LinearOptions& options, const Shape& input)
    {
        addWeights(options, {options.out, input.back()}, 0, input.back(), options.bias);
        addTail(options, {options.out});
    }

protected:
    torch::Tensor body(const torch::Tensor& input, const Pass& pass) override
    {
        return at::linear(input, weight(pass), bias());
    }
};

} // namespace

LayerInfo linearLayer()
{
    return describeLayer<LinearOptions>("linear", "Linear")
        .help("Every output is a weighted sum of all inputs")
        .parameter(
            "out", &LinearOptions::out, {.label = "Outputs", .help = "Numbers it gives", .min = 1, .max = 1 << 20})
        .parameter("bias", &LinearOptions::bias, {.label = "Bias", .help = "Adds a learned constant to each output"})
        .with(declareWeights<LinearOptions>)
        .with(declareTail<LinearOptions>)
        .build([](const LinearOptions& o) { return "linear " + std::to_string(o.out) + weightTitle(o); },
            [](const LinearOptions& o, const std::vector<Shape>& in) -> Result<LayerShape> {
                if (in[0].size() != 1) {
                    return Error{"a linear layer takes a list of numbers, but its input is " + shapeText(in[0]), "",
                        "put a flatten layer before it"};
                }
                const std::int64_t weights = in[0][0] * o.out;
                return withWeights({{o.out}, weights + (o.bias ? o.out : 0), 2 * weights}, o);
            },
            [](const LinearOptions& o, const std::vector<Shape>& in) { return std::make_unique<Linear>(o, in[0]); });
}

} // namespace saddle
