// SPDX-License-Identifier: GPL-3.0-or-later
// Layer kinds: what is said of a layer before it is built holds for the layer that is built.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "tests/support/networks.h"

#include <ATen/Parallel.h>

#include <cmath>
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

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
    for (const std::int64_t groups : {1, 2, 4})
        cases.push_back({"conv", {{"out", 8}, {"kernel", 3}, {"groups", groups}}, {{4, 5, 7}}});
    for (const char* update : {"forward", "update"}) {
        const Json spectral = {{"out", 3}, {"spectral_norm", true}, {"spectral_update", update}};
        cases.push_back({"linear", spectral, {{7}}});
        cases.push_back({"conv", spectral, {{2, 6, 5}}});
        cases.push_back({"conv_transpose", spectral, {{2, 6, 5}}});
    }
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
            const Json swapped = {{"norm", norm}, {"activation", activation}, {"order", "activation_first"}};
            cases.push_back({"conv", swapped, {{2, 8, 6}}});
            cases.push_back({"norm", swapped, {{3, 4, 5}}});
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
    for (const std::int64_t size : {1, 2, 3}) {
        for (const std::int64_t stride : {0, 1, 2}) {
            for (std::int64_t padding = 0; 2 * padding <= size; ++padding)
                cases.push_back({"max_pool", {{"size", size}, {"stride", stride}, {"padding", padding}}, {{2, 7, 5}}});
        }
    }
    for (const Shape& in : {Shape{3, 8, 6}, Shape{1, 7, 5}, Shape{2, 2, 3}})
        cases.push_back({"downsample", Json::object(), {in}});
    for (const std::int64_t factor : {1, 2, 3})
        cases.push_back({"pixel_shuffle", {{"factor", factor}}, {{36, 3, 4}}});
    for (const bool perChannel : {false, true})
        cases.push_back({"dropout", {{"probability", 0.3}, {"per_channel", perChannel}}, {{4, 5, 3}}});
    cases.push_back({"dropout", Json::object(), {{9}}});
    cases.push_back({"minibatch_discrimination", {{"features", 4}, {"kernel_dims", 3}}, {{7}}});
    cases.push_back({"minibatch_discrimination", {{"mode", "map"}}, {{3, 4, 5}}});
    for (const std::int64_t group : {0, 1, 2, 64}) {
        cases.push_back({"minibatch_stddev", {{"group", group}}, {{3, 4, 5}}});
        cases.push_back({"minibatch_stddev", {{"group", group}}, {{6}}});
    }
    for (const std::int64_t size : {1, 4})
        cases.push_back({"basis", {{"out", 5}, {"size", size}}, {{7}}});
    for (const Shape& in : {Shape{3, 4, 5}, Shape{1, 1, 1}})
        cases.push_back({"label_map", Json::object(), {in, {10}}});
    cases.push_back({"add", Json::object(), {{2, 3, 4}, {2, 3, 4}}});
    cases.push_back({"add", Json::object(), {{5}, {5}, {5}}});
    cases.push_back({"concat", Json::object(), {{2, 3, 4}, {5, 3, 4}}});
    cases.push_back({"concat", Json::object(), {{2}, {3}, {4}}});
    return cases;
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
    void tailsInTheirOrder();
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
    QVERIFY(shape->flops >= 0);
    QVERIFY(!info->title(*options).empty());
    torch::Tensor first;
    for (const auto type : {torch::kDouble, torch::kFloat}) {
        for (const auto format : {torch::MemoryFormat::Contiguous, torch::MemoryFormat::ChannelsLast}) {
            const torch::NoGradGuard guard;
            const std::unique_ptr<Layer> layer = info->build(*options, one.inputs);
            QCOMPARE(numbersIn(layer->parameters()), shape->parameters);
            QCOMPARE(layer->rules().size(), layer->parameters().size());
            layer->setMemoryFormat(format);
            for (NamedTensor& parameter : layer->parameters()) {
                const torch::Tensor drawn = batchOf(1, parameter.tensor.sizes().vec()).squeeze(0);
                parameter.tensor = inFormat(drawn.reshape(parameter.tensor.sizes()).to(type), format);
            }
            for (NamedTensor& buffer : layer->buffers()) {
                if (buffer.tensor.is_floating_point())
                    buffer.tensor = buffer.tensor.to(type);
            }
            layer->parametersDrawn();
            std::vector<torch::Tensor> inputs;
            for (const Shape& in : one.inputs)
                inputs.push_back(inFormat(batchOf(4, in).to(type), format));
            torch::Tensor output;
            for (const ForwardMode mode : {ForwardMode::Evaluate, ForwardMode::Train}) {
                const torch::Tensor before = inputs.front().clone();
                const torch::Tensor given = layer->forward(inputs, mode);
                QCOMPARE(given.size(0), std::int64_t{4});
                QCOMPARE(given.scalar_type(), type);
                QVERIFY2(shapeOf(given) == shape->output, shapeText(shapeOf(given)).c_str());
                QVERIFY2(at::equal(inputs.front(), before), "the layer wrote into its input");
                if (mode == ForwardMode::Evaluate)
                    output = given.to(torch::kDouble);
            }
            if (!first.defined())
                first = output;
            const double tolerance = type == torch::kDouble ? 1e-11 : 2e-4;
            QVERIFY2(
                at::allclose(output, first, tolerance, tolerance), "another type or order in memory, other numbers");
        }
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

void TestLayers::tailsInTheirOrder()
{
    // Normalised last, the mean is 0; normalised first, ReLU leaves nothing negative.
    const torch::NoGradGuard guard;
    const torch::Tensor x = batchOf(6, {3, 4, 4}) * 5 + 2;
    for (const char* norm : {"batch", "instance", "layer"}) {
        Json options = {{"norm", norm}, {"activation", "relu"}, {"order", "activation_first"}};
        const auto applied = [&] {
            const std::unique_ptr<Layer> layer = layerOf("norm", options, {{3, 4, 4}});
            layer->parameters()[0].tensor.fill_(1);
            return layer->forward({x}, ForwardMode::Train);
        };
        torch::Tensor y = applied();
        QVERIFY(y.mean().abs().item<double>() < 1e-5 && y.min().item<double>() < -0.1);
        options["order"] = "norm_first";
        y = applied();
        QVERIFY(y.mean().item<double>() > 0.1 && y.min().item<double>() == 0);
    }
    const LayerInfo* info = kinds().find("linear");
    const auto title = [&](const char* order) {
        return info->title(valueOf(resolveParameters(
            info->parameters, {{"norm", "batch"}, {"activation", "relu"}, {"order", order}}, "linear")));
    };
    QCOMPARE(title("norm_first"), std::string("linear 64 + Batch norm + ReLU"));
    QCOMPARE(title("activation_first"), std::string("linear 64 + ReLU + Batch norm"));
}

QTEST_GUILESS_MAIN(TestLayers)
#include "layers.moc"
