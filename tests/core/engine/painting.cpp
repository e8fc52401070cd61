// SPDX-License-Identifier: GPL-3.0-or-later
// Images larger than a generator was trained on: the same in tiles as in one piece.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/models/layers/paint.h"

#include "tests/support/networks.h"

#include <ATen/Parallel.h>
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

/// Layers from [5, 1, 1], and the pixels a latent grows to.
struct PaintCase {
    const char* name;
    const char* layers;
    std::int64_t growth;
    double tolerance = 1e-6; ///< in float32
};

const std::vector<PaintCase>& paintCases()
{
    static const std::vector<PaintCase> cases{
        {"convolutions", R"([{"kind": "upsample", "factor": 4}, {"kind": "conv", "out": 4, "kernel": 3, "stride": 1},
            {"kind": "conv", "out": 3, "kernel": 7, "stride": 1, "padding": 3}])",
            4},
        {"one pixel a latent", R"([{"kind": "conv", "out": 4, "kernel": 5, "stride": 1, "padding": 2},
            {"kind": "conv", "out": 2, "kernel": 5, "stride": 1, "padding": 2}])",
            1},
        {"batch norm", R"([{"kind": "upsample"}, {"kind": "conv", "out": 4, "kernel": 3, "stride": 1, "norm": "batch",
            "activation": "relu"}, {"kind": "norm"}, {"kind": "upsample"},
            {"kind": "conv", "out": 3, "kernel": 3, "stride": 1, "activation": "tanh"}])",
            4},
        {"bilinear", R"([{"kind": "upsample", "factor": 4, "mode": "bilinear"},
            {"kind": "conv", "out": 3, "kernel": 1, "stride": 1, "padding": 0},
            {"kind": "upsample", "factor": 2, "mode": "bilinear"}])",
            8},
        // Places between pixels are float32 there, and a third rounds to other bits further to the right.
        {"bilinear in thirds", R"([{"kind": "upsample", "factor": 3, "mode": "bilinear"}])", 3, 1e-5},
        {"transposed", R"([{"kind": "conv_transpose", "out": 6}, {"kind": "conv_transpose", "out": 3}])", 4},
        {"transposed with output padding", R"([{"kind": "conv_transpose", "out": 6, "kernel": 3, "padding": 1,
            "output_padding": 1}, {"kind": "conv_transpose", "out": 3, "kernel": 5, "padding": 2, "output_padding": 1}])",
            4},
        {"transposed far", R"([{"kind": "conv_transpose", "out": 6, "kernel": 9, "stride": 1, "padding": 4},
            {"kind": "conv_transpose", "out": 3, "kernel": 8, "stride": 4, "padding": 2}])",
            4},
        {"shuffle and dropout", R"([{"kind": "conv", "out": 12, "kernel": 3, "stride": 1}, {"kind": "dropout"},
            {"kind": "pixel_shuffle", "factor": 2}, {"kind": "conv", "out": 1, "kernel": 3, "stride": 1}])",
            2},
        {"residual", R"([{"kind": "upsample", "id": "trunk"}, {"kind": "conv", "out": 5, "kernel": 3, "stride": 1},
            {"kind": "add", "inputs": ["trunk", "1"], "id": "sum"}, {"kind": "conv", "out": 5, "kernel": 5, "stride": 1,
            "padding": 2}, {"kind": "concat", "inputs": ["sum", "3"]}, {"kind": "upsample"}])",
            4},
    };
    return cases;
}

CanvasPlan planOf(const Json& layers, const Shape& input)
{
    return valueOf(planCanvas(valueOf(inspected(layers, input)), "generator"));
}

/// Running statistics and scales other than 0 and 1.
void disturb(BuiltNetwork& network)
{
    const torch::NoGradGuard guard;
    for (const NamedTensor& buffer : network.buffers()) {
        torch::Tensor tensor = buffer.tensor;
        if (tensor.is_floating_point())
            tensor.add_(batchOf(1, {tensor.numel()}).view_as(tensor).abs().to(tensor.scalar_type()) * 0.3);
    }
}

torch::Tensor mapOf(std::int64_t latents, std::int64_t height, std::int64_t width, torch::ScalarType type)
{
    return batchOf(1, {latents, height, width}).to(type);
}

double distance(const torch::Tensor& one, const torch::Tensor& other)
{
    return (one - other).abs().max().item<double>();
}

} // namespace

class TestPainting : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); } // these tensors are tiny
    void tilesMakeTheWhole_data();
    void tilesMakeTheWhole();
    void reachIsNeeded();
    void oneLatentIsTheGenerator();
    void labelOfTheWhole();
    void pointsAreNoImages();
    void upsamplingArchitecture();
    void large();
    void generatorsBoundToASize_data();
    void generatorsBoundToASize();
    void wrongMaps();
};

void TestPainting::tilesMakeTheWhole_data()
{
    QTest::addColumn<int>("number");
    for (std::size_t i = 0; i < paintCases().size(); ++i)
        QTest::addRow("%s", paintCases()[i].name) << static_cast<int>(i);
}

void TestPainting::tilesMakeTheWhole()
{
    QFETCH(int, number);
    const PaintCase& one = paintCases()[static_cast<std::size_t>(number)];
    const Json layers = Json::parse(one.layers);
    const CanvasPlan plan = planOf(layers, {5, 1, 1});
    QCOMPARE(plan.growth, one.growth);
    const torch::NoGradGuard guard;
    for (const auto type : {torch::kDouble, torch::kFloat}) {
        for (const auto format : {torch::MemoryFormat::Contiguous, torch::MemoryFormat::ChannelsLast}) {
            const auto network = networkOf(layers, {5, 1, 1}, type, format);
            disturb(*network);
            const torch::Tensor latents = mapOf(5, 11, 14, type);
            const torch::Tensor whole = network->forward(latents, ForwardMode::Evaluate);
            QCOMPARE(shapeOf(whole), (Shape{plan.channels, 11 * plan.growth, 14 * plan.growth}));
            // Tiles of one latent, of a few that do not divide the map, and one for all.
            for (const std::int64_t tile : {std::int64_t{1}, 4 * plan.growth, 100 * plan.growth}) {
                const torch::Tensor painted = valueOf(paint(*network, plan, latents, tile));
                QVERIFY(distance(painted, whole) < (type == torch::kDouble ? 1e-13 : one.tolerance));
            }
        }
    }
}

/// With a smaller reach the tiles would show: the test above can fail.
void TestPainting::reachIsNeeded()
{
    for (const char* name : {"convolutions", "one pixel a latent", "transposed", "transposed far", "residual"}) {
        for (const PaintCase& one : paintCases()) {
            if (std::string(one.name) != name)
                continue;
            const Json layers = Json::parse(one.layers);
            CanvasPlan plan = planOf(layers, {5, 1, 1});
            const auto network = networkOf(layers, {5, 1, 1}, torch::kDouble);
            const torch::Tensor latents = mapOf(5, 11, 14, torch::kDouble);
            const torch::Tensor whole = network->forward(latents, ForwardMode::Evaluate);
            plan.reach = (plan.margin() - 1) * plan.growth;
            QVERIFY2(distance(valueOf(paint(*network, plan, latents, plan.growth)), whole) > 1e-6, name);
        }
    }
}

void TestPainting::oneLatentIsTheGenerator()
{
    const Json layers = Json::parse(R"([{"kind": "reshape", "shape": [5, 1, 1]}, {"kind": "upsample", "factor": 4},
        {"kind": "conv", "out": 3, "kernel": 3, "stride": 1}])");
    const auto network = networkOf(layers, {5});
    const torch::NoGradGuard guard;
    const torch::Tensor latents = mapOf(5, 1, 1, torch::kFloat);
    const torch::Tensor image = network->forward(latents.flatten(1), ForwardMode::Evaluate);
    QCOMPARE(shapeOf(image), (Shape{3, 4, 4}));
    QVERIFY(at::equal(valueOf(paint(*network, planOf(layers, {5}), latents)), image));
}

void TestPainting::labelOfTheWhole()
{
    const Json layers = Json::parse(R"([{"kind": "concat", "inputs": ["input", "label"]},
        {"kind": "reshape", "shape": [8, 1, 1]}, {"kind": "upsample", "factor": 4},
        {"kind": "conv", "out": 3, "kernel": 3, "stride": 1}])");
    const CanvasPlan plan = valueOf(planCanvas(valueOf(inspected(layers, {5}, 3)), "generator"));
    QCOMPARE(plan.latents, std::int64_t{5});
    QCOMPARE(plan.classes, 3);
    QCOMPARE(plan.growth, std::int64_t{4});
    const auto network = networkOf(layers, {5}, torch::kFloat, torch::MemoryFormat::Contiguous, 3);
    const torch::NoGradGuard guard;
    const torch::Tensor second = at::eye(3).narrow(0, 1, 1);
    const torch::Tensor one = mapOf(5, 1, 1, torch::kFloat);
    const torch::Tensor image = network->forward({one.flatten(1), second}, ForwardMode::Evaluate);
    QVERIFY(at::equal(valueOf(paint(*network, plan, {one, second})), image));
    QVERIFY(!at::equal(valueOf(paint(*network, plan, {one, at::eye(3).narrow(0, 0, 1)})), image));
    // In tiles, and with the label's map given whole.
    const torch::Tensor latents = mapOf(5, 6, 7, torch::kFloat);
    const torch::Tensor labels = second.view({1, 3, 1, 1}).expand({1, 3, 6, 7});
    const torch::Tensor whole = network->forward({latents, labels}, ForwardMode::Evaluate);
    QVERIFY(distance(valueOf(paint(*network, plan, {latents, second}, 8)), whole) < 1e-6);
    QVERIFY(!paint(*network, plan, latents).ok());
    QVERIFY(!paint(*network, plan, {latents, at::eye(3)}).ok());
}

void TestPainting::pointsAreNoImages()
{
    const Result<CanvasPlan> plan =
        planCanvas(valueOf(inspected(Json::parse(R"([{"kind": "activation"}])"), {2})), "g");
    QVERIFY(!plan.ok() && plan.error().sentence().find("no images") != std::string::npos);
}

void TestPainting::upsamplingArchitecture()
{
    const ArchitectureInfo* info = builtinCatalog().architectures.find("upsample");
    for (const char* norm : {"batch", "none"}) {
        const Json options = valueOf(resolveParameters(info->parameters, {{"width", 3}, {"norm", norm}}, "upsample"));
        for (const int side : {28, 32, 64}) {
            const Json layers = networkToJson(valueOf(info->expand(options, {"generator", {6}, {3, side, side}})));
            const CanvasPlan plan = planOf(layers, {6});
            QCOMPARE(plan.growth, std::int64_t{side});
            QCOMPARE(plan.margin(), std::int64_t{1});
            const auto network = networkOf(layers, {6});
            disturb(*network);
            const torch::NoGradGuard guard;
            const torch::Tensor latents = mapOf(6, 3, 4, torch::kFloat);
            const torch::Tensor whole = network->forward(latents, ForwardMode::Evaluate);
            QVERIFY(distance(valueOf(paint(*network, plan, latents, side)), whole) < 1e-6);
        }
    }
}

void TestPainting::large()
{
    const ArchitectureInfo* info = builtinCatalog().architectures.find("upsample");
    const Json options = valueOf(resolveParameters(info->parameters, {{"width", 2}}, "upsample"));
    const Json layers = networkToJson(valueOf(info->expand(options, {"generator", {6}, {3, 32, 32}})));
    const auto network = networkOf(layers, {6});
    const torch::Tensor image = valueOf(paint(*network, planOf(layers, {6}), mapOf(6, 32, 32, torch::kFloat)));
    QCOMPARE(shapeOf(image), (Shape{3, 1024, 1024}));
    QVERIFY(at::isfinite(image).all().item<bool>() && image.abs().max().item<float>() <= 1);
    QVERIFY(!image.requires_grad());
}

void TestPainting::generatorsBoundToASize_data()
{
    QTest::addColumn<QString>("layers");
    QTest::addColumn<QString>("words");
    const auto row = [](const char* name, const char* layers, const char* words) {
        QTest::addRow("%s", name) << QString::fromUtf8(layers) << QString::fromUtf8(words);
    };
    row("linear", R"([{"kind": "linear", "out": 64}, {"kind": "reshape", "shape": [4, 4, 4]}])", "layer 0, linear 64");
    row("reshape to more pixels", R"([{"kind": "reshape", "shape": [2, 2, 2]}])", "layer 0");
    row("basis", R"([{"kind": "basis"}])", "one size");
    row("instance norm", R"([{"kind": "reshape", "shape": [8, 1, 1]}, {"kind": "upsample"},
        {"kind": "norm", "norm": "instance"}])",
        "layer 2");
    row("layer norm", R"([{"kind": "reshape", "shape": [8, 1, 1]}, {"kind": "norm", "norm": "layer"}])", "batch norm");
    row("flatten", R"([{"kind": "reshape", "shape": [8, 1, 1]}, {"kind": "flatten"},
        {"kind": "reshape", "shape": [8, 1, 1]}])",
        "layer 1, flatten");
    row("valid convolution", R"([{"kind": "reshape", "shape": [8, 1, 1]}, {"kind": "upsample", "factor": 4},
        {"kind": "conv", "kernel": 3, "stride": 1, "padding": 0}])",
        "layer 2");
    row("transposed to four pixels", R"([{"kind": "reshape", "shape": [8, 1, 1]},
        {"kind": "conv_transpose", "stride": 1, "padding": 0}])",
        "layer 1");
    row("labels behind the entrance", R"([{"kind": "reshape", "shape": [8, 1, 1]}, {"kind": "upsample"},
        {"kind": "label_map", "inputs": ["1", "label"]}])",
        "labels");
    row("labels in front", R"([{"kind": "concat", "inputs": ["label", "input"]},
        {"kind": "reshape", "shape": [11, 1, 1]}])",
        "labels");
    row("latent and label mixed", R"([{"kind": "concat", "inputs": ["input", "label"]}, {"kind": "linear", "out": 4},
        {"kind": "reshape", "shape": [4, 1, 1]}])",
        "layer 1, linear 4");
    row("latent and label again", R"([{"kind": "concat", "inputs": ["input", "label"]},
        {"kind": "reshape", "shape": [11, 1, 1]}, {"kind": "concat", "inputs": ["0", "0"]},
        {"kind": "reshape", "shape": [22, 1, 1]}])",
        "layer 2");
    row("pooling", R"([{"kind": "reshape", "shape": [8, 1, 1]}, {"kind": "upsample"}, {"kind": "average_pool"}])",
        "layer 2");
    row("the latent again", R"([{"kind": "reshape", "shape": [8, 1, 1]},
        {"kind": "concat", "inputs": ["input", "input"]}, {"kind": "reshape", "shape": [16, 1, 1]}])",
        "layer 1");
}

void TestPainting::generatorsBoundToASize()
{
    QFETCH(QString, layers);
    QFETCH(QString, words);
    const Result<CanvasPlan> plan =
        planCanvas(valueOf(inspected(Json::parse(layers.toStdString()), {8}, 3)), "generator");
    QVERIFY(!plan.ok());
    QVERIFY(!plan.error().remedy.empty());
    const QString sentence = QString::fromStdString(plan.error().sentence());
    QVERIFY2(sentence.startsWith(QStringLiteral("generator: layer")) && sentence.contains(words), qPrintable(sentence));
}

void TestPainting::wrongMaps()
{
    const Json layers = Json::parse(R"([{"kind": "upsample", "factor": 32}])");
    const CanvasPlan plan = planOf(layers, {5, 1, 1});
    const auto network = networkOf(layers, {5, 1, 1});
    for (const auto& sizes : {std::vector<std::int64_t>{1, 4, 2, 2}, {2, 5, 2, 2}, {5, 2, 2}, {1, 5, 0, 2}})
        QVERIFY(!paint(*network, plan, at::zeros(sizes)).ok());
    // The claim alone must cost nothing.
    const Result<torch::Tensor> vast = paint(*network, plan, at::zeros({1, 5, 1, 1}).expand({1, 5, 257, 100000}));
    QVERIFY(!vast.ok() && vast.error().sentence().find("256") != std::string::npos);
}

QTEST_GUILESS_MAIN(TestPainting)
#include "painting.moc"
