// SPDX-License-Identifier: GPL-3.0-or-later
// Generators that PyTorch wrote as ONNX are read as layers, and give the pixels that PyTorch gave.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/base/files.h"
#include "core/onnx/onnx.h"

#include "tests/support/generator_models.h"
#include "tests/support/says.h"
#endif

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

const fs::path fixtures = fs::path(SADDLE_TEST_DATA) / "../../foreign/fixtures";

Result<GeneratorModel> read(const fs::path& path)
{
    return readModel(path, builtinCatalog(), Weights::Best, onnxFormat().read);
}

std::string kindsOf(const GeneratorModel& model)
{
    std::string kinds;
    for (const LayerDescription& layer : model.network.layers)
        kinds += (kinds.empty() ? "" : " ") + layer.kind;
    return kinds;
}

} // namespace

class TestForeignOnnx : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void pixelsOfPyTorch_data();
    void pixelsOfPyTorch();
    void whatIsNotSaid();
    void noGenerators();
    void damaged();

private:
    Scratch m_scratch;
};

void TestForeignOnnx::initTestCase()
{
    at::set_num_threads(1);
    if (!onnxFormat().read)
        QSKIP("this build has no ONNX");
}

void TestForeignOnnx::pixelsOfPyTorch_data()
{
    QTest::addColumn<QString>("kinds");
    QTest::addColumn<int>("dimensions");
    QTest::addRow("mlp") << "linear linear linear reshape" << 16;
    QTest::addRow("dcgan28") << "reshape conv_transpose conv_transpose conv_transpose" << 16;
    QTest::addRow("dcgan64") << "reshape conv_transpose conv_transpose conv_transpose conv_transpose conv_transpose"
                             << 8;
    QTest::addRow("upsample") << "linear reshape norm upsample conv upsample conv conv" << 16;
    QTest::addRow("conditional") << "concat linear reshape conv_transpose conv_transpose" << 12;
}

void TestForeignOnnx::pixelsOfPyTorch()
{
    QFETCH(QString, kinds);
    QFETCH(int, dimensions);
    const std::string name = QTest::currentDataTag();
    const GeneratorModel model = good(read(fixtures / (name + ".onnx")));
    // Norms and activations have become part of their layers, so that there is little to look at and to edit.
    QCOMPARE(QString::fromStdString(kindsOf(model)), kinds);
    QCOMPARE(model.head.latent.dimensions, std::int64_t{dimensions});
    QCOMPARE(model.head.classes.size(), std::size_t{name == "conditional" ? 10u : 0u});
    QCOMPARE(model.head.range, OutputRange());
    const TensorMap expected = good(readSafetensors(fixtures / (name + ".safetensors"))).tensors;
    const torch::Tensor latents = tensorFrom(expected.at("input")).flatten(1);
    const torch::Tensor label = expected.contains("label") ? tensorFrom(expected.at("label")) : torch::Tensor();
    const torch::Tensor images = tensorFrom(expected.at("output"));
    QVERIFY2(apart(outputOf(model, latents, label), images) < 1e-5,
        qPrintable(QString::number(apart(outputOf(model, latents, label), images))));

    // Opened, one at a time, as bytes.
    const auto generator = good(openGenerator(fixtures / (name + ".onnx"), builtinCatalog()));
    Latents rows;
    rows.dimensions = dimensions;
    rows.values = {latents.const_data_ptr<float>(), latents.const_data_ptr<float>() + latents.numel()};
    for (std::int64_t i = 0; label.defined() && i < label.size(0); ++i)
        rows.labels.push_back(label[i].argmax().item<std::int64_t>());
    const Samples samples = good(generator->make(rows));
    const torch::Tensor bytes = ((images + 1) * 127.5).permute({0, 2, 3, 1}).flatten();
    QCOMPARE(static_cast<std::int64_t>(samples.pixels.size()), bytes.numel());
    for (std::int64_t i = 0; i < bytes.numel(); ++i)
        QVERIFY(std::abs(bytes[i].item<double>() - samples.pixels[static_cast<std::size_t>(i)]) <= 0.501);
}

void TestForeignOnnx::whatIsNotSaid()
{
    const auto generator = good(openGenerator(fixtures / "dcgan28.onnx", builtinCatalog()));
    const std::vector<std::string>& notes = generator->info().notes;
    QVERIFY(std::any_of(
        notes.begin(), notes.end(), [](const std::string& note) { return note.find("normal") != std::string::npos; }));
    QVERIFY(std::none_of(notes.begin(), notes.end(), [](const std::string& note) {
        return note.find("black") != std::string::npos; // it ends in tanh
    }));
    QVERIFY_OK(generator->draw({.seed = 1, .count = 2}));
}

void TestForeignOnnx::noGenerators()
{
    SAYS(read(fixtures / "wrong_classifier.onnx"), "10", "no image", "wrong_classifier.onnx");
    SAYS(read(fixtures / "wrong_tuple.onnx"), "2 outputs", "one image");
}

/// Cut short or changed anywhere: a sentence or a generator, never a crash.
void TestForeignOnnx::damaged()
{
    const std::string whole = good(readFile(fixtures / "conditional.onnx", 1 << 20));
    for (const double share : {0.0, 0.01, 0.3, 0.7, 0.999}) {
        const auto size = static_cast<std::size_t>(share * static_cast<double>(whole.size()));
        QVERIFY(!read(m_scratch.write("cut.onnx", whole.substr(0, size))).ok());
    }
    const torch::Tensor draws = RandomStreams(1, torch::kCPU).uniform("damage", 0, {1, 600}).flatten();
    for (std::int64_t i = 0; i < 600; i += 2) {
        std::string changed = whole;
        // Most of a file is weights, in which nothing can be wrong: three of four fall on what is behind or before
        // them.
        const double share = draws[i].item<double>();
        const auto reach = i % 8 == 0 ? whole.size() : std::size_t{3000};
        changed[static_cast<std::size_t>(share * static_cast<double>(reach))] =
            static_cast<char>(draws[i + 1].item<double>() * 256);
        const Result<GeneratorModel> model = read(m_scratch.write("changed.onnx", changed));
        if (!model)
            QVERIFY(!model.error().what.empty());
    }
}

QTEST_GUILESS_MAIN(TestForeignOnnx)
#include "foreign_onnx.moc"
