// SPDX-License-Identifier: GPL-3.0-or-later
// Layers without weights that change shapes or join branches, and the tail as a layer of its own.
#include "core/models/layers/describe_layer.h"
#include "core/models/layers/layers.h"
#include "core/models/layers/tail.h"

#include <numeric>

namespace saddle {

namespace {

/// A layer that is one function of its inputs.
class FunctionLayer : public Layer {
public:
    using Function = std::function<torch::Tensor(const std::vector<torch::Tensor>&)>;
    explicit FunctionLayer(Function function)
        : m_function(std::move(function))
    {
    }
    torch::Tensor forward(const std::vector<torch::Tensor>& inputs, const Pass&) override { return m_function(inputs); }

private:
    Function m_function;
};

class Reshape : public Layer {
public:
    explicit Reshape(const Shape& shape)
        : m_image(shape.size() == 3)
    {
        m_sizes.insert(m_sizes.end(), shape.begin(), shape.end());
    }

    torch::Tensor forward(const std::vector<torch::Tensor>& inputs, const Pass&) override
    {
        const torch::Tensor shaped = inputs.front().reshape(m_sizes);
        return m_image ? inFormat(shaped, memoryFormat()) : shaped;
    }

private:
    std::vector<std::int64_t> m_sizes{-1};
    bool m_image;
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

class Tail : public TailedLayer {
public:
    Tail(const TailOptions& options, const Shape& shape) { addTail(options, shape); }

protected:
    torch::Tensor body(const torch::Tensor& input) override { return input; }
};

struct NoOptions { };

struct ReshapeOptions {
    Shape shape{64, 7, 7};
};

struct NormOptions : TailOptions {
    NormOptions() { norm = Norm::Batch; }
};

struct ActivationOptions : TailOptions {
    ActivationOptions() { activation = Activation::Relu; }
};

enum class Upsampling { Nearest, Bilinear };

struct UpsampleOptions {
    std::int64_t factor = 2;
    Upsampling mode = Upsampling::Nearest;
};

struct AveragePoolOptions {
    std::int64_t size = 2;
};

Result<LayerShape> needImage(const Shape& in, const char* layer)
{
    if (in.size() == 3)
        return LayerShape{in, 0, 0};
    return Error{
        std::string(layer) + " takes an image, but its input is " + shapeText(in), "", "put a reshape layer before it"};
}

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

LayerInfo normLayer()
{
    return describeLayer<NormOptions>("norm", "Norm")
        .help("A normalisation, then an activation")
        .with(declareTail<NormOptions>)
        .build([](const NormOptions& o) { return tailTitle(o).empty() ? "nothing" : tailTitle(o).substr(3); },
            [](const NormOptions& o, const std::vector<Shape>& in) {
                return withTail({in[0], 0, 0}, o);
            },
            [](const NormOptions& o, const std::vector<Shape>& in) { return std::make_unique<Tail>(o, in[0]); });
}

LayerInfo activationLayer()
{
    return describeLayer<ActivationOptions>("activation", "Activation")
        .help("A non-linearity")
        .parameter("activation", &TailOptions::activation, activationTraits())
        .parameter("slope", &TailOptions::slope, slopeTraits())
        .build([](const ActivationOptions& o) { return tailTitle(o).empty() ? "nothing" : tailTitle(o).substr(3); },
            [](const ActivationOptions& o, const std::vector<Shape>& in) {
                return withTail({in[0], 0, 0}, o);
            },
            [](const ActivationOptions& o, const std::vector<Shape>& in) { return std::make_unique<Tail>(o, in[0]); });
}

LayerInfo upsampleLayer()
{
    return describeLayer<UpsampleOptions>("upsample", "Upsample")
        .help("Enlarges the image without weights")
        .parameter("factor", &UpsampleOptions::factor,
            {.label = "Factor", .help = "How many times larger", .min = 1, .max = 32})
        .parameter("mode", &UpsampleOptions::mode,
            {.label = "Between pixels", .choices = {{"nearest", "Nearest"}, {"bilinear", "Bilinear"}}})
        .build([](const UpsampleOptions& o) { return "upsample ×" + std::to_string(o.factor); },
            [](const UpsampleOptions& o, const std::vector<Shape>& in) -> Result<LayerShape> {
                Result<LayerShape> shape = needImage(in[0], "upsampling");
                if (shape) {
                    shape->output[1] *= o.factor;
                    shape->output[2] *= o.factor;
                }
                return shape;
            },
            [](const UpsampleOptions& o, const std::vector<Shape>& in) {
                const std::vector<std::int64_t> size{in[0][1] * o.factor, in[0][2] * o.factor};
                const bool nearest = o.mode == Upsampling::Nearest;
                return std::make_unique<FunctionLayer>([size, nearest](const std::vector<torch::Tensor>& x) {
                    return nearest ? at::upsample_nearest2d(x[0], size) : at::upsample_bilinear2d(x[0], size, false);
                });
            });
}

LayerInfo averagePoolLayer()
{
    return describeLayer<AveragePoolOptions>("average_pool", "Average pool")
        .help("Each block of pixels becomes its mean")
        .parameter("size", &AveragePoolOptions::size,
            {.label = "Block", .help = "Side of a block", .unit = "px", .min = 1, .max = 64})
        .build([](const AveragePoolOptions& o) { return "average /" + std::to_string(o.size); },
            [](const AveragePoolOptions& o, const std::vector<Shape>& in) -> Result<LayerShape> {
                Result<LayerShape> shape = needImage(in[0], "pooling");
                if (!shape)
                    return shape;
                for (const std::size_t axis : {1, 2}) {
                    shape->output[axis] /= o.size;
                    if (shape->output[axis] < 1)
                        return Error{
                            "the block is larger than the input of " + shapeText(in[0]), "", "use a smaller block"};
                }
                shape->flops = elementCount(in[0]);
                return shape;
            },
            [](const AveragePoolOptions& o, const std::vector<Shape>&) {
                return std::make_unique<FunctionLayer>([size = o.size](const std::vector<torch::Tensor>& in) {
                    return at::avg_pool2d(in[0], {size, size});
                });
            });
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
                return LayerShape{in[0], 0, elementCount(in[0]) * static_cast<std::int64_t>(in.size() - 1)};
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
                return LayerShape{out, 0, 0};
            },
            [](const NoOptions&, const std::vector<Shape>&) {
                return std::make_unique<FunctionLayer>(
                    [](const std::vector<torch::Tensor>& in) { return at::cat(in, 1); });
            });
}

} // namespace saddle
