// SPDX-License-Identifier: GPL-3.0-or-later
// TorchScript that PyTorch wrote: it is opened where a person says so, and gives the pixels that PyTorch gave.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/base/files.h"

#include "tests/support/generator_models.h"
#include "tests/support/says.h"
#endif

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

const fs::path fixtures = fs::path(SADDLE_TEST_DATA) / "../../foreign/fixtures";

Result<std::unique_ptr<Generator>> opened(const fs::path& path, const ScriptHints& hints = {})
{
    return openGenerator(path, builtinCatalog(), Weights::Best, Trust::Code, hints);
}

} // namespace

class TestForeignScript : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); }
    void pixelsOfPyTorch_data();
    void pixelsOfPyTorch();
    void onlyWithTrust();
    void whatMustBeSaid();
    void noGenerators();

private:
    Scratch m_scratch;
};

void TestForeignScript::pixelsOfPyTorch_data()
{
    QTest::addColumn<int>("dimensions");
    QTest::addColumn<int>("classes");
    QTest::addRow("mlp") << 16 << 0;
    QTest::addRow("dcgan28") << 16 << 0;
    QTest::addRow("dcgan64") << 8 << 0;
    QTest::addRow("upsample") << 16 << 0;
    QTest::addRow("conditional") << 12 << 10;
}

void TestForeignScript::pixelsOfPyTorch()
{
    QFETCH(int, dimensions);
    QFETCH(int, classes);
    const std::string name = QTest::currentDataTag();
    const auto generator = good(opened(fixtures / (name + "_script.pt"), {0, classes}));
    const TensorMap expected = good(readSafetensors(fixtures / (name + ".safetensors"))).tensors;
    const torch::Tensor latents = tensorFrom(expected.at("input")).flatten(1);
    const torch::Tensor images = tensorFrom(expected.at("output"));
    QCOMPARE(generator->info().latent.dimensions, std::int64_t{dimensions});
    QCOMPARE(generator->info().classes.size(), static_cast<std::size_t>(classes));
    QCOMPARE(generator->info().shape, shapeOf(images));
    QCOMPARE(generator->info().range, OutputRange());
    Latents rows;
    rows.dimensions = dimensions;
    rows.values = {latents.const_data_ptr<float>(), latents.const_data_ptr<float>() + latents.numel()};
    for (std::int64_t i = 0; classes > 0 && i < images.size(0); ++i)
        rows.labels.push_back(tensorFrom(expected.at("label"))[i].argmax().item<std::int64_t>());
    const Samples samples = good(generator->make(rows));
    const torch::Tensor bytes = ((images + 1) * 127.5).permute({0, 2, 3, 1}).flatten();
    QCOMPARE(static_cast<std::int64_t>(samples.pixels.size()), bytes.numel());
    // Half a byte of rounding, and 1e-4 of the range.
    for (std::int64_t i = 0; i < bytes.numel(); ++i)
        QVERIFY(std::abs(bytes[i].item<double>() - samples.pixels[static_cast<std::size_t>(i)]) <= 0.51);
    // Each alone, and always the same: the code is not compiled anew after some calls.
    const std::size_t size = samples.pixels.size() / static_cast<std::size_t>(samples.count);
    for (int again = 0; again < 3; ++again) {
        const Samples one = good(generator->make(rows.rows(1, 1)));
        QVERIFY(std::equal(
            one.pixels.begin(), one.pixels.end(), samples.pixels.begin() + static_cast<std::ptrdiff_t>(size)));
    }
    QVERIFY_OK(generator->draw({.seed = 1, .count = 3, .truncation = 1.0}));
}

void TestForeignScript::onlyWithTrust()
{
    SAYS(openGenerator(fixtures / "mlp_script.pt", builtinCatalog()), "code", "trust", "mlp_script.pt");
    SAYS(readModel(fixtures / "mlp_script.pt", builtinCatalog()), "TorchScript");
    // The same archive without code is none of its kind.
    SAYS(opened(fixtures / "mlp.pt"), "weights of PyTorch");
    SAYS(opened(fixtures / "dcgan28_old.pt"), "weights of PyTorch");
}

void TestForeignScript::whatMustBeSaid()
{
    SAYS(opened(fixtures / "conditional_script.pt"), "label", "how many");
    QVERIFY_OK(opened(fixtures / "conditional_script.pt", {12, 0}));
    SAYS(opened(fixtures / "conditional_script.pt", {12, 11}), "no latent");
    SAYS(opened(fixtures / "mlp_script.pt", {17, 0}), "no latent");
}

void TestForeignScript::noGenerators()
{
    SAYS(opened(fixtures / "wrong_tuple_script.pt"), "tuple", "only output");
    SAYS(opened(fixtures / "wrong_classifier_script.pt"), "image");
    SAYS(opened(fixtures / "wrong_text.pt"), "no generator");
    const std::string whole = good(readFile(fixtures / "mlp_script.pt", 1 << 20));
    for (const double share : {0.01, 0.3, 0.7, 0.99}) {
        const auto size = static_cast<std::size_t>(share * static_cast<double>(whole.size()));
        QVERIFY(!opened(m_scratch.write("cut.pt", whole.substr(0, size))).ok());
    }
}

QTEST_GUILESS_MAIN(TestForeignScript)
#include "foreign_script.moc"
