// SPDX-License-Identifier: GPL-3.0-or-later
// Regularisers against closed forms, and the gradients of penalties, which are gradients of gradients, against
// differences in float64.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/objectives/adversarial.h"
#include "core/params/schema.h"
#include "core/regularisers/regulariser.h"
#include "core/training/builtin.h"
#include "core/training/random_streams.h"

#include "tests/support/gradcheck.h"
#include "tests/support/phase_probe.h"
#include "tests/support/scratch.h"

#include <ATen/Parallel.h>

#include <cmath>
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

const PhaseInfo discriminatorPhase{"discriminator", "D", {"discriminator"}, "d_loss", ""};
const PhaseInfo generatorPhase{"generator", "G", {"generator"}, "g_loss", ""};

torch::Tensor values(const std::string& name, const std::vector<std::int64_t>& sizes)
{
    return RandomStreams(5, torch::kCPU).normal(name, 0, sizes).to(torch::kDouble);
}

/// An objective or regulariser with its live values, which must outlive it.
template <typename Made>
struct Holder {
    LiveValues live{torch::kCPU, torch::kDouble};
    std::unique_ptr<Made> made;
    Made* operator->() const { return made.get(); }
    Made& operator*() const { return *made; }
};

Holder<Regulariser> regulariser(const std::string& kind, const Json& options = Json::object())
{
    const RegulariserInfo* info = builtinCatalog().regularisers.find(kind);
    Holder<Regulariser> holder;
    holder.made = info->create(*resolveParameters(info->parameters, options, kind), holder.live);
    return holder;
}

Holder<Objective> objective(const std::string& kind, const Json& options = Json::object())
{
    const ObjectiveInfo* info = builtinCatalog().objectives.find(kind);
    Holder<Objective> holder;
    holder.made = info->create(*resolveParameters(info->parameters, options, kind), holder.live);
    return holder;
}

/// What a D phase of N × 3 samples shows, with D a function; both batches carry gradients.
Seen seenBy(PhaseProbe& probe, const PhaseProbe::Network& network)
{
    probe.networks["discriminator"] = network;
    Seen seen;
    seen.real = values("real", {4, 3}).requires_grad_(true);
    seen.fake = values("fake", {4, 3}).requires_grad_(true);
    seen.realOutput = network(seen.real.data);
    seen.fakeOutput = network(seen.fake.data);
    return seen;
}

bool near(double given, double expected)
{
    return std::abs(given - expected) <= 1e-11 * std::max(1.0, std::abs(expected));
}

} // namespace

class TestRegularisers : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); }
    void everyRegulariserHasASwitch();
    void gradientPenaltyOfALinearCritic();
    void gradientPenaltyIsTakenBetweenSamples();
    void gradientPenaltyAtAFlatCriticIsFinite();
    void normsBelongToSamples();
    void zeroCentredPenalties();
    void dragan();
    void penaltiesAreDifferentiable_data();
    void penaltiesAreDifferentiable();
    void pullAwayIsSquaredAndLeavesPairsOut();
    void clippingCutsEveryParameterOfD();
    void diffAugmentMovesPixelsWhole();
    void diffAugmentIsDifferentiable();
    void penaltiesKeepToTheirPhase();
};

void TestRegularisers::everyRegulariserHasASwitch()
{
    QVERIFY(!builtinCatalog().regularisers.items().empty());
    for (const RegulariserInfo& info : builtinCatalog().regularisers.items()) {
        QCOMPARE(info.parameters.front().key, std::string("enabled"));
        QCOMPARE(info.parameters.front().defaultValue, Json(false));
        QVERIFY2(!info.source.empty(), info.kind.c_str());
        for (std::size_t i = 1; i < info.parameters.size(); ++i)
            QVERIFY2(!info.parameters[i].visibleWhen.key.empty(), info.parameters[i].key.c_str());
    }
}

/// D(x) = w·x has the slope ‖w‖ everywhere: λ (‖w‖ - 1)².
void TestRegularisers::gradientPenaltyOfALinearCritic()
{
    PhaseProbe probe;
    const torch::Tensor w = torch::tensor({2.0, -1.0, 2.0}, torch::kDouble);
    const Seen seen = seenBy(probe, [&](const torch::Tensor& x) {
        return NetworkOutput{x.matmul(w).unsqueeze(1), {}};
    });
    const auto wgan = objective("wgan");
    const auto value = [&](const Json& options) {
        return regulariser("gradient_penalty", options)->penalty(discriminatorPhase, probe, seen, *wgan).item<double>();
    };
    QVERIFY(near(value({{"epsilon", 1e-16}}), 10 * 4.0));
    QVERIFY(near(value({{"epsilon", 1e-16}, {"weight", 0.5}, {"target", 5}}), 0.5 * 4.0));
    QCOMPARE(value({{"target", 5}, {"one_sided", true}}), 0.0);
    QVERIFY(near(value({{"epsilon", 1e-16}, {"target", 1}, {"one_sided", true}}), 10 * 4.0));
}

/// D(x) = ‖x‖²/2 has the slope ‖x‖, so the penalty says where it was taken: one factor a sample, not a number or pixel.
void TestRegularisers::gradientPenaltyIsTakenBetweenSamples()
{
    PhaseProbe probe;
    const Seen seen = seenBy(probe, [](const torch::Tensor& x) {
        return NetworkOutput{(x.square().sum(1) / 2).unsqueeze(1), {}};
    });
    const auto wgan = objective("wgan");
    const double given = regulariser("gradient_penalty", {{"epsilon", 1e-16}})
                             ->penalty(discriminatorPhase, probe, seen, *wgan)
                             .item<double>();
    const torch::Tensor mix = probe.draws.at("mix");
    QCOMPARE(mix.sizes().vec(), (std::vector<std::int64_t>{4, 1}));
    const torch::Tensor between = mix * seen.real.data + (1 - mix) * seen.fake.data;
    const double expected = 10 * (between.norm(2, 1) - 1).square().mean().item<double>();
    QVERIFY(near(given, expected));
}

/// Where D does not move at all, the root of 0 has no derivative: without the ε, weights would become NaN.
void TestRegularisers::gradientPenaltyAtAFlatCriticIsFinite()
{
    PhaseProbe probe;
    torch::Tensor w = torch::zeros({3}, torch::kDouble).requires_grad_(true);
    const Seen seen = seenBy(probe, [&](const torch::Tensor& x) {
        return NetworkOutput{x.matmul(w).unsqueeze(1), {}};
    });
    const auto wgan = objective("wgan");
    for (const char* kind : {"gradient_penalty", "dragan"}) {
        const torch::Tensor penalty = regulariser(kind)->penalty(discriminatorPhase, probe, seen, *wgan);
        QVERIFY(near(penalty.item<double>(), 10 * std::pow(1e-6 - 1, 2)));
        QVERIFY(at::isfinite(torch::autograd::grad({penalty}, {w}).front()).all().item<bool>());
    }
}

/// Two samples of slopes 1 and 3 give ½ (0² + 2²), where one norm over the batch would give (√10 - 1)².
void TestRegularisers::normsBelongToSamples()
{
    PhaseProbe probe;
    probe.networks["discriminator"] = [](const torch::Tensor& x) {
        return NetworkOutput{x.slice(1, 0, 1) * torch::tensor({{1.0}, {3.0}}, torch::kDouble), {}};
    };
    Seen seen;
    seen.real = values("real", {2, 3});
    seen.fake = values("fake", {2, 3});
    const auto wgan = objective("wgan");
    const double given = regulariser("gradient_penalty", {{"epsilon", 1e-16}, {"weight", 1}})
                             ->penalty(discriminatorPhase, probe, seen, *wgan)
                             .item<double>();
    QVERIFY(near(given, 2));
}

/// D(x) = ‖x‖²/2: γ/2 E‖x‖² over real samples for R1, over generated ones for R2.
void TestRegularisers::zeroCentredPenalties()
{
    PhaseProbe probe;
    const Seen seen = seenBy(probe, [](const torch::Tensor& x) {
        return NetworkOutput{(x.square().sum(1) / 2).unsqueeze(1), {}};
    });
    const auto loss = objective("non-saturating");
    const auto r1 = regulariser("r1", {{"weight", 3}});
    const auto r2 = regulariser("r2", {{"weight", 3}});
    const auto expected = [](const torch::Tensor& x) { return 1.5 * x.square().sum(1).mean().item<double>(); };
    QVERIFY(near(r1->penalty(discriminatorPhase, probe, seen, *loss).item<double>(), expected(seen.real.data)));
    QVERIFY(near(r2->penalty(discriminatorPhase, probe, seen, *loss).item<double>(), expected(seen.fake.data)));
    QVERIFY(r1->needsGradient("real") && !r1->needsGradient("fake"));
    QVERIFY(r2->needsGradient("fake") && !r2->needsGradient("real"));
}

/// D(x) = ‖x‖²/2 again: the slope is that of x + ½ std(x) u, std over the whole batch.
void TestRegularisers::dragan()
{
    PhaseProbe probe;
    const Seen seen = seenBy(probe, [](const torch::Tensor& x) {
        return NetworkOutput{(x.square().sum(1) / 2).unsqueeze(1), {}};
    });
    const auto loss = objective("non-saturating");
    const torch::Tensor real = seen.real.data.detach();
    const double deviation = std::sqrt((real - real.mean()).square().sum().item<double>() / 11); // 12 numbers
    for (const bool perSample : {false, true}) {
        probe.draws.clear();
        const double given = regulariser("dragan", {{"epsilon", 1e-16}, {"per_sample", perSample}})
                                 ->penalty(discriminatorPhase, probe, seen, *loss)
                                 .item<double>();
        torch::Tensor shift = 0.5 * deviation * probe.draws.at("perturb");
        QCOMPARE(probe.draws.contains("perturb_mix"), perSample);
        if (perSample)
            shift = shift * probe.draws.at("perturb_mix");
        QVERIFY(near(given, 10 * ((real + shift).norm(2, 1) - 1).square().mean().item<double>()));
    }
}

void TestRegularisers::penaltiesAreDifferentiable_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("loss");
    for (const char* kind : {"gradient_penalty", "r1", "r2", "dragan"}) {
        for (const char* loss : {"wgan", "ebgan", "began"})
            QTest::addRow("%s, %s", kind, loss) << kind << loss;
    }
}

/// The gradient of a penalty with respect to D's weights is of second order; here through tanh, softplus and energies.
void TestRegularisers::penaltiesAreDifferentiable()
{
    QFETCH(QString, kind);
    QFETCH(QString, loss);
    torch::Tensor first = values("first", {3, 5}).requires_grad_(true);
    torch::Tensor second = values("second", {5, loss == QStringLiteral("wgan") ? 1 : 3}).requires_grad_(true);
    const auto critic = objective(loss.toStdString());
    const auto penalised = regulariser(kind.toStdString());
    const auto value = [&] {
        const torch::AutoGradMode enabled(true); // differences are taken with gradients off
        PhaseProbe probe;
        const Seen seen = seenBy(probe, [&](const torch::Tensor& x) {
            return NetworkOutput{at::softplus(at::tanh(x.matmul(first)).matmul(second)), {}};
        });
        return penalised->penalty(discriminatorPhase, probe, seen, *critic);
    };
    QCOMPARE(gradcheck(value, {first, second}, 1e-6), std::string());
}

void TestRegularisers::pullAwayIsSquaredAndLeavesPairsOut()
{
    PhaseProbe probe;
    const auto loss = objective("ebgan");
    const auto term = regulariser("pull_away", {{"weight", 1}});
    Seen seen;
    // Cosines: 1 and 2 are opposite (cos² = 1), 3 stands at right angles to both.
    seen.fakeOutput.code = torch::tensor({{1.0, 0.0}, {-2.0, 0.0}, {0.0, 5.0}}, torch::kDouble);
    QVERIFY(near(term->penalty(generatorPhase, probe, seen, *loss).item<double>(), 2.0 / 6));
    torch::Tensor codes = values("codes", {4, 3, 2}).requires_grad_(true);
    const auto value = [&] {
        seen.fakeOutput.code = codes;
        return term->penalty(generatorPhase, probe, seen, *loss);
    };
    double sum = 0;
    const torch::Tensor flat = codes.detach().flatten(1);
    for (int i = 0; i < 4; ++i) {
        for (int j = 0; j < 4; ++j) {
            if (i != j)
                sum +=
                    std::pow(flat[i].dot(flat[j]).item<double>() / (flat[i].norm() * flat[j].norm()).item<double>(), 2);
        }
    }
    QVERIFY(near(value().item<double>(), sum / 12));
    QCOMPARE(gradcheck(value, {codes}), std::string());
}

void TestRegularisers::clippingCutsEveryParameterOfD()
{
    const auto clipping = regulariser("weight_clipping", {{"limit", 0.25}});
    ParameterSet parameters;
    parameters.names = {"0.weight", "0.bias"};
    parameters.tensors = {
        torch::tensor({{-1.0, 0.1}, {0.25, 7.0}}, torch::kDouble), torch::tensor({-0.3, 0.2}, torch::kDouble)};
    clipping->updated("generator", parameters);
    QCOMPARE(parameters.tensors[0][1][1].item<double>(), 7.0);
    clipping->updated("discriminator", parameters);
    QVERIFY(at::equal(parameters.tensors[0], torch::tensor({{-0.25, 0.1}, {0.25, 0.25}}, torch::kDouble)));
    QVERIFY(at::equal(parameters.tensors[1], torch::tensor({-0.25, 0.2}, torch::kDouble)));
}

void TestRegularisers::diffAugmentMovesPixelsWhole()
{
    PhaseProbe probe;
    const auto moving = regulariser("diffaugment", {{"colour", false}, {"cutout", false}});
    const torch::Tensor images = at::arange(1, 129, torch::kDouble).view({2, 1, 8, 8});
    // Sides of 8 move by at most 1: a draw near 0 is -1, one near 1 is +1; each place shows what was that far on.
    probe.draws["augment_real/translate"] = torch::tensor({{0.99, 0.5}, {0.5, 0.01}}, torch::kDouble);
    const torch::Tensor moved = moving->augment(images, "real", probe);
    QVERIFY(at::equal(moved[0][0].slice(0, 0, 7), images[0][0].slice(0, 1)));
    QCOMPARE(moved[0][0][7].abs().sum().item<double>(), 0.0);
    QVERIFY(at::equal(moved[1][0].slice(1, 1), images[1][0].slice(1, 0, 7)));
    QCOMPARE(moved[1][0].select(1, 0).abs().sum().item<double>(), 0.0);

    const auto cutting = regulariser("diffaugment", {{"colour", false}, {"translation", false}});
    probe.draws["augment_real/cutout"] = torch::tensor({{0.5, 0.5}, {0.0, 0.0}}, torch::kDouble);
    const torch::Tensor cut = cutting->augment(images, "real", probe);
    // A square of 4 around place 4 (of 0 .. 8), and one whose centre is the corner.
    QCOMPARE((cut[0] == 0).sum().item<std::int64_t>(), std::int64_t{16});
    QCOMPARE(cut[0][0].slice(0, 2, 6).slice(1, 2, 6).abs().sum().item<double>(), 0.0);
    QCOMPARE((cut[1] == 0).sum().item<std::int64_t>(), std::int64_t{4});
}

void TestRegularisers::diffAugmentIsDifferentiable()
{
    PhaseProbe probe;
    const auto all = regulariser("diffaugment");
    torch::Tensor images = values("images", {2, 3, 4, 4}).requires_grad_(true);
    QCOMPARE(gradcheck([&] { return project(all->augment(images, "fake", probe)); }, {images}), std::string());
    QCOMPARE(probe.draws.size(), std::size_t{5});
}

void TestRegularisers::penaltiesKeepToTheirPhase()
{
    PhaseProbe probe;
    Seen seen = seenBy(probe, [](const torch::Tensor& x) { return NetworkOutput{x.sum(1, true), x}; });
    const auto loss = objective("wgan");
    for (const char* kind : {"gradient_penalty", "r1", "r2", "dragan"})
        QVERIFY2(!regulariser(kind)->penalty(generatorPhase, probe, seen, *loss).defined(), kind);
    QVERIFY(!regulariser("pull_away")->penalty(discriminatorPhase, probe, seen, *loss).defined());
    for (const char* kind : {"weight_clipping", "diffaugment"}) {
        for (const PhaseInfo& phase : {discriminatorPhase, generatorPhase})
            QVERIFY2(!regulariser(kind)->penalty(phase, probe, seen, *loss).defined(), kind);
    }
}

QTEST_GUILESS_MAIN(TestRegularisers)
#include "regularisers.moc"
