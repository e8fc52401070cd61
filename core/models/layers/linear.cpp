// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/layers/describe_layer.h"
#include "core/models/layers/layers.h"
#include "core/models/layers/tail.h"

namespace saddle {

namespace {

struct LinearOptions : TailOptions {
    std::int64_t out = 64;
    bool bias = true;
};

/// y = x Wᵀ + b over the last axis; W is out × in.
class Linear : public TailedLayer {
public:
    Linear(const LinearOptions& options, const Shape& input)
        : m_bias(options.bias)
    {
        addParameter("weight", {options.out, input.back()}, {Role::Weight, input.back()});
        if (m_bias)
            addParameter("bias", {options.out}, {Role::Bias, input.back()});
        addTail(options, {options.out});
    }

protected:
    torch::Tensor body(const torch::Tensor& input) override
    {
        return at::linear(input, parameter(0), m_bias ? parameter(1) : torch::Tensor());
    }

private:
    bool m_bias;
};

} // namespace

LayerInfo linearLayer()
{
    return describeLayer<LinearOptions>("linear", "Linear")
        .help("Every output is a weighted sum of all inputs")
        .parameter(
            "out", &LinearOptions::out, {.label = "Outputs", .help = "Numbers it gives", .min = 1, .max = 1 << 20})
        .parameter("bias", &LinearOptions::bias, {.label = "Bias", .help = "Adds a learned constant to each output"})
        .with(declareTail<LinearOptions>)
        .build([](const LinearOptions& o) { return "linear " + std::to_string(o.out) + tailTitle(o); },
            [](const LinearOptions& o, const std::vector<Shape>& in) -> Result<LayerShape> {
                if (in[0].size() != 1) {
                    return Error{"a linear layer takes a list of numbers, but its input is " + shapeText(in[0]), "",
                        "put a flatten layer before it"};
                }
                const std::int64_t weights = in[0][0] * o.out;
                return withTail({{o.out}, weights + (o.bias ? o.out : 0), 2 * weights}, o);
            },
            [](const LinearOptions& o, const std::vector<Shape>& in) { return std::make_unique<Linear>(o, in[0]); });
}

} // namespace saddle
