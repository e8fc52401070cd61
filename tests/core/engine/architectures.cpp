// SPDX-License-Identifier: GPL-3.0-or-later
// Architectures: every role at every size, the published counts, and what is refused.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "tests/support/networks.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

const Registry<ArchitectureInfo>& architectures()
{
    return builtinCatalog().architectures;
}

/// Few channels, so that all sizes are quick.
Json narrow(const std::string& kind)
{
    if (kind == "began")
        return {{"width", 3}, {"code", 7}};
    if (kind == "r3gan")
        return {{"width", 4}, {"blocks", 1}};
    return {{"width", 4}};
}

bool hasAutoEncoder(const std::string& kind)
{
    return kind == "mlp" || kind == "ebgan" || kind == "began";
}

NetworkDescription expanded(const std::string& kind, const Json& options, const NetworkFit& fit)
{
    const ArchitectureInfo* info = architectures().find(kind);
    return valueOf(info->expand(valueOf(resolveParameters(info->parameters, options, kind)), fit));
}

NetworkReport reportOn(const std::string& kind, const Json& options, const NetworkFit& fit)
{
    return valueOf(inspectNetwork(kinds(), expanded(kind, options, fit), fit.input, fit.role, fit.classes));
}

/// What a network must do: fit its shapes, run in both modes, count its parameters right and read labels.
QString problemWith(const NetworkDescription& description, const NetworkFit& fit)
{
    const NetworkReport report = valueOf(inspectNetwork(kinds(), description, fit.input, fit.role, fit.classes));
    if (report.output != fit.output)
        return QString::fromStdString("gives " + shapeText(report.output));
    if (const Status taken = checkAllTaken(report, fit.role); !taken)
        return QString::fromStdString(taken.error().sentence());
    if ((report.labelReader() >= 0) != (fit.classes > 0))
        return QStringLiteral("labels are not read, or out of nothing");
    BuiltNetwork network(kinds(), description, report);
    network.initialise(Initialisation::Default, RandomStreams(1, torch::kCPU), fit.role);
    std::int64_t parameters = 0;
    for (const torch::Tensor& parameter : network.parameters().tensors)
        parameters += parameter.numel();
    if (parameters != report.parameters)
        return QStringLiteral("%1 parameters instead of %2").arg(parameters).arg(report.parameters);
    const torch::NoGradGuard guard;
    for (const auto format : {torch::MemoryFormat::Contiguous, torch::MemoryFormat::ChannelsLast}) {
        network.to(torch::kCPU, torch::kFloat, format);
        const torch::Tensor label = fit.classes > 0 ? at::eye(fit.classes).narrow(0, 0, 2) : torch::Tensor();
        for (const ForwardMode mode : {ForwardMode::Train, ForwardMode::Evaluate}) {
            FixedDraws draws;
            const NetworkOutput output = network.forwardWithCode(
                NetworkInput(inFormat(batchOf(2, fit.input), format), label), Pass(mode, &draws));
            if (shapeOf(output.output) != fit.output || !at::isfinite(output.output).all().item<bool>())
                return QString::fromStdString("the forward pass gives " + shapeText(shapeOf(output.output)));
            const bool rebuilds = fit.role == "discriminator" && fit.output == fit.input;
            if (output.code.defined() != rebuilds)
                return QStringLiteral("a code is missing, or there where none is asked for");
        }
    }
    return {};
}

} // namespace

class TestArchitectures : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); } // these tensors are tiny
    void fits_data();
    void fits();
    void options_data();
    void options();
    void refusals_data();
    void refusals();
    void parameterCounts_data();
    void parameterCounts();
    void firstLayersOfDiscriminators();
    void cs231nAsOnThePage();
    void latentMaps();
    void residualsStartAsIdentity();
    void blocksHaveNames();
};

void TestArchitectures::fits_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<int>("side"); ///< 0: points of the plane
    QTest::addColumn<int>("channels");
    for (const ArchitectureInfo& info : architectures().items()) {
        for (const int side : {28, 32, 48, 64, 128}) {
            for (const int channels : {1, 3}) {
                if (channels == 1 && side > 32)
                    continue; // one channel is no matter of the size
                QTest::addRow("%s %d %d", info.kind.c_str(), side, channels)
                    << QString::fromStdString(info.kind) << side << channels;
            }
        }
    }
    QTest::addRow("mlp points") << QStringLiteral("mlp") << 0 << 2;
}

void TestArchitectures::fits()
{
    QFETCH(QString, kind);
    QFETCH(int, side);
    QFETCH(int, channels);
    const std::string name = kind.toStdString();
    const Shape data = side == 0 ? Shape{channels} : Shape{channels, side, side};
    for (const int classes : {0, 10}) {
        // The encoder's numbers may be as many as a point has: it is no auto-encoder for that.
        for (const NetworkFit& fit : {NetworkFit{"generator", {side == 0 ? 2 : 10}, data, classes},
                 NetworkFit{"discriminator", data, {1}, classes}, NetworkFit{"encoder", data, {2}, classes}})
            QCOMPARE(problemWith(expanded(name, narrow(name), fit), fit), QString());
        if (hasAutoEncoder(name)) {
            const NetworkFit fit{"discriminator", data, data, classes};
            QCOMPARE(problemWith(expanded(name, narrow(name), fit), fit), QString());
        }
    }
}

void TestArchitectures::options_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("options");
    for (const ArchitectureInfo& info : architectures().items()) {
        const auto row = [&](const Json& changed) {
            QTest::addRow("%s %s", info.kind.c_str(), changed.dump().c_str())
                << QString::fromStdString(info.kind) << QString::fromStdString(changed.dump());
        };
        for (const Parameter& parameter : info.parameters) {
            for (const ChoiceItem& choice : parameter.choices)
                row({{parameter.key, choice.value}});
            if (parameter.type == ParameterType::Boolean)
                row({{parameter.key, parameter.defaultValue != Json(true)}});
            if (parameter.type == ParameterType::Real)
                row({{parameter.key, 0.3}});
            if (parameter.type == ParameterType::Integer)
                row({{parameter.key, 5}});
        }
    }
}

/// Every option does something in at least one role, and no value breaks a network.
void TestArchitectures::options()
{
    QFETCH(QString, kind);
    QFETCH(QString, options);
    const std::string name = kind.toStdString();
    const Json changed = Json::parse(options.toStdString());
    Json all = narrow(name);
    all.update(changed);
    bool matters = false;
    for (const int side : {28, 32}) {
        const Shape data{3, side, side};
        std::vector<NetworkFit> fits{{"generator", {10}, data}, {"discriminator", data, {1}}};
        if (hasAutoEncoder(name))
            fits.push_back({"discriminator", data, data});
        for (const NetworkFit& fit : fits) {
            const NetworkDescription network = expanded(name, all, fit);
            QCOMPARE(problemWith(network, fit), QString());
            const ArchitectureInfo* info = architectures().find(name);
            const Json defaults = valueOf(resolveParameters(info->parameters, narrow(name), name));
            const std::string key = changed.begin().key();
            matters = matters || defaults[key] == changed[key]
                || networkToJson(network) != networkToJson(expanded(name, narrow(name), fit));
        }
    }
    QVERIFY(matters);
}

void TestArchitectures::refusals_data()
{
    QTest::addColumn<QString>("kind");
    for (const ArchitectureInfo& info : architectures().items())
        QTest::addRow("%s", info.kind.c_str()) << QString::fromStdString(info.kind);
}

void TestArchitectures::refusals()
{
    QFETCH(QString, kind);
    if (kind == QStringLiteral("mlp"))
        return; // it fits everything
    const ArchitectureInfo* info = architectures().find(kind.toStdString());
    const Json options = valueOf(resolveParameters(info->parameters, Json::object(), info->kind));
    const auto refusal = [&](const NetworkFit& fit) {
        const Result<NetworkDescription> network = info->expand(options, fit);
        return network ? Error{} : network.error();
    };
    std::vector<Shape> wrong{{2}, {1, 27, 27}, {3, 1, 1}, {1, 6, 6}, {1, 2, 28, 28}};
    if (kind != QStringLiteral("cs231n"))
        wrong.push_back({1, 28, 32});
    for (const Shape& data : wrong) {
        for (const NetworkFit& fit : {NetworkFit{"generator", {10}, data}, NetworkFit{"discriminator", data, {1}}}) {
            const Error error = refusal(fit);
            QVERIFY2(!error.what.empty() && !error.remedy.empty(), shapeText(data).c_str());
        }
    }
    if (!hasAutoEncoder(info->kind)) {
        const Error error = refusal({"discriminator", {1, 28, 28}, {1, 28, 28}});
        QVERIFY(error.what.find("rebuilds") != std::string::npos && error.remedy.find("EBGAN") != std::string::npos);
    }
}

void TestArchitectures::parameterCounts_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("options");
    QTest::addColumn<int>("latent"); ///< 0: the discriminator
    QTest::addColumn<int>("side");
    QTest::addColumn<int>("channels");
    QTest::addColumn<bool>("rebuilds");
    QTest::addColumn<qint64>("parameters");
    const auto row = [](const char* kind, const char* options, int latent, int side, int channels, qint64 parameters,
                         bool rebuilds = false) {
        QTest::addRow("%s %s %d", kind, latent > 0 ? "G" : "D", side)
            << QString::fromUtf8(kind) << QString::fromUtf8(options) << latent << side << channels << rebuilds
            << parameters;
    };
    // PyTorch's DCGAN example for 64 pixels counts 3,576,704 and 2,765,568; biases of the first and last layers are
    // ours.
    row("dcgan", "{}", 100, 64, 3, 3576704 + 3);
    row("dcgan", "{}", 0, 64, 3, 2765568 + 64 + 1);
    // By the sums on the page: 1,102,721 and 6,675,009.
    row("cs231n", "{}", 0, 28, 1, 832 + 51264 + 1049600 + 1025);
    row("cs231n", "{}", 96, 28, 1, 99328 + 2048 + 6428800 + 12544 + 131136 + 128 + 1025);
    // SN-GAN, plain: convolutions 3×3 and 4×4 by turns.
    row("sngan", "{}", 0, 32, 3, 1792 + 65600 + 73856 + 262272 + 295168 + 1048832 + 1180160 + 8193);
    row("sngan", "{}", 128, 32, 3, 1056768 + (2097408 + 512) + (524416 + 256) + (131136 + 128) + 1731);
    // SN-GAN, residual, 32 pixels: 1.05 and 4.28 million.
    row("resnet", R"({"width": 128})", 0, 32, 3, 151680 + 311680 + 2 * 295168 + 129);
    row("resnet", R"({"width": 256})", 128, 32, 3, 528384 + 3 * 1246976 + 512 + 6915);
    // R3GAN for 32 pixels: eight blocks of 2,583,552.
    row("r3gan", R"({"width": 768})", 64, 32, 3, 8 * 2583552 + 64 * 768 + 768 * 16 + 768 * 3);
    row("r3gan", R"({"width": 768})", 0, 32, 3, 8 * 2583552 + 3 * 768 + 768 * 16 + 768);
    // BEGAN with n = 16, h = 64 at 32 pixels: three scales.
    row("began", R"({"width": 16})", 64, 32, 3, (65 * 1024) + 6 * 2320 + 435);
    row("began", R"({"width": 16})", 0, 32, 3,
        448 + 2 * 2320 + (16 * 32 * 9 + 32) + 2 * (32 * 32 * 9 + 32) + (32 * 48 * 9 + 48) + 2 * (48 * 48 * 9 + 48)
            + (48 * 64 + 1) * 64 + (65 * 1024) + 6 * 2320 + 435,
        true);
    // EBGAN at 32 pixels, two halvings there and back.
    row("ebgan", "{}", 0, 32, 1, (64 * 16 + 64) + (64 * 128 * 16 + 256) + (128 * 64 * 16 + 128) + (64 * 16 + 1), true);
    // Upsampling, ngf 32 at 32 pixels: 256, 128, 64, 32 channels.
    row("upsample", "{}", 100, 32, 3,
        (100 * 256 * 9 + 512) + (256 * 128 * 9 + 256) + (128 * 64 * 9 + 128) + (64 * 32 * 9 + 64) + (32 * 3 * 9 + 3));
    row("subpixel", "{}", 100, 32, 3,
        (100 * 256 * 16 + 512) + (256 * 512 * 9 + 256) + (128 * 256 * 9 + 128) + (64 * 12 * 9 + 12));
}

void TestArchitectures::parameterCounts()
{
    QFETCH(QString, kind);
    QFETCH(QString, options);
    QFETCH(int, latent);
    QFETCH(int, side);
    QFETCH(int, channels);
    QFETCH(bool, rebuilds);
    QFETCH(qint64, parameters);
    const Shape data{channels, side, side};
    const NetworkFit fit = latent > 0 ? NetworkFit{"generator", {latent}, data}
                                      : NetworkFit{"discriminator", data, rebuilds ? data : Shape{1}};
    QCOMPARE(qint64{reportOn(kind.toStdString(), Json::parse(options.toStdString()), fit).parameters}, parameters);
}

/// A norm where a discriminator first sees pixels would mix samples before anything is known of them.
void TestArchitectures::firstLayersOfDiscriminators()
{
    for (const char* kind : {"dcgan", "upsample", "subpixel", "ebgan"}) {
        const NetworkDescription network = expanded(kind, narrow(kind), {"discriminator", {3, 32, 32}, {1}});
        QCOMPARE(network.layers.front().options["norm"].get<std::string>(), std::string("none"));
    }
    // None mixes samples where a gradient penalty asks for that.
    for (const char* norm : {"layer", "instance", "none"}) {
        QCOMPARE(reportOn("dcgan", {{"norm", norm}}, {"discriminator", {3, 32, 32}, {1}}).mixer(), -1);
    }
    QCOMPARE(reportOn("resnet", Json::object(), {"discriminator", {3, 32, 32}, {1}}).mixer(), -1);
    QCOMPARE(reportOn("r3gan", Json::object(), {"generator", {64}, {3, 32, 32}}).mixer(), -1);
    QVERIFY(reportOn("dcgan", Json::object(), {"discriminator", {3, 32, 32}, {1}}).mixer() > 0);
}

void TestArchitectures::cs231nAsOnThePage()
{
    const NetworkReport report = reportOn("cs231n", Json::object(), {"discriminator", {1, 28, 28}, {1}});
    std::vector<Shape> shapes;
    for (const LayerReport& layer : report.layers)
        shapes.push_back(layer.shape.output);
    const std::vector<Shape> expected{{32, 24, 24}, {32, 12, 12}, {64, 8, 8}, {64, 4, 4}, {1024}, {1024}, {1}};
    QVERIFY(shapes == expected);
    const NetworkDescription generator = expanded("cs231n", Json::object(), {"generator", {96}, {1, 28, 28}});
    for (const std::size_t layer : {0, 1, 3})
        QCOMPARE(generator.layers[layer].options["order"].get<std::string>(), std::string("activation_first"));
    // Sides may differ.
    const NetworkFit wide{"discriminator", {3, 28, 36}, {1}};
    QCOMPARE(problemWith(expanded("cs231n", narrow("cs231n"), wide), wide), QString());
}

void TestArchitectures::latentMaps()
{
    for (const NetworkFit& fit : {NetworkFit{"generator", {9, 1, 1}, {3, 32, 32}},
             NetworkFit{"generator", {9, 2, 2}, {3, 64, 64}}, NetworkFit{"generator", {9, 4, 4}, {3, 32, 32}, 10}})
        QCOMPARE(problemWith(expanded("upsample", narrow("upsample"), fit), fit), QString());
    const ArchitectureInfo* info = architectures().find("upsample");
    const Json options = valueOf(resolveParameters(info->parameters, Json::object(), "upsample"));
    for (const Shape& latent : {Shape{9, 3, 3}, Shape{9, 8, 8}, Shape{9, 1, 2}})
        QVERIFY(!info->expand(options, {"generator", latent, {3, 32, 32}}).ok());
}

/// The last convolution of each block starts at zero, so that a new network only resizes and mixes channels.
void TestArchitectures::residualsStartAsIdentity()
{
    const torch::NoGradGuard guard;
    const NetworkFit fit{"generator", {6}, {3, 32, 32}};
    const NetworkDescription description = expanded("r3gan", {{"width", 8}}, fit);
    BuiltNetwork network(kinds(), description, valueOf(inspectNetwork(kinds(), description, fit.input, fit.role)));
    network.initialise(Initialisation::Normal, RandomStreams(1, torch::kCPU), "generator");
    const std::vector<torch::Tensor>& parameters = network.parameters().tensors;
    const torch::Tensor z = batchOf(2, {6});
    torch::Tensor x = at::matmul(z, parameters[0].t()).unsqueeze(-1).unsqueeze(-1) * parameters[1];
    for (int i = 0; i < 3; ++i)
        x = at::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, false);
    const torch::Tensor expected = at::conv2d(x, parameters.back());
    QVERIFY(at::allclose(network.forward(z, ForwardMode::Train), expected, 1e-4, 1e-5));
    // The spread of the others falls with the number of blocks: √(2/1.04) 8^(-1/4) / √fan-in, fan-in 8.
    torch::Tensor drawn = at::empty({0});
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (parameters[i].sizes() == torch::IntArrayRef({16, 8, 1, 1}))
            drawn = at::cat({drawn, parameters[i].flatten()});
    }
    QCOMPARE(drawn.numel(), std::int64_t{8 * 128});
    const double expectedSpread = std::sqrt(2 / 1.04) * std::pow(8.0, -0.25) / std::sqrt(8.0);
    QVERIFY(std::abs(drawn.std().item<double>() / expectedSpread - 1) < 0.1);
}

void TestArchitectures::blocksHaveNames()
{
    const NetworkReport report = reportOn("resnet", Json::object(), {"discriminator", {3, 32, 32}, {1}});
    QCOMPARE(report.layers[0].block, std::string("residual to 16 px"));
    QCOMPARE(report.layers.back().block, std::string());
    // Layers of one block are neighbours.
    for (const ArchitectureInfo& info : architectures().items()) {
        std::vector<std::string> seen;
        for (const LayerReport& layer :
            reportOn(info.kind, narrow(info.kind), {"generator", {9}, {3, 64, 64}}).layers) {
            if (!seen.empty() && seen.back() == layer.block)
                continue;
            QVERIFY2(layer.block.empty() || std::find(seen.begin(), seen.end(), layer.block) == seen.end(),
                layer.block.c_str());
            seen.push_back(layer.block);
        }
    }
}

QTEST_GUILESS_MAIN(TestArchitectures)
#include "architectures.moc"
