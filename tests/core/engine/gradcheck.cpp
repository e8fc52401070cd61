// SPDX-License-Identifier: GPL-3.0-or-later
// Gradients against central differences in float64: of every objective, and through every kind of layer.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/models/built_network.h"
#include "core/objectives/adversarial.h"
#include "core/params/schema.h"
#include "core/training/builtin.h"
#include "core/training/random_streams.h"

#include "tests/support/gradcheck.h"
#include "tests/support/scratch.h"

#include <ATen/Parallel.h>

#include <set>
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

/// Points away from 0, where the derivative of a kink jumps: ±(0.1 .. 1.1).
torch::Tensor awayFromKinks(const std::vector<std::int64_t>& sizes, const std::string& stream)
{
    const RandomStreams streams(7, torch::kCPU);
    const torch::Tensor uniform = streams.uniform(stream, 0, sizes).to(torch::kDouble);
    return at::where(uniform > 0.5, uniform - 0.4, uniform - 1.1 + 0.5) * 2;
}

struct NetworkCase {
    const char* name;
    Shape input;
    Json layers;
};

const std::vector<NetworkCase>& networkCases()
{
    static const std::vector<NetworkCase> cases{
        {"linear", {3}, Json::parse(R"([{"kind": "linear", "out": 4}])")},
        {"linear without bias, tanh", {3},
            Json::parse(R"([{"kind": "linear", "out": 4, "bias": false, "activation": "tanh"}])")},
        {"linear, batch norm, ELU", {3},
            Json::parse(R"([{"kind": "linear", "out": 4, "norm": "batch", "activation": "elu"}])")},
        {"linear, layer norm, sigmoid", {3},
            Json::parse(R"([{"kind": "linear", "out": 4, "norm": "layer", "activation": "sigmoid"}])")},
        {"linear, ReLU, linear", {3},
            Json::parse(R"([{"kind": "linear", "out": 5, "activation": "relu"}, {"kind": "linear", "out": 2}])")},
        {"convolution", {2, 5, 5}, Json::parse(R"([{"kind": "conv", "out": 3, "kernel": 3, "stride": 2}])")},
        {"convolution, batch norm, leaky ReLU", {2, 4, 4},
            Json::parse(R"([{"kind": "conv", "out": 2, "bias": false, "norm": "batch", "activation": "leaky_relu"}])")},
        {"convolution, instance norm, tanh", {2, 6, 6},
            Json::parse(R"([{"kind": "conv", "out": 2, "norm": "instance", "activation": "tanh"}])")},
        {"convolution, layer norm, ReLU", {1, 6, 6},
            Json::parse(R"([{"kind": "conv", "out": 2, "norm": "layer", "activation": "relu"}])")},
        {"transposed convolution", {2, 3, 3},
            Json::parse(R"([{"kind": "conv_transpose", "out": 2, "kernel": 3, "output_padding": 1}])")},
        {"transposed convolution, batch norm, ReLU", {2, 2, 2},
            Json::parse(R"([{"kind": "conv_transpose", "out": 2, "norm": "batch", "activation": "relu"}])")},
        {"transposed convolution to many channels", {2, 2, 2},
            Json::parse(R"([{"kind": "conv_transpose", "out": 5, "kernel": 3, "output_padding": 1}])")},
        {"batch norm", {2, 3, 3}, Json::parse(R"([{"kind": "norm", "norm": "batch"}])")},
        {"instance norm", {2, 3, 3}, Json::parse(R"([{"kind": "norm", "norm": "instance", "activation": "elu"}])")},
        {"layer norm", {4}, Json::parse(R"([{"kind": "norm", "norm": "layer"}])")},
        {"ReLU", {6}, Json::parse(R"([{"kind": "activation", "activation": "relu"}])")},
        {"leaky ReLU", {6}, Json::parse(R"([{"kind": "activation", "activation": "leaky_relu", "slope": 0.3}])")},
        {"ELU", {6}, Json::parse(R"([{"kind": "activation", "activation": "elu"}])")},
        {"tanh", {6}, Json::parse(R"([{"kind": "activation", "activation": "tanh"}])")},
        {"sigmoid", {6}, Json::parse(R"([{"kind": "activation", "activation": "sigmoid"}])")},
        {"upsample, nearest", {2, 2, 3}, Json::parse(R"([{"kind": "upsample", "factor": 3}])")},
        {"upsample, bilinear", {2, 2, 3}, Json::parse(R"([{"kind": "upsample", "mode": "bilinear"}])")},
        {"average pool", {2, 5, 4}, Json::parse(R"([{"kind": "average_pool", "size": 2}])")},
        {"flatten and reshape", {2, 2, 3}, Json::parse(R"([{"kind": "flatten"}, {"kind": "linear", "out": 8},
                {"kind": "reshape", "shape": [2, 2, 2]}, {"kind": "conv", "out": 1, "kernel": 2, "padding": 0}])")},
        {"add", {3}, Json::parse(R"([{"kind": "linear", "out": 3, "activation": "tanh"},
                {"kind": "add", "inputs": ["0", "input"]}, {"kind": "linear", "out": 2}])")},
        {"add a layer to itself", {3},
            Json::parse(R"([{"kind": "linear", "out": 3}, {"kind": "add", "inputs": ["0", "0"]}])")},
        // The branch's activation must not write into what the other branch still reads.
        {"branches through activations", {4}, Json::parse(R"([{"kind": "linear", "out": 4, "id": "trunk"},
                {"kind": "activation", "activation": "relu", "inputs": ["trunk"], "id": "left"},
                {"kind": "activation", "activation": "leaky_relu", "inputs": ["trunk"], "id": "right"},
                {"kind": "add", "inputs": ["trunk", "left", "right"]}])")},
        {"branches through nothing", {4}, Json::parse(R"([{"kind": "linear", "out": 4, "id": "trunk"},
                {"kind": "activation", "activation": "none", "id": "same"},
                {"kind": "activation", "activation": "relu", "inputs": ["same"]},
                {"kind": "add", "inputs": ["trunk", "2"]}])")},
        {"join", {1, 3, 3}, Json::parse(R"([{"kind": "conv", "out": 2, "kernel": 3, "stride": 1, "activation": "tanh"},
                {"kind": "concat", "inputs": ["input", "0"]}, {"kind": "conv", "out": 1, "kernel": 3, "stride": 1}])")},
    };
    return cases;
}

} // namespace

class TestGradcheck : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); } // these tensors are tiny
    void theCheckItselfFindsMistakes();
    void objectives_data();
    void objectives();
    void everyLayerKindHasACase();
    void networks_data();
    void networks();
};

void TestGradcheck::theCheckItselfFindsMistakes()
{
    const torch::Tensor x = awayFromKinks({5}, "x");
    QCOMPARE(gradcheck([&] { return project(x.square()); }, {x}), std::string());
    // x x' counts as a constant times x: half of the true gradient.
    QVERIFY(!gradcheck([&] { return project(x * x.detach()); }, {x}).empty());
    QVERIFY(!gradcheck([&] { return project(x.detach()) + x.sum() * 0; }, {x}).empty());
}

void TestGradcheck::objectives_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("options");
    for (const ObjectiveInfo& info : builtinCatalog().objectives.items()) {
        const QString kind = QString::fromStdString(info.kind);
        QTest::addRow("%s", info.kind.c_str()) << kind << QStringLiteral("{}");
        for (const Parameter& parameter : info.parameters) {
            if (parameter.type != ParameterType::Real)
                continue;
            const Json changed = {{parameter.key, 0.3}};
            QTest::addRow("%s, %s", info.kind.c_str(), parameter.key.c_str())
                << kind << QString::fromStdString(changed.dump());
        }
    }
}

void TestGradcheck::objectives()
{
    QFETCH(QString, kind);
    QFETCH(QString, options);
    const ObjectiveInfo* info = builtinCatalog().objectives.find(kind.toStdString());
    const Result<Json> resolved = resolveParameters(info->parameters, Json::parse(options.toStdString()), "objective");
    QVERIFY_OK(resolved);
    LiveValues live(torch::kCPU, torch::kDouble);
    const std::unique_ptr<Objective> made = info->create(*resolved, live);
    const auto* objective = dynamic_cast<const AdversarialObjective*>(made.get());
    QVERIFY(objective);
    const torch::Tensor real = awayFromKinks({7, 1}, "real") * 3;
    const torch::Tensor fake = awayFromKinks({7, 1}, "fake") * 3;
    QCOMPARE(gradcheck([&] { return objective->discriminatorLoss(real, fake); }, {real, fake}), std::string());
    QCOMPARE(gradcheck([&] { return objective->generatorLoss(fake); }, {fake}), std::string());
}

void TestGradcheck::everyLayerKindHasACase()
{
    std::set<std::string> seen;
    for (const NetworkCase& one : networkCases()) {
        for (const Json& layer : one.layers)
            seen.insert(layer["kind"].get<std::string>());
    }
    for (const LayerInfo& info : builtinCatalog().layers.items())
        QVERIFY2(seen.contains(info.kind), info.kind.c_str());
}

void TestGradcheck::networks_data()
{
    QTest::addColumn<int>("number");
    for (std::size_t i = 0; i < networkCases().size(); ++i)
        QTest::addRow("%s", networkCases()[i].name) << static_cast<int>(i);
}

void TestGradcheck::networks()
{
    QFETCH(int, number);
    const NetworkCase& one = networkCases()[static_cast<std::size_t>(number)];
    const Registry<LayerInfo>& layers = builtinCatalog().layers;
    const Result<NetworkDescription> description = networkFromJson(layers, one.layers, "layers");
    QVERIFY_OK(description);
    const Result<NetworkReport> inspected = inspectNetwork(layers, *description, one.input, "network");
    QVERIFY_OK(inspected);
    const RandomStreams streams(3, torch::kCPU);
    std::vector<std::int64_t> sizes{3};
    sizes.insert(sizes.end(), one.input.begin(), one.input.end());
    for (const auto format : {torch::MemoryFormat::Contiguous, torch::MemoryFormat::ChannelsLast}) {
        BuiltNetwork network(layers, *description, *inspected);
        network.initialise(Initialisation::Default, streams, "network");
        network.to(torch::kCPU, torch::kDouble, format);
        for (torch::Tensor parameter : network.parameters().tensors) {
            // Norms' scales and shifts of 1 and 0 would hide a mistake.
            const torch::NoGradGuard guard;
            parameter.add_(streams.normal("more", 0, {1, parameter.numel()}).reshape(parameter.sizes()) * 0.1);
        }
        const torch::Tensor input = awayFromKinks(sizes, one.name);
        std::vector<torch::Tensor> variables = network.parameters().tensors;
        variables.push_back(input);
        for (const ForwardMode mode : {ForwardMode::Train, ForwardMode::Evaluate})
            QCOMPARE(gradcheck([&] { return project(network.forward(input, mode)); }, variables), std::string());
    }
}

QTEST_GUILESS_MAIN(TestGradcheck)
#include "gradcheck.moc"
