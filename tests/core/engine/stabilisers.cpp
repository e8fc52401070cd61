// SPDX-License-Identifier: GPL-3.0-or-later
// Layers that steady training: spectral norm, dropout, and those that compare the samples of a batch.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "tests/support/networks.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>

#include <sys/resource.h>

#include <cmath>
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

const torch::Tensor& buffer(const BuiltNetwork& network, const std::string& name)
{
    for (const NamedTensor& tensor : network.buffers()) {
        if (tensor.name == name)
            return tensor.tensor;
    }
    throw std::runtime_error("no buffer " + name);
}

/// The weight as the matrix whose norm counts: one row an output.
torch::Tensor matrixOf(const torch::Tensor& weight, bool transposed)
{
    return (transposed ? weight.permute({1, 0, 2, 3}) : weight).contiguous().flatten(1);
}

} // namespace

class TestStabilisers : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); } // these tensors are tiny
    void spectralNormIsTheLargestSingularValue_data();
    void spectralNormIsTheLargestSingularValue();
    void spectralNormFollowsTheDefinition();
    void spectralUpdates();
    void spectralGradient();
    void dropoutDrops();
    void dropoutRests();
    void tensorDiscrimination();
    void mapDiscrimination();
    void mapNeedsLittleMemory();
    void deviationOfGroups();
    void whoMixesSamples();
};

void TestStabilisers::spectralNormIsTheLargestSingularValue_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<bool>("channelsLast");
    for (const char* kind : {"linear", "conv", "conv_transpose"}) {
        QTest::addRow("%s", kind) << QString::fromUtf8(kind) << false;
        QTest::addRow("%s, channels last", kind) << QString::fromUtf8(kind) << true;
    }
}

void TestStabilisers::spectralNormIsTheLargestSingularValue()
{
    QFETCH(QString, kind);
    QFETCH(bool, channelsLast);
    const Shape in = kind == QStringLiteral("linear") ? Shape{6} : Shape{3, 5, 4};
    Json layer = {{"kind", kind.toStdString()}, {"out", 5}, {"bias", false}};
    const auto format = channelsLast ? torch::MemoryFormat::ChannelsLast : torch::MemoryFormat::Contiguous;
    const auto plain = networkOf(Json::array({layer}), in, torch::kDouble, format);
    layer["spectral_norm"] = true;
    const auto spectral = networkOf(Json::array({layer}), in, torch::kDouble, format);
    const torch::NoGradGuard guard;
    const torch::Tensor& weight = spectral->parameters().tensors[0];
    QVERIFY(at::equal(weight, plain->parameters().tensors[0]));
    const torch::Tensor x = inFormat(batchOf(3, in).to(torch::kDouble), format);
    for (int i = 0; i < 500; ++i)
        spectral->forward(x, ForwardMode::Train);
    const torch::Tensor largest = at::linalg_svdvals(matrixOf(weight, kind == QStringLiteral("conv_transpose"))).max();
    const torch::Tensor expected = plain->forward(x, ForwardMode::Evaluate) / largest;
    QVERIFY(at::allclose(spectral->forward(x, ForwardMode::Evaluate), expected, 1e-9, 1e-12));
    // Even before the first step the estimate is near.
    const auto fresh = networkOf(Json::array({layer}), in, torch::kDouble, format);
    QVERIFY(at::allclose(fresh->forward(x, ForwardMode::Evaluate), expected, 0.1, 0.02));
}

void TestStabilisers::spectralNormFollowsTheDefinition()
{
    const auto network =
        networkOf(Json::array({{{"kind", "conv"}, {"out", 4}, {"spectral_norm", true}}}), {3, 8, 8}, torch::kDouble);
    const torch::NoGradGuard guard;
    const torch::Tensor rows = network->parameters().tensors[0].flatten(1);
    torch::Tensor u = buffer(*network, "0.weight_u").clone();
    QCOMPARE(buffer(*network, "0.weight_v").numel(), rows.size(1));
    const torch::Tensor x = batchOf(2, {3, 8, 8}).to(torch::kDouble);
    const torch::Tensor y = network->forward(x, ForwardMode::Train);
    torch::Tensor v = at::mv(rows.t(), u);
    v = v / v.norm();
    u = at::mv(rows, v);
    u = u / u.norm();
    QVERIFY(at::allclose(buffer(*network, "0.weight_u"), u, 1e-12, 1e-14));
    QVERIFY(at::allclose(buffer(*network, "0.weight_v"), v, 1e-12, 1e-14));
    const torch::Tensor weight = network->parameters().tensors[0] / at::dot(u, at::mv(rows, v));
    const torch::Tensor expected = at::conv2d(x, weight, network->parameters().tensors[1], {2, 2}, {1, 1});
    QVERIFY(at::allclose(y, expected, 1e-12, 1e-14));
}

void TestStabilisers::spectralUpdates()
{
    const torch::NoGradGuard guard;
    const auto moves = [](const char* update, Pass pass) {
        const auto network =
            networkOf(Json::array({{{"kind", "linear"}, {"spectral_norm", true}, {"spectral_update", update}}}), {9});
        const torch::Tensor before = buffer(*network, "0.weight_u").clone();
        network->forward(batchOf(2, {9}), pass);
        return !at::equal(buffer(*network, "0.weight_u"), before);
    };
    Pass later(ForwardMode::Train);
    later.firstOfUpdate = false;
    QVERIFY(moves("forward", ForwardMode::Train) && moves("forward", later));
    QVERIFY(moves("update", ForwardMode::Train) && !moves("update", later));
    QVERIFY(!moves("forward", ForwardMode::Evaluate) && !moves("update", ForwardMode::Evaluate));
}

void TestStabilisers::spectralGradient()
{
    // Two passes before one backward, as for real and generated samples: each has u and v of its own. With Ŵ = W / σ,
    // dL/dW = (G - ⟨G, Ŵ⟩ u vᵀ) / σ where G = dL/dŴ.
    const auto network = networkOf(
        Json::array({{{"kind", "linear"}, {"out", 4}, {"bias", false}, {"spectral_norm", true}}}), {6}, torch::kDouble);
    const torch::Tensor weight = network->parameters().tensors[0];
    torch::Tensor loss;
    torch::Tensor expected = at::zeros_like(weight);
    for (std::uint64_t pass = 0; pass < 2; ++pass) {
        const torch::Tensor x = batchOf(3, {6}, pass).to(torch::kDouble);
        const torch::Tensor y = network->forward(x, ForwardMode::Train).square().sum();
        loss = loss.defined() ? loss + y : y;
        const torch::NoGradGuard guard;
        const torch::Tensor u = buffer(*network, "0.weight_u").clone();
        const torch::Tensor v = buffer(*network, "0.weight_v").clone();
        const torch::Tensor sigma = at::dot(u, at::mv(weight, v));
        const torch::Tensor normalised = weight / sigma;
        const torch::Tensor outer = (at::matmul(x, normalised.t()) * 2).t().matmul(x);
        expected += (outer - (outer * normalised).sum() * at::outer(u, v)) / sigma;
    }
    const torch::Tensor gradient = torch::autograd::grad({loss}, {weight})[0];
    QVERIFY(at::allclose(gradient, expected, 1e-10, 1e-12));
}

void TestStabilisers::dropoutDrops()
{
    for (const bool perChannel : {false, true}) {
        const auto network = networkOf(
            Json::array({{{"kind", "dropout"}, {"id", "drop"}, {"probability", 0.25}, {"per_channel", perChannel}}}),
            {8, 16, 16});
        FixedDraws draws;
        const torch::Tensor x = batchOf(16, {8, 16, 16});
        const torch::Tensor y = network->forward(x, Pass(ForwardMode::Train, &draws));
        QCOMPARE(draws.asked, std::vector<std::string>{"drop"});
        const torch::Tensor dropped = y.eq(0);
        QVERIFY(at::allclose(y, at::where(dropped, at::zeros_like(x), x / 0.75)));
        const double share = dropped.to(torch::kDouble).mean().item<double>();
        // Four standard deviations of a share of 128 channels or of 32,768 numbers.
        QVERIFY(std::abs(share - 0.25) < (perChannel ? 0.16 : 0.01));
        const torch::Tensor whole = dropped.flatten(2).to(torch::kDouble).mean(2);
        QCOMPARE(at::logical_or(whole == 0, whole == 1).all().item<bool>(), perChannel);
    }
}

void TestStabilisers::dropoutRests()
{
    const auto network = networkOf(Json::array({{{"kind", "dropout"}}}), {50});
    FixedDraws draws;
    const torch::Tensor x = batchOf(4, {50});
    QVERIFY(!at::equal(network->forward(x, Pass(ForwardMode::Train, &draws)), x));
    QVERIFY(at::equal(network->forward(x, ForwardMode::Train), x));
    QVERIFY(at::equal(network->forward(x, Pass(ForwardMode::Evaluate, &draws)), x));
}

void TestStabilisers::tensorDiscrimination()
{
    const auto network =
        networkOf(Json::array({{{"kind", "minibatch_discrimination"}, {"features", 3}, {"kernel_dims", 2}}}), {5},
            torch::kDouble);
    const torch::NoGradGuard guard;
    const torch::Tensor x = batchOf(4, {5}).to(torch::kDouble);
    const torch::Tensor y = network->forward(x, ForwardMode::Train);
    QVERIFY(at::equal(y.narrow(1, 0, 5), x));
    const torch::Tensor m = at::matmul(x, network->parameters().tensors[0]);
    for (std::int64_t i = 0; i < 4; ++i) {
        for (std::int64_t b = 0; b < 3; ++b) {
            double near = 0;
            for (std::int64_t j = 0; j < 4; ++j) {
                const torch::Tensor d = m[i].narrow(0, 2 * b, 2) - m[j].narrow(0, 2 * b, 2);
                near += j == i ? 0.0 : std::exp(-d.abs().sum().item<double>());
            }
            QVERIFY(std::abs(y[i][5 + b].item<double>() - near) < 1e-12);
        }
    }
}

void TestStabilisers::mapDiscrimination()
{
    const auto network =
        networkOf(Json::array({{{"kind", "minibatch_discrimination"}, {"mode", "map"}}}), {3, 4, 5}, torch::kDouble);
    for (const std::int64_t batch : {1, 2, 5}) {
        torch::Tensor x = batchOf(batch, {3, 4, 5}).to(torch::kDouble);
        if (batch > 1)
            x[1][0].copy_(x[0][0]); // equal numbers must not pull
        const torch::Tensor leaf = x.clone().requires_grad_(true);
        const torch::Tensor same = x.clone().requires_grad_(true);
        // All pairs at once.
        const torch::Tensor plain = (same.unsqueeze(0) - same.unsqueeze(1)).abs().neg().exp().mean(0).mean(1, true);
        const torch::Tensor y = network->forward(leaf, ForwardMode::Train);
        QVERIFY(at::equal(y.narrow(1, 0, 3), x));
        QVERIFY(at::allclose(y.narrow(1, 3, 1), plain, 1e-12, 1e-14));
        const torch::Tensor weights = batchOf(batch, {1, 4, 5}, 9).to(torch::kDouble);
        const auto penalty = [&](const torch::Tensor& map, const torch::Tensor& input) {
            const torch::Tensor first =
                torch::autograd::grad({(map * map * weights).sum()}, {input}, {}, true, true)[0];
            const torch::Tensor second = torch::autograd::grad({first.pow(3).sum()}, {input})[0];
            return std::pair(first.detach(), second);
        };
        const auto [first, second] = penalty(y.narrow(1, 3, 1), leaf);
        const auto [expectedFirst, expectedSecond] = penalty(plain, same);
        QVERIFY(at::allclose(first, expectedFirst, 1e-12, 1e-14));
        QVERIFY(at::allclose(second, expectedSecond, 1e-12, 1e-14));
    }
}

void TestStabilisers::mapNeedsLittleMemory()
{
    // All pairs at once are 128 × 128 × 16 × 16 × 16 numbers: 256 MiB, and several times that for two derivatives.
    const auto peak = [] {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss;
    };
    const auto network =
        networkOf(Json::array({{{"kind", "minibatch_discrimination"}, {"mode", "map"}}}), {16, 16, 16});
    const torch::Tensor x = batchOf(128, {16, 16, 16}).requires_grad_(true);
    const long before = peak();
    const torch::Tensor y = network->forward(x, ForwardMode::Train).square().sum();
    const torch::Tensor first = torch::autograd::grad({y}, {x}, {}, true, true)[0];
    const torch::Tensor second = torch::autograd::grad({first.square().sum()}, {x})[0];
    QVERIFY(at::isfinite(second).all().item<bool>());
    const long grownKiB = peak() - before;
    QVERIFY2(grownKiB < 64 * 1024, qPrintable(QStringLiteral("%1 KiB").arg(grownKiB)));
}

void TestStabilisers::deviationOfGroups()
{
    const torch::Tensor x = batchOf(6, {3, 4, 5}).to(torch::kDouble);
    const struct {
        std::int64_t asked;
        std::int64_t used;
    } cases[]{{0, 6}, {1, 1}, {2, 2}, {3, 3}, {4, 3}, {5, 3}, {6, 6}, {64, 6}};
    for (const auto& one : cases) {
        const torch::Tensor y =
            layerOf("minibatch_stddev", {{"group", one.asked}}, {{3, 4, 5}})->forward({x}, ForwardMode::Train);
        QVERIFY(at::equal(y.narrow(1, 0, 3), x));
        const std::int64_t groups = 6 / one.used;
        for (std::int64_t i = 0; i < 6; ++i) {
            const torch::Tensor group = x.slice(0, i % groups, 6, groups);
            QCOMPARE(group.size(0), one.used);
            const double expected = (group.var(0, false) + 1e-8).sqrt().mean().item<double>();
            QVERIFY((y[i][3] - expected).abs().max().item<double>() < 1e-12);
        }
    }
}

void TestStabilisers::whoMixesSamples()
{
    const auto mixer = [](const char* layers) { return valueOf(inspected(Json::parse(layers), {3, 8, 8})).mixer(); };
    QCOMPARE(mixer(R"([{"kind": "conv", "spectral_norm": true, "norm": "layer"}, {"kind": "dropout"}])"), -1);
    QCOMPARE(mixer(R"([{"kind": "conv", "norm": "instance"}, {"kind": "conv", "norm": "batch"}])"), 1);
    QCOMPARE(mixer(R"([{"kind": "minibatch_stddev"}])"), 0);
    QCOMPARE(mixer(R"([{"kind": "minibatch_discrimination", "mode": "map"}])"), 0);
    QCOMPARE(mixer(R"([{"kind": "flatten"}, {"kind": "minibatch_discrimination"}])"), 1);
    // Batch norm does so while training alone.
    const NetworkReport both = valueOf(
        inspected(Json::parse(R"([{"kind": "conv", "norm": "batch"}, {"kind": "minibatch_stddev"}])"), {3, 8, 8}));
    QCOMPARE(both.mixer(), 0);
    QCOMPARE(both.mixer(Mixing::Always), 1);
}

QTEST_GUILESS_MAIN(TestStabilisers)
#include "stabilisers.moc"
