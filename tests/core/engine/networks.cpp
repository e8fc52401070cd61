// SPDX-License-Identifier: GPL-3.0-or-later
// Networks as data: what is refused, what is drawn, what comes back from JSON.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/runs/experiment.h"

#include "tests/support/networks.h"
#include "tests/support/says.h"

#include <ATen/Parallel.h>

#include <cmath>
#endif

using namespace saddle;
using namespace saddle::test;

class TestNetworks : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); } // these tensors are tiny
    void branches();
    void impossible_data();
    void impossible();
    void initialisation();
    void roundTrips();
    void layersThatNothingTakes();
};

void TestNetworks::branches()
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

void TestNetworks::impossible_data()
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
    row("max pool larger than its input", R"([{"kind": "max_pool", "size": 9}])", image, "larger than the input");
    row("max pool of mostly padding", R"([{"kind": "max_pool", "size": 3, "padding": 2}])", image, "half the block");
    row("groups that do not divide", R"([{"kind": "conv", "groups": 3}])", image, "3 groups");
    row("spectral norm of nothing", R"([{"kind": "conv", "gain": 0, "spectral_norm": true}])", image, "singular");
    row("shuffle without enough channels", R"([{"kind": "pixel_shuffle"}])", image, "multiple of 4");
    row("halving one pixel", R"([{"kind": "average_pool", "size": 8}, {"kind": "downsample"}])", image, "halved");
    row("channels of a vector", R"([{"kind": "dropout", "per_channel": true}])", points, "no channels");
    row("minibatch map of a vector", R"([{"kind": "minibatch_discrimination", "mode": "map"}])", points, "an image");
    row("minibatch tensor of an image", R"([{"kind": "minibatch_discrimination"}])", image, "flatten");
    row("basis of an image", R"([{"kind": "basis"}])", image, "flatten");
    row("labels that are not given", R"([{"kind": "label_map", "inputs": ["input", "label"]}])", image, "no labels");
    row("label maps of a vector", R"([{"kind": "label_map", "inputs": ["input", "input"]}])", points, "an image first");
    row("a block that is no text", R"([{"kind": "conv", "block": 3}])", image, "block");
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
    row("an id with a space", R"([{"kind": "conv", "id": "first one"}])", image, "commas and spaces");
    row("an id with a comma", R"([{"kind": "conv", "id": "a,b"}])", image, "commas and spaces");
    row("far too large",
        R"([{"kind": "upsample", "factor": 32}, {"kind": "upsample", "factor": 32}, {"kind": "upsample", "factor": 32},
            {"kind": "upsample", "factor": 32}])",
        image, "layer 2");
    row("far too many weights", R"([{"kind": "linear", "out": 1048576}, {"kind": "linear", "out": 1048576}])", points,
        "layer 1");
}

void TestNetworks::impossible()
{
    QFETCH(QString, layers);
    QFETCH(QVariantList, input);
    QFETCH(QString, words);
    Shape shape;
    for (const QVariant& size : input)
        shape.push_back(size.toLongLong());
    const Result<NetworkReport> report = inspected(Json::parse(layers.toStdString()), shape);
    QVERIFY(!report.ok());
    const Error& error = report.error();
    QVERIFY2(!error.what.empty() && !error.remedy.empty(), error.sentence().c_str());
    QVERIFY2(QString::fromStdString(error.where).startsWith(QStringLiteral("generator")), error.where.c_str());
    QVERIFY2(QString::fromStdString(error.sentence()).contains(words), error.sentence().c_str());
}

void TestNetworks::initialisation()
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
    // A layer's own gain and rule, whatever the network's.
    const auto withOptions = [&](Initialisation initialisation, const Json& options) {
        Json layer = {{"kind", "conv"}, {"out", 64}};
        layer.update(options);
        const NetworkDescription one = valueOf(networkFromJson(kinds(), Json::array({layer}), "layers"));
        BuiltNetwork network(kinds(), one, valueOf(inspectNetwork(kinds(), one, {16, 16, 16}, "network")));
        network.initialise(initialisation, RandomStreams(1, torch::kCPU), "generator");
        return network.parameters().tensors;
    };
    for (const Initialisation initialisation : {Initialisation::Normal, Initialisation::Default}) {
        const torch::Tensor plain = withOptions(initialisation, {{"gain", 1}})[0];
        QVERIFY(at::allclose(withOptions(initialisation, {{"gain", 3}})[0], plain * 3));
        QVERIFY(near(withOptions(initialisation, {{"gain", 0}})[0].abs().max(), 0, 1e-12));
        const std::vector<torch::Tensor> fanIn = withOptions(initialisation, {{"initial", "fan_in"}, {"gain", 2}});
        QVERIFY(near(fanIn[0].std(), 2 / std::sqrt(16.0 * 4 * 4), 0.002));
        QVERIFY(near(fanIn[1].abs().max(), 0, 1e-12));
    }
    // Keyed by seed and role.
    QVERIFY(at::equal(normal[0], drawn(Initialisation::Normal, 1, "generator")[0]));
    QVERIFY(!at::equal(normal[0], drawn(Initialisation::Normal, 2, "generator")[0]));
    QVERIFY(!at::equal(normal[0], drawn(Initialisation::Normal, 1, "discriminator")[0]));
}

void TestNetworks::roundTrips()
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
        const Json list =
            Json::array({{{"kind", info.kind}, {"id", "one"}, {"inputs", {"input"}}, {"block", "part 1"}}});
        const Result<NetworkDescription> network = networkFromJson(catalog.layers, list, "layers");
        QVERIFY_OK(network);
        const Json written = networkToJson(*network);
        const Result<NetworkDescription> again = networkFromJson(catalog.layers, Json::parse(written.dump()), "layers");
        QVERIFY_OK(again);
        QCOMPARE(networkToJson(*again).dump(), written.dump());
        QCOMPARE(written[0].value("id", ""), std::string("one"));
        QCOMPARE(written[0].value("block", ""), std::string("part 1"));
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

/// Of such a layer nothing comes: its weights get no gradient.
void TestNetworks::layersThatNothingTakes()
{
    const Json layers = Json::parse(R"([{"kind": "linear", "out": 4}, {"kind": "linear", "id": "lost", "out": 4},
        {"kind": "linear", "inputs": ["0"], "out": 3}])");
    Result<NetworkReport> report = inspected(layers, {2});
    QVERIFY_OK(report);
    QCOMPARE(report->untaken(), 1);
    SAYS(checkAllTaken(*report, "generator"), "generator: layer 1, linear", "no later layer takes", "“lost”");
    Json fitting = layers;
    fitting[2]["out"] = 2;
    const Json document = {{"data", {{"source", "gaussians-8"}}}, {"latent", {{"dimensions", 2}}},
        {"generator", {{"layers", fitting}}}, {"discriminator", {{"architecture", "mlp"}}}};
    SAYS(buildExperiment(document, builtinCatalog()), "generator: layer 1", "no later layer takes");
    fitting[2]["inputs"] = {"lost"};
    report = inspected(fitting, {2});
    QVERIFY_OK(report);
    QCOMPARE(report->untaken(), -1);
    QVERIFY_OK(checkAllTaken(*report, "generator"));
}

QTEST_GUILESS_MAIN(TestNetworks)
#include "networks.moc"
