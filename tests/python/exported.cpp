// SPDX-License-Identifier: GPL-3.0-or-later
// Exports are opened by PyTorch and onnxruntime and give the pixels in tests/python/expected. Needs a Python with
// torch, onnxruntime and safetensors: python3, or that of SADDLE_PYTHON; without one the last function says that it is
// skipped. With SADDLE_WRITE_EXPECTED set, the expected pixels are written instead of read.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/latent/network/export_model.h"
#include "core/onnx/onnx.h"

#include "tests/support/layer_cases.h"
#endif

#include <QProcess>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

const fs::path folder = SADDLE_TEST_DATA;

struct ArchitectureCase {
    const char* name;
    const char* generator; ///< JSON
    int side;
    bool labels = false;
};

constexpr ArchitectureCase architectures[]{
    {"dcgan", R"({"architecture": "dcgan", "width": 4})", 32},
    {"upsample", R"({"architecture": "upsample", "width": 4})", 32},
    {"resnet", R"({"architecture": "resnet", "width": 6})", 32},
    {"resnet-spectral", R"({"architecture": "resnet", "width": 6, "norm": "spectral"})", 32},
    {"sngan", R"({"architecture": "sngan", "width": 4})", 32},
    {"r3gan", R"({"architecture": "r3gan", "width": 16, "blocks": 1})", 32},
    {"subpixel", R"({"architecture": "subpixel", "width": 4})", 32},
    {"mlp", R"({"architecture": "mlp", "width": 16})", 16},
    {"conditional", R"({"architecture": "dcgan", "width": 4})", 28, true},
};

GeneratorModel modelOfArchitecture(const ArchitectureCase& architecture)
{
    NetworkFit fit{"generator", {6}, {1, architecture.side, architecture.side}, architecture.labels ? 3 : 0};
    const Json section = Json::parse(architecture.generator);
    const ArchitectureInfo* info = builtinCatalog().architectures.find(section["architecture"]);
    const Json options = valueOf(resolveParameters(info->parameters, section, "generator", {"architecture"}));
    GeneratorModel model = modelOfLayers(networkToJson(valueOf(info->expand(options, fit))), 6, fit.classes);
    // Of new weights most of these give nearly one grey.
    for (auto& [name, tensor] : model.tensors) {
        if (name.ends_with(".weight") && name.find("norm") == std::string::npos)
            tensor = toHost(tensorFrom(tensor) * 2);
    }
    return model;
}

TensorMap expectedOf(const GeneratorModel& model)
{
    TensorMap tensors;
    const torch::Tensor latents = latentsOf(model, 3);
    const torch::Tensor labels = labelsOf(model, 3);
    tensors["latents"] = toHost(latents);
    tensors["images"] = toHost(outputOf(model, latents, labels));
    if (labels.defined())
        tensors["labels"] = toHost(labels);
    return tensors;
}

} // namespace

class TestExported : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); }
    void pixelsAsCommitted_data();
    void pixelsAsCommitted();
    void openedElsewhere();

private:
    void put(const std::string& name, const GeneratorModel& model, const TensorMap& expected);

    Scratch m_scratch;
};

void TestExported::pixelsAsCommitted_data()
{
    QTest::addColumn<int>("number");
    for (int i = 0; i < static_cast<int>(std::size(architectures)); ++i)
        QTest::addRow("%s", architectures[i].name) << i;
}

void TestExported::put(const std::string& name, const GeneratorModel& model, const TensorMap& expected)
{
    for (const ExportFormat format : {ExportFormat::Safetensors, ExportFormat::TorchScript, ExportFormat::Onnx})
        QVERIFY_OK(exportModel(m_scratch.path(name + exportEnding(format)), model, builtinCatalog(), format));
    QVERIFY_OK(writeSafetensors(m_scratch.path(name + ".expected.safetensors"), expected));
}

void TestExported::pixelsAsCommitted()
{
    QFETCH(int, number);
    const ArchitectureCase& architecture = architectures[number];
    const GeneratorModel model = modelOfArchitecture(architecture);
    const TensorMap now = expectedOf(model);
    const fs::path file = folder / "expected" / (std::string(architecture.name) + ".safetensors");
    if (qEnvironmentVariableIsSet("SADDLE_WRITE_EXPECTED"))
        QVERIFY_OK(writeSafetensors(file, now));
    const TensorMap expected = good(readSafetensors(file)).tensors;
    QCOMPARE(expected.size(), now.size());
    for (const auto& [name, tensor] : expected)
        QVERIFY2(apart(tensorFrom(tensor), tensorFrom(now.at(name))) < 1e-5, name.c_str());
    QVERIFY(tensorFrom(expected.at("images")).std().item<double>() > 0.05); // there is something to see
}

void TestExported::openedElsewhere()
{
    if (!onnxFormat().write)
        QSKIP("this build has no ONNX");
    const QString python = qEnvironmentVariable("SADDLE_PYTHON", QStringLiteral("python3"));
    const auto run = [&](const QStringList& arguments, QByteArray& said) {
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(python, arguments);
        const bool done = process.waitForFinished(300'000) && process.exitStatus() == QProcess::NormalExit;
        said = process.readAll();
        return done ? process.exitCode() : -1;
    };
    QByteArray said;
    if (run({QStringLiteral("-c"), QStringLiteral("import torch, onnxruntime, safetensors")}, said) != 0)
        QSKIP("no Python with torch, onnxruntime and safetensors was found: name one by SADDLE_PYTHON");
    for (const ArchitectureCase& architecture : architectures) {
        const fs::path file = folder / "expected" / (std::string(architecture.name) + ".safetensors");
        put(architecture.name, modelOfArchitecture(architecture), good(readSafetensors(file)).tensors);
    }
    int number = 0;
    for (const LayerCase& layerCase : layerCases()) {
        const GeneratorModel model = modelOfCase(layerCase);
        put("layer-case-" + std::to_string(number++), model, expectedOf(model));
    }
    const int status = run({QString::fromStdString((folder / "open_exports.py").string()),
                               QString::fromStdString(m_scratch.path().string())},
        said);
    QVERIFY2(status == 0, said.constData());
    const std::size_t count = std::size(architectures) + layerCases().size();
    QVERIFY2(
        said.contains(QByteArray::number(static_cast<qulonglong>(count)) + " generators, 0 wrong"), said.constData());
}

QTEST_GUILESS_MAIN(TestExported)
#include "exported.moc"
