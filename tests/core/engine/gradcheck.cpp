// SPDX-License-Identifier: GPL-3.0-or-later
// Gradients against central differences in float64: of every objective, and through every kind of layer.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/objectives/adversarial.h"

#include "tests/support/gradcheck.h"
#include "tests/support/networks.h"

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
    int classes = 0;
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
        {"convolution in groups", {4, 3, 3},
            Json::parse(R"([{"kind": "conv", "out": 2, "kernel": 3, "groups": 2, "activation": "leaky_relu"}])")},
        {"convolution, ReLU, then batch norm", {2, 4, 4},
            Json::parse(R"([{"kind": "conv", "out": 2, "norm": "batch", "activation": "relu",
                "order": "activation_first"}])")},
        {"spectral norm, linear", {4}, Json::parse(R"([{"kind": "linear", "out": 3, "spectral_norm": true,
                "spectral_update": "update", "activation": "leaky_relu"}])")},
        {"spectral norm, convolution", {2, 4, 4}, Json::parse(R"([{"kind": "conv", "out": 3, "spectral_norm": true,
                "spectral_update": "update", "activation": "leaky_relu"}])")},
        {"spectral norm, transposed convolution", {2, 2, 2},
            Json::parse(
                R"([{"kind": "conv_transpose", "out": 2, "spectral_norm": true, "spectral_update": "update"}])")},
        {"spectral norm, transposed convolution to many channels", {2, 2, 2},
            Json::parse(R"([{"kind": "conv_transpose", "out": 5, "kernel": 2, "padding": 0, "spectral_norm": true,
                "spectral_update": "update"}])")},
        {"downsample", {2, 4, 6}, Json::parse(R"([{"kind": "downsample"}])")},
        {"pixel shuffle", {8, 2, 3}, Json::parse(R"([{"kind": "pixel_shuffle", "factor": 2}])")},
        {"max pool", {2, 5, 4}, Json::parse(R"([{"kind": "max_pool", "size": 3, "stride": 2, "padding": 1}])")},
        {"dropout", {2, 4, 3}, Json::parse(R"([{"kind": "dropout", "probability": 0.4},
                {"kind": "dropout", "per_channel": true}, {"kind": "conv", "out": 1, "kernel": 3}])")},
        {"minibatch tensor", {3}, Json::parse(R"([{"kind": "minibatch_discrimination", "features": 2,
                "kernel_dims": 2}])")},
        {"minibatch map", {2, 3, 4}, Json::parse(R"([{"kind": "minibatch_discrimination", "mode": "map"}])")},
        {"minibatch deviation", {2, 3, 4}, Json::parse(R"([{"kind": "minibatch_stddev", "group": 0}])")},
        {"basis", {4}, Json::parse(R"([{"kind": "basis", "out": 3, "size": 2}])")},
        {"label map", {2, 3, 3}, Json::parse(R"([{"kind": "label_map", "inputs": ["input", "label"]},
                {"kind": "conv", "out": 2, "kernel": 3}])"),
            3},
        {"join", {1, 3, 3}, Json::parse(R"([{"kind": "conv", "out": 2, "kernel": 3, "stride": 1, "activation": "tanh"},
                {"kind": "concat", "inputs": ["input", "0"]}, {"kind": "conv", "out": 1, "kernel": 3, "stride": 1}])")},
    };
    return cases;
}

/// A case's network in float64, with an input and all that gradients are checked of.
struct Checked {
    Checked(const NetworkCase& one, torch::MemoryFormat format)
        : network(networkOf(one.layers, one.input, torch::kDouble, format, one.classes))
    {
        const RandomStreams streams(3, torch::kCPU);
        variables = network->parameters().tensors;
        for (torch::Tensor parameter : variables) {
            // Norms' scales and shifts of 1 and 0 would hide a mistake.
            const torch::NoGradGuard guard;
            parameter.add_(streams.normal("more", 0, {1, parameter.numel()}).reshape(parameter.sizes()) * 0.1);
        }
        std::vector<std::int64_t> sizes{3};
        sizes.insert(sizes.end(), one.input.begin(), one.input.end());
        input = awayFromKinks(sizes, one.name).requires_grad_(true);
        variables.push_back(input);
        if (one.classes > 0)
            label = at::eye(one.classes, torch::kDouble).narrow(0, 0, 3);
    }

    torch::Tensor forward(ForwardMode mode) const
    {
        FixedDraws draws;
        Pass pass(mode, &draws);
        pass.firstOfUpdate = false; // a power iteration would make another function of it at each call
        return network->forward(NetworkInput(input, label), pass);
    }

    std::unique_ptr<BuiltNetwork> network;
    std::vector<torch::Tensor> variables;
    torch::Tensor input;
    torch::Tensor label;
};

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
    void twice_data();
    void twice();
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
        if (info.roles.back() != "discriminator")
            continue; // objectives.cpp checks those
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
    const auto generatorLoss = [&] {
        return objective->comparesInGenerator() ? objective->comparedGeneratorLoss(real, fake)
                                                : objective->generatorLoss(fake);
    };
    QCOMPARE(gradcheck(generatorLoss, {fake}), std::string());
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
    for (const auto format : {torch::MemoryFormat::Contiguous, torch::MemoryFormat::ChannelsLast}) {
        const Checked checked(one, format);
        for (const ForwardMode mode : {ForwardMode::Train, ForwardMode::Evaluate}) {
            QCOMPARE(gradcheck([&] { return project(checked.forward(mode)); }, checked.variables), std::string());
        }
    }
}

void TestGradcheck::twice_data()
{
    networks_data();
}

/// A gradient penalty is a function of the gradient with respect to the input, and its own gradient goes to everything.
void TestGradcheck::twice()
{
    QFETCH(int, number);
    const NetworkCase& one = networkCases()[static_cast<std::size_t>(number)];
    for (const auto format : {torch::MemoryFormat::Contiguous, torch::MemoryFormat::ChannelsLast}) {
        const Checked checked(one, format);
        const auto penalty = [&] {
            const torch::AutoGradMode guard(true);
            const torch::Tensor output = checked.forward(ForwardMode::Train);
            const torch::Tensor gradient = torch::autograd::grad({project(output)}, {checked.input}, {}, true, true)[0];
            // The squares keep what is linear in the input from having no second derivative at all.
            return project(gradient.square()) + project(output.square());
        };
        QCOMPARE(gradcheck(penalty, checked.variables, 1e-6), std::string());
    }
}

QTEST_GUILESS_MAIN(TestGradcheck)
#include "gradcheck.moc"
