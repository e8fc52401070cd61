// SPDX-License-Identifier: GPL-3.0-or-later
// Layers without weights that make maps larger or smaller.
#include "core/models/layers/describe_layer.h"
#include "core/models/layers/function_layer.h"
#include "core/models/layers/layers.h"
#include "core/models/layers/sliding.h"

#include <limits>

namespace saddle {

namespace {

enum class Upsampling { Nearest, Bilinear };

struct UpsampleOptions {
    std::int64_t factor = 2;
    Upsampling mode = Upsampling::Nearest;
};

struct PixelShuffleOptions {
    std::int64_t factor = 2;
};

struct AveragePoolOptions {
    std::int64_t size = 2;
};

struct MaxPoolOptions {
    std::int64_t size = 2;
    std::int64_t stride = 0;
    std::int64_t padding = 0;

    std::int64_t step() const { return stride > 0 ? stride : size; }
};

class PixelShuffle : public Layer {
public:
    explicit PixelShuffle(std::int64_t factor)
        : m_factor(factor)
    {
    }

    torch::Tensor forward(const std::vector<torch::Tensor>& inputs, const Pass&) override
    {
        return inFormat(at::pixel_shuffle(inputs.front(), m_factor), memoryFormat());
    }

private:
    std::int64_t m_factor;
};

/// Every second pixel of the image under the filter [1 3 3 1] / 8 in both directions, zeros beyond the edges.
class Downsample : public Layer {
public:
    torch::Tensor forward(const std::vector<torch::Tensor>& inputs, const Pass&) override
    {
        const torch::Tensor& input = inputs.front();
        // Computed where it is needed: a constant from the host would wait for the device.
        const torch::Tensor row = (2 - (at::arange(4, input.options().requires_grad(false)) - 1.5).abs()) / 4;
        const torch::Tensor filter = at::outer(row, row).expand({input.size(1), 1, 4, 4});
        return slide(inFormat(input, memoryFormat()), inFormat(filter, memoryFormat()), {},
            {.stride = 2, .padding = 1, .groups = input.size(1)});
    }
};

Result<LayerShape> enlarged(const Shape& in, const char* layer, std::int64_t factor)
{
    Result<LayerShape> shape = needImage(in, layer);
    if (shape) {
        for (const std::size_t axis : {1, 2}) {
            // A factor that overflows is refused as far too large by whoever counts the elements.
            if (__builtin_mul_overflow(in[axis], factor, &shape->output[axis]))
                shape->output[axis] = std::numeric_limits<std::int64_t>::max();
        }
        shape->spread = Spread{factor, 0};
    }
    return shape;
}

} // namespace

LayerInfo upsampleLayer()
{
    return describeLayer<UpsampleOptions>("upsample", "Upsample")
        .help("Enlarges the image without weights")
        .parameter("factor", &UpsampleOptions::factor,
            {.label = "Factor", .help = "How many times larger", .min = 1, .max = 32})
        .parameter("mode", &UpsampleOptions::mode,
            {.label = "Between pixels",
                .help = "Bilinear by 2 is the filter [1 3 3 1] of anti-aliased networks",
                .choices = {{"nearest", "Nearest"}, {"bilinear", "Bilinear"}}})
        .build(
            [](const UpsampleOptions& o) {
                return "upsample ×" + std::to_string(o.factor) + (o.mode == Upsampling::Bilinear ? ", bilinear" : "");
            },
            [](const UpsampleOptions& o, const std::vector<Shape>& in) {
                Result<LayerShape> shape = enlarged(in[0], "upsampling", o.factor);
                if (shape && o.mode == Upsampling::Bilinear)
                    shape->spread->reach = o.factor / 2;
                return shape;
            },
            [](const UpsampleOptions& o, const std::vector<Shape>&) {
                return std::make_unique<FunctionLayer>([o](const std::vector<torch::Tensor>& in) {
                    const std::vector<std::int64_t> size{in[0].size(2) * o.factor, in[0].size(3) * o.factor};
                    return o.mode == Upsampling::Nearest ? at::upsample_nearest2d(in[0], size)
                                                         : at::upsample_bilinear2d(in[0], size, false);
                });
            });
}

LayerInfo downsampleLayer()
{
    return describeLayer<NoOptions>("downsample", "Downsample")
        .help("Halves the image through the filter [1 3 3 1], so that fine detail does not alias")
        .source("Zhang 2019, arXiv:1904.11486")
        .build([](const NoOptions&) { return std::string("downsample /2"); },
            [](const NoOptions&, const std::vector<Shape>& in) -> Result<LayerShape> {
                Result<LayerShape> shape = needImage(in[0], "downsampling");
                if (!shape)
                    return shape;
                for (const std::size_t axis : {1, 2}) {
                    if (in[0][axis] < 2)
                        return Error{"an input of " + shapeText(in[0]) + " cannot be halved", "", "use fewer halvings"};
                    shape->output[axis] /= 2;
                }
                shape->flops = 32 * elementCount(shape->output);
                return shape;
            },
            [](const NoOptions&, const std::vector<Shape>&) { return std::make_unique<Downsample>(); });
}

LayerInfo pixelShuffleLayer()
{
    return describeLayer<PixelShuffleOptions>("pixel_shuffle", "Pixel shuffle")
        .help("Turns groups of channels into blocks of pixels")
        .source("Shi et al. 2016, arXiv:1609.05158")
        .parameter("factor", &PixelShuffleOptions::factor,
            {.label = "Factor", .help = "Side of a block; its square is taken from the channels", .min = 1, .max = 32})
        .build([](const PixelShuffleOptions& o) { return "shuffle ×" + std::to_string(o.factor); },
            [](const PixelShuffleOptions& o, const std::vector<Shape>& in) -> Result<LayerShape> {
                Result<LayerShape> shape = enlarged(in[0], "a pixel shuffle", o.factor);
                if (!shape)
                    return shape;
                const std::int64_t block = o.factor * o.factor;
                if (in[0][0] % block != 0) {
                    return Error{std::to_string(in[0][0]) + " channels do not divide into blocks of "
                            + std::to_string(block) + " pixels",
                        "", "let the layer before it give a multiple of " + std::to_string(block) + " channels"};
                }
                shape->output[0] /= block;
                return shape;
            },
            [](const PixelShuffleOptions& o, const std::vector<Shape>&) {
                return std::make_unique<PixelShuffle>(o.factor);
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

LayerInfo maxPoolLayer()
{
    using O = MaxPoolOptions;
    return describeLayer<O>("max_pool", "Max pool")
        .help("Each block of pixels becomes its largest")
        .parameter("size", &O::size, {.label = "Block", .help = "Side of a block", .unit = "px", .min = 1, .max = 64})
        .parameter("stride", &O::stride,
            {.label = "Stride",
                .help = "Pixels from one block to the next; 0 puts them side by side",
                .unit = "px",
                .min = 0,
                .max = 64})
        .parameter("padding", &O::padding,
            {.label = "Padding", .help = "Pixels around the image that never win", .unit = "px", .min = 0, .max = 32})
        .build(
            [](const O& o) {
                return "max " + std::to_string(o.size) + "×" + std::to_string(o.size) + ", /"
                    + std::to_string(o.step());
            },
            [](const O& o, const std::vector<Shape>& in) -> Result<LayerShape> {
                Result<LayerShape> shape = needImage(in[0], "pooling");
                if (!shape)
                    return shape;
                if (2 * o.padding > o.size) {
                    return Error{"the padding is more than half the block", "",
                        "use at most " + std::to_string(o.size / 2) + " px of padding"};
                }
                for (const std::size_t axis : {1, 2}) {
                    const std::int64_t room = in[0][axis] + 2 * o.padding - o.size;
                    if (room < 0)
                        return Error{
                            "the block is larger than the input of " + shapeText(in[0]), "", "use a smaller block"};
                    shape->output[axis] = room / o.step() + 1;
                }
                shape->flops = elementCount(shape->output) * o.size * o.size;
                return shape;
            },
            [](const O& o, const std::vector<Shape>&) {
                return std::make_unique<FunctionLayer>([o](const std::vector<torch::Tensor>& in) {
                    return at::max_pool2d(in[0], {o.size, o.size}, {o.step(), o.step()}, {o.padding, o.padding});
                });
            });
}

} // namespace saddle
