// SPDX-License-Identifier: GPL-3.0-or-later
// A generator taken away: every kind of layer, in every format, gives the numbers that its network gives.
#ifndef Q_MOC_RUN // moc would read all of torch
// First: Qt makes a macro of a name in them.
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include "core/base/files.h"
#include "core/latent/export/graph_writer.h"
#include "core/latent/generator_file.h"
#include "core/latent/network/export_model.h"
#include "core/onnx/onnx.h"

#include "tests/support/layer_cases.h"
#include "tests/support/says.h"
#endif

#include <set>

using namespace saddle;
using namespace saddle::test;

namespace {

const Catalog& catalog()
{
    return builtinCatalog();
}

void addCases()
{
    QTest::addColumn<int>("number");
    for (std::size_t i = 0; i < layerCases().size(); ++i)
        QTest::addRow("%s", layerCases()[i].name) << static_cast<int>(i);
}

Status exported(const std::filesystem::path& path, const GeneratorModel& model, ExportFormat format)
{
    return exportModel(path, model, catalog(), format);
}

} // namespace

class TestExport : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); }
    void everyKindOrAReason();
    void torchScript_data() { addCases(); }
    void torchScript();
    void onnx_data() { addCases(); }
    void onnx();
    void saddlesOwn_data() { addCases(); }
    void saddlesOwn();
    void wrongFiles();
    void fromACheckpoint();
    void rangeOfTheOutput();
    void wholeOrNotAtAll();

private:
    Scratch m_scratch;
};

/// A new kind of layer is exported, or says why not.
void TestExport::everyKindOrAReason()
{
    std::set<std::string> tested;
    for (const LayerCase& layerCase : layerCases()) {
        for (const Json& layer : Json::parse(layerCase.layers))
            tested.insert(layer["kind"].get<std::string>());
    }
    std::set<std::string> refused;
    for (const LayerInfo& kind : catalog().layers.items()) {
        const Status status = exportable(kind.kind);
        if (status) {
            QVERIFY2(tested.contains(kind.kind), kind.kind.c_str());
            continue;
        }
        refused.insert(kind.kind);
        SAYS(status, kind.kind, "safetensors", "samples of a batch");
    }
    QCOMPARE(refused, (std::set<std::string>{"minibatch_discrimination", "minibatch_stddev"}));
    SAYS(exportable("no such layer"), "no such layer");

    const GeneratorModel model = modelOfLayers(
        Json::parse(R"([{"kind": "linear", "out": 16}, {"kind": "minibatch_stddev"}, {"kind": "linear", "out": 16},
            {"kind": "reshape", "shape": [1, 4, 4]}])"),
        4);
    SAYS(exported(m_scratch.path("mixing.pt"), model, ExportFormat::TorchScript), "layer 1", "minibatch_stddev");
    SAYS(exported(m_scratch.path("mixing.onnx"), model, ExportFormat::Onnx), "layer 1", "minibatch_stddev");
    QVERIFY_OK(exported(m_scratch.path("mixing.safetensors"), model, ExportFormat::Safetensors));
}

void TestExport::torchScript()
{
    QFETCH(int, number);
    const GeneratorModel model = modelOfCase(layerCases()[static_cast<std::size_t>(number)]);
    const auto path = m_scratch.path("model.pt");
    QVERIFY_OK(exported(path, model, ExportFormat::TorchScript));
    torch::jit::Module module = torch::jit::load(path.string());
    const torch::NoGradGuard guard;
    for (const std::int64_t count : {1, 5}) { // the batch is open
        std::vector<torch::jit::IValue> inputs{latentsOf(model, count)};
        if (!model.head.classes.empty())
            inputs.emplace_back(labelsOf(model, count));
        const torch::Tensor made = module.forward(inputs).toTensor();
        QVERIFY(apart(made, outputOf(model, latentsOf(model, count), labelsOf(model, count))) < 2e-6);
    }
    // The file says what it is: opened again it gives the same bytes without a question.
    SAYS(openGenerator(path, catalog()), "code", "trust");
    const auto again = good(openGenerator(path, catalog(), Weights::Best, Trust::Code));
    const auto first = good(openModel(model, catalog()));
    QCOMPARE(again->info().classes, model.head.classes);
    QCOMPARE(again->info().shape, model.head.shape);
    QVERIFY(again->info().notes.empty());
    const Latents latents = good(again->draw({.seed = 3, .count = 4}));
    QCOMPARE(latents.values, good(first->draw({.seed = 3, .count = 4})).values);
    const Samples one = good(first->make(latents));
    const Samples other = good(again->make(latents));
    QCOMPARE(one.pixels.size(), other.pixels.size());
    for (std::size_t i = 0; i < one.pixels.size(); ++i)
        QVERIFY(std::abs(int(one.pixels[i]) - int(other.pixels[i])) <= 1);
    SAYS(again->paint({}, {}), "TorchScript");
}

/// What was written is read again as layers that give the same numbers. That other programs read the same in it is for
/// the tests with onnxruntime.
void TestExport::onnx()
{
    if (!onnxFormat().write)
        QSKIP("this build has no ONNX");
    QFETCH(int, number);
    const LayerCase& layerCase = layerCases()[static_cast<std::size_t>(number)];
    GeneratorModel model = modelOfCase(layerCase);
    model.head.latent.distribution = LatentDistribution::Uniform;
    model.head.range = {0, 2};
    const auto path = m_scratch.path("model.onnx");
    QVERIFY_OK(exported(path, model, ExportFormat::Onnx));
    const GeneratorModel read = good(readModel(path, catalog(), Weights::Best, onnxFormat().read));
    QVERIFY(apart(outputOf(model, latentsOf(model, 3), labelsOf(model, 3)),
                outputOf(read, latentsOf(model, 3), labelsOf(model, 3)))
        < 5e-6);
    QCOMPARE(read.head.classes, model.head.classes);
    QCOMPARE(read.head.range, model.head.range);
    QCOMPARE(static_cast<int>(read.head.latent.distribution), static_cast<int>(LatentDistribution::Uniform));
    QVERIFY(read.notes.empty());
    QVERIFY_OK(openGenerator(path, catalog()));
}

void TestExport::saddlesOwn()
{
    QFETCH(int, number);
    GeneratorModel model = modelOfCase(layerCases()[static_cast<std::size_t>(number)]);
    GeneratorHead& head = model.head;
    head.latent.distribution = LatentDistribution::Uniform;
    head.range = {0, 1};
    head.step = 1234;
    head.averaged = true;
    head.seed = (1ULL << 63) + 5;
    head.rows = 3;
    model.format = MemoryFormat::ChannelsLast;
    const auto path = m_scratch.path("any name");
    QVERIFY_OK(exported(path, model, ExportFormat::Safetensors));
    const GeneratorModel read = good(readModel(path, catalog()));
    QVERIFY_SAME_TENSORS(read.tensors, model.tensors);
    QVERIFY(networkToJson(read.network) == networkToJson(model.network));
    QVERIFY(headToJson(read.head) == headToJson(head));
    QVERIFY(read.head.origin == path);
    QCOMPARE(static_cast<int>(read.format), static_cast<int>(MemoryFormat::ChannelsLast));
    QVERIFY_OK(writeModel(m_scratch.path("again"), read));
    QCOMPARE(good(readFile(m_scratch.path("again"), 1 << 20)), good(readFile(path, 1 << 20)));
}

void TestExport::wrongFiles()
{
    const GeneratorModel model = modelOfCase(layerCases().front());
    const auto path = m_scratch.path("wrong.safetensors");
    QVERIFY_OK(writeModel(path, model));
    const TensorFile whole = good(readSafetensors(path));
    const auto with = [&](const std::function<void(Json&)>& change, TensorMap tensors) {
        Json document = Json::parse(whole.metadata.at(generatorKey));
        change(document);
        if (Status put = writeSafetensors(path, tensors, {{generatorKey, document.dump()}}); !put)
            throw std::runtime_error(put.error().sentence());
        return openGenerator(path, catalog());
    };
    const auto unchanged = [](Json&) {};
    QVERIFY_OK(with(unchanged, whole.tensors));
    SAYS(with([](Json& j) { j["format"] = 2; }, whole.tensors), "version 2", "newer Saddle", "wrong.safetensors");
    SAYS(with([](Json& j) { j["format"] = "one"; }, whole.tensors), "version");
    SAYS(with([](Json& j) { j.erase("layers"); }, whole.tensors), "no layers");
    SAYS(with([](Json& j) { j["layers"][0]["kind"] = "attention"; }, whole.tensors), "attention", "layers[0]");
    SAYS(with([](Json& j) { j["layers"][0]["out"] = 47; }, whole.tensors), "has 47");
    SAYS(with([](Json& j) { j["layers"][0]["out"] = 1 << 20; }, whole.tensors), "shape");
    SAYS(with([](Json& j) { j["shape"] = {1, 4, 4}; }, whole.tensors), "3 × 4 × 4", "1 × 4 × 4");
    SAYS(with([](Json& j) { j["shape"] = {7}; }, whole.tensors), "neither images nor points");
    SAYS(with([](Json& j) { j["range"] = {1, -1}; }, whole.tensors), "range");
    SAYS(with([](Json& j) { j["latent"]["dimensions"] = -4; }, whole.tensors), "dimensions");
    SAYS(with([](Json& j) { j["latent"]["dimensions"] = 4000; }, whole.tensors), "smaller one");
    SAYS(with([](Json& j) { j["classes"] = "many"; }, whole.tensors), "classes");
    SAYS(with([](Json& j) { j.erase("seed"); }, whole.tensors), "seed");
    TensorMap fewer = whole.tensors;
    fewer.erase("0.bias");
    SAYS(with(unchanged, fewer), "missing");
    fewer["other"] = whole.tensors.at("0.bias");
    SAYS(with(unchanged, fewer), "0.bias", "missing");
    TensorMap turned = whole.tensors;
    turned["0.weight"].shape = {4, 48};
    SAYS(with(unchanged, turned), "0.weight", "another shape");

    QVERIFY_OK(writeSafetensors(path, whole.tensors));
    SAYS(openGenerator(path, catalog()), "without the layers");
    QVERIFY_OK(writeSafetensors(path, whole.tensors, {{generatorKey, "{ torn"}}));
    SAYS(openGenerator(path, catalog()), "saddle.generator");
    // What the safetensors reader refuses, among it ranges that overlap or lie outside.
    const std::string header =
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],)";
    for (const auto& [offsets, word] : {std::pair("[4,12]", "overlap"), std::pair("[8,16]", "beyond")}) {
        std::string json = header + "\"data_offsets\":" + offsets + "}}";
        json.append((8 - json.size() % 8) % 8, ' ');
        std::string bytes(8, '\0');
        bytes[0] = static_cast<char>(json.size());
        SAYS(openGenerator(m_scratch.write("ranges", bytes + json + std::string(12, '\0')), catalog()), word);
    }
    SAYS(openGenerator(m_scratch.write("text", "These are words, and no generator."), catalog()), "no generator",
        "ONNX");
    SAYS(openGenerator(m_scratch.write("weights.pth", "\x80\x02}q\x01."), catalog()), "PyTorch", "window");
}

/// The way of the command line: a run becomes files, whose pictures are those of the run.
void TestExport::fromACheckpoint()
{
    const Json document = with(labelledExperiment(m_scratch), {{"training.ema_decay", 0.5}});
    const auto trainer = makeOpenTrainer(document);
    trainSteps(*trainer, 3);
    const auto run = m_scratch.path("run");
    addCheckpoint(run, *trainer, document);
    for (const Weights weights : {Weights::Plain, Weights::Averaged}) {
        const auto first = good(openGenerator(run, catalog(), weights));
        const GeneratorModel model = good(readModel(run, catalog(), weights));
        const Latents latents = good(first->draw({.seed = 3, .count = 6}));
        const Samples expected = good(first->make(latents));
        for (const ExportFormat format : {ExportFormat::Safetensors, ExportFormat::TorchScript, ExportFormat::Onnx}) {
            if (format == ExportFormat::Onnx && !onnxFormat().write)
                continue;
            const auto path = m_scratch.path(std::string("exported") + exportEnding(format));
            QVERIFY_OK(exported(path, model, format));
            const auto again = good(openGenerator(path, catalog(), Weights::Best, Trust::Code));
            QCOMPARE(again->info().step, std::int64_t{3});
            QCOMPARE(again->info().averaged, weights == Weights::Averaged);
            QCOMPARE(again->info().classes, first->info().classes);
            const Samples made = good(again->make(latents));
            if (format == ExportFormat::Safetensors)
                QVERIFY(made.pixels == expected.pixels);
            for (std::size_t i = 0; i < expected.pixels.size(); ++i)
                QVERIFY(std::abs(int(made.pixels[i]) - int(expected.pixels[i])) <= 1);
        }
    }
}

/// The same numbers between other ends are other bytes, by (x - low) / (high - low).
void TestExport::rangeOfTheOutput()
{
    GeneratorModel model = modelOfCase(layerCases().front());
    const auto bytesOf = [&](OutputRange range) {
        model.head.range = range;
        const auto generator = good(openModel(model, catalog()));
        return good(generator->make(good(generator->draw({.seed = 1, .count = 1})))).pixels;
    };
    const auto usual = bytesOf({});
    const auto generator = good(openModel(model, catalog()));
    const Latents latents = good(generator->draw({.seed = 1, .count = 1}));
    const torch::Tensor numbers =
        outputOf(model, at::tensor(latents.values).view({1, 4})).permute({0, 2, 3, 1}).flatten();
    for (const OutputRange range : {OutputRange{}, OutputRange{0, 1}, OutputRange{-0.5, 2}}) {
        const auto bytes = bytesOf(range);
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            const double number = numbers[static_cast<std::int64_t>(i)].item<double>();
            const double wanted = std::clamp((number - range.low) / (range.high - range.low), 0.0, 1.0) * 255;
            QVERIFY(std::abs(wanted - bytes[i]) <= 0.5 + 1e-4);
        }
    }
    QVERIFY(bytesOf({}) == usual);
}

void TestExport::wholeOrNotAtAll()
{
    const GeneratorModel model = modelOfCase(layerCases().front());
    for (const ExportFormat format : {ExportFormat::Safetensors, ExportFormat::TorchScript, ExportFormat::Onnx}) {
        if (format == ExportFormat::Onnx && !onnxFormat().write)
            continue;
        SAYS(exported(m_scratch.path("no folder/model"), model, format), "no folder");
        GeneratorModel torn = model;
        torn.tensors["0.bias"].shape = {47};
        torn.tensors["0.bias"].data.resize(47 * 4);
        const auto path = m_scratch.write("before", "what was there");
        if (format != ExportFormat::Safetensors) {
            torn.tensors["more"] = torn.tensors["0.bias"];
            SAYS(exported(path, torn, format), "0.bias");
        } else {
            torn.tensors["0.bias"].data.resize(3);
            SAYS(exported(path, torn, format), "0.bias");
        }
        QCOMPARE(good(readFile(path, 100)), std::string("what was there"));
    }
}

QTEST_GUILESS_MAIN(TestExport)
#include "export.moc"
