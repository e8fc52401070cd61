// SPDX-License-Identifier: GPL-3.0-or-later
// Layers without weights that change shapes or join branches.
#include "core/models/layers/describe_layer.h"
#include "core/models/layers/function_layer.h"
#include "core/models/layers/layers.h"

#include <numeric>

namespace saddle {

namespace {

class Reshape : public Layer {
public:
    explicit Reshape(const Shape& shape)
        : m_image(shape.size() == 3)
        , m_point(m_image && shape[1] == 1 && shape[2] == 1 ? shape[0] : 0)
    {
        m_sizes.insert(m_sizes.end(), shape.begin(), shape.end());
    }

    torch::Tensor forward(const std::vector<torch::Tensor>& inputs, const Pass&) override
    {
        // A vector that is to be a map of one pixel may be given as a larger map, to paint a larger image.
        if (m_point > 0 && inputs.front().dim() == 4 && inputs.front().size(1) == m_point)
            return inFormat(inputs.front(), memoryFormat());
        const torch::Tensor shaped = inputs.front().reshape(m_sizes);
        return m_image ? inFormat(shaped, memoryFormat()) : shaped;
    }

private:
    std::vector<std::int64_t> m_sizes{-1};
    bool m_image;
    std::int64_t m_point; ///< channels where the shape is a map of one pixel, else 0
};

class Flatten : public Layer {
public:
    torch::Tensor forward(const std::vector<torch::Tensor>& inputs, const Pass&) override
    {
        const torch::Tensor& input = inputs.front();
        const torch::Tensor flat = input.flatten(1);
        const auto format = memoryFormat();
        if (input.dim() == 4 && format != torch::MemoryFormat::Contiguous && flat.requires_grad()) {
            // The gradient comes back as a list and must become an image in the order of all others.
            input.register_hook([format](const torch::Tensor& gradient) { return gradient.contiguous(format); });
        }
        return flat;
    }
};

struct ReshapeOptions {
    Shape shape{64, 7, 7};
};

} // namespace

LayerInfo reshapeLayer()
{
    return describeLayer<ReshapeOptions>("reshape", "Reshape")
        .help("Arranges the same numbers in another shape")
        .parameter(
            "shape", &ReshapeOptions::shape, {.label = "Shape", .help = "Channels x height x width, such as 128x7x7"})
        .build([](const ReshapeOptions& o) { return "reshape " + shapeText(o.shape); },
            [](const ReshapeOptions& o, const std::vector<Shape>& in) -> Result<LayerShape> {
                // A product of large sizes may pass 64 bits: each factor is held against what is left.
                std::int64_t left = elementCount(in[0]);
                for (const std::int64_t size : o.shape)
                    left = left % size == 0 ? left / size : 0;
                if (left != 1) {
                    return Error{"the shape is " + shapeText(o.shape) + ", but the input has "
                            + std::to_string(elementCount(in[0])),
                        "", "make the two agree"};
                }
                return LayerShape{o.shape, 0, 0};
            },
            [](const ReshapeOptions& o, const std::vector<Shape>&) { return std::make_unique<Reshape>(o.shape); });
}

LayerInfo flattenLayer()
{
    return describeLayer<NoOptions>("flatten", "Flatten")
        .help("Arranges an image's numbers in one list")
        .build([](const NoOptions&) { return std::string("flatten"); },
            [](const NoOptions&, const std::vector<Shape>& in) -> Result<LayerShape> {
                return LayerShape{{elementCount(in[0])}, 0, 0};
            },
            [](const NoOptions&, const std::vector<Shape>&) { return std::make_unique<Flatten>(); });
}

LayerInfo addLayer()
{
    return describeLayer<NoOptions>("add", "Add")
        .help("The sum of two or more layers of one shape")
        .inputs(2, 16)
        .build([](const NoOptions&) { return std::string("add"); },
            [](const NoOptions&, const std::vector<Shape>& in) -> Result<LayerShape> {
                for (const Shape& shape : in) {
                    if (shape != in[0])
                        return Error{"its inputs are " + shapeText(in[0]) + " and " + shapeText(shape), "",
                            "make their shapes the same"};
                }
                LayerShape shape{in[0], 0, elementCount(in[0]) * static_cast<std::int64_t>(in.size() - 1)};
                shape.spread = Spread{};
                return shape;
            },
            [](const NoOptions&, const std::vector<Shape>&) {
                return std::make_unique<FunctionLayer>([](const std::vector<torch::Tensor>& in) {
                    return std::accumulate(in.begin() + 1, in.end(), in.front());
                });
            });
}

LayerInfo concatLayer()
{
    return describeLayer<NoOptions>("concat", "Join")
        .help("Two or more layers side by side, along their first axis")
        .inputs(2, 16)
        .build([](const NoOptions&) { return std::string("join"); },
            [](const NoOptions&, const std::vector<Shape>& in) -> Result<LayerShape> {
                Shape out = in[0];
                for (std::size_t i = 1; i < in.size(); ++i) {
                    if (in[i].size() != out.size() || !std::equal(out.begin() + 1, out.end(), in[i].begin() + 1)) {
                        return Error{"its inputs are " + shapeText(in[0]) + " and " + shapeText(in[i]), "",
                            "make them the same but for the first size"};
                    }
                    out[0] += in[i][0];
                }
                LayerShape shape{out, 0, 0};
                shape.spread = Spread{};
                return shape;
            },
            [](const NoOptions&, const std::vector<Shape>&) {
                return std::make_unique<FunctionLayer>(
                    [](const std::vector<torch::Tensor>& in) { return at::cat(in, 1); });
            });
}

LayerInfo labelMapLayer()
{
    return describeLayer<NoOptions>("label_map", "Label map")
        .help("Joins one map for each number of its second input, the label, to the image that is its first")
        .inputs(2, 2)
        .takesLabel()
        .build([](const NoOptions&) { return std::string("join label maps"); },
            [](const NoOptions&, const std::vector<Shape>& in) -> Result<LayerShape> {
                if (in[0].size() != 3 || in[1].size() != 1) {
                    return Error{"its inputs are " + shapeText(in[0]) + " and " + shapeText(in[1]), "",
                        "give it an image first, then a list of numbers such as “label”"};
                }
                return LayerShape{{in[0][0] + in[1][0], in[0][1], in[0][2]}, 0, 0};
            },
            [](const NoOptions&, const std::vector<Shape>&) {
                return std::make_unique<FunctionLayer>([](const std::vector<torch::Tensor>& in) {
                    const torch::Tensor maps = in[1].to(in[0].scalar_type()).unsqueeze(-1).unsqueeze(-1);
                    return at::cat({in[0], maps.expand({-1, -1, in[0].size(2), in[0].size(3)})}, 1);
                });
            });
}

} // namespace saddle
