// SPDX-License-Identifier: GPL-3.0-or-later
// Every preset trains: twenty steps of it, scaled down, on images made here.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/runs/presets.h"
#include "core/training/builtin.h"

#include "tests/support/small_presets.h"
#include "tests/support/small_runs.h"
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

constexpr int steps = 20;

} // namespace

class TestPresets : public QObject {
    Q_OBJECT

private slots:
    void theseShip();
    void settingsAreThoseOfTheSources_data();
    void settingsAreThoseOfTheSources();
    void celebaSharesOnePairOfNetworks();
    void everyPresetTrains_data();
    void everyPresetTrains();
    void imagePresetsTakeFashionMnist_data();
    void imagePresetsTakeFashionMnist();
    void missingDataIsSaidInOneSentence_data();
    void missingDataIsSaidInOneSentence();

private:
    std::string clothesFolder() const;

    SmallPresets m_small;
    Scratch m_scratch;
};

void TestPresets::theseShip()
{
    QStringList names;
    for (const PresetFile& preset : presetFiles()) {
        names << QString::fromStdString(preset.name);
        const Result<Json> document = loadExperiment(preset.name, builtinCatalog());
        QVERIFY_OK(document);
        for (const char* key : {"title", "description", "source"})
            QVERIFY2(!(*document)[key].get<std::string>().empty(), (preset.name + ": " + key).c_str());
    }
    const QStringList wanted{"celeba-began-05", "celeba-began-075", "celeba-dcgan", "celeba-ebgan", "celeba-vae",
        "celeba-wgan", "dcgan-paper", "dragan", "fashion-dcgan", "fashion-dcgan-noise", "fashion-lsgan", "grid-gan",
        "grid-r3gan", "grid-wgan-gp", "mnist-cgan", "mnist-cs231n", "mnist-cs231n-lsgan", "mnist-dcgan", "mnist-lsgan",
        "mnist-vae", "mnist-vanilla", "mnist-wgan", "mnist-wgan-gp", "patches-dcgan-smooth", "patches-lsgan",
        "r3gan-32", "ring-gan", "ring-r3gan", "ring-wgan-gp", "sngan-hinge", "wgan-gp"};
    names.sort();
    QCOMPARE(names, wanted);
}

/// What papers and code give, not what the files here happen to say.
void TestPresets::settingsAreThoseOfTheSources_data()
{
    QTest::addColumn<QString>("settings"); ///< an object of values by path
    const auto row = [](const char* preset, const char* settings) {
        QTest::newRow(preset) << QString::fromUtf8(settings);
    };
    row("celeba-dcgan", R"({"objective.kind": "non-saturating", "data.size": 64, "data.crop": 128,
        "optimisers.generator.kind": "adam", "optimisers.generator.learning_rate": 1e-4,
        "optimisers.generator.beta1": 0.5, "optimisers.discriminator.learning_rate": 1e-4,
        "schedules.halve_every": 5000})");
    row("celeba-ebgan", R"({"objective.kind": "ebgan", "objective.energy": "mean", "objective.margin": 0.1,
        "regularisers.pull_away.enabled": true, "regularisers.pull_away.weight": 0.1, "data.size": 64,
        "optimisers.generator.learning_rate": 1e-4, "optimisers.discriminator.learning_rate": 1e-4,
        "schedules.halve_every": 5000})");
    row("celeba-wgan", R"({"objective.kind": "wgan", "regularisers.weight_clipping.enabled": true,
        "regularisers.weight_clipping.limit": 0.01, "training.discriminator_steps": 5,
        "optimisers.generator.kind": "rmsprop", "optimisers.generator.learning_rate": 5e-5,
        "optimisers.discriminator.kind": "rmsprop", "optimisers.discriminator.learning_rate": 5e-5, "data.size": 64,
        "schedules.halve_every": 5000})");
    row("celeba-began-075", R"({"objective.kind": "began", "objective.gamma": 0.75, "objective.lambda_k": 0.001,
        "optimisers.generator.learning_rate": 1e-4, "optimisers.discriminator.learning_rate": 1e-4, "data.size": 64,
        "schedules.halve_every": 5000})");
    row("celeba-began-05", R"({"objective.kind": "began", "objective.gamma": 0.5, "objective.lambda_k": 0.002,
        "optimisers.generator.learning_rate": 1e-4, "optimisers.discriminator.learning_rate": 1e-4, "data.size": 64,
        "schedules.halve_every": 5000})");
    row("celeba-vae", R"({"objective.kind": "vae", "objective.likelihood": "gaussian", "objective.sigma": 0.3,
        "objective.beta": 1, "latent.distribution": "normal", "optimisers.generator.learning_rate": 1e-4,
        "optimisers.encoder.learning_rate": 1e-4, "data.size": 64, "schedules.halve_every": 5000})");
    row("patches-lsgan", R"({"objective.kind": "lsgan", "objective.a": 0, "objective.b": 1, "objective.c": 1,
        "generator.architecture": "upsample", "generator.width": 32, "discriminator.minibatch": "map",
        "optimisers.generator.learning_rate": 1e-4, "optimisers.generator.beta1": 0.5,
        "optimisers.discriminator.learning_rate": 1e-4, "optimisers.discriminator.beta1": 0.5,
        "instance_noise.schedule": "linear", "instance_noise.start": 1, "instance_noise.end": 0})");
    row("patches-dcgan-smooth", R"({"objective.kind": "non-saturating", "objective.label_smoothing": 0.1,
        "objective.fake_smoothing": 0.1, "generator.architecture": "upsample", "generator.width": 32,
        "discriminator.minibatch": "map", "optimisers.generator.learning_rate": 1e-4,
        "optimisers.discriminator.learning_rate": 1e-4, "instance_noise.start": 1, "instance_noise.end": 0})");
    row("dcgan-paper", R"({"objective.kind": "non-saturating", "latent.dimensions": 100,
        "latent.distribution": "uniform", "training.batch_size": 128, "optimisers.generator.learning_rate": 2e-4,
        "optimisers.generator.beta1": 0.5, "optimisers.generator.beta2": 0.999,
        "optimisers.discriminator.learning_rate": 2e-4, "optimisers.discriminator.beta1": 0.5,
        "generator.initialisation": "normal", "discriminator.initialisation": "normal", "generator.width": 128})");
    row("wgan-gp", R"({"objective.kind": "wgan", "regularisers.gradient_penalty.enabled": true,
        "regularisers.gradient_penalty.weight": 10, "training.discriminator_steps": 5,
        "optimisers.generator.learning_rate": 1e-4, "optimisers.generator.beta1": 0, "optimisers.generator.beta2": 0.9,
        "optimisers.discriminator.learning_rate": 1e-4, "optimisers.discriminator.beta1": 0,
        "optimisers.discriminator.beta2": 0.9, "discriminator.norm": "layer", "generator.architecture": "resnet"})");
    row("sngan-hinge", R"({"objective.kind": "hinge", "training.discriminator_steps": 5,
        "optimisers.generator.learning_rate": 2e-4, "optimisers.generator.beta1": 0, "optimisers.generator.beta2": 0.9,
        "optimisers.discriminator.learning_rate": 2e-4, "optimisers.discriminator.beta1": 0,
        "optimisers.discriminator.beta2": 0.9, "discriminator.spectral_norm": true, "generator.architecture": "sngan"})");
    row("r3gan-32",
        R"({"objective.kind": "relativistic", "regularisers.r1.enabled": true, "regularisers.r1.weight": 0.05,
        "regularisers.r2.enabled": true, "regularisers.r2.weight": 0.05, "schedules.penalty_factor": 0.1,
        "optimisers.generator.learning_rate": 2e-4, "optimisers.discriminator.learning_rate": 2e-4,
        "schedules.rate_factor": 0.25, "optimisers.generator.beta1": 0, "optimisers.generator.beta2": 0.9,
        "optimisers.discriminator.beta1": 0, "optimisers.discriminator.beta2": 0.9, "schedules.beta2_end": 0.99,
        "schedules.anneal": "cosine", "training.ema_decay": 0.999, "generator.architecture": "r3gan"})");
    row("dragan", R"({"objective.kind": "non-saturating", "regularisers.dragan.enabled": true,
        "regularisers.dragan.weight": 10, "regularisers.dragan.scale": 0.5, "regularisers.dragan.per_sample": false,
        "optimisers.generator.learning_rate": 1e-4, "optimisers.generator.beta1": 0.5,
        "optimisers.generator.beta2": 0.9, "optimisers.discriminator.learning_rate": 1e-4,
        "optimisers.discriminator.beta1": 0.5, "optimisers.discriminator.beta2": 0.9})");
    row("mnist-cs231n", R"({"objective.kind": "non-saturating", "generator.architecture": "cs231n",
        "discriminator.architecture": "cs231n", "training.batch_size": 128, "training.discriminator_steps": 1,
        "data.source": "mnist"})");
    row("mnist-cs231n-lsgan", R"({"objective.kind": "lsgan", "objective.a": 0, "objective.b": 1, "objective.c": 1,
        "objective.scale": 0.5, "generator.architecture": "cs231n", "discriminator.architecture": "cs231n",
        "training.batch_size": 128, "data.source": "mnist"})");
    row("mnist-vanilla", R"({"objective.kind": "non-saturating", "generator.architecture": "mlp",
        "discriminator.architecture": "mlp", "data.source": "mnist"})");
    row("mnist-dcgan", R"({"objective.kind": "non-saturating", "generator.architecture": "dcgan",
        "optimisers.generator.learning_rate": 2e-4, "optimisers.generator.beta1": 0.5, "data.source": "mnist"})");
    row("mnist-lsgan", R"({"objective.kind": "lsgan", "objective.a": 0, "objective.b": 1, "objective.c": 1,
        "generator.architecture": "dcgan", "data.source": "mnist"})");
    row("mnist-wgan", R"({"objective.kind": "wgan", "regularisers.weight_clipping.enabled": true,
        "regularisers.weight_clipping.limit": 0.01, "training.discriminator_steps": 5,
        "optimisers.generator.kind": "rmsprop", "optimisers.generator.learning_rate": 5e-5,
        "optimisers.discriminator.kind": "rmsprop", "optimisers.discriminator.learning_rate": 5e-5,
        "data.source": "mnist"})");
    row("mnist-wgan-gp", R"({"objective.kind": "wgan", "regularisers.gradient_penalty.enabled": true,
        "regularisers.gradient_penalty.weight": 10, "training.discriminator_steps": 5, "discriminator.norm": "layer",
        "optimisers.generator.learning_rate": 1e-4, "optimisers.generator.beta1": 0.5,
        "optimisers.generator.beta2": 0.9, "optimisers.discriminator.learning_rate": 1e-4,
        "optimisers.discriminator.beta1": 0.5, "optimisers.discriminator.beta2": 0.9, "data.source": "mnist"})");
    row("mnist-vae", R"({"objective.kind": "vae", "objective.likelihood": "bernoulli", "objective.beta": 1,
        "latent.distribution": "normal", "data.source": "mnist"})");
    row("mnist-cgan", R"({"training.conditional": true, "objective.kind": "non-saturating", "data.source": "mnist"})");
    for (const auto& [data, source] : {std::pair{"ring", "gaussians-8"}, {"grid", "gaussians-25"}}) {
        const auto toy = [&](const char* method, const char* settings) {
            row((std::string(data) + method).c_str(),
                (R"({"data.source": ")" + std::string(source) + R"(", )" + settings + "}").c_str());
        };
        toy("-gan", R"("objective.kind": "non-saturating")");
        toy("-wgan-gp", R"("objective.kind": "wgan", "regularisers.gradient_penalty.enabled": true,
            "training.discriminator_steps": 5)");
        toy("-r3gan", R"("objective.kind": "relativistic", "regularisers.r1.enabled": true,
            "regularisers.r2.enabled": true)");
    }
}

void TestPresets::settingsAreThoseOfTheSources()
{
    QFETCH(QString, settings);
    const Result<Json> document = loadExperiment(QTest::currentDataTag(), builtinCatalog());
    QVERIFY_OK(document);
    const Json values = Json::parse(settings.toStdString());
    for (const auto& [path, wanted] : values.items()) {
        const Json* found = findPath(*document, path);
        QVERIFY2(found, path.c_str());
        QVERIFY2(*found == wanted, (path + " is " + found->dump() + ", not " + wanted.dump()).c_str());
    }
}

/// Six methods on the same networks: what differs is the method.
void TestPresets::celebaSharesOnePairOfNetworks()
{
    const Result<Json> first = loadExperiment("celeba-dcgan", builtinCatalog());
    QVERIFY_OK(first);
    for (const char* name : {"ebgan", "wgan", "began-075", "began-05", "vae"}) {
        const Result<Json> other = loadExperiment(std::string("celeba-") + name, builtinCatalog());
        QVERIFY_OK(other);
        QCOMPARE((*other)["generator"], (*first)["generator"]);
        QCOMPARE((*other)["data"], (*first)["data"]);
        QCOMPARE((*other)[other->contains("encoder") ? "encoder" : "discriminator"], (*first)["discriminator"]);
    }
}

void TestPresets::everyPresetTrains_data()
{
    QTest::addColumn<QString>("name");
    for (const PresetFile& preset : presetFiles())
        QTest::addRow("%s", preset.name.c_str()) << QString::fromStdString(preset.name);
}

void TestPresets::everyPresetTrains()
{
    QFETCH(QString, name);
    const Result<Json> document = loadExperiment(name.toStdString(), builtinCatalog());
    QVERIFY_OK(document);
    const std::unique_ptr<OpenTrainer> trainer = makeOpenTrainer(m_small.scaledDown(*document));
    const TensorMap before = tensorsOf(*trainer);
    const std::vector<MetricRow> rows = trainSteps(*trainer, steps);
    const std::vector<ColumnInfo>& columns = trainer->info().columns;
    const auto filled = [&](const std::string& column) {
        return !(columns.size() < 4) && !std::isnan(cell(*trainer, rows.back(), column));
    };
    // The first columns are those of every run, and a VAE has no discriminator to fill three of them.
    QCOMPARE(columns[0].key + "," + columns[1].key + "," + columns[2].key + "," + columns[3].key,
        std::string("d_loss,g_loss,d_real,d_fake"));
    const bool critic = (*document)["objective"]["kind"] != "vae";
    for (const char* column : {"d_loss", "d_real", "d_fake"})
        QCOMPARE(filled(column), critic);
    for (const MetricRow& row : rows) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (columns[i].key == "began_k")
                QVERIFY(row.values[i] >= 0 && row.values[i] <= 1);
            else if (critic || i > 3 || i == 1)
                QVERIFY2(std::isfinite(row.values[i]), columns[i].key.c_str());
        }
    }
    const TensorMap after = tensorsOf(*trainer);
    const std::vector<std::string> moved = differing(before, after);
    for (const auto& [tensor, values] : before) {
        if (!tensor.ends_with("weight") || tensor.find('/') != tensor.rfind('/'))
            continue; // weights of networks alone
        QVERIFY2(std::find(moved.begin(), moved.end(), tensor) != moved.end(), (tensor + " never moved").c_str());
    }
    QVERIFY_OK(trainer->sample());
}

std::string TestPresets::clothesFolder() const
{
    std::string labels = bigEndian32(0x801) + bigEndian32(12);
    for (char i = 0; i < 12; ++i)
        labels += static_cast<char>(i % 10);
    std::filesystem::create_directories(m_scratch.path("clothes"));
    m_scratch.write("clothes/train-images-idx3-ubyte", idxImages(12, 28));
    m_scratch.write("clothes/train-labels-idx1-ubyte", labels);
    return m_scratch.path("clothes").string();
}

/// Of those whose data are read: points are made.
void TestPresets::imagePresetsTakeFashionMnist_data()
{
    QTest::addColumn<QString>("name");
    for (const PresetFile& preset : presetFiles()) {
        if (!preset.name.starts_with("ring-") && !preset.name.starts_with("grid-"))
            QTest::addRow("%s", preset.name.c_str()) << QString::fromStdString(preset.name);
    }
}

/// As `--set data.source=fashion-mnist` does it, at 28 pixels, and laid in larger squares.
void TestPresets::imagePresetsTakeFashionMnist()
{
    QFETCH(QString, name);
    Result<Json> document = loadExperiment(name.toStdString(), builtinCatalog());
    QVERIFY_OK(document);
    document = changeSetting(*document, builtinCatalog(), "data.source", "fashion-mnist");
    QVERIFY_OK(document);
    document = changeSetting(*document, builtinCatalog(), "data.folder", clothesFolder());
    QVERIFY_OK(document);
    for (const int size : {28, 32, 64}) {
        const bool bound = name.contains(QStringLiteral("cs231n")) && size != 28; // its networks are of one size
        if (bound)
            continue;
        document = changeSetting(*document, builtinCatalog(), "data.size", size);
        QVERIFY_OK(document);
        const Result<Experiment> built = buildExperiment(*document, builtinCatalog());
        QVERIFY_OK(built);
        QCOMPARE(built->dataShape, (Shape{1, size, size}));
        QCOMPARE(built->reports.at("generator").output, built->dataShape);
    }
}

void TestPresets::missingDataIsSaidInOneSentence_data()
{
    imagePresetsTakeFashionMnist_data();
}

void TestPresets::missingDataIsSaidInOneSentence()
{
    QFETCH(QString, name);
    qputenv("XDG_DATA_HOME", m_scratch.path("nowhere").c_str());
    qunsetenv("SADDLE_DATA");
    Result<Json> document = loadExperiment(name.toStdString(), builtinCatalog());
    QVERIFY_OK(document);
    const std::string source = (*document)["data"]["source"];
    if (source == "fashion-mnist") // which may be installed
        (*document)["data"]["folder"] = m_scratch.path("nowhere").string();
    const Result<Experiment> built = buildExperiment(*document, builtinCatalog());
    QVERIFY(!built);
    const QString said = QString::fromStdString(built.error().sentence());
    QVERIFY2(said.contains(QStringLiteral("fashion-mnist"), Qt::CaseInsensitive), qPrintable(said));
    QVERIFY2(!said.contains(QLatin1Char('\n')), qPrintable(said));
    QVERIFY2(said.size() < 400, qPrintable(said));
}

QTEST_GUILESS_MAIN(TestPresets)
#include "presets.moc"
