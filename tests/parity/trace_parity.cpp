// SPDX-License-Identifier: GPL-3.0-or-later
// Steps of many small experiments, in float64, against what plain PyTorch computed from the same draws
// (traces/make_traces.py): every objective, regulariser, architecture, kind of layer and optimiser.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "tests/support/small_runs.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

constexpr double tolerance = 1e-9;
const std::filesystem::path folder = SADDLE_TEST_DATA "/traces";

Json fixtures()
{
    const Result<Json> file = readJson(folder / "cases.json");
    return file ? *file : Json{{"cases", Json::object()}};
}

Json experimentOf(Json experiment)
{
    Json& data = experiment["data"];
    if (data["source"] == "cifar-10") {
        data["folder"] = (folder / "colour.bin").string();
    } else if (data["source"] == "idx") {
        const bool large = data.contains("images");
        data["images"] = (folder / (large ? "large-idx3-ubyte" : "images-idx3-ubyte")).string();
        if (!large)
            data["labels"] = (folder / "labels-idx1-ubyte").string();
    }
    return experiment;
}

/// The largest difference relative to the largest number of a tensor, and at least to a thousandth.
double difference(const torch::Tensor& given, const torch::Tensor& reference)
{
    const double scale = std::max(reference.abs().max().item<double>(), 1e-3);
    return (given - reference).abs().max().item<double>() / scale;
}

} // namespace

class TestTraceParity : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); }
    void everythingHasACase();
    void steps_data();
    void steps();
};

void TestTraceParity::everythingHasACase()
{
    std::set<std::string> seen;
    std::map<std::string, std::set<std::string>> chosen;
    const Json all = fixtures();
    for (const auto& [name, given] : all["cases"].items()) {
        const Result<Experiment> experiment = buildExperiment(experimentOf(given), builtinCatalog());
        QVERIFY2(experiment.ok(), experiment ? "" : experiment.error().sentence().c_str());
        seen.insert("objective " + experiment->objective->kind);
        for (const RegulariserInfo* regulariser : experiment->regularisers)
            seen.insert("regulariser " + regulariser->kind);
        for (const auto& [role, network] : experiment->networks) {
            for (const LayerDescription& layer : network.layers)
                seen.insert("layer " + layer.kind);
            seen.insert("optimiser " + experiment->section("optimisers." + role)["kind"].get<std::string>());
            const Json& section = experiment->section(role);
            if (section.contains("architecture"))
                seen.insert("architecture " + section["architecture"].get<std::string>());
            // Every choice a kind of layer leaves is made somewhere.
            for (const LayerDescription& layer : network.layers) {
                for (const Parameter& parameter : builtinCatalog().layers.find(layer.kind)->parameters) {
                    if (parameter.type == ParameterType::Choice && layer.options.contains(parameter.key))
                        chosen[parameter.key].insert(layer.options[parameter.key].get<std::string>());
                }
            }
        }
    }
    const auto missing = [&seen](const char* noun, const auto& registry) {
        for (const auto& info : registry.items()) {
            if (!seen.contains(std::string(noun) + " " + info.kind))
                return QString::fromStdString(noun + (" " + info.kind));
        }
        return QString();
    };
    const Catalog& catalog = builtinCatalog();
    for (const QString& name : {missing("objective", catalog.objectives), missing("regulariser", catalog.regularisers),
             missing("layer", catalog.layers), missing("optimiser", catalog.optimisers),
             missing("architecture", catalog.architectures)})
        QVERIFY2(name.isEmpty(), qPrintable("no case with the " + name));
    for (const LayerInfo& layer : catalog.layers.items()) {
        for (const Parameter& parameter : layer.parameters) {
            // How weights are first drawn is of no consequence to a step.
            if (parameter.type != ParameterType::Choice || parameter.key == "initial")
                continue;
            for (const ChoiceItem& item : parameter.choices)
                QVERIFY2(chosen[parameter.key].contains(item.value), (parameter.key + " " + item.value).c_str());
        }
    }
}

void TestTraceParity::steps_data()
{
    QTest::addColumn<QString>("name");
    const Json all = fixtures();
    for (const auto& [name, experiment] : all["cases"].items())
        QTest::addRow("%s", name.c_str()) << QString::fromStdString(name);
}

void TestTraceParity::steps()
{
    QFETCH(QString, name);
    const Json all = fixtures();
    const Json document = experimentOf(all["cases"][name.toStdString()]);
    const Result<TensorFile> reference = readSafetensors(folder / (name.toStdString() + ".safetensors"));
    QVERIFY_OK(reference);
    const std::unique_ptr<OpenTrainer> trainer = makeOpenTrainer(document, torch::kDouble);
    Result<TensorFile> traced = Error{};
    for (int step = 0; step < all["steps"].get<int>(); ++step) {
        traced = trainer->trace();
        QVERIFY_OK(traced);
    }
    std::size_t compared = 0;
    for (const auto& [key, expected] : reference->tensors) {
        const auto given = traced->tensors.find(key);
        QVERIFY2(given != traced->tensors.end(), key.c_str());
        QCOMPARE(given->second.shape, expected.shape);
        const double off =
            difference(tensorFrom(given->second).to(torch::kDouble), tensorFrom(expected).to(torch::kDouble));
        QVERIFY2(off <= tolerance, qPrintable(QStringLiteral("%1 is off by %2").arg(key.c_str()).arg(off)));
        ++compared;
    }
    // The reference holds every network's tensors: none of ours may be missing in it.
    for (const auto& [key, tensor] : traced->tensors) {
        if (key.rfind("after/", 0) == 0)
            QVERIFY2(reference->tensors.contains(key), key.c_str());
    }
    QVERIFY(compared > 4);
}

QTEST_GUILESS_MAIN(TestTraceParity)
#include "trace_parity.moc"
