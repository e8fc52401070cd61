// SPDX-License-Identifier: GPL-3.0-or-later
// What goes together and what does not: refused with reason and remedy before training, or allowed with a warning.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/runs/experiment.h"
#include "core/training/builtin.h"

#include "tests/support/small_runs.h"
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

const std::vector<std::pair<std::string, Json>> layerNorm{{"discriminator.norm", "layer"}};

std::string refusal(const Json& document)
{
    const Result<Experiment> built = buildExperiment(document, builtinCatalog());
    return built ? std::string() : built.error().sentence();
}

QStringList warnings(const Json& document)
{
    const Result<Experiment> built = buildExperiment(document, builtinCatalog());
    if (!built)
        throw std::runtime_error(built.error().sentence());
    QStringList list;
    for (const std::string& warning : built->warnings)
        list << QString::fromStdString(warning);
    return list;
}

std::pair<std::string, Json> on(const std::string& regulariser)
{
    return {"regularisers." + regulariser + ".enabled", true};
}

} // namespace

class TestCombinations : public QObject {
    Q_OBJECT

private slots:
    void penaltiesOfSlopesRefuseBatchNorm_data();
    void penaltiesOfSlopesRefuseBatchNorm();
    void draganWarnsOfBatchNorm();
    void unboundedCriticsAskForABound();
    void outputsAreReadAsTheyAre();
    void criticsFitTheirObjective();
    void pullAwayNeedsACode();
    void variationalAutoEncodersHaveNoDiscriminator();
    void marginsBelongToEnergies();
    void patienceNeedsAMeasure();
    void labelsNeedLabelledData();
    void unknownRegularisersAreNamed();
    void anythingElseGoesTogether();

private:
    Scratch m_scratch;
    Json images(const std::vector<std::pair<std::string, Json>>& changes = {}) const
    {
        return with(imagesExperiment(m_scratch), changes);
    }
};

void TestCombinations::penaltiesOfSlopesRefuseBatchNorm_data()
{
    QTest::addColumn<QString>("kind");
    for (const char* kind : {"gradient_penalty", "r1", "r2"})
        QTest::addRow("%s", kind) << kind;
}

void TestCombinations::penaltiesOfSlopesRefuseBatchNorm()
{
    QFETCH(QString, kind);
    const QString said = QString::fromStdString(refusal(images({on(kind.toStdString())})));
    QVERIFY2(said.contains(QStringLiteral("batch norm")), qPrintable(said));
    QVERIFY2(said.contains(QStringLiteral("discriminator: layer 1")), qPrintable(said));
    QVERIFY2(said.contains(QStringLiteral("se layer or instance norm")), qPrintable(said));
    QCOMPARE(refusal(with(images({on(kind.toStdString())}), layerNorm)), std::string());
    // Batch norm in G does no harm.
    QVERIFY(warnings(with(images({on(kind.toStdString())}), layerNorm)).isEmpty());
}

void TestCombinations::draganWarnsOfBatchNorm()
{
    const QStringList said = warnings(images({on("dragan")}));
    QCOMPARE(said.size(), 1);
    QVERIFY2(said.front().contains(QStringLiteral("batch norm")), qPrintable(said.front()));
}

void TestCombinations::unboundedCriticsAskForABound()
{
    const Json plain = images({{"objective.kind", "wgan"}});
    QCOMPARE(warnings(plain).size(), 1);
    QVERIFY(warnings(plain).front().contains(QStringLiteral("weight clipping, a gradient penalty or spectral norm")));
    QVERIFY(warnings(with(plain, {on("weight_clipping")})).isEmpty());
    QVERIFY(warnings(with(with(plain, {on("gradient_penalty")}), layerNorm)).isEmpty());
    QVERIFY(warnings(with(plain, {{"discriminator.spectral_norm", true}})).isEmpty());
    QVERIFY(warnings(images({{"objective.kind", "hinge"}})).isEmpty());
}

void TestCombinations::outputsAreReadAsTheyAre()
{
    Json document = images();
    document["discriminator"] =
        Json::parse(R"({"layers": [{"kind": "flatten"}, {"kind": "linear", "out": 1, "activation": "sigmoid"}]})");
    QCOMPARE(warnings(document).size(), 1);
    QVERIFY(warnings(document).front().contains(QStringLiteral("D ends in sigmoid")));
}

void TestCombinations::criticsFitTheirObjective()
{
    Json document = images({{"objective.kind", "began"}});
    document["discriminator"] = Json::parse(R"({"layers": [{"kind": "flatten"}, {"kind": "linear", "out": 1}]})");
    QString said = QString::fromStdString(refusal(document));
    QVERIFY2(said.contains(QStringLiteral("auto-encoder")), qPrintable(said));
    document["objective"] = {{"kind", "hinge"}};
    QCOMPARE(refusal(document), std::string());
    document["discriminator"] = Json::parse(R"({"layers": [{"kind": "flatten", "id": "code"},
        {"kind": "linear", "out": 256}, {"kind": "reshape", "shape": [1, 16, 16]}]})");
    said = QString::fromStdString(refusal(document));
    QVERIFY2(said.contains(QStringLiteral("reads one number a sample")), qPrintable(said));
    document["objective"] = {{"kind", "began"}};
    QCOMPARE(refusal(document), std::string());
}

void TestCombinations::pullAwayNeedsACode()
{
    const QString said = QString::fromStdString(refusal(images({on("pull_away")})));
    QVERIFY2(said.contains(QStringLiteral("“code”")), qPrintable(said));
    Json coded = images({on("pull_away"), {"objective.kind", "ebgan"}});
    coded["discriminator"] = Json::parse(R"({"layers": [{"kind": "flatten", "id": "code"},
        {"kind": "linear", "out": 256}, {"kind": "reshape", "shape": [1, 16, 16]}]})");
    QCOMPARE(refusal(coded), std::string());
}

void TestCombinations::variationalAutoEncodersHaveNoDiscriminator()
{
    Json document = images({{"objective.kind", "vae"}});
    document.erase("discriminator");
    document["encoder"] = {{"architecture", "dcgan"}, {"width", 4}};
    QCOMPARE(refusal(document), std::string());
    QString said = QString::fromStdString(refusal(with(document, {on("gradient_penalty")})));
    QVERIFY2(said.contains(QStringLiteral("VAE has none")), qPrintable(said));
    said = QString::fromStdString(refusal(with(document, {{"latent.distribution", "uniform"}})));
    QVERIFY2(said.contains(QStringLiteral("latent.distribution")), qPrintable(said));
    QVERIFY(
        warnings(with(document, {{"instance_noise.start", 0.1}})).front().contains(QStringLiteral("Instance noise")));
}

void TestCombinations::marginsBelongToEnergies()
{
    Json document = images({{"objective.kind", "ebgan"}});
    document["discriminator"] = Json::parse(R"({"layers": [{"kind": "flatten", "id": "code"},
        {"kind": "linear", "out": 256}, {"kind": "reshape", "shape": [1, 16, 16]}]})");
    QVERIFY(warnings(document).isEmpty());
    QVERIFY(warnings(with(document, {{"objective.margin", 10}})).front().contains(QStringLiteral("always on")));
    QVERIFY(warnings(with(document, {{"objective.margin", 10}, {"objective.energy", "sum"}})).isEmpty());
}

void TestCombinations::patienceNeedsAMeasure()
{
    QCOMPARE(warnings(images({{"training.patience", 100}})).size(), 1);
    QVERIFY(warnings(with(images({{"training.patience", 100}, {"objective.kind", "wgan"}, on("weight_clipping")}), {}))
                .isEmpty());
}

void TestCombinations::labelsNeedLabelledData()
{
    const QString said = QString::fromStdString(refusal(images({{"training.conditional", true}})));
    QVERIFY2(said.contains(QStringLiteral("training.conditional")), qPrintable(said));
}

void TestCombinations::unknownRegularisersAreNamed()
{
    const QString said = QString::fromStdString(refusal(images({{"regularisers.r3.enabled", true}})));
    QVERIFY2(said.contains(QStringLiteral("regularisers.r3")), qPrintable(said));
    QVERIFY2(said.contains(QStringLiteral("id you mean")), qPrintable(said));
}

/// Every objective of scores with every regulariser that needs no code, at once: one step each, finite.
void TestCombinations::anythingElseGoesTogether()
{
    for (const ObjectiveInfo& objective : builtinCatalog().objectives.items()) {
        if (objective.roles.back() != "discriminator" || objective.critic != Critic::Score)
            continue;
        for (const RegulariserInfo& regulariser : builtinCatalog().regularisers.items()) {
            if (regulariser.asks == Asks::Code)
                continue;
            const auto trainer =
                makeOpenTrainer(with(images({{"objective.kind", objective.kind}, on(regulariser.kind)}), layerNorm));
            const std::vector<MetricRow> rows = trainSteps(*trainer, 2);
            for (const char* column : {"d_loss", "g_loss", "d_grad_norm", "g_grad_norm"}) {
                QVERIFY2(std::isfinite(cell(*trainer, rows.back(), column)),
                    qPrintable(QString::fromStdString(objective.kind + ", " + regulariser.kind + ": " + column)));
            }
        }
    }
}

QTEST_GUILESS_MAIN(TestCombinations)
#include "combinations.moc"
