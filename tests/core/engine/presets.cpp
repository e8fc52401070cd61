// SPDX-License-Identifier: GPL-3.0-or-later
// Every preset trains: twenty steps of it, scaled down, on images made here.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/runs/presets.h"
#include "core/io/image.h"
#include "core/training/builtin.h"

#include "tests/support/small_runs.h"
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

constexpr int steps = 20;

/// Pixels that differ from image to image: soft waves.
std::uint8_t pixel(int image, int x, int y, int channel)
{
    return static_cast<std::uint8_t>(127.5 + 110 * std::sin(0.3 * x * (image % 4 + 1) + 0.2 * y + image + channel));
}

} // namespace

class TestPresets : public QObject {
    Q_OBJECT

private slots:
    void thereAreMany();
    void everyPresetTrains_data();
    void everyPresetTrains();
    void missingDataIsSaidInOneSentence();

private:
    std::string folderOfImages(int side) const;
    std::string cifarFolder() const;
    Json scaledDown(Json document) const;

    Scratch m_scratch;
};

std::string TestPresets::folderOfImages(int side) const
{
    const std::filesystem::path folder = m_scratch.path("images-" + std::to_string(side));
    std::filesystem::create_directories(folder);
    for (int i = 0; i < 12; ++i) {
        Image image{side, side, 3, {}};
        for (int at = 0; at < side * side * 3; ++at)
            image.pixels.push_back(pixel(i, at / 3 % side, at / 3 / side, at % 3));
        if (!writePng(folder / (std::to_string(i) + ".png"), image))
            throw std::runtime_error("an image could not be written");
    }
    return folder.string();
}

std::string TestPresets::cifarFolder() const
{
    std::string bytes;
    for (int i = 0; i < 12; ++i) {
        bytes += static_cast<char>(i % 10);
        for (int at = 0; at < 3072; ++at)
            bytes += static_cast<char>(pixel(i, at % 32, at / 32 % 32, at / 1024));
    }
    std::filesystem::create_directories(m_scratch.path("cifar"));
    for (int part = 1; part <= 5; ++part)
        m_scratch.write("cifar/data_batch_" + std::to_string(part) + ".bin", bytes);
    m_scratch.write("cifar/test_batch.bin", bytes);
    return m_scratch.path("cifar").string();
}

/// The same experiment with the narrowest networks, four samples a batch, and stand-ins for data that does not ship.
Json TestPresets::scaledDown(Json document) const
{
    const std::string source = document["data"]["source"];
    if (source == "image-folder") {
        document["data"]["folder"] = folderOfImages(document["data"]["size"]);
        document["data"]["crop"] = 0;
    } else if (source == "cifar-10") {
        document["data"]["folder"] = cifarFolder();
    } else if (source == "mnist" || source == "fashion-mnist") {
        std::string labels = bigEndian32(0x801) + bigEndian32(12);
        for (char i = 0; i < 12; ++i)
            labels += static_cast<char>(i % 3);
        document["data"] = {{"source", "idx"}, {"images", m_scratch.write("digits", idxImages(12, 28)).string()},
            {"labels", m_scratch.write("labels", labels).string()}};
    }
    // R3GAN's groups are of 16 channels; through BEGAN's many layers narrower ones pass next to nothing on.
    const Json widths = {{"r3gan", 16}, {"began", 16}};
    for (const char* role : {"generator", "discriminator", "encoder"}) {
        if (document.contains(role) && document[role].contains("width"))
            document[role]["width"] = widths.value(document[role]["architecture"].get<std::string>(), 4);
    }
    document["training"]["batch_size"] = 4;
    document["training"]["threads"] = 1;
    document["training"]["device"] = "cpu";
    return document;
}

void TestPresets::thereAreMany()
{
    QVERIFY(presetFiles().size() >= 30);
    for (const PresetFile& preset : presetFiles()) {
        const Result<Json> document = loadExperiment(preset.name, builtinCatalog());
        QVERIFY_OK(document);
        for (const char* key : {"title", "description", "source"})
            QVERIFY2(!(*document)[key].get<std::string>().empty(), (preset.name + ": " + key).c_str());
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
    const std::unique_ptr<OpenTrainer> trainer = makeOpenTrainer(scaledDown(*document));
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

void TestPresets::missingDataIsSaidInOneSentence()
{
    qputenv("XDG_DATA_HOME", m_scratch.path("nowhere").c_str());
    qunsetenv("SADDLE_DATA");
    for (const char* preset : {"celeba-dcgan", "sngan-hinge", "mnist-dcgan"}) {
        const Result<Json> document = loadExperiment(preset, builtinCatalog());
        QVERIFY_OK(document);
        const Result<Experiment> built = buildExperiment(*document, builtinCatalog());
        QVERIFY2(!built, preset);
        const QString said = QString::fromStdString(built.error().sentence());
        QVERIFY2(said.contains(QStringLiteral("fashion-mnist"), Qt::CaseInsensitive), qPrintable(said));
        QVERIFY2(!said.contains(QLatin1Char('\n')), qPrintable(said));
    }
}

QTEST_GUILESS_MAIN(TestPresets)
#include "presets.moc"
