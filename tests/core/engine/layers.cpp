// SPDX-License-Identifier: GPL-3.0-or-later
// Layer kinds and architectures: what is said of a network before it is built holds for the network that is built.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/models/built_network.h"
#include "core/params/schema.h"
#include "core/training/builtin.h"
#include "core/training/random_streams.h"

#include "tests/support/scratch.h"

#include <ATen/Parallel.h>

#include <torch/csrc/autograd/grad_mode.h>

#include <cmath>
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

const Registry<LayerInfo>& kinds()
{
    return builtinCatalog().layers;
}

torch::Tensor batchOf(std::int64_t count, const Shape& shape, std::uint64_t counter = 0)
{
    std::vector<std::int64_t> sizes{count};
    sizes.insert(sizes.end(), shape.begin(), shape.end());
    return RandomStreams(11, torch::kCPU).normal("input", counter, sizes);
}

Shape shapeOf(const torch::Tensor& batch)
{
    return {batch.sizes().begin() + 1, batch.sizes().end()};
}

struct LayerCase {
    std::string kind;
    Json options;
    std::vector<Shape> inputs;
};

std::vector<LayerCase> layerCases()
{
    std::vector<LayerCase> cases;
    for (const std::int64_t out : {1, 5}) {
        for (const bool bias : {true, false})
            cases.push_back({"linear", {{"out", out}, {"bias", bias}}, {{7}}});
    }
    for (const std::int64_t kernel : {1, 3, 4}) {
        for (const std::int64_t stride : {1, 2, 3}) {
            for (const std::int64_t padding : {0, 1, 2}) {
                for (const Shape& in : {Shape{2, 7, 7}, Shape{3, 4, 9}}) {
                    const Json options = {{"out", 3}, {"kernel", kernel}, {"stride", stride}, {"padding", padding}};
                    cases.push_back({"conv", options, {in}});
                    if ((in[1] - 1) * stride + kernel > 2 * padding)
                        cases.push_back({"conv_transpose", options, {in}});
                }
            }
        }
    }
    cases.push_back({"conv", {{"out", 2}, {"bias", false}}, {{1, 8, 8}}});
    cases.push_back({"conv_transpose", {{"out", 2}, {"bias", false}, {"output_padding", 1}}, {{1, 8, 6}}});
    for (const char* norm : {"none", "batch", "instance", "layer"}) {
        for (const char* activation : {"none", "relu", "leaky_relu", "elu", "tanh", "sigmoid"}) {
            const Json tail = {{"norm", norm}, {"activation", activation}};
            cases.push_back({"norm", tail, {{3, 4, 5}}});
            cases.push_back({"conv", tail, {{2, 8, 8}}});
            cases.push_back({"conv_transpose", tail, {{2, 4, 4}}});
            if (norm != std::string("instance")) {
                cases.push_back({"norm", tail, {{6}}});
                cases.push_back({"linear", tail, {{6}}});
            }
            cases.push_back({"activation", {{"activation", activation}}, {{2, 3, 3}}});
        }
    }
    cases.push_back({"reshape", {{"shape", {4, 3, 2}}}, {{24}}});
    cases.push_back({"reshape", {{"shape", {24}}}, {{2, 3, 4}}});
    cases.push_back({"flatten", Json::object(), {{2, 3, 4}}});
    cases.push_back({"flatten", Json::object(), {{5}}});
    for (const char* mode : {"nearest", "bilinear"}) {
        for (const std::int64_t factor : {1, 2, 5})
            cases.push_back({"upsample", {{"factor", factor}, {"mode", mode}}, {{2, 3, 4}}});
    }
    for (const std::int64_t size : {1, 2, 3})
        cases.push_back({"average_pool", {{"size", size}}, {{2, 7, 5}}});
    cases.push_back({"add", Json::object(), {{2, 3, 4}, {2, 3, 4}}});
    cases.push_back({"add", Json::object(), {{5}, {5}, {5}}});
    cases.push_back({"concat", Json::object(), {{2, 3, 4}, {5, 3, 4}}});
    cases.push_back({"concat", Json::object(), {{2}, {3}, {4}}});
    return cases;
}

std::int64_t numbersIn(const std::vector<NamedTensor>& tensors)
{
    std::int64_t count = 0;
    for (const NamedTensor& tensor : tensors)
        count += tensor.tensor.numel();
    return count;
}

/// A network from JSON, or the error.
Result<NetworkReport> inspected(const char* layers, const Shape& input)
{
    const Result<NetworkDescription> description = networkFromJson(kinds(), Json::parse(layers), "generator.layers");
    if (!description)
        return description.error();
    return inspectNetwork(kinds(), *description, input, "generator");
}

} // namespace

class TestLayers : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); } // these tensors are tiny
    void predictionsHold_data();
    void predictionsHold();
    void everyKindHasACase();
    void normsDo();
    void activationsDo();
    void batchNormEvaluatedAlone();
    void runningStatistics();
    void branches();
    void convolutionsAreTorchs();
    void impossible_data();
    void impossible();
    void architectures_data();
    void architectures();
    void architecturesThatDoNotFit();
    void initialisation();
    void roundTrips();
};

void TestLayers::predictionsHold_data()
{
    QTest::addColumn<int>("number");
    const std::vector<LayerCase> cases = layerCases();
    for (std::size_t i = 0; i < cases.size(); ++i) {
        QTest::addRow("%s %s on %s", cases[i].kind.c_str(), cases[i].options.dump().c_str(),
            shapeText(cases[i].inputs.front()).c_str())
            << static_cast<int>(i);
    }
}

void TestLayers::predictionsHold()
{
    QFETCH(int, number);
    const LayerCase one = layerCases()[static_cast<std::size_t>(number)];
    const LayerInfo* info = kinds().find(one.kind);
    QVERIFY(info);
    const Result<Json> options = resolveParameters(info->parameters, one.options, one.kind);
    QVERIFY_OK(options);
    const Result<LayerShape> shape = info->infer(*options, one.inputs);
    QVERIFY_OK(shape);
    const std::unique_ptr<Layer> layer = info->build(*options, one.inputs);
    QCOMPARE(numbersIn(layer->parameters()), shape->parameters);
    QCOMPARE(layer->rules().size(), layer->parameters().size());
    QVERIFY(shape->flops >= 0);
    QVERIFY(!info->title(*options).empty());
    std::vector<torch::Tensor> inputs;
    for (const Shape& in : one.inputs)
        inputs.push_back(batchOf(3, in));
    for (const ForwardMode mode : {ForwardMode::Train, ForwardMode::Evaluate}) {
        const torch::Tensor before = inputs.front().clone();
        const torch::Tensor output = layer->forward(inputs, mode);
        QCOMPARE(output.size(0), std::int64_t{3});
        QVERIFY2(shapeOf(output) == shape->output, shapeText(shapeOf(output)).c_str());
        QVERIFY2(at::equal(inputs.front(), before), "the layer wrote into its input");
    }
}

void TestLayers::everyKindHasACase()
{
    for (const LayerInfo& info : kinds().items()) {
        bool found = false;
        for (const LayerCase& one : layerCases())
            found = found || one.kind == info.kind;
        QVERIFY2(found, info.kind.c_str());
    }
}

void TestLayers::normsDo()
{
    const torch::Tensor x = batchOf(6, {3, 4, 4}) * 5 + 2;
    const struct {
        const char* norm;
        std::vector<std::int64_t> over;
    } cases[]{{"batch", {0, 2, 3}}, {"instance", {2, 3}}, {"layer", {1, 2, 3}}};
    for (const auto& one : cases) {
        const LayerInfo* info = kinds().find("norm");
        const Result<Json> options = resolveParameters(info->parameters, {{"norm", one.norm}}, "norm");
        QVERIFY_OK(options);
        const std::unique_ptr<Layer> layer = info->build(*options, {{3, 4, 4}});
        const torch::NoGradGuard guard;
        layer->parameters()[0].tensor.fill_(3);
        layer->parameters()[1].tensor.fill_(-1);
        const torch::Tensor y = layer->forward({x}, ForwardMode::Train);
        QVERIFY((y.mean(one.over) + 1).abs().max().item<double>() < 1e-5);
        QVERIFY((y.std(one.over, false) - 3).abs().max().item<double>() < 1e-3);
    }
}

void TestLayers::activationsDo()
{
    const auto at = [](const char* activation, double x) {
        const LayerInfo* info = kinds().find("activation");
        const Result<Json> options =
            resolveParameters(info->parameters, {{"activation", activation}, {"slope", 0.3}}, "activation");
        return info->build(*options, {{1}})
            ->forward({torch::full({1, 1}, x, torch::kDouble)}, ForwardMode::Evaluate)
            .item<double>();
    };
    for (const double x : {-2.0, 0.5}) {
        QCOMPARE(at("none", x), x);
        QCOMPARE(at("relu", x), std::max(0.0, x));
        QCOMPARE(at("leaky_relu", x), x < 0 ? 0.3 * x : x);
        QCOMPARE(at("elu", x), x < 0 ? std::expm1(x) : x);
        QCOMPARE(at("tanh", x), std::tanh(x));
        QCOMPARE(at("sigmoid", x), 1 / (1 + std::exp(-x)));
    }
}

void TestLayers::batchNormEvaluatedAlone()
{
    const torch::NoGradGuard guard;
    for (const char* kind : {"linear", "conv", "conv_transpose", "norm"}) {
        const Shape input = kind == std::string("linear") ? Shape{6} : Shape{2, 6, 6};
        const LayerInfo* info = kinds().find(kind);
        const Result<Json> options =
            resolveParameters(info->parameters, {{"norm", "batch"}, {"activation", "relu"}}, kind);
        QVERIFY_OK(options);
        const std::unique_ptr<Layer> layer = info->build(*options, {input});
        for (NamedTensor& parameter : layer->parameters())
            parameter.tensor.normal_(0.3, 1, at::make_generator<at::CPUGeneratorImpl>(5));
        for (std::uint64_t i = 0; i < 3; ++i)
            layer->forward({batchOf(8, input, i) * 2 + 1}, ForwardMode::Train);
        std::vector<torch::Tensor> before;
        for (const NamedTensor& buffer : layer->buffers())
            before.push_back(buffer.tensor.clone());

        torch::Tensor one = batchOf(4, input, 7);
        torch::Tensor other = batchOf(4, input, 8) * 10 + 3;
        other[0].copy_(one[0]);
        const auto first = [&](const torch::Tensor& batch, ForwardMode mode) {
            return layer->forward({batch}, mode)[0].clone();
        };
        QVERIFY2(at::equal(first(one, ForwardMode::Evaluate), first(other, ForwardMode::Evaluate)), kind);
        for (std::size_t i = 0; i < before.size(); ++i)
            QVERIFY2(at::equal(layer->buffers()[i].tensor, before[i]), "evaluation moved the running statistics");
        QVERIFY2(!at::equal(first(one, ForwardMode::Train), first(other, ForwardMode::Train)),
            "in training a batch norm that ignores the batch is none");
    }
}

void TestLayers::runningStatistics()
{
    const LayerInfo* info = kinds().find("norm");
    const Result<Json> options =
        resolveParameters(info->parameters, {{"norm", "batch"}, {"norm_momentum", 0.25}}, "norm");
    QVERIFY_OK(options);
    const std::unique_ptr<Layer> layer = info->build(*options, {{3}});
    const torch::NoGradGuard guard;
    torch::Tensor mean = torch::zeros({3});
    torch::Tensor variance = torch::ones({3});
    for (std::uint64_t i = 0; i < 4; ++i) {
        const torch::Tensor x = batchOf(10, {3}, i) * 2 + 5;
        layer->forward({x}, ForwardMode::Train);
        mean = mean * 0.75 + x.mean(0) * 0.25;
        variance = variance * 0.75 + x.var(0, true) * 0.25; // the unbiased one, as PyTorch
    }
    QVERIFY(at::allclose(layer->buffers()[0].tensor, mean, 1e-5, 1e-6));
    QVERIFY(at::allclose(layer->buffers()[1].tensor, variance, 1e-5, 1e-6));
    QCOMPARE(layer->buffers()[2].tensor.item<std::int64_t>(), std::int64_t{4});
}

void TestLayers::branches()
{
    // a = 2x; b = relu(a); the sum a + b + a + x must still see a as it was.
    const char* const text = R"([
        {"kind": "linear", "out": 1, "bias": false, "id": "a"},
        {"kind": "activation", "activation": "relu", "id": "b"},
        {"kind": "add", "inputs": ["a", "b", "a", "input"]},
        {"kind": "concat", "inputs": ["2", "a", "2"]}])";
    const Result<NetworkDescription> description = networkFromJson(kinds(), Json::parse(text), "layers");
    QVERIFY_OK(description);
    const Result<NetworkReport> report = inspectNetwork(kinds(), *description, {1}, "network");
    QVERIFY_OK(report);
    QCOMPARE(report->output, Shape{3});
    BuiltNetwork network(kinds(), *description, *report);
    const torch::NoGradGuard guard;
    network.parameters().tensors.front().fill_(2);
    const torch::Tensor x = torch::tensor({-1.0f, 3.0f}).unsqueeze(1);
    const torch::Tensor expected = torch::tensor({-5.0f, -2.0f, -5.0f, 21.0f, 6.0f, 21.0f}).reshape({2, 3});
    QVERIFY(at::equal(network.forward(x, ForwardMode::Evaluate), expected));
    QVERIFY(at::equal(x, torch::tensor({-1.0f, 3.0f}).unsqueeze(1)));
}

void TestLayers::convolutionsAreTorchs()
{
    const torch::NoGradGuard guard;
    for (const std::int64_t out : {1, 3, 4, 5}) {
        for (const std::int64_t in : {1, 3}) {
            for (const auto format : {torch::MemoryFormat::Contiguous, torch::MemoryFormat::ChannelsLast}) {
                for (const char* kind : {"conv", "conv_transpose"}) {
                    const bool up = kind == std::string("conv_transpose");
                    Json layer = {{"kind", kind}, {"out", out}, {"kernel", 5}, {"stride", 3}, {"padding", 1}};
                    if (up)
                        layer["output_padding"] = 2;
                    const Result<NetworkDescription> description =
                        networkFromJson(kinds(), Json::array({layer}), "layers");
                    QVERIFY_OK(description);
                    const Result<NetworkReport> report = inspectNetwork(kinds(), *description, {in, 6, 7}, "network");
                    QVERIFY_OK(report);
                    BuiltNetwork network(kinds(), *description, *report);
                    network.initialise(Initialisation::Default, RandomStreams(1, torch::kCPU), kind);
                    network.to(torch::kCPU, torch::kDouble, format);
                    const torch::Tensor& weight = network.parameters().tensors[0];
                    const torch::Tensor& bias = network.parameters().tensors[1];
                    const torch::Tensor x = batchOf(3, {in, 6, 7}).to(torch::kDouble);
                    const torch::Tensor expected = up
                        ? at::conv_transpose2d(x, weight.contiguous(), bias, {3, 3}, {1, 1}, {2, 2})
                        : at::conv2d(x, weight.contiguous(), bias, {3, 3}, {1, 1});
                    for (const torch::Tensor& input :
                        {x, x.contiguous(format), x.transpose(2, 3).contiguous().transpose(2, 3)})
                        QVERIFY2(
                            at::allclose(network.forward(input, ForwardMode::Train), expected, 1e-12, 1e-12), kind);
                }
            }
        }
    }
}

void TestLayers::impossible_data()
{
    QTest::addColumn<QString>("layers");
    QTest::addColumn<QVariantList>("input");
    QTest::addColumn<QString>("words"); ///< of the sentence
    const QVariantList image{1, 8, 8};
    const QVariantList points{16};
    const auto row = [](const char* name, const char* layers, const QVariantList& input, const char* words) {
        QTest::addRow("%s", name) << QString::fromUtf8(layers) << input << QString::fromUtf8(words);
    };
    row("no layers", "[]", image, "no layers");
    row("kernel larger than its input", R"([{"kind": "conv"}, {"kind": "conv"}, {"kind": "conv", "padding": 0}])",
        image, "layer 2, conv 4×4");
    row("convolution of a vector", R"([{"kind": "conv"}])", points, "takes an image");
    row("nothing left", R"([{"kind": "conv_transpose", "kernel": 1, "stride": 1, "padding": 5}])", image,
        "nothing is left");
    row("output padding", R"([{"kind": "conv_transpose", "output_padding": 2}])", image, "output padding");
    row("linear on an image", R"([{"kind": "linear"}])", image, "flatten");
    row("reshape to another count", R"([{"kind": "reshape", "shape": [5, 5]}])", image, "64");
    row("pool larger than its input", R"([{"kind": "average_pool", "size": 9}])", image, "larger than the input");
    row("pool of a vector", R"([{"kind": "average_pool"}])", points, "takes an image");
    row("upsampling a vector", R"([{"kind": "upsample"}])", points, "takes an image");
    row("instance norm of a vector", R"([{"kind": "linear", "norm": "instance"}])", points, "instance norm");
    row("instance norm of one pixel", R"([{"kind": "conv", "kernel": 8, "padding": 0, "norm": "instance"}])", image,
        "instance norm");
    row("adding different shapes", R"([{"kind": "flatten"}, {"kind": "add", "inputs": ["0", "input"]}])", image, "64");
    row("joining different sizes", R"([{"kind": "average_pool"}, {"kind": "concat", "inputs": ["0", "input"]}])", image,
        "4 × 4");
    row("one input to an addition", R"([{"kind": "add"}])", image, "2 or more");
    row("two inputs to a convolution", R"([{"kind": "conv"}, {"kind": "conv", "inputs": ["0", "input"]}])", image,
        "takes 1 inputs");
    row("an input that comes later", R"([{"kind": "flatten", "inputs": ["1"]}, {"kind": "flatten"}])", image,
        "no earlier layer");
    row("two layers of one name", R"([{"kind": "conv", "id": "a"}, {"kind": "conv", "id": "a"}])", image, "“a”");
    row("a layer called input", R"([{"kind": "conv", "id": "input"}])", image, "“input”");
    row("an unknown kind", R"([{"kind": "convolve"}])", image, "conv");
    row("an unknown option", R"([{"kind": "conv", "kernle": 4}])", image, "kernel");
    row("a value out of range", R"([{"kind": "conv", "kernel": 0}])", image, "kernel");
    row("a value of another type", R"([{"kind": "conv", "out": "many"}])", image, "out");
    row("an id with a dot", R"([{"kind": "conv", "id": "a.b"}])", image, "id");
    row("far too large",
        R"([{"kind": "upsample", "factor": 32}, {"kind": "upsample", "factor": 32}, {"kind": "upsample", "factor": 32},
            {"kind": "upsample", "factor": 32}])",
        image, "layer 2");
    row("far too many weights", R"([{"kind": "linear", "out": 1048576}, {"kind": "linear", "out": 1048576}])", points,
        "layer 1");
}

void TestLayers::impossible()
{
    QFETCH(QString, layers);
    QFETCH(QVariantList, input);
    QFETCH(QString, words);
    Shape shape;
    for (const QVariant& size : input)
        shape.push_back(size.toLongLong());
    const Result<NetworkReport> report = inspected(layers.toStdString().c_str(), shape);
    QVERIFY(!report.ok());
    const Error& error = report.error();
    QVERIFY2(!error.what.empty() && !error.remedy.empty(), error.sentence().c_str());
    QVERIFY2(QString::fromStdString(error.where).startsWith(QStringLiteral("generator")), error.where.c_str());
    QVERIFY2(QString::fromStdString(error.sentence()).contains(words), error.sentence().c_str());
}

void TestLayers::architectures_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<int>("side");
    QTest::addColumn<int>("channels");
    for (const char* kind : {"dcgan", "mlp"}) {
        for (const int side : {28, 32, 64, 128}) {
            for (const int channels : {1, 3})
                QTest::addRow("%s %d %d", kind, side, channels) << QString::fromUtf8(kind) << side << channels;
        }
    }
    QTest::addRow("mlp points") << QStringLiteral("mlp") << 0 << 2;
}

void TestLayers::architectures()
{
    QFETCH(QString, kind);
    QFETCH(int, side);
    QFETCH(int, channels);
    const ArchitectureInfo* info = builtinCatalog().architectures.find(kind.toStdString());
    QVERIFY(info);
    const Result<Json> options = resolveParameters(info->parameters, {{"width", 4}}, "network");
    QVERIFY_OK(options);
    const Shape data = side == 0 ? Shape{channels} : Shape{channels, side, side};
    for (const NetworkFit& fit : {NetworkFit{"generator", {10}, data}, NetworkFit{"discriminator", data, {1}}}) {
        const Result<NetworkDescription> network = info->expand(*options, fit);
        QVERIFY_OK(network);
        const Result<NetworkReport> report = inspectNetwork(kinds(), *network, fit.input, fit.role);
        QVERIFY_OK(report);
        QCOMPARE(report->output, fit.output);
        BuiltNetwork built(kinds(), *network, *report);
        built.initialise(Initialisation::Normal, RandomStreams(1, torch::kCPU), fit.role);
        std::int64_t parameters = 0;
        for (const torch::Tensor& parameter : built.parameters().tensors)
            parameters += parameter.numel();
        QCOMPARE(parameters, report->parameters);
        const torch::NoGradGuard guard;
        for (const ForwardMode mode : {ForwardMode::Train, ForwardMode::Evaluate}) {
            const torch::Tensor output = built.forward(batchOf(2, fit.input), mode);
            QCOMPARE(shapeOf(output), fit.output);
            if (fit.role == "generator" && side > 0)
                QVERIFY(output.abs().max().item<float>() <= 1);
        }
        // Real samples and their neighbours: no batch norm where D first sees pixels.
        if (fit.role == "discriminator" && kind == QStringLiteral("dcgan"))
            QCOMPARE(network->layers.front().options["norm"].get<std::string>(), std::string("none"));
    }
}

void TestLayers::architecturesThatDoNotFit()
{
    const ArchitectureInfo* info = builtinCatalog().architectures.find("dcgan");
    const Result<Json> options = resolveParameters(info->parameters, Json::object(), "network");
    QVERIFY_OK(options);
    for (const Shape& data : {Shape{2}, Shape{1, 28, 32}, Shape{1, 27, 27}, Shape{3, 1, 1}}) {
        for (const NetworkFit& fit : {NetworkFit{"generator", {10}, data}, NetworkFit{"discriminator", data, {1}}}) {
            const Result<NetworkDescription> network = info->expand(*options, fit);
            QVERIFY2(!network.ok(), shapeText(data).c_str());
            QVERIFY2(!network.error().remedy.empty(), network.error().sentence().c_str());
        }
    }
}

void TestLayers::initialisation()
{
    const Result<NetworkDescription> description = networkFromJson(kinds(),
        Json::parse(
            R"([{"kind": "conv", "out": 64, "norm": "batch"}, {"kind": "flatten"}, {"kind": "linear", "out": 8}])"),
        "layers");
    QVERIFY_OK(description);
    const Result<NetworkReport> report = inspectNetwork(kinds(), *description, {16, 16, 16}, "network");
    QVERIFY_OK(report);
    const auto drawn = [&](Initialisation initialisation, std::uint64_t seed, const std::string& role) {
        BuiltNetwork network(kinds(), *description, *report);
        network.initialise(initialisation, RandomStreams(seed, torch::kCPU), role);
        return network.parameters().tensors;
    };
    const torch::NoGradGuard guard;
    const auto near = [](const torch::Tensor& value, double expected, double tolerance) {
        return std::abs(value.item<double>() - expected) < tolerance;
    };
    // In order: convolution's weight and bias, norm's scale and shift, linear's weight and bias.
    const std::vector<torch::Tensor> normal = drawn(Initialisation::Normal, 1, "generator");
    QVERIFY(near(normal[0].std(), 0.02, 0.001) && near(normal[0].mean(), 0, 0.001));
    QVERIFY(near(normal[1].abs().max(), 0, 1e-12));
    QVERIFY(near(normal[2].mean(), 1, 0.01) && near(normal[2].std(), 0.02, 0.01));
    QVERIFY(near(normal[3].abs().max(), 0, 1e-12));
    const std::vector<torch::Tensor> standard = drawn(Initialisation::Default, 1, "generator");
    const double bound = 1 / std::sqrt(16.0 * 4 * 4);
    QVERIFY(standard[0].abs().max().item<double>() <= bound && near(standard[0].std(), bound / std::sqrt(3), 0.001));
    QVERIFY(standard[1].abs().max().item<double>() <= bound && !near(standard[1].std(), 0, bound / 4));
    QVERIFY(near(standard[2].min(), 1, 1e-12) && near(standard[3].abs().max(), 0, 1e-12));
    // Keyed by seed and role.
    QVERIFY(at::equal(normal[0], drawn(Initialisation::Normal, 1, "generator")[0]));
    QVERIFY(!at::equal(normal[0], drawn(Initialisation::Normal, 2, "generator")[0]));
    QVERIFY(!at::equal(normal[0], drawn(Initialisation::Normal, 1, "discriminator")[0]));
}

void TestLayers::roundTrips()
{
    const auto check = [](const InfoBase& info) {
        QVERIFY2(!info.label.empty() && !info.help.empty(), info.kind.c_str());
        const Result<Json> defaults = resolveParameters(info.parameters, Json::object(), info.kind);
        QVERIFY_OK(defaults);
        const Result<Json> again = resolveParameters(info.parameters, *defaults, info.kind);
        QVERIFY_OK(again);
        QCOMPARE(again->dump(), defaults->dump());
        for (const Parameter& parameter : info.parameters) {
            QVERIFY2(!parameter.label.empty(), parameter.key.c_str());
            std::vector<Json> values;
            for (const ChoiceItem& choice : parameter.choices)
                values.emplace_back(choice.value);
            if (parameter.type == ParameterType::Boolean)
                values = {true, false};
            for (const double edge : {parameter.min, parameter.max}) {
                if (parameter.type == ParameterType::Integer && std::isfinite(edge))
                    values.emplace_back(static_cast<std::int64_t>(edge));
                else if (parameter.type == ParameterType::Real && std::isfinite(edge))
                    values.emplace_back(edge);
            }
            for (const Json& value : values) {
                Json changed = *defaults;
                changed[parameter.key] = value;
                const Result<Json> resolved =
                    resolveParameters(info.parameters, Json::parse(changed.dump()), info.kind);
                QVERIFY_OK(resolved);
                QCOMPARE((*resolved)[parameter.key].dump(), value.dump());
            }
            // Outside its range and of another type it is refused.
            Json wrong = *defaults;
            wrong[parameter.key] = Json::object();
            QVERIFY(!resolveParameters(info.parameters, wrong, info.kind).ok());
            if (std::isfinite(parameter.max)) {
                wrong[parameter.key] = parameter.max * 2 + 1;
                QVERIFY(!resolveParameters(info.parameters, wrong, info.kind).ok());
            }
        }
    };
    const Catalog& catalog = builtinCatalog();
    for (const LayerInfo& info : catalog.layers.items()) {
        check(info);
        // Through a network's JSON and back.
        const Json list = Json::array({{{"kind", info.kind}, {"id", "one"}, {"inputs", {"input"}}}});
        const Result<NetworkDescription> network = networkFromJson(catalog.layers, list, "layers");
        QVERIFY_OK(network);
        const Json written = networkToJson(*network);
        const Result<NetworkDescription> again = networkFromJson(catalog.layers, Json::parse(written.dump()), "layers");
        QVERIFY_OK(again);
        QCOMPARE(networkToJson(*again).dump(), written.dump());
        QCOMPARE(written[0].value("id", ""), std::string("one"));
    }
    for (const ArchitectureInfo& info : catalog.architectures.items())
        check(info);
    for (const ObjectiveInfo& info : catalog.objectives.items())
        check(info);
    for (const OptimiserInfo& info : catalog.optimisers.items())
        check(info);
    for (const SourceInfo& info : catalog.sources.items())
        check(info);
}

QTEST_GUILESS_MAIN(TestLayers)
#include "layers.moc"
