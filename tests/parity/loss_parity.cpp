// SPDX-License-Identifier: GPL-3.0-or-later
// The objectives' losses and gradients against values worked out by hand with 60 digits (reference/losses.py).
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/objectives/adversarial.h"
#include "core/params/schema.h"
#include "core/training/builtin.h"

#include "tests/support/phase_probe.h"
#include "tests/support/scratch.h"

#include <algorithm>
#include <cmath>
#include <set>
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

constexpr double tolerance = 1e-12;

Json referenceCases()
{
    const Result<Json> file = readJson(SADDLE_TEST_DATA "/reference/losses.json");
    return file ? file->value("cases", Json::array()) : Json::array();
}

torch::Tensor numbers(const Json& values, const std::vector<std::int64_t>& shape = {-1})
{
    return torch::tensor(values.get<std::vector<double>>(), torch::kDouble).view(shape).requires_grad_(true);
}

/// The objective of a case, or null.
std::unique_ptr<AdversarialObjective> made(const Json& one, LiveValues& live)
{
    const ObjectiveInfo* info = builtinCatalog().objectives.find(one["objective"]);
    const Result<Json> options = resolveParameters(info->parameters, one["options"], "objective");
    if (!options)
        return nullptr;
    std::unique_ptr<Objective> objective = info->create(*options, live);
    return std::unique_ptr<AdversarialObjective>(dynamic_cast<AdversarialObjective*>(objective.release()));
}

QString difference(const std::string& what, double given, double reference)
{
    if (std::abs(given - reference) <= tolerance * std::max(1.0, std::abs(reference)))
        return {};
    return QStringLiteral("%1 is %2 instead of %3")
        .arg(QString::fromStdString(what))
        .arg(given, 0, 'g', 17)
        .arg(reference, 0, 'g', 17);
}

QString difference(const std::string& what, const torch::Tensor& given, const Json& reference)
{
    const torch::Tensor values = given.contiguous();
    if (values.numel() != static_cast<std::int64_t>(reference.size()))
        return QString::fromStdString(what) + QStringLiteral(": another number of values");
    for (std::size_t i = 0; i < reference.size(); ++i) {
        const QString wrong = difference(
            what + "[" + std::to_string(i) + "]", values.const_data_ptr<double>()[i], reference[i].get<double>());
        if (!wrong.isEmpty())
            return wrong;
    }
    return {};
}

} // namespace

class TestLossParity : public QObject {
    Q_OBJECT

private slots:
    void everyObjectiveHasCases();
    void scores_data();
    void scores();
    void energies_data();
    void energies();

private:
    static void addCases(const std::string& family);
};

void TestLossParity::everyObjectiveHasCases()
{
    std::set<std::string> seen;
    for (const Json& one : referenceCases())
        seen.insert(one["objective"].get<std::string>());
    QVERIFY2(!seen.empty(), "no case was read");
    for (const ObjectiveInfo& info : builtinCatalog().objectives.items()) {
        if (info.roles.back() == "discriminator") // others have no losses of D's outputs
            QVERIFY2(seen.contains(info.kind), qPrintable("no reference for " + QString::fromStdString(info.kind)));
    }
}

void TestLossParity::addCases(const std::string& family)
{
    QTest::addColumn<int>("number");
    const Json all = referenceCases();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].value("family", "scores") != family)
            continue;
        const std::string name = std::to_string(i) + " " + all[i]["objective"].get<std::string>() + " "
            + all[i]["options"].dump() + " " + all[i]["inputs"].get<std::string>();
        QTest::addRow("%s", name.c_str()) << static_cast<int>(i);
    }
}

void TestLossParity::scores_data()
{
    addCases("scores");
}

void TestLossParity::scores()
{
    QFETCH(int, number);
    const Json one = referenceCases()[static_cast<std::size_t>(number)];
    LiveValues live(torch::kCPU, torch::kDouble);
    const std::unique_ptr<AdversarialObjective> objective = made(one, live);
    QVERIFY(objective);

    const torch::Tensor real = numbers(one["real"]);
    const torch::Tensor fake = numbers(one["fake"]);
    const torch::Tensor loss = objective->discriminatorLoss(real, fake);
    QCOMPARE(loss.dim(), std::int64_t{0});
    const std::vector<torch::Tensor> gradients = torch::autograd::grad({loss}, {real, fake});
    const torch::Tensor aim = numbers(one["fake"]);
    const torch::Tensor generatorLoss =
        objective->comparesInGenerator() ? objective->comparedGeneratorLoss(real, aim) : objective->generatorLoss(aim);
    QCOMPARE(generatorLoss.dim(), std::int64_t{0});
    const torch::Tensor generatorGradient = torch::autograd::grad({generatorLoss}, {aim}).front();

    for (const QString& wrong : {difference("d_loss", loss.item<double>(), one["d_loss"].get<double>()),
             difference("g_loss", generatorLoss.item<double>(), one["g_loss"].get<double>()),
             difference("d_grad_real", gradients[0], one["d_grad_real"]),
             difference("d_grad_fake", gradients[1], one["d_grad_fake"]),
             difference("g_grad_fake", generatorGradient, one["g_grad_fake"])}) {
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
    }
}

void TestLossParity::energies_data()
{
    addCases("energy");
}

/// Whole phases, with a discriminator that gives the recorded reconstructions.
void TestLossParity::energies()
{
    QFETCH(int, number);
    const Json one = referenceCases()[static_cast<std::size_t>(number)];
    LiveValues live(torch::kCPU, torch::kDouble);
    const std::unique_ptr<AdversarialObjective> objective = made(one, live);
    QVERIFY(objective);
    const auto batch = [&one](const char* which, const char* what) {
        return numbers(one[which][what], one["shape"].get<std::vector<std::int64_t>>());
    };
    const torch::Tensor real = batch("real", "input").detach();
    const torch::Tensor fake = batch("fake", "input");
    const torch::Tensor realOutput = batch("real", "reconstruction");
    const torch::Tensor fakeOutput = batch("fake", "reconstruction");
    for (NamedTensor state : objective->state())
        state.tensor.fill_(one[state.name].get<double>());

    PhaseProbe probe;
    probe.real = real;
    probe.latent = torch::zeros({real.size(0), 1}, torch::kDouble);
    probe.networks["generator"] = [&](const torch::Tensor&) { return NetworkOutput{fake, {}}; };
    probe.networks["discriminator"] = [&](const torch::Tensor& input) {
        return NetworkOutput{at::equal(input, real) ? realOutput : fakeOutput, {}};
    };
    const PhaseLoss critic = objective->loss("discriminator", probe);
    const std::vector<torch::Tensor> gradients =
        torch::autograd::grad({critic.loss}, {realOutput, fakeOutput}, {}, std::nullopt, false, true);
    const auto orZero = [](const torch::Tensor& gradient, const torch::Tensor& like) {
        return gradient.defined() ? gradient : torch::zeros_like(like);
    };
    const PhaseLoss generator = objective->loss("generator", probe);
    const std::vector<torch::Tensor> aims = torch::autograd::grad({generator.loss}, {fakeOutput, fake});

    QStringList wrong{difference("real energies", objective->score(real, realOutput).detach(), one["real_energy"]),
        difference("fake energies", objective->score(fake, fakeOutput).detach(), one["fake_energy"]),
        difference("d_loss", critic.loss.item<double>(), one["d_loss"].get<double>()),
        difference("g_loss", generator.loss.item<double>(), one["g_loss"].get<double>()),
        difference("d_grad_real", orZero(gradients[0], realOutput), one["d_grad_real"]),
        difference("d_grad_fake", orZero(gradients[1], fakeOutput), one["d_grad_fake"]),
        difference("g_grad_fake", aims[0], one["g_grad_fake"]),
        difference("g_grad_fake_input", aims[1], one["g_grad_fake_input"])};
    if (one.contains("k_after")) {
        QVERIFY(!critic.metrics.back().second.requires_grad());
        wrong << difference("M", critic.metrics.back().second.item<double>(), one["measure"].get<double>());
        objective->updated("generator", generator.metrics, torch::zeros({}));
        objective->updated("discriminator", critic.metrics, torch::ones({})); // left out: k stays
        wrong << difference("k", objective->state()[0].tensor.item<double>(), one["k"].get<double>());
        objective->updated("discriminator", critic.metrics, torch::zeros({}));
        wrong << difference("k afterwards", objective->state()[0].tensor.item<double>(), one["k_after"].get<double>());
    }
    wrong.removeAll(QString());
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join(QStringLiteral("; "))));
}

QTEST_GUILESS_MAIN(TestLossParity)
#include "loss_parity.moc"
