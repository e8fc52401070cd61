// SPDX-License-Identifier: GPL-3.0-or-later
// State dicts that plain PyTorch wrote: with the layers proposed for them and what is true of them, they give the
// pixels that PyTorch gave, and are steered.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/commands/commands.h"
#include "core/latent/directions.h"
#include "core/latent/foreign/foreign_proposal.h"
#include "core/latent/generator_file.h"

#include "tests/support/generator_models.h"
#include "tests/support/says.h"
#endif
#include "tests/support/foreign.h"

using namespace saddle;
using namespace saddle::test;

namespace {

GeneratorModel proposed(const std::string& file, std::size_t network, const ForeignAnswers& answers)
{
    const StateDict state = good(good(TorchFile::read(foreignFile(file))).load(network));
    return good(proposeGenerator(state, file, answers, kinds())).model;
}

} // namespace

class TestForeign : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); }
    void pixelsOfPyTorch_data();
    void pixelsOfPyTorch();
    void steered_data() { pixelsOfPyTorch_data(); }
    void steered();
    void savedAndOpenedAgain();
    void importedByCommand();

private:
    Scratch m_scratch;
};

void TestForeign::pixelsOfPyTorch_data()
{
    QTest::addColumn<QString>("pixels");
    QTest::addColumn<int>("network");
    QTest::addColumn<QString>("answers"); // key=value, a line each
    QTest::newRow("mlp.pt") << "mlp" << 0 << "activation=leaky_relu";
    QTest::newRow("dcgan28.pt") << "dcgan28" << 0 << "";
    QTest::newRow("dcgan28_old.pt") << "dcgan28" << 0 << "";
    QTest::newRow("dcgan28_flat.ckpt") << "dcgan28" << 0 << "";
    QTest::newRow("dcgan64.pt") << "dcgan64" << 0 << "";
    QTest::newRow("dcgan64_wrapped.ckpt") << "dcgan64" << 0 << "";
    QTest::newRow("upsample.pt") << "upsample" << 0 << "activation=leaky_relu";
    QTest::newRow("upsample_ema.pt") << "upsample" << 1 << "activation=leaky_relu";
    QTest::newRow("conditional.pt") << "conditional" << 0 << "classes=10";
}

namespace {

GeneratorModel rowModel(int network, const QString& answers)
{
    ForeignAnswers said;
    for (const QString& line : answers.split('\n', Qt::SkipEmptyParts))
        said[line.section('=', 0, 0).toStdString()] = line.section('=', 1).toStdString();
    return proposed(QTest::currentDataTag(), static_cast<std::size_t>(network), said);
}

} // namespace

void TestForeign::pixelsOfPyTorch()
{
    QFETCH(const QString, pixels);
    QFETCH(int, network);
    QFETCH(const QString, answers);
    const GeneratorModel model = rowModel(network, answers);
    QVERIFY_OK(checkProposal(model, kinds()));
    const TensorMap expected = good(readSafetensors(foreignFile(pixels.toStdString() + ".safetensors"))).tensors;
    const torch::Tensor latents = tensorFrom(expected.at("input")).flatten(1);
    const torch::Tensor label = model.head.classes.empty() ? torch::Tensor() : tensorFrom(expected.at("label"));
    const torch::Tensor images = tensorFrom(expected.at("output"));
    QVERIFY(apart(outputOf(model, latents, label), images) < 1e-4);
    // The opened generator gives their bytes.
    const auto generator = good(openModel(model, builtinCatalog()));
    Latents rows;
    rows.dimensions = model.head.latent.dimensions;
    rows.values = {latents.const_data_ptr<float>(), latents.const_data_ptr<float>() + latents.numel()};
    for (std::int64_t i = 0; label.defined() && i < images.size(0); ++i)
        rows.labels.push_back(label[i].argmax().item<std::int64_t>());
    const Samples samples = good(generator->make(rows));
    const torch::Tensor bytes = ((images + 1) * 127.5).permute({0, 2, 3, 1}).flatten();
    QCOMPARE(static_cast<std::int64_t>(samples.pixels.size()), bytes.numel());
    for (std::int64_t i = 0; i < bytes.numel(); ++i)
        QVERIFY(std::abs(bytes[i].item<double>() - samples.pixels[static_cast<std::size_t>(i)]) <= 0.52);
}

void TestForeign::steered()
{
    QFETCH(int, network);
    QFETCH(const QString, answers);
    const auto generator = good(openModel(rowModel(network, answers), builtinCatalog()));
    Latents latents = good(generator->draw({.seed = 2, .count = 1}));
    const Samples before = good(generator->make(latents));
    for (float& value : latents.values)
        value = -value;
    QVERIFY(good(generator->make(latents)).pixels != before.pixels);
    const std::vector<Direction> factors = good(generator->factorDirections(4));
    QCOMPARE(factors.size(), std::size_t{4});
    QVERIFY(!generator->directionLayers().empty());
    PrincipalRequest request;
    request.layer = generator->directionLayers().front().name;
    request.samples = 64;
    request.count = 4;
    const std::vector<Direction> directions = good(generator->principalDirections(request, unwatched));
    QCOMPARE(directions.size(), std::size_t{4});
    // Along a direction the picture changes.
    latents = good(generator->draw({.seed = 2, .count = 1}));
    for (std::size_t i = 0; i < latents.values.size(); ++i)
        latents.values[i] += 2 * static_cast<float>(factors.front().values[i]);
    QVERIFY(good(generator->make(latents)).pixels != before.pixels);
}

void TestForeign::savedAndOpenedAgain()
{
    const GeneratorModel model = proposed("dcgan28.pt", 0, {});
    const auto file = m_scratch.path("generator.safetensors");
    QVERIFY_OK(writeModel(file, model));
    const auto again = good(openGenerator(file, builtinCatalog()));
    const auto first = good(openModel(model, builtinCatalog()));
    const Latents latents = good(first->draw({.seed = 5, .count = 4}));
    QCOMPARE(good(again->draw({.seed = 5, .count = 4})).values, latents.values);
    QCOMPARE(good(again->make(latents)).pixels, good(first->make(latents)).pixels);
}

void TestForeign::importedByCommand()
{
    const auto file = m_scratch.path("imported.safetensors");
    // Which of three networks is not said.
    QCOMPARE(importCommand({foreignFile("upsample_ema.pt"), {}, {}, file, true}), int{Usage});
    QCOMPARE(importCommand({foreignFile("upsample_ema.pt"), "h_ema", {}, file, true}), int{Usage});
    QCOMPARE(importCommand({foreignFile("upsample_ema.pt"), "g_ema", {"activation"}, file, true}), int{Usage});
    QCOMPARE(importCommand({foreignFile("upsample_ema.pt"), "g_ema", {"activation=swish"}, file, true}), int{Failed});
    QCOMPARE(importCommand({foreignFile("upsample_ema.pt"), "d", {}, file, true}), int{Failed});
    QCOMPARE(importCommand({foreignFile("wrong_text.pt"), {}, {}, file, true}), int{Failed});
    QVERIFY(!std::filesystem::exists(file));
    QCOMPARE(
        importCommand({foreignFile("upsample_ema.pt"), "g_ema", {"activation=leaky_relu"}, file, true}), int{Success});
    const GeneratorModel read = good(readModel(file, builtinCatalog()));
    const GeneratorModel model = proposed("upsample_ema.pt", 1, {{"activation", "leaky_relu"}});
    QCOMPARE(networkToJson(read.network), networkToJson(model.network));
    QVERIFY(read.tensors == model.tensors);
}

QTEST_GUILESS_MAIN(TestForeign)
#include "foreign.moc"
