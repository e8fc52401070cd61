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
    void penaltiesOfSlopesWarnOfComparedSamples();
    void augmentationIsForImages();
    void batchesOfOne();
    void unboundedCriticsAskForABound();
    void outputsAreReadAsTheyAre_data();
    void outputsAreReadAsTheyAre();
    void criticsFitTheirObjective();
    void pullAwayNeedsACode();
    void variationalAutoEncodersHaveNoDiscriminator();
    void bernoulliNeedsProbabilities();
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

/// Papers put the two together, so it is allowed.
void TestCombinations::penaltiesOfSlopesWarnOfComparedSamples()
{
    for (const char* layer :
        {R"({"kind": "minibatch_stddev"})", R"({"kind": "minibatch_discrimination", "mode": "map"})"}) {
        Json document = images();
        document["discriminator"] = {{"layers",
            {{{"kind", "conv"}, {"out", 2}}, Json::parse(layer), {{"kind", "flatten"}},
                {{"kind", "linear"}, {"out", 1}}}}};
        QVERIFY(warnings(document).isEmpty());
        for (const char* kind : {"gradient_penalty", "r1", "r2", "dragan"}) {
            const QStringList said = warnings(with(document, {on(kind)}));
            QCOMPARE(said.size(), 1);
            QVERIFY2(said.front().contains(QStringLiteral("compares samples")), qPrintable(said.front()));
            QVERIFY2(said.front().contains(QStringLiteral("layer 1, minibatch")), qPrintable(said.front()));
        }
    }
}

void TestCombinations::augmentationIsForImages()
{
    QCOMPARE(refusal(images({on("diffaugment")})), std::string());
    const QString said = QString::fromStdString(refusal(with(pointsExperiment(), {on("diffaugment")})));
    QVERIFY2(said.contains(QStringLiteral("is for images, but the data are 2")), qPrintable(said));
    QVERIFY2(said.contains(QStringLiteral("witch it off")), qPrintable(said));
}

void TestCombinations::batchesOfOne()
{
    const std::pair<std::string, Json> alone{"training.batch_size", 1};
    const auto list = [](const char* norm, const char* before = "") {
        return Json::parse(std::string(R"({"layers": [{"kind": "flatten"}, )") + before
            + R"({"kind": "linear", "out": 4, "norm": ")" + norm + R"("}, {"kind": "linear", "out": 1}]})");
    };
    // Many numbers a channel have a variance; the critic's last map of 16 × 16 pixels does.
    QCOMPARE(refusal(images({alone})), std::string());
    Json document = images({alone});
    document["discriminator"] = list("batch");
    QString said = QString::fromStdString(refusal(document));
    QVERIFY2(said.contains(QStringLiteral("discriminator: layer 1")), qPrintable(said));
    QVERIFY2(said.contains(QStringLiteral("training.batch_size")), qPrintable(said));
    QCOMPARE(refusal(with(document, {{"training.batch_size", 2}})), std::string());
    document["discriminator"] = Json::parse(R"({"layers": [{"kind": "conv", "out": 3, "kernel": 16, "stride": 1,
        "padding": 0, "norm": "batch"}, {"kind": "flatten"}, {"kind": "linear", "out": 1}]})");
    said = QString::fromStdString(refusal(document));
    QVERIFY2(said.contains(QStringLiteral("discriminator: layer 0")), qPrintable(said));
    // What compares samples has none to compare.
    document["discriminator"] = list("none", R"({"kind": "minibatch_discrimination"}, )");
    QCOMPARE(warnings(document).size(), 1);
    QVERIFY(warnings(document).front().contains(QStringLiteral("does nothing")));
    QVERIFY(warnings(with(document, {{"training.batch_size", 2}})).isEmpty());
    Json coded = images({alone, on("pull_away"), {"objective.kind", "ebgan"}});
    coded["discriminator"] = Json::parse(R"({"layers": [{"kind": "flatten", "id": "code"},
        {"kind": "linear", "out": 256}, {"kind": "reshape", "shape": [1, 16, 16]}]})");
    QCOMPARE(warnings(coded).size(), 1);
    QVERIFY(warnings(coded).front().contains(QStringLiteral("Pull-away")));
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

void TestCombinations::outputsAreReadAsTheyAre_data()
{
    QTest::addColumn<QString>("role");
    QTest::addColumn<QString>("objective");
    QTest::addColumn<QString>("end"); ///< of its last layers
    QTest::addColumn<QString>("said"); ///< empty: nothing
    const QString score = QStringLiteral(R"({"kind": "linear", "out": 1, %1})");
    const QString sample =
        QStringLiteral(R"({"kind": "linear", "out": 256, %1}, {"kind": "reshape", "shape": [1, 16, 16]})");
    for (const char* squeezing : {"sigmoid", "tanh", "relu"}) {
        const QString activation = QStringLiteral(R"("activation": "%1")").arg(QLatin1String(squeezing));
        QTest::addRow("score, %s", squeezing) << "discriminator"
                                              << "non-saturating" << score.arg(activation)
                                              << QStringLiteral("D ends in %1, but").arg(QLatin1String(squeezing));
        const bool reaches = std::string_view(squeezing) == "tanh";
        QTest::addRow("auto-encoder, %s", squeezing)
            << "discriminator"
            << "began" << sample.arg(activation) << (reaches ? "" : "nothing below 0");
        QTest::addRow("generator, %s", squeezing)
            << "generator"
            << "non-saturating" << sample.arg(activation) << (reaches ? "" : "nothing below 0");
    }
    const QString none = QStringLiteral(R"("activation": "leaky_relu")");
    QTest::addRow("score, leaky") << "discriminator"
                                  << "wgan" << score.arg(none) << "Nothing keeps";
    QTest::addRow("score, behind a norm")
        << "discriminator"
        << "hinge"
        << score.arg(QStringLiteral(R"("activation": "sigmoid", "norm": "batch", "order": "activation_first")")) << "";
    QTest::addRow("score, averaged") << "discriminator"
                                     << "hinge"
                                     << QStringLiteral(R"({"kind": "linear", "out": 4, "activation": "sigmoid"},
            {"kind": "reshape", "shape": [1, 2, 2]}, {"kind": "average_pool", "size": 2}, {"kind": "flatten"})")
                                     << "D ends in sigmoid, but";
}

void TestCombinations::outputsAreReadAsTheyAre()
{
    QFETCH(QString, role);
    QFETCH(QString, objective);
    QFETCH(QString, end);
    QFETCH(QString, said);
    Json document = images({{"objective.kind", objective.toStdString()}});
    document[role.toStdString()] = Json::parse(R"({"layers": [{"kind": "flatten"}, )" + end.toStdString() + "]}");
    const QStringList found = warnings(document);
    QCOMPARE(found.size(), said.isEmpty() ? 0 : 1);
    if (!said.isEmpty())
        QVERIFY2(found.front().contains(said), qPrintable(found.front()));
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
    // What works on a discriminator is said to do nothing.
    const std::vector<std::tuple<const char*, Json, const char*>> useless{
        {"instance_noise.start", 0.1, "Instance noise"}, {"training.label_flipping", 0.1, "Label flipping"},
        {"training.discriminator_steps", 5, "D steps"}, {"training.generator_steps", 2, "G steps"}};
    QVERIFY(warnings(document).isEmpty());
    for (const auto& [path, value, name] : useless) {
        const QStringList list = warnings(with(document, {{path, value}}));
        QCOMPARE(list.size(), 1);
        QVERIFY2(list.front().contains(QLatin1String(name)), qPrintable(list.front()));
    }
    document["encoder"] =
        Json::parse(R"({"layers": [{"kind": "flatten"}, {"kind": "linear", "out": 8, "activation": "relu"}]})");
    QVERIFY(warnings(document).front().contains(QStringLiteral("The encoder ends in relu")));
}

/// Outputs beyond −1 to 1 are no probabilities: clipped, such a pixel would learn nothing.
void TestCombinations::bernoulliNeedsProbabilities()
{
    Json document = images({{"objective.kind", "vae"}});
    document.erase("discriminator");
    document["encoder"] = {{"architecture", "dcgan"}, {"width", 4}};
    const auto generator = [](const std::string& end) {
        return Json::parse(
            R"({"layers": [{"kind": "linear", "out": 256)" + end + R"(}, {"kind": "reshape", "shape": [1, 16, 16]}]})");
    };
    document["generator"] = generator(R"(, "activation": "tanh")");
    QCOMPARE(refusal(document), std::string());
    for (const char* end : {"", R"(, "activation": "relu")", R"(, "activation": "sigmoid")",
             R"(, "activation": "tanh", "norm": "batch", "order": "activation_first")"}) {
        document["generator"] = generator(end);
        const QString said = QString::fromStdString(refusal(document));
        QVERIFY2(said.contains(QStringLiteral("objective.likelihood")), qPrintable(said));
        QVERIFY2(said.contains(QStringLiteral("choose “gaussian”, or end the generator in tanh"), Qt::CaseInsensitive),
            qPrintable(said));
        QCOMPARE(refusal(with(document, {{"objective.likelihood", "gaussian"}})), std::string());
    }
    for (const char* architecture : {"began", "r3gan"}) { // neither ends in tanh
        document["generator"] = {{"architecture", architecture}, {"width", 16}};
        QVERIFY(!refusal(document).empty());
    }
}

void TestCombinations::marginsBelongToEnergies()
{
    Json document = images({{"objective.kind", "ebgan"}});
    document["discriminator"] = rebuilder();
    QVERIFY(warnings(document).isEmpty());
    QVERIFY(warnings(with(document, {{"objective.margin", 10}})).front().contains(QStringLiteral("always on")));
    QVERIFY(warnings(with(document, {{"objective.margin", 10}, {"objective.energy", "sum"}})).isEmpty());
    // As far on the other side: 256 numbers that are off by a hundredth each give 0.0256 and its root, 0.16.
    const auto off = [&](const char* energy, double margin) {
        const QStringList list = warnings(with(document, {{"objective.margin", margin}, {"objective.energy", energy}}));
        return list.size() == 1 && list.front().contains(QStringLiteral("always off"));
    };
    QVERIFY(off("mean", 0.00009) && !off("mean", 0.00011));
    QVERIFY(off("sum", 0.025) && !off("sum", 0.026));
    QVERIFY(off("norm", 0.15) && !off("norm", 0.17));
    QVERIFY(warnings(with(document, {{"objective.margin", 0}})).front().contains(QStringLiteral("learns nothing")));
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
    QVERIFY2(said.contains(QStringLiteral("et data.labels, choose data with labels")), qPrintable(said));
    // Points have no such setting.
    QVERIFY(
        refusal(with(pointsExperiment(), {{"training.conditional", true}})).find("data.labels") == std::string::npos);
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
