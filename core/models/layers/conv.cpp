// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/layers/describe_layer.h"
#include "core/models/layers/layers.h"
#include "core/models/layers/sliding.h"
#include "core/models/layers/weights.h"
#include "core/models/layers/winograd.h"

#include <algorithm>

namespace saddle {

namespace {

/// What both directions share.
struct WindowOptions : WeightOptions {
    std::int64_t out = 64;
    std::int64_t kernel = 4;
    std::int64_t stride = 2;
    std::int64_t padding = 1;
    bool bias = true;
};

struct ConvOptions : WindowOptions {
    std::int64_t groups = 1;
};

struct ConvTransposeOptions : WindowOptions {
    std::int64_t outputPadding = 0;
};

enum class Direction { Down, Up };

std::string convTitle(const char* name, const WindowOptions& o, Direction direction)
{
    const std::string size = std::to_string(o.kernel);
    std::string title = std::string(name) + " " + size + "×" + size + " → " + std::to_string(o.out);
    if (o.stride != 1)
        title += (direction == Direction::Down ? ", /" : ", ×") + std::to_string(o.stride);
    return title;
}

/// What becomes of a map of another size: known where the output is the input times the stride, or as large.
std::optional<Spread> spreadOf(const WindowOptions& o, const Shape& in, const Shape& out, Direction direction)
{
    if (direction == Direction::Down && o.stride == 1 && 2 * o.padding == o.kernel - 1)
        return Spread{1, o.padding};
    if (direction == Direction::Up && out[1] == in[1] * o.stride && out[2] == in[2] * o.stride)
        return Spread{o.stride, std::max(o.padding, o.kernel - o.padding - o.stride)};
    return std::nullopt;
}

Result<LayerShape> convShape(
    const WindowOptions& o, const Shape& in, Direction direction, std::int64_t outputPadding, std::int64_t groups)
{
    if (in.size() != 3) {
        return Error{
            "a convolution takes an image, but its input is " + shapeText(in), "", "put a reshape layer before it"};
    }
    if (in[0] % groups != 0 || o.out % groups != 0) {
        return Error{std::to_string(in[0]) + " channels to " + std::to_string(o.out) + " do not divide into "
                + std::to_string(groups) + " groups",
            "", "choose a number of groups that divides both"};
    }
    Shape out{o.out, 0, 0};
    for (std::size_t axis = 1; axis < 3; ++axis) {
        if (direction == Direction::Up) {
            out[axis] = (in[axis] - 1) * o.stride - 2 * o.padding + o.kernel + outputPadding;
        } else {
            if (in[axis] + 2 * o.padding < o.kernel) {
                return Error{"the kernel is " + std::to_string(o.kernel) + "×" + std::to_string(o.kernel)
                        + ", but the input is only " + std::to_string(in[1]) + "×" + std::to_string(in[2]),
                    "", "use a smaller kernel, more padding, or fewer strides before it"};
            }
            out[axis] = (in[axis] + 2 * o.padding - o.kernel) / o.stride + 1;
        }
        if (out[axis] < 1) {
            return Error{"nothing is left of an input of " + shapeText(in), "", "use a larger kernel or less padding"};
        }
    }
    const std::int64_t weights = in[0] / groups * o.out * o.kernel * o.kernel;
    const std::int64_t places = direction == Direction::Up ? in[1] * in[2] : out[1] * out[2];
    LayerShape shape{out, weights + (o.bias ? o.out : 0), 2 * weights * places};
    shape.spread = spreadOf(o, in, out, direction);
    return withWeights(std::move(shape), o);
}

class Conv : public WeightedLayer {
public:
    Conv(const ConvOptions& options, const Shape& input, const Shape& output)
        : m_options(options)
    {
        const std::int64_t channels = input[0] / options.groups;
        addWeights(options, {options.out, channels, options.kernel, options.kernel}, 0,
            channels * options.kernel * options.kernel, options.bias);
        addTail(options, output);
    }

protected:
    torch::Tensor body(const torch::Tensor& input, const Pass& pass) override
    {
        const torch::Tensor images = inFormat(input, memoryFormat());
        const torch::Tensor windows = weight(pass);
        const bool plain = m_options.stride == 1 && m_options.padding == 1;
        if (plain && memoryFormat() == torch::MemoryFormat::ChannelsLast
            && winogradFits(images, windows, m_options.groups))
            return winogradConvolution(images, windows, bias(), m_options.groups);
        return slide(images, windows, bias(),
            {.stride = m_options.stride, .padding = m_options.padding, .groups = m_options.groups});
    }

private:
    ConvOptions m_options;
};

class ConvTranspose : public WeightedLayer {
public:
    ConvTranspose(const ConvTransposeOptions& options, const Shape& input, const Shape& output)
        : m_options(options)
        , m_input(input)
        , m_image(output)
    {
        // PyTorch counts the fan-in of a transposed convolution from the weight's second axis, which is the output's.
        addWeights(options, {input[0], options.out, options.kernel, options.kernel}, 1,
            options.out * options.kernel * options.kernel, options.bias);
        addTail(options, output);
    }

protected:
    torch::Tensor body(const torch::Tensor& input, const Pass& pass) override
    {
        // Libraries fill their vectors with output channels: with the one to four of an image most lanes idle, and one
        // matrix product whose columns are then added up in place is several times as fast.
        constexpr std::int64_t fewChannels = 4;
        if (m_options.out <= fewChannels && input.is_cpu())
            return byMatrixProduct(input, weight(pass));
        return slide(inFormat(input, memoryFormat()), weight(pass), bias(),
            {.stride = m_options.stride,
                .padding = m_options.padding,
                .outputPadding = m_options.outputPadding,
                .transposed = true});
    }

private:
    torch::Tensor byMatrixProduct(const torch::Tensor& input, const torch::Tensor& kernels) const
    {
        const std::int64_t batch = input.size(0);
        const std::int64_t channels = input.size(1);
        const std::int64_t places = input.size(2) * input.size(3);
        // Not the sizes it was built for: a map of another size may be painted.
        const std::int64_t height = m_image[1] + (input.size(2) - m_input[1]) * m_options.stride;
        const std::int64_t width = m_image[2] + (input.size(3) - m_input[2]) * m_options.stride;
        const torch::Tensor pixels = input.permute({0, 2, 3, 1}).reshape({batch * places, channels});
        const torch::Tensor columns = at::mm(pixels, kernels.reshape({channels, -1}));
        const torch::Tensor image = at::col2im(columns.view({batch, places, -1}).transpose(1, 2), {height, width},
            {m_options.kernel, m_options.kernel}, {1, 1}, {m_options.padding, m_options.padding},
            {m_options.stride, m_options.stride});
        return bias().defined() ? image + bias().view({1, -1, 1, 1}) : image;
    }

    ConvTransposeOptions m_options;
    Shape m_input;
    Shape m_image;
};

template <typename Options>
void declareWindow(Schema<Options>& schema)
{
    schema.parameter(
        "out", &WindowOptions::out, {.label = "Channels", .help = "Feature maps it gives", .min = 1, .max = 65536});
    schema.parameter("kernel", &WindowOptions::kernel,
        {.label = "Kernel", .help = "Side of the window", .unit = "px", .min = 1, .max = 64});
    schema.parameter("stride", &WindowOptions::stride,
        {.label = "Stride", .help = "Pixels from one window to the next", .unit = "px", .min = 1, .max = 64});
    schema.parameter("padding", &WindowOptions::padding,
        {.label = "Padding", .help = "Zeros around the image", .unit = "px", .min = 0, .max = 64});
    schema.parameter(
        "bias", &WindowOptions::bias, {.label = "Bias", .help = "Adds a learned constant to each channel"});
}

} // namespace

LayerInfo convLayer()
{
    const auto infer = [](const ConvOptions& o, const std::vector<Shape>& in) {
        return convShape(o, in[0], Direction::Down, 0, o.groups);
    };
    const auto title = [](const ConvOptions& o) {
        const std::string groups = o.groups > 1 ? ", " + std::to_string(o.groups) + " groups" : "";
        return convTitle("conv", o, Direction::Down) + groups + weightTitle(o);
    };
    return describeLayer<ConvOptions>("conv", "Convolution")
        .help("A learned window slid over the image")
        .with(declareWindow<ConvOptions>)
        .parameter("groups", &ConvOptions::groups,
            {.label = "Groups",
                .help = "Channels are split into so many parts that do not see each other",
                .min = 1,
                .max = 65536})
        .with(declareWeights<ConvOptions>)
        .with(declareTail<ConvOptions>)
        .build(title, infer, [infer](const ConvOptions& o, const std::vector<Shape>& in) {
            return std::make_unique<Conv>(o, in[0], infer(o, in)->output);
        });
}

LayerInfo convTransposeLayer()
{
    using O = ConvTransposeOptions;
    const auto infer = [](const O& o, const std::vector<Shape>& in) -> Result<LayerShape> {
        if (o.outputPadding >= o.stride)
            return Error{
                "output padding must be smaller than the stride", "", "use less output padding or a larger stride"};
        return convShape(o, in[0], Direction::Up, o.outputPadding, 1);
    };
    return describeLayer<O>("conv_transpose", "Transposed convolution")
        .help("A learned window that paints a larger image")
        .with(declareWindow<O>)
        .parameter("output_padding", &O::outputPadding,
            {.label = "Output padding",
                .help = "Pixels added on one side of the output",
                .unit = "px",
                .min = 0,
                .max = 63})
        .with(declareWeights<O>)
        .with(declareTail<O>)
        .build([](const O& o) { return convTitle("convT", o, Direction::Up) + weightTitle(o); }, infer,
            [infer](const O& o, const std::vector<Shape>& in) {
                return std::make_unique<ConvTranspose>(o, in[0], infer(o, in)->output);
            });
}

} // namespace saddle
