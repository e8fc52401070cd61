// SPDX-License-Identifier: GPL-3.0-or-later
// What objectives make of a phase: which draws they ask for, what they report, and what popular implementations got
// wrong.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/objectives/adversarial.h"
#include "core/params/schema.h"
#include "core/runs/presets.h"
#include "core/training/builtin.h"

#include "tests/support/gradcheck.h"
#include "tests/support/phase_probe.h"
#include "tests/support/scratch.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

class TestBench {
public:
    explicit TestBench(const std::string& kind, const Json& options = Json::object())
    {
        const ObjectiveInfo* info = builtinCatalog().objectives.find(kind);
        objective = info->create(*resolveParameters(info->parameters, options, kind), live);
    }

    PhaseLoss loss(const std::string& phase) { return objective->loss(phase, probe); }

    LiveValues live{torch::kCPU, torch::kDouble};
    std::unique_ptr<Objective> objective;
    PhaseProbe probe;
};

torch::Tensor values(const std::string& name, const std::vector<std::int64_t>& sizes)
{
    return RandomStreams(5, torch::kCPU).normal(name, 0, sizes).to(torch::kDouble);
}

torch::Tensor column(const std::vector<double>& numbers)
{
    return torch::tensor(numbers, torch::kDouble).unsqueeze(1);
}

double metric(const PhaseLoss& loss, const std::string& name)
{
    for (const auto& [column, value] : loss.metrics) {
        if (column == name)
            return value.item<double>();
    }
    throw std::runtime_error("no metric called " + name);
}

/// Scores for two real and two generated samples, told apart by their first number.
void giveScores(PhaseProbe& probe, const std::vector<double>& real, const std::vector<double>& fake)
{
    probe.real = torch::ones({2, 1}, torch::kDouble);
    probe.latent = torch::zeros({2, 1}, torch::kDouble);
    probe.networks["generator"] = [](const torch::Tensor& z) { return NetworkOutput{z, {}}; };
    probe.networks["discriminator"] = [=](const torch::Tensor& x) {
        return NetworkOutput{column(x[0][0].item<double>() == 1 ? real : fake), {}};
    };
}

} // namespace

class TestObjectives : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); }
    void hingesBelongToSamples();
    void smoothingTouchesRealSamplesAlone();
    void flippingExchangesScores();
    void wassersteinIsReported();
    void relativisticGeneratorsSeeRealSamples();
    void beganKeepsKInBoundsWithoutAGraph();
    void beganStepsTowardsItsBalance();
    void ebganHingeIsOnAndOff();
    void leastSquaresWithOneTarget();
    void outputsBeyondPixelsLearn();
    void variationalBound();
    void variationalBoundIsDifferentiable_data();
    void variationalBoundIsDifferentiable();
};

/// Scores of 3 and -1: relu(1 - D) is 0 and 2, so the mean is 1; a hinge of the mean score would be 0.
void TestObjectives::hingesBelongToSamples()
{
    TestBench hinge("hinge");
    giveScores(hinge.probe, {3, -1}, {-3, 1});
    QCOMPARE(hinge.loss("discriminator").loss.item<double>(), 2.0);
    TestBench ebgan("ebgan", {{"margin", 1}});
    ebgan.probe.real = torch::zeros({2, 1}, torch::kDouble);
    ebgan.probe.latent = torch::tensor({{2.0}, {0.0}}, torch::kDouble);
    ebgan.probe.networks["generator"] = [](const torch::Tensor& z) { return NetworkOutput{z, {}}; };
    ebgan.probe.networks["discriminator"] = [](const torch::Tensor& x) { return NetworkOutput{x * 0, {}}; };
    // Energies 4 and 0: [1 - E]₊ is 0 and 1.
    QCOMPARE(ebgan.loss("discriminator").loss.item<double>(), 0.5);
}

/// With D sure of both, L_D is what smoothing adds: a D(x) for real samples, nothing for generated ones, nothing for G.
void TestObjectives::smoothingTouchesRealSamplesAlone()
{
    for (const char* kind : {"non-saturating", "minimax"}) {
        TestBench bench(kind, {{"label_smoothing", 0.1}});
        giveScores(bench.probe, {50, 50}, {-50, -50});
        QVERIFY(std::abs(bench.loss("discriminator").loss.item<double>() - 0.1 * 50) < 1e-9);
        const double smoothed = bench.loss("generator").loss.item<double>();
        TestBench plain(kind);
        giveScores(plain.probe, {50, 50}, {-50, -50});
        QCOMPARE(smoothed, plain.loss("generator").loss.item<double>());
    }
}

void TestObjectives::flippingExchangesScores()
{
    TestBench bench("wgan");
    giveScores(bench.probe, {1, 10}, {100, 1000});
    QCOMPARE(bench.loss("discriminator").loss.item<double>(), 550 - 5.5);
    bench.probe.flipping = torch::full({}, 0.3, torch::kDouble);
    bench.probe.draws["label_flip"] = torch::tensor({0.2, 0.9}, torch::kDouble);
    const PhaseLoss flipped = bench.loss("discriminator");
    QCOMPARE(flipped.loss.item<double>(), (1 + 1000) / 2.0 - (100 + 10) / 2.0);
    // What is reported is what D said of which samples, whatever it was told they are.
    QCOMPARE(metric(flipped, "d_real"), 5.5);
    QCOMPARE(metric(flipped, "d_fake"), 550.0);
}

void TestObjectives::wassersteinIsReported()
{
    TestBench bench("wgan");
    giveScores(bench.probe, {4, 6}, {1, 2});
    const PhaseLoss loss = bench.loss("discriminator");
    QCOMPARE(metric(loss, "wasserstein"), 3.5);
    QCOMPARE(loss.loss.item<double>(), -3.5);
    QCOMPARE(bench.loss("generator").loss.item<double>(), -1.5);
}

/// G's loss must not fall back to one without real samples.
void TestObjectives::relativisticGeneratorsSeeRealSamples()
{
    TestBench bench("relativistic");
    giveScores(bench.probe, {2, 2}, {0.5, 0.5});
    const auto sp = [](double x) { return std::log1p(std::exp(x)); };
    QVERIFY(std::abs(bench.loss("discriminator").loss.item<double>() - sp(-1.5)) < 1e-12);
    QVERIFY(std::abs(bench.loss("generator").loss.item<double>() - sp(1.5)) < 1e-12);
}

void TestObjectives::beganKeepsKInBoundsWithoutAGraph()
{
    TestBench bench("began", {{"gamma", 1}, {"lambda_k", 1}});
    torch::Tensor weight = torch::full({}, 0.5, torch::kDouble).requires_grad_(true);
    bench.probe.real = torch::full({2, 3}, 4.0, torch::kDouble);
    bench.probe.latent = torch::full({2, 3}, 0.5, torch::kDouble);
    bench.probe.networks["generator"] = [](const torch::Tensor& z) { return NetworkOutput{z, {}}; };
    bench.probe.networks["discriminator"] = [&](const torch::Tensor& x) { return NetworkOutput{x * weight, {}}; };
    const torch::Tensor k = bench.objective->state().front().tensor;
    for (int step = 0; step < 3; ++step) { // L(x) = 2, L(G) = 0.25: far out of balance
        const PhaseLoss loss = bench.loss("discriminator");
        bench.objective->updated("discriminator", loss.metrics, torch::zeros({}));
        QVERIFY(!k.requires_grad());
        QVERIFY(k.item<double>() >= 0 && k.item<double>() <= 1);
    }
    QCOMPARE(k.item<double>(), 1.0);
    bench.probe.real = torch::zeros({2, 3}, torch::kDouble); // L(x) = 0: back down, but not below 0
    for (int step = 0; step < 9; ++step)
        bench.objective->updated("discriminator", bench.loss("discriminator").metrics, torch::zeros({}));
    QCOMPARE(k.item<double>(), 0.0);
}

void TestObjectives::beganStepsTowardsItsBalance()
{
    TestBench bench("began", {{"gamma", 0.5}, {"lambda_k", 0.1}});
    bench.probe.real = torch::full({2, 3}, 4.0, torch::kDouble);
    bench.probe.latent = torch::full({2, 3}, 1.0, torch::kDouble);
    bench.probe.networks["generator"] = [](const torch::Tensor& z) { return NetworkOutput{z, {}}; };
    bench.probe.networks["discriminator"] = [](const torch::Tensor& x) { return NetworkOutput{x / 2, {}}; };
    const PhaseLoss loss = bench.loss("discriminator");
    QCOMPARE(loss.loss.item<double>(), 2.0); // k begins at 0
    QCOMPARE(metric(loss, "began_k"), 0.0);
    QCOMPARE(metric(loss, "began_measure"), 2 + std::abs(0.5 * 2 - 0.5));
    bench.objective->updated("discriminator", loss.metrics, torch::zeros({}));
    const PhaseLoss next = bench.loss("discriminator");
    QCOMPARE(metric(next, "began_k"), 0.1 * (0.5 * 2 - 0.5));
    QCOMPARE(next.loss.item<double>(), 2 - 0.05 * 0.5);
    QCOMPARE(bench.loss("generator").loss.item<double>(), 0.5);
}

/// With the margin that the preset on faces has, by hand and through both branches: generated samples of less energy
/// are pushed up to it, those of more are left alone.
void TestObjectives::ebganHingeIsOnAndOff()
{
    const Result<Json> preset = loadExperiment("celeba-ebgan", builtinCatalog());
    QVERIFY_OK(preset);
    const Json& options = (*preset)["objective"];
    QCOMPARE(options["energy"], Json("mean"));
    const double margin = options["margin"];
    TestBench bench("ebgan", {{"energy", "mean"}, {"margin", margin}});
    // An untrained D gives about 0 for everything, so that a sample's energy is its mean square: first for samples of
    // an untrained G, then for such as fill the range that pixels have.
    const torch::Tensor real = values("real", {4, 48}).clamp(-1, 1);
    for (const auto& [scale, on] : {std::pair{0.1, true}, {1.0, false}}) {
        const torch::Tensor fake = (values("fake", {4, 48}) * scale).clamp(-1, 1).requires_grad_(true);
        const torch::Tensor energies = fake.detach().square().mean(1);
        QVERIFY(on ? energies.max().item<double>() < margin : energies.min().item<double>() > margin);
        bench.probe.real = real;
        bench.probe.latent = fake;
        bench.probe.networks["generator"] = [](const torch::Tensor& z) { return NetworkOutput{z, {}}; };
        const torch::Tensor weight = torch::full({}, 0.0, torch::kDouble).requires_grad_(true);
        bench.probe.networks["discriminator"] = [&](const torch::Tensor& x) { return NetworkOutput{x * weight, {}}; };
        const torch::Tensor loss = bench.loss("discriminator").loss;
        const double push = on ? margin - energies.mean().item<double>() : 0.0;
        QVERIFY(std::abs(loss.item<double>() - real.square().mean().item<double>() - push) < 1e-12);
        // d/dw of mean (w x - x)² at w = 0 is -2 mean x²: of real samples always, less that of generated ones while on.
        const double slope = torch::autograd::grad({loss}, {weight}).front().item<double>();
        const double wanted = -2 * (real.square().mean() - (on ? 1 : 0) * energies.mean()).item<double>();
        QVERIFY(std::abs(slope - wanted) < 1e-12);
    }
}

/// a = b leaves nothing to tell the two apart by: a grey plane, not one of no numbers.
void TestObjectives::leastSquaresWithOneTarget()
{
    const torch::Tensor scores = torch::tensor({-1.0, 1.0, 3.0}, torch::kDouble);
    TestBench same("lsgan", {{"a", 1}, {"b", 1}});
    QVERIFY(at::equal(same.objective->realness(scores), at::full_like(scores, 0.5)));
    TestBench apart("lsgan", {{"a", -1}, {"b", 3}});
    QVERIFY(at::equal(apart.objective->realness(scores), torch::tensor({0.0, 0.5, 1.0}, torch::kDouble)));
}

/// A decoder without tanh passes the range of pixels at first; by the likelihood of the preset that has one, each such
/// number is drawn back by (G - x) / σ².
void TestObjectives::outputsBeyondPixelsLearn()
{
    const Result<Json> preset = loadExperiment("celeba-vae", builtinCatalog());
    QVERIFY_OK(preset);
    Json options = (*preset)["objective"];
    options.erase("kind");
    TestBench bench("vae", options);
    bench.probe.real = values("real", {2, 1, 1, 3}).tanh();
    bench.probe.networks["encoder"] = [](const torch::Tensor& x) {
        return NetworkOutput{torch::zeros({x.size(0), 2}, torch::kDouble), {}};
    };
    const torch::Tensor output =
        torch::tensor({-3.0, -1.0, -1.001, 1.001, 1.0, 5.0}, torch::kDouble).view({2, 1, 1, 3}).requires_grad_(true);
    bench.probe.networks["generator"] = [&](const torch::Tensor&) { return NetworkOutput{output, {}}; };
    const torch::Tensor slope = torch::autograd::grad({bench.loss("vae").loss}, {output}).front();
    const double sigma = options["sigma"];
    QVERIFY((slope - (output.detach() - bench.probe.real) / (sigma * sigma) / 2).abs().max().item<double>() < 1e-12);
}

/// With the posterior at N(0, 1) there is no divergence; an undecided Bernoulli costs log 2 a pixel.
void TestObjectives::variationalBound()
{
    TestBench bench("vae", {{"beta", 3}});
    bench.probe.real = values("real", {4, 1, 2, 2}).tanh();
    bench.probe.networks["encoder"] = [](const torch::Tensor& x) {
        return NetworkOutput{torch::zeros({x.size(0), 6}, torch::kDouble), {}};
    };
    torch::Tensor decoded;
    bench.probe.networks["generator"] = [&](const torch::Tensor& z) {
        decoded = z;
        return NetworkOutput{torch::zeros({z.size(0), 1, 2, 2}, torch::kDouble), {}};
    };
    const PhaseLoss loss = bench.loss("vae");
    QVERIFY(std::abs(metric(loss, "reconstruction") - 4 * std::log(2.0)) < 1e-12);
    QCOMPARE(metric(loss, "kl"), 0.0);
    QVERIFY(at::equal(decoded, bench.probe.draws.at("posterior")));

    // Mean m, deviation s: KL = ½ Σ (m² + s² - log s² - 1), and the latent is m + s ε.
    bench.probe.networks["encoder"] = [](const torch::Tensor& x) {
        return NetworkOutput{
            torch::tensor({0.5, -1.0, 2.0, std::log(4.0), 0.0, std::log(0.25)}, torch::kDouble).expand({x.size(0), 6}),
            {}};
    };
    const PhaseLoss moved = bench.loss("vae");
    const double divergence =
        ((0.25 + 4 - std::log(4.0) - 1) + (1.0 + 1 - 0 - 1) + (4.0 + 0.25 - std::log(0.25) - 1)) / 2;
    QVERIFY(std::abs(metric(moved, "kl") - divergence) < 1e-12);
    QVERIFY(std::abs(moved.loss.item<double>() - metric(moved, "reconstruction") - 3 * divergence) < 1e-12);
    const torch::Tensor scale = torch::tensor({2.0, 1.0, 0.5}, torch::kDouble);
    const torch::Tensor expected =
        torch::tensor({0.5, -1.0, 2.0}, torch::kDouble) + scale * bench.probe.draws.at("posterior");
    QVERIFY(at::allclose(decoded, expected, 0, 1e-12));

    TestBench gaussian("vae", {{"likelihood", "gaussian"}, {"sigma", 0.5}});
    gaussian.probe.real = bench.probe.real;
    gaussian.probe.networks = bench.probe.networks;
    const double squares = bench.probe.real.square().sum().item<double>() / 4;
    QVERIFY(std::abs(metric(gaussian.loss("vae"), "reconstruction") - squares / (2 * 0.25)) < 1e-12);
}

void TestObjectives::variationalBoundIsDifferentiable_data()
{
    QTest::addColumn<QString>("likelihood");
    QTest::addRow("Bernoulli") << "bernoulli";
    QTest::addRow("Gaussian") << "gaussian";
}

void TestObjectives::variationalBoundIsDifferentiable()
{
    QFETCH(QString, likelihood);
    TestBench bench("vae", {{"likelihood", likelihood.toStdString()}, {"beta", 0.7}});
    bench.probe.real = values("real", {3, 4}).tanh();
    torch::Tensor encoder = values("encoder", {4, 4}).requires_grad_(true);
    // Small: where tanh saturates, the logarithm of what is left of 1 is mostly rounding.
    torch::Tensor decoder = (values("decoder", {2, 4}) * 0.3).requires_grad_(true);
    bench.probe.networks["encoder"] = [&](const torch::Tensor& x) { return NetworkOutput{x.matmul(encoder), {}}; };
    bench.probe.networks["generator"] = [&](const torch::Tensor& z) {
        return NetworkOutput{z.matmul(decoder).tanh(), {}};
    };
    const std::string wrong = gradcheck([&] { return bench.loss("vae").loss; }, {encoder, decoder}, 1e-6);
    QVERIFY2(wrong.empty(), wrong.c_str());
}

QTEST_GUILESS_MAIN(TestObjectives)
#include "objectives.moc"
