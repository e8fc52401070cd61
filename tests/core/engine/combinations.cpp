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

/// An auto-encoder of images of 16 × 16 with a code of 256 numbers.
Json rebuilder()
{
    return Json::parse(R"({"layers": [{"kind": "flatten", "id": "code"},
        {"kind": "linear", "out": 256}, {"kind": "reshape", "shape": [1, 16, 16]}]})");
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
    void everyObjectiveTrainsEveryNetworkThatFits();
    void penaltiesAreAddedToTheLoss_data();
    void penaltiesAreAddedToTheLoss();
    void realAndGeneratedAreBatchesOfTheirOwn();

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
    document["discriminator"] = rebuilder();
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
    coded["discriminator"] = rebuilder();
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
    document["discriminator"] = rebuilder();
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

/// Every objective with every regulariser of a discriminator: two steps each, finite.
void TestCombinations::anythingElseGoesTogether()
{
    for (const ObjectiveInfo& objective : builtinCatalog().objectives.items()) {
        if (objective.roles.back() != "discriminator")
            continue;
        const bool rebuilds = objective.critic == Critic::Reconstruction;
        for (const RegulariserInfo& regulariser : builtinCatalog().regularisers.items()) {
            if (regulariser.asks == Asks::Code && !rebuilds)
                continue;
            Json document = images({{"objective.kind", objective.kind}, on(regulariser.kind)});
            if (rebuilds)
                document["discriminator"] = rebuilder();
            else
                document = with(document, layerNorm);
            const auto trainer = makeOpenTrainer(document);
            const std::vector<MetricRow> rows = trainSteps(*trainer, 2);
            for (const char* column : {"d_loss", "g_loss", "d_grad_norm", "g_grad_norm"}) {
                QVERIFY2(std::isfinite(cell(*trainer, rows.back(), column)),
                    qPrintable(QString::fromStdString(objective.kind + ", " + regulariser.kind + ": " + column)));
            }
        }
    }
}

/// Every objective with every architecture in every role it can have, beside small networks: one step, finite. What is
/// refused is an architecture without an auto-encoder where the objective wants one.
void TestCombinations::everyObjectiveTrainsEveryNetworkThatFits()
{
    const auto imagesOf = [this](std::uint32_t side) {
        const std::filesystem::path file = m_scratch.write("images-" + std::to_string(side), idxImages(8, side));
        return with(images(), {{"data.images", file.string()}, {"training.batch_size", 4}});
    };
    const Json large = imagesOf(32);
    const Json mnist = imagesOf(28); // the one size that some architectures are published for
    const Json small = {{"architecture", "mlp"}, {"width", 8}, {"depth", 1}};
    for (const ObjectiveInfo& objective : builtinCatalog().objectives.items()) {
        for (const ArchitectureInfo& architecture : builtinCatalog().architectures.items()) {
            int trained = 0;
            for (const std::string& role : objective.roles) {
                const auto documentOf = [&](Json document) {
                    document.erase("discriminator");
                    for (const std::string& each : objective.roles)
                        document[each] = small;
                    Json network = {{"architecture", architecture.kind}};
                    for (const Parameter& parameter : architecture.parameters) {
                        if (parameter.key == "width")
                            network["width"] = 4;
                    }
                    document[role] = network;
                    document["objective"] = {{"kind", objective.kind}};
                    if (objective.kind == "vae") // for generators that do not end in tanh, too
                        document["objective"]["likelihood"] = "gaussian";
                    return document;
                };
                const std::string name = objective.kind + ", " + architecture.kind + " as " + role;
                Json document = documentOf(large);
                std::string refused = refusal(document);
                if (!refused.empty()) {
                    document = documentOf(mnist);
                    refused = refusal(document);
                }
                if (!refused.empty()) {
                    QVERIFY2(objective.critic == Critic::Reconstruction && role == "discriminator"
                            && refused.find("rebuilds its input") != std::string::npos,
                        qPrintable(QString::fromStdString(name + ": " + refused)));
                    continue;
                }
                const auto trainer = makeOpenTrainer(document);
                const MetricRow row = trainSteps(*trainer, 1).back();
                for (const PhaseInfo& phase : objective.phases) {
                    QVERIFY2(std::isfinite(cell(*trainer, row, phase.lossColumn)),
                        qPrintable(QString::fromStdString(name + ": " + phase.lossColumn)));
                }
                ++trained;
            }
            QVERIFY2(trained > 0, qPrintable(QString::fromStdString(objective.kind + ", " + architecture.kind)));
        }
    }
}

void TestCombinations::penaltiesAreAddedToTheLoss_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("objective");
    QTest::addColumn<QString>("phase");
    for (const char* kind : {"gradient_penalty", "r1", "r2", "dragan"})
        QTest::addRow("%s", kind) << kind << "non-saturating"
                                  << "discriminator";
    QTest::addRow("pull_away") << "pull_away"
                               << "ebgan"
                               << "generator";
}

/// By gradient descent of rate 1 the weights move by the gradient. That of weight w is the objective's own and w times
/// the penalty's: neither takes the other's place.
void TestCombinations::penaltiesAreAddedToTheLoss()
{
    QFETCH(QString, kind);
    QFETCH(QString, objective);
    QFETCH(QString, phase);
    const std::string role = phase.toStdString();
    const auto gradients = [&](const std::vector<std::pair<std::string, Json>>& changes) {
        Json document = with(pointsExperiment(),
            {{"objective.kind", objective.toStdString()},
                {"optimisers." + role, {{"kind", "sgd"}, {"learning_rate", 1.0}}}});
        const auto trainer = makeOpenTrainer(with(document, changes), torch::kDouble);
        const TensorMap before = tensorsOf(*trainer);
        trainSteps(*trainer, 1, role);
        std::vector<torch::Tensor> moved;
        for (const auto& [name, tensor] : tensorsOf(*trainer)) {
            if (name.rfind(role + "/", 0) == 0)
                moved.push_back((tensorFrom(before.at(name)) - tensorFrom(tensor)).flatten());
        }
        return at::cat(moved);
    };
    const std::string section = "regularisers." + kind.toStdString();
    const torch::Tensor own = gradients({});
    const torch::Tensor once = gradients({on(kind.toStdString()), {section + ".weight", 1.0}});
    const torch::Tensor thrice = gradients({on(kind.toStdString()), {section + ".weight", 3.0}});
    const double size = own.norm().item<double>();
    QVERIFY(size > 1e-3);
    QVERIFY((once - own).norm().item<double>() > 1e-3 * size);
    QVERIFY(((thrice - own) - 3 * (once - own)).norm().item<double>() < 1e-12);
}

/// Behind a batch norm every batch has the mean 0, so that a linear layer's mean is its bias for the real samples and
/// for the generated ones alike; seen as one batch, real samples moved far away would differ from the others.
void TestCombinations::realAndGeneratedAreBatchesOfTheirOwn()
{
    Json document = pointsExperiment();
    document["discriminator"] = Json::parse(R"({"layers": [{"kind": "norm", "norm": "batch"},
        {"kind": "linear", "out": 1}]})");
    const auto trainer = makeOpenTrainer(document, torch::kDouble);
    trainer->onReal = [](torch::Tensor real) { return real + 5; };
    const torch::Tensor bias = tensorFrom(tensorsOf(*trainer).at("discriminator/1.bias"));
    const MetricRow row = trainSteps(*trainer, 1, "discriminator").front();
    QVERIFY(std::abs(cell(*trainer, row, "d_real") - bias.item<double>()) < 1e-12);
    QVERIFY(std::abs(cell(*trainer, row, "d_fake") - bias.item<double>()) < 1e-12);
}

QTEST_GUILESS_MAIN(TestCombinations)
#include "combinations.moc"
