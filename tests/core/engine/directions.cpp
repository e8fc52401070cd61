// SPDX-License-Identifier: GPL-3.0-or-later
// Directions through the latents: principal ones against a singular value decomposition, factors against
// eigenvectors, and what keeps them when weights change.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/base/files.h"
#include "core/latent/network/find_directions.h"
#include "core/latent/network/generate.h"

#include "tests/support/hand_made.h"
#include "tests/support/says.h"
#include "tests/support/small_runs.h"

#include <ATen/Parallel.h>
#endif

#include <cmath>

using namespace saddle;
using namespace saddle::test;

namespace {

const Json dcgan = Json::parse(R"([{"kind": "linear", "out": 96}, {"kind": "reshape", "shape": [6, 4, 4]},
    {"kind": "norm", "norm": "batch", "activation": "relu"},
    {"kind": "conv_transpose", "out": 3, "norm": "batch", "activation": "relu"},
    {"kind": "conv_transpose", "out": 1, "activation": "tanh"}])");

torch::Tensor tensorOf(const std::vector<double>& values)
{
    return torch::from_blob(const_cast<double*>(values.data()), {static_cast<std::int64_t>(values.size())},
        torch::TensorOptions().dtype(torch::kDouble))
        .clone();
}

/// How far two directions are from being parallel: 1 - |cosine|.
double apart(const torch::Tensor& one, const torch::Tensor& other)
{
    return 1 - std::abs((one.dot(other) / one.norm() / other.norm()).item<double>());
}

double lengthOf(const Direction& direction)
{
    return tensorOf(direction.values).norm().item<double>();
}

bool signIsFixed(const Direction& direction)
{
    const torch::Tensor values = tensorOf(direction.values);
    return values[values.abs().argmax()].item<double>() > 0;
}

/// What GANSpace says, from the singular values of the whole centred matrix of activations: U S Vᵀ = Y - mean,
/// coordinates U S, regressed on latents by least squares.
struct Expected {
    torch::Tensor directions; ///< rows
    torch::Tensor shares;
};
Expected bySingularValues(const torch::Tensor& activations, const torch::Tensor& latents)
{
    const torch::Tensor y = activations.to(torch::kDouble);
    const torch::Tensor z = latents.to(torch::kDouble);
    const auto [u, s, v] = at::linalg_svd(y - y.mean(0), false);
    const torch::Tensor coordinates = u * s;
    const torch::Tensor solution =
        std::get<0>(at::linalg_lstsq(coordinates.narrow(1, 0, std::min(z.size(1), s.size(0))), z - z.mean(0)));
    return {solution, s.square() / s.square().sum()};
}

Direction direction(const std::string& name, std::vector<double> values, DirectionKind kind = DirectionKind::Principal)
{
    Direction made;
    made.name = name;
    made.kind = kind;
    made.values = std::move(values);
    made.explained = kind == DirectionKind::Groups ? std::nan("") : 0.25;
    return made;
}

std::string namesOf(const std::vector<Direction>& directions)
{
    std::string names;
    for (const Direction& one : directions)
        names += (names.empty() ? "" : ", ") + one.name;
    return names;
}

} // namespace

class TestDirections : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); }
    void principalBySingularValues_data();
    void principalBySingularValues();
    void principalOfOneRow();
    void principalOfALinearLayerAreFactors();
    void principalOfALabel();
    void principalIsCancelled();
    void layersOffered();
    void factorsByEigenvectors_data();
    void factorsByEigenvectors();
    void factorsOfKnownWeights();
    void factorsOfAnUpsampledMap();
    void factorsOfALabelledOne();
    void whatHasNoFactors();
    void refused();
    void groups();
    void moving();
    void alignment();
    void alignmentOfManyTurned();
    void kept();
    void damagedFiles_data();
    void damagedFiles();
    void places();
};

void TestDirections::principalBySingularValues_data()
{
    QTest::addColumn<QString>("layers");
    QTest::addColumn<QString>("layer");
    QTest::addColumn<int>("number");
    QTest::addColumn<int>("samples");
    const QString network = QString::fromStdString(dcgan.dump());
    QTest::addRow("the layer before the second weights") << network << "" << 2 << 700;
    QTest::addRow("linear") << network << "0" << 0 << 300;
    QTest::addRow("deeper") << network << "3" << 3 << 300;
    // 2,400 activations: by the Gram matrix of the samples.
    QTest::addRow("wide") << R"([{"kind": "linear", "out": 2400, "activation": "leaky_relu"},
        {"kind": "linear", "out": 2}])"
                          << "" << 0 << 300;
    QTest::addRow("one layer of weights") << R"([{"kind": "linear", "out": 2, "activation": "tanh"}])"
                                          << "" << 0 << 200;
}

void TestDirections::principalBySingularValues()
{
    QFETCH(QString, layers);
    QFETCH(QString, layer);
    QFETCH(int, number);
    QFETCH(int, samples);
    for (const auto distribution : {LatentDistribution::Normal, LatentDistribution::Uniform}) {
        const GeneratorModel model = handMadeModel(Json::parse(layers.toStdString()), 5, {}, distribution);
        const auto generator = handMade(model);
        const PrincipalRequest request{.count = 5, .samples = samples, .seed = 3, .layer = layer.toStdString()};
        const std::vector<Direction> found = valueOf(generator->principalDirections(request, unwatched));

        const torch::NoGradGuard guard;
        const torch::Tensor latents =
            drawLatents(RandomStreams(3, torch::kCPU), directionStream, 0, model.head.latent, samples);
        const torch::Tensor activations =
            networkOf(model)->outputsOf({number}, latents, ForwardMode::Evaluate).front().flatten(1);
        const Expected expected = bySingularValues(activations, latents);
        QCOMPARE(static_cast<std::int64_t>(found.size()), std::min<std::int64_t>(5, activations.size(1)));
        for (std::size_t i = 0; i < found.size(); ++i) {
            const auto at = static_cast<std::int64_t>(i);
            // Another batch rounds otherwise, in float32: 1e-6 of the activations.
            QVERIFY2(apart(tensorOf(found[i].values), expected.directions[at]) < 1e-6,
                qPrintable(QString::number(apart(tensorOf(found[i].values), expected.directions[at]))));
            QVERIFY(std::abs(found[i].explained - expected.shares[at].item<double>()) < 1e-6);
            QVERIFY(std::abs(lengthOf(found[i]) - 1) < 1e-12);
            QVERIFY(signIsFixed(found[i]));
            QCOMPARE(found[i].name, "PCA " + std::to_string(i + 1));
            QCOMPARE(found[i].spread, distribution == LatentDistribution::Normal ? 1 : 1 / std::sqrt(3.0));
        }
        const std::vector<Direction> again = valueOf(generator->principalDirections(request, unwatched));
        QVERIFY(again.back().values == found.back().values);
    }
}

/// y = w·z in one of its numbers and nothing in the others: one component, cov(z, z) w of the sample, that explains
/// everything.
void TestDirections::principalOfOneRow()
{
    torch::Tensor weight = torch::zeros({3, 4});
    const std::vector<float> row{1, -2, 0.5f, 0};
    for (std::int64_t i = 0; i < 4; ++i)
        weight[1][i] = row[static_cast<std::size_t>(i)];
    const GeneratorModel model = handMadeModel(
        Json::parse(R"([{"kind": "linear", "out": 3}, {"kind": "linear", "out": 2}])"), 4, {{"0.weight", weight}});
    const std::vector<Direction> found =
        valueOf(handMade(model)->principalDirections({.count = 4, .samples = 1000, .seed = 8}, unwatched));
    QCOMPARE(found.size(), std::size_t{1});
    QVERIFY(std::abs(found[0].explained - 1) < 1e-12);
    const torch::Tensor latents =
        drawLatents(RandomStreams(8, torch::kCPU), directionStream, 0, model.head.latent, 1000).to(torch::kDouble);
    const torch::Tensor centred = latents - latents.mean(0);
    const torch::Tensor expected = centred.t().mm(centred).mv(weight[1].to(torch::kDouble));
    QVERIFY(apart(tensorOf(found[0].values), expected) < 1e-10);
    // And with the sample's covariance near 1, w itself: to some standard errors of 1/√1000.
    QVERIFY(apart(tensorOf(found[0].values), weight[1].to(torch::kDouble)) < 0.01);
}

/// Where activations are linear in z they are, but for the sample, the right singular vectors of the weight.
void TestDirections::principalOfALinearLayerAreFactors()
{
    const torch::Tensor scales = torch::tensor({4.0f, 2.0f, 1.0f});
    const torch::Tensor turned = std::get<0>(at::linalg_qr(batchOf(3, {3}, 7)));
    const auto generator =
        handMade(handMadeModel(Json::parse(R"([{"kind": "linear", "out": 3}, {"kind": "linear", "out": 2}])"), 3,
            {{"0.weight", (turned * scales).t().contiguous()}}));
    const std::vector<Direction> principal =
        valueOf(generator->principalDirections({.count = 3, .samples = 100'000}, unwatched));
    const std::vector<Direction> factors = valueOf(generator->factorDirections(3));
    for (std::size_t i = 0; i < 3; ++i) {
        // The latents' covariance differs from 1 by some 1/√100,000 and turns components by as much.
        QVERIFY(apart(tensorOf(principal[i].values), tensorOf(factors[i].values)) < 1e-3);
        QVERIFY(std::abs(principal[i].explained - factors[i].explained) < 0.01);
    }
}

void TestDirections::principalOfALabel()
{
    const Json layers = Json::parse(R"([{"kind": "concat", "inputs": ["input", "label"]},
        {"kind": "linear", "out": 12, "activation": "relu"}, {"kind": "linear", "out": 2}])");
    const GeneratorModel model = handMadeModel(layers, 4, {}, LatentDistribution::Normal, 3);
    const auto generator = handMade(model);
    const torch::NoGradGuard guard;
    const torch::Tensor latents =
        drawLatents(RandomStreams(1, torch::kCPU), directionStream, 0, model.head.latent, 400);
    for (std::int64_t label = 0; label < 3; ++label) {
        const std::vector<Direction> found =
            valueOf(generator->principalDirections({.count = 4, .samples = 400, .label = label}, unwatched));
        const NetworkInput input(latents, at::eye(3).narrow(0, label, 1).expand({400, 3}));
        const Expected expected =
            bySingularValues(networkOf(model)->outputsOf({1}, input, ForwardMode::Evaluate).front(), latents);
        for (std::size_t i = 0; i < 4; ++i)
            QVERIFY(apart(tensorOf(found[i].values), expected.directions[static_cast<std::int64_t>(i)]) < 1e-6);
    }
    SAYS(generator->principalDirections({.label = 3}, unwatched), "0 to 2");
}

void TestDirections::principalIsCancelled()
{
    const auto generator = handMade(handMadeModel(dcgan, 5));
    double last = 0;
    int told = 0;
    SAYS(generator->principalDirections({.samples = 5000},
             [&](double fraction, const std::string& what) {
                 if (fraction < last || what.empty())
                     throw std::runtime_error("progress goes back");
                 last = fraction;
                 return ++told < 3;
             }),
        "cancelled");
    QCOMPARE(told, 3);
}

void TestDirections::layersOffered()
{
    const auto generator = handMade(handMadeModel(dcgan, 5));
    const std::vector<DirectionLayer> layers = generator->directionLayers();
    QCOMPARE(layers.size(), std::size_t{5});
    QCOMPARE(layers[2].shape, (Shape{6, 4, 4}));
    QCOMPARE(layers[2].name, std::string("2"));
    QVERIFY(!layers[2].title.empty());
    SAYS(generator->principalDirections({.layer = "9"}, unwatched), "“9”", "offered");
}

void TestDirections::factorsByEigenvectors_data()
{
    QTest::addColumn<QString>("layers");
    QTest::addColumn<QString>("weight");
    QTest::addRow("linear") << QString::fromStdString(dcgan.dump()) << "0";
    QTest::addRow("linear with spectral norm, norm and activation")
        << R"([{"kind": "linear", "out": 24, "spectral_norm": true, "norm": "batch", "activation": "relu"}])"
        << "0";
    QTest::addRow("transposed from one pixel") << R"([{"kind": "reshape", "shape": [5, 1, 1]},
        {"kind": "conv_transpose", "out": 6, "kernel": 4, "stride": 1, "padding": 0, "norm": "batch",
         "activation": "relu"}, {"kind": "conv_transpose", "out": 1}])"
                                               << "1";
    QTest::addRow("convolution of one pixel") << R"([{"kind": "reshape", "shape": [5, 1, 1]},
        {"kind": "conv", "out": 7, "kernel": 1, "stride": 1, "padding": 0, "activation": "relu"}])"
                                              << "1";
}

void TestDirections::factorsByEigenvectors()
{
    QFETCH(QString, layers);
    QFETCH(QString, weight);
    const GeneratorModel model = handMadeModel(Json::parse(layers.toStdString()), 5);
    const std::vector<Direction> found = valueOf(handMade(model)->factorDirections(4));
    QCOMPARE(found.size(), std::size_t{4});
    torch::Tensor matrix;
    const auto network = networkOf(model);
    for (const NamedTensor& tensor : network->tensors()) {
        if (tensor.name != weight.toStdString() + ".weight")
            continue;
        matrix = tensor.tensor.detach().to(torch::kDouble);
        // Outputs × latents: in transposed convolutions the latent's axis comes first.
        matrix = layers.contains(QStringLiteral("conv_transpose")) && weight == QStringLiteral("1")
            ? matrix.flatten(1).t()
            : matrix.flatten(1);
    }
    const auto [values, vectors] = at::linalg_eigh(matrix.t().mm(matrix));
    for (std::size_t i = 0; i < 4; ++i) {
        const std::int64_t at = 4 - static_cast<std::int64_t>(i);
        QVERIFY(apart(tensorOf(found[i].values), vectors.t()[at]) < 1e-9);
        // Spectral norm is one factor for all of them.
        QVERIFY(std::abs(found[i].explained - (values[at] / values.sum()).item<double>()) < 1e-9);
        QVERIFY(std::abs(lengthOf(found[i]) - 1) < 1e-12 && signIsFixed(found[i]));
        QVERIFY(found[i].kind == DirectionKind::Factor);
    }
}

/// AᵀA is diagonal: axes by the size of their columns.
void TestDirections::factorsOfKnownWeights()
{
    torch::Tensor weight = torch::zeros({4, 3});
    weight[0][1] = 3;
    weight[2][0] = -4;
    weight[1][2] = 1;
    weight[3][2] = 1;
    const auto generator =
        handMade(handMadeModel(Json::parse(R"([{"kind": "linear", "out": 4}])"), 3, {{"0.weight", weight}}));
    const std::vector<Direction> found = valueOf(generator->factorDirections(10));
    QCOMPARE(found.size(), std::size_t{3});
    const std::vector<std::pair<std::size_t, double>> expected{{0, 16}, {1, 9}, {2, 2}};
    for (std::size_t i = 0; i < 3; ++i) {
        QVERIFY(std::abs(found[i].values[expected[i].first] - 1) < 1e-12);
        QVERIFY(std::abs(found[i].explained - expected[i].second / 27) < 1e-12);
        QCOMPARE(found[i].name, "Factor " + std::to_string(i + 1));
    }
}

/// A latent spread over 4 × 4 pixels before its first weights, a convolution with zeros around: each pixel sums the
/// taps that fall on the map.
void TestDirections::factorsOfAnUpsampledMap()
{
    const GeneratorModel model = handMadeModel(Json::parse(R"([{"kind": "reshape", "shape": [3, 1, 1]},
        {"kind": "upsample", "factor": 4}, {"kind": "conv", "out": 2, "kernel": 3, "stride": 1, "norm": "batch",
        "activation": "relu"}])"),
        3);
    const torch::Tensor weight = tensorFrom(model.tensors.at("2.weight")).to(torch::kDouble);
    torch::Tensor matrix = torch::zeros({2 * 16, 3}, torch::kDouble);
    for (std::int64_t row = 0; row < 32; ++row) {
        for (std::int64_t tap = 0; tap < 9; ++tap) {
            const std::int64_t y = row % 16 / 4 + tap / 3 - 1;
            const std::int64_t x = row % 4 + tap % 3 - 1;
            if (y >= 0 && y < 4 && x >= 0 && x < 4)
                matrix[row] += weight[row / 16].select(2, tap % 3).select(1, tap / 3);
        }
    }
    const auto [values, vectors] = at::linalg_eigh(matrix.t().mm(matrix));
    const std::vector<Direction> found = valueOf(handMade(model)->factorDirections(3));
    for (std::size_t i = 0; i < 3; ++i) {
        const std::int64_t at = 2 - static_cast<std::int64_t>(i);
        QVERIFY(apart(tensorOf(found[i].values), vectors.t()[at]) < 1e-9);
        QVERIFY(std::abs(found[i].explained - (values[at] / values.sum()).item<double>()) < 1e-9);
    }
}

/// The label's columns count for nothing, whichever side they are on.
void TestDirections::factorsOfALabelledOne()
{
    for (const bool first : {false, true}) {
        Json layers =
            Json::parse(R"([{"kind": "concat", "inputs": ["input", "label"]}, {"kind": "linear", "out": 9}])");
        if (first)
            layers[0]["inputs"] = {"label", "input"};
        const torch::Tensor weight = batchOf(9, {7});
        const GeneratorModel model = handMadeModel(layers, 4, {{"1.weight", weight}}, LatentDistribution::Normal, 3);
        const std::vector<Direction> found = valueOf(handMade(model)->factorDirections(4));
        const torch::Tensor own = weight.narrow(1, first ? 3 : 0, 4).to(torch::kDouble);
        const auto [values, vectors] = at::linalg_eigh(own.t().mm(own));
        for (std::size_t i = 0; i < 4; ++i)
            QVERIFY(apart(tensorOf(found[i].values), vectors.t()[3 - static_cast<std::int64_t>(i)]) < 1e-9);
    }
}

void TestDirections::whatHasNoFactors()
{
    const auto bent = handMade(handMadeModel(
        Json::parse(R"([{"kind": "activation", "activation": "relu"}, {"kind": "linear", "out": 4}])"), 3));
    SAYS(bent->factorDirections(2), "layer 1", "bends", "principal");
    const auto bare = handMade(handMadeModel(Json::parse(R"([{"kind": "activation", "activation": "tanh"}])"), 2));
    SAYS(bare->factorDirections(2), "no layer");
    QCOMPARE(valueOf(bare->principalDirections({.count = 2, .samples = 50}, unwatched)).size(), std::size_t{2});
}

void TestDirections::refused()
{
    const auto generator = handMade(handMadeModel(dcgan, 5));
    SAYS(generator->factorDirections(0), "count");
    SAYS(generator->principalDirections({.count = 0}, unwatched), "count");
    SAYS(generator->principalDirections({.samples = 1}, unwatched), "100,000");
    SAYS(generator->principalDirections({.samples = 100'001}, unwatched), "100,000");
}

void TestDirections::groups()
{
    const LatentOptions latent{2, LatentDistribution::Uniform};
    const Latents these{2, {1, 2, 3, 6}, {}};
    const Latents those{2, {-1, 0}, {}};
    const Direction found = valueOf(groupDirection("Smile", these, those, latent));
    QCOMPARE(found.name, std::string("Smile"));
    QVERIFY(found.kind == DirectionKind::Groups && std::isnan(found.explained));
    QVERIFY(std::abs(found.values[0] - 0.6) < 1e-12 && std::abs(found.values[1] - 0.8) < 1e-12);
    QCOMPARE(found.spread, 1 / std::sqrt(3.0));
    const Direction back = valueOf(groupDirection("Frown", those, these, latent));
    QCOMPARE(back.values[0], -found.values[0]);
    SAYS(groupDirection("a", these, {}, latent), "those");
    SAYS(groupDirection("a", {3, {1, 2, 3}, {}}, those, latent), "these");
    SAYS(groupDirection("a", these, {2, {2, 4}, {}}, latent), "same mean");
}

void TestDirections::moving()
{
    Latents latents{2, {1, 2, 3, 4}, {}};
    Direction along = direction("a", {0.6, 0.8});
    along.spread = 0.5;
    moveAlong(latents, along, 2);
    QCOMPARE(latents.values, (std::vector<float>{1.6f, 2.8f, 3.6f, 4.8f}));
    moveAlong(latents, direction("b", {1, 0, 0}), 2); // of another generator
    QCOMPARE(latents.values.size(), std::size_t{4});
    QCOMPARE(latents.values[0], 1.6f);
}

void TestDirections::alignment()
{
    const double c = std::cos(0.2);
    const double s = std::sin(0.2);
    Direction smile = direction("Smile", {0, 0, 1});
    smile.renamed = true;
    const std::vector<Direction> before{direction("PCA 1", {1, 0, 0}), direction("PCA 2", {0, 1, 0}), smile,
        direction("Mine", {0.6, 0.8, 0}, DirectionKind::Groups),
        direction("Factor 1", {1, 0, 0}, DirectionKind::Factor)};
    Direction first = direction("PCA 1", {s, -c, 0});
    first.explained = 0.5;
    const std::vector<Direction> after{first, direction("PCA 2", {0, 0, -1}), direction("PCA 3", {c, s, 0}),
        direction("Factor 1", {0, -1, 0}, DirectionKind::Factor),
        direction("Factor 2", {-c, 0, s}, DirectionKind::Factor)};
    const std::vector<Direction> aligned = alignDirections(before, after);
    QCOMPARE(namesOf(aligned), std::string("PCA 1, PCA 2, Smile, Mine, Factor 1, Factor 1 (2)"));
    QCOMPARE(aligned[0].values, (std::vector<double>{c, s, 0}));
    QCOMPARE(aligned[1].values, (std::vector<double>{-s, c, 0}));
    QCOMPARE(aligned[1].explained, 0.5);
    QCOMPARE(aligned[2].values, (std::vector<double>{0, 0, 1}));
    QVERIFY(aligned[2].renamed && !aligned[1].renamed);
    QCOMPARE(aligned[3].values, before[3].values);
    QCOMPARE(aligned[4].values, (std::vector<double>{c, 0, -s}));
    QCOMPARE(aligned[5].values, (std::vector<double>{0, -1, 0}));
    // Nothing new: groups stay. Another generator: they go.
    QCOMPARE(namesOf(alignDirections(before, {})), std::string("Mine"));
    QCOMPARE(namesOf(alignDirections(before, {direction("PCA 1", {1, 0})})), std::string("PCA 1"));
    QCOMPARE(namesOf(alignDirections({}, after)), std::string("PCA 1, PCA 2, PCA 3, Factor 1, Factor 2"));
}

/// A set in another order, each turned round and a little away, comes back as it was.
void TestDirections::alignmentOfManyTurned()
{
    const torch::Tensor basis = std::get<0>(at::linalg_qr(batchOf(40, {40}).to(torch::kDouble)));
    const torch::Tensor order = RandomStreams(5, torch::kCPU).permutation("order", 0, 40);
    const torch::Tensor near = basis.index_select(0, order) + 0.02 * batchOf(40, {40}, 3).to(torch::kDouble);
    std::vector<Direction> before;
    std::vector<Direction> after;
    const auto rowOf = [](const torch::Tensor& row) {
        const torch::Tensor unit = (row / row.norm()).contiguous();
        return std::vector<double>(unit.const_data_ptr<double>(), unit.const_data_ptr<double>() + 40);
    };
    for (std::int64_t i = 0; i < 40; ++i) {
        before.push_back(direction("PCA " + std::to_string(i + 1), rowOf(basis[i])));
        after.push_back(direction("PCA " + std::to_string(i + 1), rowOf(i % 3 == 0 ? -near[i] : near[i])));
    }
    const std::vector<Direction> aligned = alignDirections(before, after);
    QCOMPARE(namesOf(aligned), namesOf(before));
    for (std::size_t i = 0; i < 40; ++i)
        QVERIFY(tensorOf(aligned[i].values).dot(tensorOf(before[i].values)).item<double>() > 0.97);
}

void TestDirections::kept()
{
    const Scratch place;
    const std::filesystem::path file = place.path("directions.json");
    QVERIFY(valueOf(loadDirections(file, 3)).empty());
    Direction named = direction("größer", {1 / std::sqrt(3.0), -1 / std::sqrt(3.0), 1 / std::sqrt(3.0)});
    named.renamed = true;
    named.spread = 0.1;
    const std::vector<Direction> saved{named, direction("Mine", {0.6, 0.8, 0}, DirectionKind::Groups),
        direction("F", {1, 0, 0}, DirectionKind::Factor)};
    QVERIFY_OK(saveDirections(file, saved));
    const std::vector<Direction> read = valueOf(loadDirections(file, 3));
    QCOMPARE(read.size(), saved.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
        QCOMPARE(read[i].name, saved[i].name);
        QVERIFY(read[i].kind == saved[i].kind);
        QVERIFY(read[i].values == saved[i].values); // to the last bit
        QCOMPARE(read[i].spread, saved[i].spread);
        QCOMPARE(read[i].renamed, saved[i].renamed);
        QCOMPARE(std::isnan(read[i].explained), saved[i].kind == DirectionKind::Groups);
    }
    SAYS(loadDirections(file, 4), "directions[0].values", "4 numbers");
    SAYS(saveDirections(place.path("none/here.json"), saved), "none");
}

void TestDirections::damagedFiles_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("words");
    const auto row = [](const char* name, const QString& direction, const char* words) {
        QTest::addRow("%s", name) << QStringLiteral(R"({"schema": 1, "directions": [%1]})").arg(direction) << words;
    };
    QTest::addRow("no JSON") << "words"
                             << "directions.json";
    QTest::addRow("a list") << "[]"
                            << "directions.json: directions";
    QTest::addRow("newer") << R"({"schema": 2, "directions": []})"
                           << "newer";
    row("a number", "3", "directions[0].name");
    row("no name", R"({"kind": "factor"})", "directions[0].name");
    row("no kind", R"({"name": "a", "kind": "third"})", "directions[0].kind");
    row("values", R"({"name": "a", "kind": "factor", "values": [1, "x"]})", "directions[0].values");
    row("length", R"({"name": "a", "kind": "factor", "values": [1, 1], "spread": 1})", "length 1");
    row("spread", R"({"name": "a", "kind": "factor", "values": [1, 0], "spread": 0})", "spread");
    row("share", R"({"name": "a", "kind": "factor", "values": [1, 0], "spread": 1, "explained": 2})", "explained");
    row("renamed", R"({"name": "a", "kind": "factor", "values": [1, 0], "spread": 1, "renamed": 2})", "renamed");
    row("twice", R"({"name": "a", "kind": "factor", "values": [1, 0], "spread": 1},
        {"name": "a", "kind": "groups", "values": [1, 0], "spread": 1})",
        "directions[1].name");
}

void TestDirections::damagedFiles()
{
    QFETCH(QString, text);
    QFETCH(QString, words);
    const Scratch place;
    const std::filesystem::path file = place.write("directions.json", text.toStdString());
    SAYS(loadDirections(file, 2), "directions.json", words.toStdString());
}

void TestDirections::places()
{
    const Scratch place;
    place.write("run/experiment.json", "{}");
    place.write("run/checkpoints/00000005/state.json", "{}");
    place.write("aside/state.json", "{}");
    QCOMPARE(directionsFile(place.path("run")), place.path("run/directions.json"));
    QCOMPARE(directionsFile(place.path("run/checkpoints/00000005")), place.path("run/directions.json"));
    QCOMPARE(directionsFile(place.path("run/checkpoints/00000005/")), place.path("run/directions.json"));
    QCOMPARE(directionsFile(place.path("aside")), place.path("aside/directions.json"));
    QCOMPARE(directionsFile(place.path("faces.safetensors")), place.path("faces.directions.json"));
}

QTEST_GUILESS_MAIN(TestDirections)
#include "directions.moc"
