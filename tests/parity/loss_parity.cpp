// SPDX-License-Identifier: GPL-3.0-or-later
// The objectives' losses and gradients against values worked out by hand with 60 digits (reference/losses.py).
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/objectives/adversarial.h"
#include "core/params/schema.h"
#include "core/training/builtin.h"

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

torch::Tensor logits(const Json& values)
{
    return torch::tensor(values.get<std::vector<double>>(), torch::kDouble).unsqueeze(1).requires_grad_(true);
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
    void cases_data();
    void cases();
};

void TestLossParity::everyObjectiveHasCases()
{
    std::set<std::string> seen;
    for (const Json& one : referenceCases())
        seen.insert(one["objective"].get<std::string>());
    QVERIFY2(!seen.empty(), "no case was read");
    for (const ObjectiveInfo& info : builtinCatalog().objectives.items())
        QVERIFY2(seen.contains(info.kind), qPrintable("no reference for " + QString::fromStdString(info.kind)));
}

void TestLossParity::cases_data()
{
    QTest::addColumn<int>("number");
    const Json all = referenceCases();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::string name = all[i]["objective"].get<std::string>() + " " + all[i]["options"].dump() + " "
            + all[i]["inputs"].get<std::string>();
        QTest::addRow("%s", name.c_str()) << static_cast<int>(i);
    }
}

void TestLossParity::cases()
{
    QFETCH(int, number);
    const Json one = referenceCases()[static_cast<std::size_t>(number)];
    const Result<const ObjectiveInfo*> info = builtinCatalog().objectives.get(one["objective"], "losses.json");
    QVERIFY_OK(info);
    const Result<Json> options = resolveParameters((*info)->parameters, one["options"], "objective");
    QVERIFY_OK(options);
    LiveValues live(torch::kCPU, torch::kDouble);
    const std::unique_ptr<Objective> made = (*info)->create(*options, live);
    const auto* objective = dynamic_cast<const AdversarialObjective*>(made.get());
    QVERIFY(objective);

    const torch::Tensor real = logits(one["real"]);
    const torch::Tensor fake = logits(one["fake"]);
    const torch::Tensor loss = objective->discriminatorLoss(real, fake);
    QCOMPARE(loss.dim(), std::int64_t{0});
    const std::vector<torch::Tensor> gradients = torch::autograd::grad({loss}, {real, fake});
    const torch::Tensor aim = logits(one["fake"]);
    const torch::Tensor generatorLoss = objective->generatorLoss(aim);
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

QTEST_GUILESS_MAIN(TestLossParity)
#include "loss_parity.moc"
