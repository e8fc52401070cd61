// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fake_catalog.h"

#include "core/data/describe_source.h"
#include "core/data/sources.h"
#include "core/models/architectures/describe_architecture.h"

#include <algorithm>

namespace saddle::test {

namespace {

const std::vector<ChoiceItem> activations{{"none", "None"}, {"relu", "ReLU"}, {"leaky_relu", "Leaky ReLU"},
    {"elu", "ELU"}, {"tanh", "tanh"}, {"sigmoid", "Sigmoid"}};

template <typename Options>
class FakeDescriber {
public:
    template <typename Title, typename Infer>
    static LayerInfo layer(LayerInfo info, const Schema<Options>& schema, Title title, Infer infer)
    {
        info.parameters = schema.parameters();
        info.title = [schema, title](const Json& json) -> std::string { return title(schema.read(json)); };
        info.infer = [schema, infer](const Json& json, const std::vector<Shape>& inputs) -> Result<LayerShape> {
            return infer(schema.read(json), inputs);
        };
        return info;
    }
};

LayerInfo named(std::string kind, std::string label, int least = 1, int most = 1)
{
    LayerInfo info;
    info.kind = std::move(kind);
    info.label = std::move(label);
    info.help = "A layer that has shapes only";
    info.minInputs = least;
    info.maxInputs = most;
    return info;
}

struct TailOptions {
    std::string norm = "none";
    std::string activation = "none";
    std::string order = "norm_first";
    double slope = 0.2;
    double normEpsilon = 1e-5;
};

template <typename Options>
void declareTail(Schema<Options>& schema)
{
    schema.parameter("norm", &TailOptions::norm, {.label = "Norm", .choices = {{"none", "None"}, {"batch", "Batch"}}});
    schema.parameter("activation", &TailOptions::activation, {.label = "Activation", .choices = activations});
    schema.parameter("order", &TailOptions::order,
        {.label = "Order", .choices = {{"norm_first", "Norm first"}, {"activation_first", "Activation first"}}});
    schema.parameter("slope", &TailOptions::slope, {.label = "Slope", .min = 0, .max = 1});
    schema.parameter("norm_epsilon", &TailOptions::normEpsilon, {.label = "Norm ε", .min = 1e-12, .max = 1});
}

struct LinearOptions : TailOptions {
    std::int64_t out = 64;
    bool bias = true;
    bool spectralNorm = false;
};

LayerInfo linear()
{
    using O = LinearOptions;
    Schema<O> schema;
    schema.parameter("out", &O::out, {.label = "Outputs", .min = 1, .max = 1 << 20});
    schema.parameter("bias", &O::bias, {.label = "Bias"});
    schema.parameter("spectral_norm", &O::spectralNorm, {.label = "Spectral norm"});
    declareTail(schema);
    return FakeDescriber<O>::layer(
        named("linear", "Linear"), schema, [](const O& o) { return "linear " + std::to_string(o.out); },
        [](const O& o, const std::vector<Shape>& in) -> Result<LayerShape> {
            if (in[0].size() != 1)
                return Error{"a linear layer takes a list of numbers, but its input is " + shapeText(in[0]), "",
                    "put a flatten layer before it"};
            return LayerShape{{o.out}, in[0][0] * o.out + (o.bias ? o.out : 0), 2 * in[0][0] * o.out};
        });
}

struct ConvOptions : TailOptions {
    std::int64_t out = 64;
    std::int64_t kernel = 3;
    std::int64_t stride = 1;
    std::int64_t padding = 0;
    std::int64_t outputPadding = 0;
    std::int64_t groups = 1;
    bool bias = true;
    bool spectralNorm = false;
};

LayerInfo convolution(bool transposed)
{
    using O = ConvOptions;
    Schema<O> schema;
    schema.parameter("out", &O::out, {.label = "Channels", .min = 1, .max = 65536});
    schema.parameter("kernel", &O::kernel, {.label = "Kernel", .unit = "px", .min = 1, .max = 64});
    schema.parameter("stride", &O::stride, {.label = "Stride", .min = 1, .max = 64});
    schema.parameter("padding", &O::padding, {.label = "Padding", .min = 0, .max = 64});
    schema.parameter("bias", &O::bias, {.label = "Bias"});
    schema.parameter("spectral_norm", &O::spectralNorm, {.label = "Spectral norm"});
    declareTail(schema);
    if (transposed)
        schema.parameter("output_padding", &O::outputPadding, {.label = "Output padding", .min = 0, .max = 63});
    else
        schema.parameter("groups", &O::groups, {.label = "Groups", .min = 1, .max = 65536});
    const std::string kind = transposed ? "conv_transpose" : "conv";
    return FakeDescriber<O>::layer(
        named(kind, transposed ? "Transposed convolution" : "Convolution"), schema,
        [kind](const O& o) { return kind + " " + std::to_string(o.kernel) + "×" + std::to_string(o.kernel); },
        [transposed](const O& o, const std::vector<Shape>& in) -> Result<LayerShape> {
            if (in[0].size() != 3)
                return Error{
                    "a convolution takes images, but its input is " + shapeText(in[0]), "", "reshape it first"};
            Shape out{o.out, 0, 0};
            for (std::size_t i = 1; i < 3; ++i) {
                const std::int64_t padded = in[0][i] + 2 * o.padding - o.kernel;
                out[i] = transposed ? (in[0][i] - 1) * o.stride - 2 * o.padding + o.kernel + o.outputPadding
                                    : padded / o.stride + 1;
                if (out[i] < 1 || (!transposed && padded < 0))
                    return Error{"its input is only " + std::to_string(in[0][1]) + "×" + std::to_string(in[0][2]), "",
                        "use a smaller kernel"};
            }
            const std::int64_t weights = in[0][0] * o.out * o.kernel * o.kernel + (o.bias ? o.out : 0);
            return LayerShape{out, weights, 2 * weights * out[1] * out[2]};
        });
}

struct ReshapeOptions {
    std::vector<std::int64_t> shape{64, 1, 1};
};

LayerInfo reshape()
{
    using O = ReshapeOptions;
    Schema<O> schema;
    schema.parameter("shape", &O::shape, {.label = "Shape"});
    return FakeDescriber<O>::layer(
        named("reshape", "Reshape"), schema, [](const O& o) { return "reshape to " + shapeText(o.shape); },
        [](const O& o, const std::vector<Shape>& in) -> Result<LayerShape> {
            if (elementCount(in[0]) != elementCount(o.shape))
                return Error{shapeText(in[0]) + " cannot become " + shapeText(o.shape), "", "the counts must agree"};
            return LayerShape{o.shape};
        });
}

struct EnlargeOptions {
    std::int64_t factor = 2;
    std::string mode = "nearest";
};

/// Upsampling, or with channels turned into pixels a pixel shuffle.
LayerInfo enlargement(bool shuffles)
{
    using O = EnlargeOptions;
    Schema<O> schema;
    schema.parameter("factor", &O::factor, {.label = "Factor", .min = 1, .max = 32});
    if (!shuffles) {
        schema.parameter(
            "mode", &O::mode, {.label = "Mode", .choices = {{"nearest", "Nearest"}, {"bilinear", "Bilinear"}}});
    }
    return FakeDescriber<O>::layer(
        named(shuffles ? "pixel_shuffle" : "upsample", shuffles ? "Pixel shuffle" : "Upsample"), schema,
        [](const O& o) { return "×" + std::to_string(o.factor); },
        [shuffles](const O& o, const std::vector<Shape>& in) -> Result<LayerShape> {
            if (in[0].size() != 3)
                return Error{"only images can be enlarged", "", "reshape it first"};
            const std::int64_t block = shuffles ? o.factor * o.factor : 1;
            return LayerShape{{in[0][0] / block, in[0][1] * o.factor, in[0][2] * o.factor}};
        });
}

Result<LayerShape> sideBySide(const std::vector<Shape>& in)
{
    Shape shape = in[0];
    for (std::size_t i = 1; i < in.size(); ++i)
        shape[0] += in[i][0];
    return LayerShape{shape};
}

struct NoOptions { };

LayerInfo plain(LayerInfo info, std::function<Result<LayerShape>(const std::vector<Shape>&)> infer)
{
    const std::string title = info.kind;
    return FakeDescriber<NoOptions>::layer(
        std::move(info), Schema<NoOptions>(), [title](const NoOptions&) { return title; },
        [infer = std::move(infer)](const NoOptions&, const std::vector<Shape>& in) { return infer(in); });
}

LayerInfo normalisation()
{
    using O = TailOptions;
    Schema<O> schema;
    declareTail(schema);
    return FakeDescriber<O>::layer(
        named("norm", "Norm"), schema, [](const O& o) { return o.norm + " norm"; },
        [](const O&, const std::vector<Shape>& in) -> Result<LayerShape> { return LayerShape{in[0]}; });
}

Result<LayerShape> sum(const std::vector<Shape>& in)
{
    for (const Shape& shape : in) {
        if (shape != in[0])
            return Error{shapeText(in[0]) + " and " + shapeText(shape) + " cannot be added", "", "make them alike"};
    }
    return LayerShape{in[0]};
}

struct MlpOptions {
    std::int64_t width = 128;
    std::int64_t depth = 3;
    std::string activation = "relu";
};

Result<Json> mlp(const MlpOptions& o, const NetworkFit& fit)
{
    Json layers = Json::array();
    if (fit.input.size() > 1)
        layers.push_back({{"kind", "flatten"}});
    for (std::int64_t i = 0; i < o.depth; ++i)
        layers.push_back({{"kind", "linear"}, {"out", o.width}, {"activation", o.activation}});
    layers.push_back({{"kind", "linear"}, {"out", elementCount(fit.output)}});
    if (fit.output.size() > 1)
        layers.push_back({{"kind", "reshape"}, {"shape", fit.output}});
    return layers;
}

struct DcganOptions {
    std::int64_t width = 64;
};

Result<Json> dcgan(const DcganOptions& o, const NetworkFit& fit)
{
    const bool draws = fit.output.size() == 3;
    const Shape& image = draws ? fit.output : fit.input;
    if (image.size() != 3 || image[1] % 4 != 0 || image[2] % 4 != 0)
        return Error{"DCGAN needs images, but the data are " + shapeText(image), "", "choose the MLP for points"};
    Json layers = Json::array();
    if (draws) {
        const Shape small{2 * o.width, image[1] / 4, image[2] / 4};
        layers.push_back({{"kind", "linear"}, {"out", elementCount(small)}});
        layers.push_back({{"kind", "reshape"}, {"shape", small}});
        layers.push_back({{"kind", "norm"}, {"norm", "batch"}, {"activation", "relu"}});
        for (const std::int64_t out : {o.width, image[0]})
            layers.push_back({{"kind", "conv_transpose"}, {"out", out}, {"kernel", 4}, {"stride", 2}, {"padding", 1}});
    } else {
        for (const std::int64_t out : {o.width, 2 * o.width})
            layers.push_back({{"kind", "conv"}, {"out", out}, {"kernel", 4}, {"stride", 2}, {"padding", 1}});
        layers.push_back({{"kind", "flatten"}});
        layers.push_back({{"kind", "linear"}, {"out", elementCount(fit.output)}});
    }
    return layers;
}

struct ObjectiveOptions {
    double labelSmoothing = 0;
    double a = 0;
    double b = 1;
    double c = 1;
    double scale = 0.5;
    double weight = 1;
    std::int64_t warmup = 0;
    std::string mode = "plain";
};

ObjectiveInfo objective(std::string kind, std::string label)
{
    ObjectiveInfo info;
    info.kind = std::move(kind);
    info.label = std::move(label);
    info.help = "A loss that has a name only";
    info.source = "nobody";
    info.discriminatorFormula = "L(D)";
    info.generatorFormula = "L(G)";
    info.roles = {"generator", "discriminator"};
    info.phases = {{"discriminator", "D", {"discriminator"}, "d_loss", "training.discriminator_steps"},
        {"generator", "G", {"generator"}, "g_loss", "training.generator_steps"}};
    info.columns = {{"d_real", "D(real)", "output", "real"}, {"d_fake", "D(fake)", "output", "generator"}};
    return info;
}

ObjectiveInfo smoothed(std::string kind, std::string label)
{
    using O = ObjectiveOptions;
    Schema<O> schema;
    schema.parameter("label_smoothing", &O::labelSmoothing,
        {.label = "Label smoothing", .min = 0, .max = 0.5, .applies = Applies::Live});
    ObjectiveInfo info = objective(std::move(kind), std::move(label));
    info.parameters = schema.parameters();
    return info;
}

ObjectiveInfo leastSquares()
{
    using O = ObjectiveOptions;
    Schema<O> schema;
    schema.parameter("a", &O::a, {.label = "a", .min = -10, .max = 10, .applies = Applies::Live});
    schema.parameter("b", &O::b, {.label = "b", .min = -10, .max = 10, .applies = Applies::Live});
    schema.parameter("c", &O::c, {.label = "c", .min = -10, .max = 10, .applies = Applies::Live});
    schema.parameter("scale", &O::scale, {.label = "Scale", .min = 0.001, .max = 10, .applies = Applies::Live});
    ObjectiveInfo info = objective("lsgan", "LSGAN");
    info.parameters = schema.parameters();
    return info;
}

ObjectiveInfo withEncoder()
{
    using O = ObjectiveOptions;
    Schema<O> schema;
    schema.parameter("weight", &O::weight, {.label = "Weight", .min = 0, .max = 10, .applies = Applies::Live});
    schema.parameter("warmup", &O::warmup, {.label = "Warm-up", .min = 0, .max = 1000, .applies = Applies::Epoch});
    schema.parameter("mode", &O::mode, {.label = "Mode", .choices = {{"plain", "Plain"}, {"sharp", "Sharp"}}});
    ObjectiveInfo info = objective("with-encoder", "With an encoder");
    info.roles.emplace_back("encoder");
    info.phases.push_back({"encoder", "E", {"encoder"}, "e_loss", ""});
    info.parameters = schema.parameters();
    return info;
}

struct OptimiserOptions {
    double learningRate = 2e-4;
    double beta1 = 0.5;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weightDecay = 0;
    double smoothing = 0.99;
};

OptimiserInfo optimiser(std::string kind, std::string label)
{
    using O = OptimiserOptions;
    Schema<O> schema;
    schema.parameter("learning_rate", &O::learningRate,
        {.label = "Learning rate", .min = 0, .max = 10, .scale = Scale::Log, .applies = Applies::Live});
    if (kind == "adam") {
        schema.parameter("beta1", &O::beta1, {.label = "β₁", .min = 0, .max = 0.9999, .applies = Applies::Live});
        schema.parameter("beta2", &O::beta2, {.label = "β₂", .min = 0, .max = 0.99999, .applies = Applies::Live});
    } else {
        schema.parameter(
            "smoothing", &O::smoothing, {.label = "Smoothing", .min = 0, .max = 0.9999, .applies = Applies::Live});
    }
    schema.parameter(
        "epsilon", &O::epsilon, {.label = "ε", .min = 1e-12, .max = 1, .scale = Scale::Log, .applies = Applies::Live});
    schema.parameter(
        "weight_decay", &O::weightDecay, {.label = "Weight decay", .min = 0, .max = 1, .applies = Applies::Live});
    OptimiserInfo info;
    info.kind = std::move(kind);
    info.label = std::move(label);
    info.help = "An optimiser that has a name only";
    info.parameters = schema.parameters();
    return info;
}

struct ImageOptions {
    std::vector<std::int64_t> shape{1, 28, 28};
    std::int64_t count = 64;
};

SourceInfo images()
{
    using O = ImageOptions;
    return describeSource<O>("fake-images", "Made-up images")
        .help("Grey ramps that need no files")
        .parameter("shape", &O::shape, {.label = "Shape"})
        .parameter("count", &O::count, {.label = "Images", .min = 1, .max = 100000})
        .build(
            [](const O& o) -> Result<DataHeader> {
                if (o.shape.size() != 3)
                    return Error{"images have three sizes", "data.shape", "write for example [1, 28, 28]"};
                return DataHeader{o.shape, 0, o.count};
            },
            [](const O& o, const LoadMonitor&) -> Result<Dataset> {
                Dataset data;
                data.shape = o.shape;
                data.count = o.count;
                std::vector<std::uint8_t> pixels(static_cast<std::size_t>(elementCount(o.shape) * o.count));
                for (std::size_t i = 0; i < pixels.size(); ++i)
                    pixels[i] = static_cast<std::uint8_t>(i);
                data.pixels = std::move(pixels);
                data.description = "made-up images";
                return data;
            });
}

} // namespace

const Catalog& fakeCatalog()
{
    static const Catalog& catalog = []() -> const Catalog& {
        static Catalog c;
        c.sources.add(fashionMnistSource());
        c.sources.add(idxSource());
        c.sources.add(ringSource());
        c.sources.add(pointsSource());
        c.sources.add(images());

        c.layers.add(linear());
        c.layers.add(convolution(false));
        c.layers.add(convolution(true));
        c.layers.add(reshape());
        c.layers.add(plain(named("flatten", "Flatten"),
            [](const std::vector<Shape>& in) -> Result<LayerShape> { return LayerShape{{elementCount(in[0])}}; }));
        c.layers.add(normalisation());
        c.layers.add(plain(named("add", "Add", 2, 8), sum));
        c.layers.add(plain(named("concat", "Join", 2, 8), sideBySide));
        c.layers.add(enlargement(false));
        c.layers.add(enlargement(true));

        c.architectures.add(
            describeArchitecture<DcganOptions>("dcgan", "DCGAN")
                .help("Convolutions")
                .parameter("width", &DcganOptions::width, {.label = "Base width", .min = 1, .max = 2048})
                .build(c.layers, dcgan));
        c.architectures.add(
            describeArchitecture<MlpOptions>("mlp", "Fully-connected")
                .help("Linear layers only")
                .parameter("width", &MlpOptions::width, {.label = "Width", .min = 1, .max = 65536})
                .parameter("depth", &MlpOptions::depth, {.label = "Depth", .min = 1, .max = 64})
                .parameter("activation", &MlpOptions::activation, {.label = "Activation", .choices = activations})
                .build(c.layers, mlp));

        c.objectives.add(smoothed("non-saturating", "Non-saturating"));
        c.objectives.add(smoothed("minimax", "Minimax"));
        c.objectives.add(leastSquares());
        c.objectives.add(withEncoder());

        c.optimisers.add(optimiser("adam", "Adam"));
        c.optimisers.add(optimiser("rmsprop", "RMSprop"));
        return c;
    }();
    return catalog;
}

} // namespace saddle::test
