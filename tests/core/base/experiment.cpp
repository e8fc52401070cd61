// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/experiment.h"

#include "core/runs/experiment_sections.h"
#include "core/runs/presets.h"
#include "tests/support/fake_catalog.h"
#include "tests/support/says.h"
#include "tests/support/scratch.h"

#include <cmath>
#include <map>

using namespace saddle;
using namespace saddle::test;

namespace {

const Catalog& catalog()
{
    return fakeCatalog();
}

Json parsed(const std::string& text)
{
    return Json::parse(text);
}

/// A document that resolves, with some of it replaced.
Json document(const std::string& patch = "{}")
{
    Json json = parsed(R"({
        "data": { "source": "fake-images", "shape": [1, 28, 28] },
        "generator": { "architecture": "dcgan", "width": 8 },
        "discriminator": { "architecture": "mlp", "width": 16, "depth": 2 }
    })");
    json.merge_patch(parsed(patch));
    return json;
}

Json resolved(const std::string& patch = "{}")
{
    const Result<Json> json = resolveDocument(document(patch), catalog());
    return json ? *json : Json(json.error().sentence());
}

Json at(const Json& json, const std::string& path)
{
    const Json* found = findPath(json, path);
    return found ? *found : Json("nothing at " + path);
}

} // namespace

class TestExperiment : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void presetsResolve();
    void presetsBuild();
    void ownPresets();
    void files();
    void defaultsFillIn();
    void everyKindComesBack();
    void everyDefaultIsPermitted();
    void unknownKeys_data();
    void unknownKeys();
    void wrongTypes_data();
    void wrongTypes();
    void schemas();
    void unknownKinds();
    void extending();
    void extendingInCircles();
    void settings();
    void changedKinds();
    void changedObjective();
    void layersAndArchitectures();
    void optionsOfOneLayer();
    void layersThatAreNone();
    void settingsThatDiffer();
    void shapesThatDoNotFit();
    void networksThatAreTooLarge();
    void skips();
    void counts();
    void building();
    void parametersByPath();
    void noiseSchedules();
    void rateSchedules();

private:
    Scratch m_scratch;
};

void TestExperiment::initTestCase()
{
    // The user's own presets stay out of it.
    qputenv("XDG_CONFIG_HOME", QByteArray::fromStdString(m_scratch.path("config").string()));
}

void TestExperiment::presetsResolve()
{
    // Those of which this catalogue knows every part; all others are tried with the engine's.
    for (const std::string name : {"fashion-dcgan", "fashion-lsgan", "fashion-dcgan-noise", "ring-gan"}) {
        const Result<Json> json = loadExperiment(name, catalog());
        QVERIFY_OK(json);
        QCOMPARE((*json)["name"], Json(name));
        for (const char* key : {"title", "description", "source"})
            QVERIFY2(!(*json)[key].get<std::string>().empty(), (name + "." + key).c_str());
        const Result<Json> again = resolveDocument(*json, catalog());
        QVERIFY_OK(again);
        QCOMPARE(again->dump(), json->dump());
    }
    SAYS(loadExperiment("fashion-dcgn", catalog()), "“fashion-dcgn”", "id you mean “fashion-dcgan”", "ring-gan");
}

void TestExperiment::presetsBuild()
{
    for (const char* name : {"fashion-dcgan", "fashion-lsgan", "fashion-dcgan-noise", "ring-gan"}) {
        const Result<Json> json = loadExperiment(name, catalog());
        QVERIFY_OK(json);
        const Result<Experiment> experiment = buildExperiment(*json, catalog());
        if (!experiment && experiment.error().sentence().find("apt install") != std::string::npos)
            continue; // its data are not on this machine
        QVERIFY_OK(experiment);
        QCOMPARE(experiment->networks.size(), experiment->objective->roles.size());
        QVERIFY(estimateMemory(*experiment, 0) > 0);
    }
}

void TestExperiment::ownPresets()
{
    Json json = resolved();
    json["title"] = "Mine";
    const Result<std::filesystem::path> saved = savePreset("mine-1", json);
    QVERIFY_OK(saved);
    const Result<Json> loaded = loadExperiment("mine-1", catalog());
    QVERIFY_OK(loaded);
    QCOMPARE((*loaded)["title"], Json("Mine"));
    QCOMPARE((*loaded)["name"], Json("mine-1"));
    SAYS(savePreset("ring-gan", json), "ring-gan", "another name");
    for (const char* bad : {"", "a b", "../a", "a/b", "ä", "a.json"})
        QVERIFY2(!savePreset(bad, json).ok(), bad);
    // What extends it has a name of its own.
    const auto file = m_scratch.write("child.json", R"({ "extends": "mine-1", "training": { "seed": 5 } })");
    const Result<Json> child = loadExperiment(file.string(), catalog());
    QVERIFY_OK(child);
    QCOMPARE((*child)["name"], Json("child"));
    QCOMPARE((*child)["title"], Json("Mine"));
    QCOMPARE(at(*child, "training.seed"), Json(5));
}

void TestExperiment::files()
{
    m_scratch.write("parent.json", document().dump());
    const auto file = m_scratch.write("exp.json", R"({ "extends": "parent.json", "generator": { "width": 12 } })");
    const Result<Json> loaded = loadExperiment(file.string(), catalog());
    QVERIFY_OK(loaded);
    QCOMPARE(at(*loaded, "generator.width"), Json(12));
    QCOMPARE(at(*loaded, "discriminator.width"), Json(16));
    QCOMPARE((*loaded)["name"], Json("exp"));
    const auto wrong = m_scratch.write("wrong.json", R"({ "extends": "parent.json", "generator": { "widht": 12 } })");
    SAYS(loadExperiment(wrong.string(), catalog()), "wrong.json", "generator.widht", "“width”");
    const auto lost = m_scratch.write("lost.json", R"({ "extends": "gone.json" })");
    SAYS(loadExperiment(lost.string(), catalog()), "lost.json", "gone.json");
    const auto list = m_scratch.write("list.json", "[1]");
    SAYS(loadExperiment(list.string(), catalog()), "list.json", "object");
    const auto ofList = m_scratch.write("oflist.json", R"({ "extends": "list.json" })");
    SAYS(loadExperiment(ofList.string(), catalog()), "list.json", "not an object");
}

void TestExperiment::defaultsFillIn()
{
    const Result<Json> empty = resolveDocument(Json::object(), catalog());
    QVERIFY_OK(empty);
    QCOMPARE((*empty)["schema"], Json(experimentSchemaVersion));
    QCOMPARE(at(*empty, "latent.dimensions"), Json(LatentOptions().dimensions));
    QCOMPARE(at(*empty, "training.batch_size"), Json(TrainingOptions().batchSize));
    QCOMPARE(at(*empty, "optimisers.discriminator.kind"), Json("adam"));
    QCOMPARE(at(*empty, "objective.kind"), Json("non-saturating"));
    for (const Section& section : experimentSections(*empty, catalog())) {
        for (const Parameter& parameter : section.parameters)
            QCOMPARE(at(*empty, section.path + "." + parameter.key), parameter.defaultValue);
    }
}

void TestExperiment::everyKindComesBack()
{
    std::vector<std::string> patches;
    const auto patch = [&patches](const std::string& section, const std::string& key, const std::string& kind) {
        Json json = Json::object();
        setPath(json, section, {{key, kind}});
        patches.push_back(json.dump());
    };
    for (const SourceInfo& info : catalog().sources.items())
        patch("data", "source", info.kind);
    for (const ObjectiveInfo& info : catalog().objectives.items())
        patch("objective", "kind", info.kind);
    for (const ArchitectureInfo& info : catalog().architectures.items())
        patch("generator", "architecture", info.kind);
    for (const OptimiserInfo& info : catalog().optimisers.items())
        patch("optimisers.generator", "kind", info.kind);
    for (const LayerInfo& info : catalog().layers.items())
        patches.push_back(R"({ "generator": { "layers": [ { "kind": ")" + info.kind
            + R"(", "id": "x", "inputs": ["input", 0] } ] } })");
    for (const std::string& text : patches) {
        Json given = Json::object(); // without what belongs to other kinds
        given.merge_patch(parsed(text));
        const Result<Json> once = resolveDocument(given, catalog());
        QVERIFY_OK(once);
        const Result<Json> twice = resolveDocument(*once, catalog());
        QVERIFY_OK(twice);
        QCOMPARE(twice->dump(), once->dump());
        const Result<Json> readBack = resolveDocument(parsed(prettyJson(*once)), catalog());
        QVERIFY_OK(readBack);
        QCOMPARE(readBack->dump(), once->dump());
    }
}

void TestExperiment::everyDefaultIsPermitted()
{
    const auto check = [](const auto& registry) {
        for (const auto& info : registry.items()) {
            for (const Parameter& parameter : info.parameters)
                QVERIFY_OK(parameter.check(parameter.defaultValue, info.kind + "." + parameter.key));
        }
    };
    check(catalog().sources);
    check(catalog().layers);
    check(catalog().architectures);
    check(catalog().objectives);
    check(catalog().optimisers);
    for (const Section& section : experimentSections(resolved(), catalog())) {
        for (const Parameter& parameter : section.parameters) {
            const std::string path = section.path + "." + parameter.key;
            QVERIFY_OK(parameter.check(parameter.defaultValue, path));
            QVERIFY2(!parameter.label.empty(), path.c_str());
            if (!parameter.visibleWhen.key.empty())
                QVERIFY2(findPath(at(resolved(), section.path), parameter.visibleWhen.key), path.c_str());
        }
    }
}

void TestExperiment::unknownKeys_data()
{
    QTest::addColumn<QString>("patch");
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("near");
    QTest::newRow("top") << R"({"trainig": {}})"
                         << "trainig"
                         << "“training”";
    QTest::newRow("top, far") << R"({"zzzzzzzzzzzz": {}})"
                              << "zzzzzzzzzzzz"
                              << "Remove it";
    QTest::newRow("extends is none") << R"({"extends": "ring-gan"})"
                                     << "extends"
                                     << "";
    QTest::newRow("section") << R"({"training": {"bach_size": 1}})"
                             << "training.bach_size"
                             << "“batch_size”";
    QTest::newRow("data") << R"({"data": {"folder": "x"}})"
                          << "data.folder"
                          << "";
    QTest::newRow("architecture's") << R"({"generator": {"depth": 3}})"
                                    << "generator.depth"
                                    << "";
    QTest::newRow("objective's") << R"({"objective": {"kind": "lsgan", "label_smoothing": 0.1}})"
                                 << "objective.label_smoothing"
                                 << "";
    QTest::newRow("optimiser's") << R"({"optimisers": {"generator": {"lerning_rate": 1}}})"
                                 << "optimisers.generator.lerning_rate"
                                 << "“learning_rate”";
    QTest::newRow("role") << R"({"optimisers": {"generatr": {}}})"
                          << "optimisers.generatr"
                          << "“generator”";
    QTest::newRow("a role of another objective") << R"({"encoder": {}})"
                                                 << "encoder"
                                                 << "";
    QTest::newRow("layer's")
        << R"({"generator": {"architecture": null, "width": null, "layers": [{"kind": "linear", "outt": 3}]}})"
        << "generator.layers[0].outt"
        << "“out”";
    QTest::newRow("beside layers") << R"({"generator": {"architecture": null, "layers": [{"kind": "linear"}]}})"
                                   << "generator.width"
                                   << "";
}

void TestExperiment::unknownKeys()
{
    QFETCH(QString, patch);
    QFETCH(QString, path);
    QFETCH(QString, near);
    const Result<Json> json = resolveDocument(document(patch.toStdString()), catalog());
    QVERIFY(!json.ok());
    QCOMPARE(QString::fromStdString(json.error().where), path);
    QVERIFY2(json.error().remedy.find(near.toLower().toStdString()) != std::string::npos
            || json.error().remedy.find(near.toStdString()) != std::string::npos || near.isEmpty(),
        json.error().remedy.c_str());
}

void TestExperiment::wrongTypes_data()
{
    QTest::addColumn<QString>("patch");
    QTest::addColumn<QString>("path");
    QTest::newRow("title") << R"({"title": 5})"
                           << "title";
    QTest::newRow("name") << R"({"name": ["x"]})"
                          << "name";
    QTest::newRow("schema") << R"({"schema": "1"})"
                            << "schema";
    QTest::newRow("section is a number") << R"({"training": 5})"
                                         << "training";
    QTest::newRow("section is a list") << R"({"latent": []})"
                                       << "latent";
    QTest::newRow("data is a word") << R"({"data": "fashion-mnist"})"
                                    << "data";
    QTest::newRow("source is a number") << R"({"data": {"source": 5}})"
                                        << "data.source";
    QTest::newRow("network is a word") << R"({"generator": "dcgan"})"
                                       << "generator";
    QTest::newRow("network is a list") << R"({"generator": [{"kind": "linear"}]})"
                                       << "generator";
    QTest::newRow("architecture is an object") << R"({"generator": {"architecture": {}}})"
                                               << "generator.architecture";
    QTest::newRow("objective is a word") << R"({"objective": "lsgan"})"
                                         << "objective";
    QTest::newRow("objective kind") << R"({"objective": {"kind": ["lsgan"]}})"
                                    << "objective.kind";
    QTest::newRow("optimisers is a list") << R"({"optimisers": []})"
                                          << "optimisers";
    QTest::newRow("optimiser is a word") << R"({"optimisers": {"generator": "adam"}})"
                                         << "optimisers.generator";
    QTest::newRow("a number as text") << R"({"training": {"seed": "1"}})"
                                      << "training.seed";
    QTest::newRow("out of range") << R"({"training": {"batch_size": 0}})"
                                  << "training.batch_size";
    QTest::newRow("a choice") << R"({"instance_noise": {"schedule": "cubic"}})"
                              << "instance_noise.schedule";
    const QString layers = R"({"generator": {"architecture": null, "width": null, "layers": %1}})";
    QTest::newRow("layers is a word") << layers.arg(R"("dcgan")") << "generator.layers";
    QTest::newRow("layers is an object") << layers.arg(R"({"kind": "linear"})") << "generator.layers";
    QTest::newRow("a layer is a word") << layers.arg(R"(["linear"])") << "generator.layers[0]";
    QTest::newRow("a layer without kind")
        << layers.arg(R"([{"kind": "flatten"}, {"out": 3}])") << "generator.layers[1]";
    QTest::newRow("a layer's kind") << layers.arg(R"([{"kind": 7}])") << "generator.layers[0]";
    QTest::newRow("a layer's id") << layers.arg(R"([{"kind": "linear", "id": 7}])") << "generator.layers[0].id";
    QTest::newRow("an id with a dot") << layers.arg(R"([{"kind": "linear", "id": "a.b"}])") << "generator.layers[0].id";
    QTest::newRow("a layer's inputs") << layers.arg(R"([{"kind": "linear", "inputs": "input"}])")
                                      << "generator.layers[0].inputs";
    QTest::newRow("one input") << layers.arg(R"([{"kind": "linear", "inputs": [null]}])")
                               << "generator.layers[0].inputs";
    QTest::newRow("a layer's option") << layers.arg(R"([{"kind": "linear", "out": "many"}])")
                                      << "generator.layers[0].out";
}

void TestExperiment::wrongTypes()
{
    QFETCH(QString, patch);
    QFETCH(QString, path);
    const Result<Json> json = resolveDocument(document(patch.toStdString()), catalog());
    QVERIFY(!json.ok());
    QCOMPARE(QString::fromStdString(json.error().where), path);
    QVERIFY(!json.error().what.empty());
    QVERIFY(!json.error().remedy.empty());
}

void TestExperiment::schemas()
{
    QVERIFY_OK(resolveDocument(document(R"({"schema": 1})"), catalog()));
    SAYS(resolveDocument(document(R"({"schema": 2})"), catalog()), "schema", "schema 2", "newer");
    SAYS(resolveDocument(document(R"({"schema": 0})"), catalog()), "there is no schema 0");
    SAYS(resolveDocument(document(R"({"schema": -1})"), catalog()), "there is no schema -1");
    SAYS(resolveDocument(document(R"({"schema": 18446744073709551615})"), catalog()), "schema");
    SAYS(resolveDocument(document(R"({"schema": 1.0})"), catalog()), "schema", "whole number");
    // A newer file is told by its schema, not by what this program does not know in it.
    SAYS(resolveDocument(document(R"({"schema": 2, "quantum": {}})"), catalog()), "newer");
    SAYS(resolveDocument(Json(5), catalog()), "object");
    SAYS(resolveDocument(Json(nullptr), catalog()), "object");
}

void TestExperiment::unknownKinds()
{
    SAYS(resolveDocument(document(R"({"data": {"source": "fashion-minst"}})"), catalog()), "data.source",
        "“fashion-mnist”");
    // Its options are not called unknown before it is.
    SAYS(resolveDocument(document(R"({"objective": {"kind": "lsgam", "a": 1}})"), catalog()), "objective.kind",
        "“lsgan”");
    SAYS(resolveDocument(document(R"({"generator": {"architecture": "dcgam"}})"), catalog()), "generator.architecture",
        "“dcgan”");
    SAYS(resolveDocument(document(R"({"optimisers": {"generator": {"kind": "adan"}}})"), catalog()),
        "optimisers.generator.kind", "“adam”");
    const char* layers = R"({"generator": {"architecture": null, "width": null, "layers": [{"kind": "liner"}]}})";
    SAYS(resolveDocument(document(layers), catalog()), "generator.layers[0].kind", "“linear”");
}

void TestExperiment::extending()
{
    const std::map<std::string, std::string> files{
        {"grandparent",
            R"({"name": "old", "title": "Old", "training": {"seed": 1, "batch_size": 8}, "latent": {"dimensions": 3}})"},
        {"parent", R"({"extends": "grandparent", "training": {"seed": 2}, "data": {"source": "idx", "size": 5}})"},
        {"broken", R"({"extends": "nothing"})"},
        {"number", R"({"extends": 5})"},
        {"scalar", "7"},
    };
    const auto load = [&files](const std::string& name) -> Result<Json> {
        const auto found = files.find(name);
        return found == files.end() ? Result<Json>(Error{"there is none", name, ""})
                                    : Result<Json>(parsed(found->second));
    };
    const Result<Json> merged = flattenExtends(
        parsed(R"({"extends": "parent", "title": "New", "latent": null, "data": {"size": null}})"), "child", load);
    QVERIFY_OK(merged);
    QCOMPARE(
        *merged, parsed(R"({"title": "New", "training": {"seed": 2, "batch_size": 8}, "data": {"source": "idx"}})"));
    QCOMPARE(*flattenExtends(parsed(R"({"a": 1})"), "child", load), parsed(R"({"a": 1})"));
    SAYS(flattenExtends(parsed(R"({"extends": "broken"})"), "child", load), "child: extends", "there is none",
        "nothing");
    SAYS(flattenExtends(parsed(R"({"extends": 5})"), "child", load), "child: extends", "quotes");
    SAYS(flattenExtends(parsed(R"({"extends": "number"})"), "child", load), "extends", "quotes");
    SAYS(flattenExtends(parsed(R"({"extends": "scalar"})"), "child", load), "child: extends",
        "“scalar” is not an object");
}

void TestExperiment::extendingInCircles()
{
    const std::map<std::string, std::string> files{{"a", "b"}, {"b", "c"}, {"c", "a"}, {"self", "self"}};
    int loads = 0;
    const auto load = [&](const std::string& name) -> Result<Json> {
        ++loads;
        return Json{{"extends", files.at(name)}};
    };
    SAYS(flattenExtends(parsed(R"({"extends": "b"})"), "a", load), "circle", "“a”");
    SAYS(flattenExtends(parsed(R"({"extends": "self"})"), "self", load), "circle", "“self”");
    SAYS(flattenExtends(parsed(R"({"extends": "a"})"), "elsewhere", load), "circle", "“a”");
    QVERIFY(loads < 10);
    const auto file = m_scratch.write("circle.json", R"({ "extends": "./circle.json" })");
    SAYS(loadExperiment(file.string(), catalog()), "circle");
}

void TestExperiment::settings()
{
    const Json before = resolved();
    const Result<Json> changed = changeSetting(before, catalog(), "training.batch_size", 128.0);
    QVERIFY_OK(changed);
    QCOMPARE(at(*changed, "training.batch_size").dump(), std::string("128"));
    Json expected = before;
    expected["training"]["batch_size"] = 128;
    QCOMPARE(changed->dump(), expected.dump());

    SAYS(changeSetting(before, catalog(), "training.batch_size", 0), "training.batch_size", "1 to 65536");
    SAYS(changeSetting(before, catalog(), "training.batchsize", 1), "training.batchsize", "“training.batch_size”");
    SAYS(changeSetting(before, catalog(), "training.batch_size.", 1), "no setting");
    SAYS(changeSetting(before, catalog(), "training", Json::object()), "no setting");
    SAYS(changeSetting(before, catalog(), "", 1), "no setting");
    SAYS(
        changeSetting(before, catalog(), "optimisers.generator.beta1", "half"), "optimisers.generator.beta1", "number");

    QCOMPARE((*changeSetting(before, catalog(), "title", "Another"))["title"], Json("Another"));
    SAYS(changeSetting(before, catalog(), "title", 5), "title", "5 is not a text");
    SAYS(changeSetting(before, catalog(), "schema", 99), "newer");
}

void TestExperiment::changedKinds()
{
    const Json before = resolved(R"({"objective": {"kind": "lsgan", "a": -1, "scale": 2}})");
    const Result<Json> objective = changeSetting(before, catalog(), "objective.kind", "minimax");
    QVERIFY_OK(objective);
    QCOMPARE(at(*objective, "objective"), parsed(R"({"kind": "minimax", "label_smoothing": 0.0})"));
    QVERIFY_OK(resolveDocument(*objective, catalog()));

    // What both kinds have stays.
    const Json adam =
        resolved(R"({"optimisers": {"generator": {"kind": "adam", "learning_rate": 0.5, "beta1": 0.9}}})");
    const Result<Json> optimiser = changeSetting(adam, catalog(), "optimisers.generator.kind", "rmsprop");
    QVERIFY_OK(optimiser);
    QCOMPARE(at(*optimiser, "optimisers.generator.learning_rate"), Json(0.5));
    QCOMPARE(at(*optimiser, "optimisers.generator.smoothing"), Json(0.99));
    QVERIFY(!findPath(*optimiser, "optimisers.generator.beta1"));
    QCOMPARE(at(*optimiser, "optimisers.discriminator"), at(adam, "optimisers.discriminator"));

    const Result<Json> source = changeSetting(before, catalog(), "data.source", "gaussians-8");
    QVERIFY_OK(source);
    QCOMPARE(at(*source, "data.count"), Json(64)); // both have a count
    QVERIFY(!findPath(*source, "data.shape"));

    const Result<Json> network = changeSetting(before, catalog(), "generator.architecture", "mlp");
    QVERIFY_OK(network);
    QCOMPARE(at(*network, "generator.depth"), Json(3));
    QCOMPARE(at(*network, "discriminator"), at(before, "discriminator"));

    // The same kind again is no change.
    for (const char* path : {"objective.kind", "data.source", "generator.architecture", "optimisers.generator.kind"}) {
        const Result<Json> same = changeSetting(before, catalog(), path, at(before, path));
        QVERIFY_OK(same);
        QCOMPARE(same->dump(), before.dump());
    }
    SAYS(changeSetting(before, catalog(), "objective.kind", "minmax"), "objective.kind", "“minimax”");
    SAYS(changeSetting(before, catalog(), "objective.kind", 5), "objective.kind");
}

void TestExperiment::changedObjective()
{
    const Json before = resolved();
    const Result<Json> three = changeSetting(before, catalog(), "objective.kind", "with-encoder");
    QVERIFY_OK(three);
    QCOMPARE(at(*three, "encoder.architecture"), Json("mlp"));
    QCOMPARE(at(*three, "optimisers.encoder.kind"), Json("adam"));
    QCOMPARE(at(*three, "generator"), at(before, "generator"));
    const Result<Json> two = changeSetting(*three, catalog(), "objective.kind", "lsgan");
    QVERIFY_OK(two);
    QVERIFY(!two->contains("encoder"));
    QVERIFY(!findPath(*two, "optimisers.encoder"));
}

void TestExperiment::layersAndArchitectures()
{
    const char* both = R"({"generator": {"width": null, "layers": [{"kind": "linear"}]}})";
    SAYS(resolveDocument(document(both), catalog()), "generator", "not both", "\"architecture\": null");

    const Json before = resolved(R"({"generator": {"initialisation": "default"}})");
    const Json layers = parsed(R"([{"kind": "linear", "out": 784}, {"kind": "reshape", "shape": "1x28x28"}])");
    const Result<Json> listed = changeSetting(before, catalog(), "generator.layers", layers);
    QVERIFY_OK(listed);
    QVERIFY(!findPath(*listed, "generator.architecture"));
    QVERIFY(!findPath(*listed, "generator.width"));
    QCOMPARE(at(*listed, "generator.initialisation"), Json("default"));
    QCOMPARE(at(*listed, "generator.layers")[1]["shape"], parsed("[1, 28, 28]"));
    QCOMPARE(at(*listed, "generator.layers")[0]["bias"], Json(true));
    QVERIFY_OK(buildExperiment(*listed, catalog()));
    QCOMPARE(resolveDocument(*listed, catalog())->dump(), listed->dump());
    SAYS(changeSetting(*listed, catalog(), "generator.width", 5), "generator.width");

    const Result<Json> namedAgain = changeSetting(*listed, catalog(), "generator.architecture", "dcgan");
    QVERIFY_OK(namedAgain);
    QVERIFY(!findPath(*namedAgain, "generator.layers"));
    QCOMPARE(at(*namedAgain, "generator.width"), Json(64));
    QCOMPARE(at(*namedAgain, "generator.initialisation"), Json("default"));
    SAYS(changeSetting(before, catalog(), "generator.layers", "dcgan"), "generator.layers", "list");
    SAYS(changeSetting(before, catalog(), "generator.layers", parsed(R"([{"kind": "liner"}])")),
        "generator.layers[0].kind");

    // The list that a name stands for makes the same network.
    const Result<Experiment> experiment = buildExperiment(before, catalog());
    QVERIFY_OK(experiment);
    const Result<Json> expanded =
        changeSetting(before, catalog(), "generator.layers", networkToJson(experiment->networks.at("generator")));
    QVERIFY_OK(expanded);
    const Result<Experiment> same = buildExperiment(*expanded, catalog());
    QVERIFY_OK(same);
    QCOMPARE(same->reports.at("generator").parameters, experiment->reports.at("generator").parameters);
    QCOMPARE(same->reports.at("generator").layers.size(), experiment->reports.at("generator").layers.size());
}

void TestExperiment::optionsOfOneLayer()
{
    const auto change = [](const Json& json, const std::string& path, const Json& value) {
        return changeSetting(json, catalog(), path, value);
    };
    const Json own = resolved(R"({"discriminator": {"architecture": null, "width": null, "depth": null, "layers": [
        {"kind": "flatten"}, {"kind": "linear", "id": "wide", "out": 5}, {"kind": "linear", "out": 1}]}})");
    Result<Json> changed = change(own, "discriminator.layers.1.out", 9);
    QVERIFY_OK(changed);
    QCOMPARE(at(*changed, "discriminator.layers")[1]["out"], Json(9));
    QCOMPARE(at(*changed, "discriminator.layers")[2], at(own, "discriminator.layers")[2]);
    // By its id as well.
    changed = change(own, "discriminator.layers.wide.activation", "tanh");
    QVERIFY_OK(changed);
    QCOMPARE(at(*changed, "discriminator.layers")[1]["activation"], Json("tanh"));

    // An architecture becomes its list first.
    changed = change(resolved(), "generator.layers.0.out", 24);
    QVERIFY_OK(changed);
    QVERIFY(!findPath(*changed, "generator.architecture"));
    QCOMPARE(at(*changed, "generator.layers")[0]["out"], Json(24));
    QCOMPARE(at(*changed, "generator.layers")[1]["kind"], Json("reshape"));

    SAYS(change(own, "discriminator.layers.3.out", 9), "no layer “3”", "discriminator.layers", "3");
    SAYS(change(own, "discriminator.layers.-1.out", 9), "no layer “-1”");
    SAYS(change(own, "discriminator.layers.1.otu", 9), "discriminator.layers[1].otu", "out");
    SAYS(change(own, "discriminator.layers.1.out", 0), "discriminator.layers[1].out", "1");
    SAYS(change(own, "discriminator.layers.1", 9), "discriminator.layers.1", "option");
    SAYS(change(own, "discriminator.layers.1.", 9), "discriminator.layers.1", "option");
    SAYS(change(own, "discriminator.layers.", 9), "discriminator.layers");
}

void TestExperiment::settingsThatDiffer()
{
    const Json before = resolved();
    QVERIFY(saddle::settingsThatDiffer(before, before, catalog()).empty());

    Json after = *changeSetting(before, catalog(), "training.batch_size", 7);
    after = *changeSetting(after, catalog(), "optimisers.generator.learning_rate", 0.5);
    std::vector<ChangedSetting> changed = saddle::settingsThatDiffer(before, after, catalog());
    QCOMPARE(changed.size(), std::size_t{2});
    QCOMPARE(changed[0].path, std::string("training.batch_size"));
    QCOMPARE(changed[0].section, std::string("Training"));
    QCOMPARE(changed[0].label, std::string("Batch size"));
    QCOMPARE(changed[0].before, Json(64));
    QCOMPARE(changed[0].after, Json(7));
    QVERIFY(changed[0].applies == Applies::Restart);
    QCOMPARE(changed[1].path, std::string("optimisers.generator.learning_rate"));
    QVERIFY(changed[1].applies == Applies::Live);

    // A list of layers is one setting, and new where a name stood for it before.
    after = *changeSetting(before, catalog(), "discriminator.layers.1.out", 3);
    changed = saddle::settingsThatDiffer(before, after, catalog());
    QCOMPARE(changed.size(), std::size_t{1});
    QCOMPARE(changed[0].path, std::string("discriminator.layers"));
    QVERIFY(changed[0].before.is_null());
    QVERIFY(changed[0].applies == Applies::Restart);
    // What a new kind brings is new, what it took away is not told.
    after = *changeSetting(before, catalog(), "objective.kind", "lsgan");
    changed = saddle::settingsThatDiffer(before, after, catalog());
    QCOMPARE(changed.front().path, std::string("objective.kind"));
    QCOMPARE(changed.back().path, std::string("objective.scale"));
    QVERIFY(changed.back().before.is_null());
}

void TestExperiment::layersThatAreNone()
{
    const auto with = [](const std::string& layers) {
        return document(R"({"generator": {"architecture": null, "width": null, "layers": )" + layers + "}}");
    };
    SAYS(buildExperiment(with("[]"), catalog()), "generator", "no layers");
    std::string many = "[";
    for (int i = 0; i < 513; ++i)
        many += std::string(i ? "," : "") + R"({"kind": "flatten"})";
    SAYS(buildExperiment(with(many + "]"), catalog()), "generator.layers", "513", "512");
    SAYS(buildExperiment(
             with(R"([{"kind": "linear", "inputs": ["later"]}, {"kind": "linear", "id": "later"}])"), catalog()),
        "generator: layer 0, linear 64", "“later”");
    SAYS(buildExperiment(with(R"([{"kind": "linear", "inputs": ["0"]}])"), catalog()), "layer 0", "“0”");
    SAYS(buildExperiment(with(R"([{"kind": "linear", "inputs": [-1]}])"), catalog()), "layer 0", "“-1”");
    SAYS(buildExperiment(with(R"([{"kind": "linear", "id": "a"}, {"kind": "linear", "id": "a"}])"), catalog()),
        "layer 1", "“a”");
    SAYS(buildExperiment(with(R"([{"kind": "linear", "id": "input"}])"), catalog()), "layer 0", "“input”");
    SAYS(buildExperiment(with(R"([{"kind": "linear"}, {"kind": "add"}])"), catalog()), "layer 1, add", "2 or more",
        "not 1");
    SAYS(buildExperiment(with(R"([{"kind": "linear", "inputs": ["input", "input"]}])"), catalog()), "layer 0", "not 2");
}

void TestExperiment::shapesThatDoNotFit()
{
    const auto discriminator = [](const std::string& layers) {
        return document(
            R"({"discriminator": {"architecture": null, "width": null, "depth": null, "layers": )" + layers + "}}");
    };
    // The sentence names the layer by number and title, and the shape it met.
    SAYS(buildExperiment(discriminator(R"([{"kind": "conv", "kernel": 14, "stride": 14}, {"kind": "flatten"},
        {"kind": "linear", "out": 128}, {"kind": "conv", "kernel": 4}])"),
             catalog()),
        "discriminator: layer 3, conv 4×4", "128");
    SAYS(buildExperiment(
             discriminator(R"([{"kind": "conv", "kernel": 14, "stride": 14}, {"kind": "conv", "kernel": 4}])"),
             catalog()),
        "discriminator: layer 1, conv 4×4", "2×2", "smaller kernel");
    SAYS(buildExperiment(discriminator(R"([{"kind": "linear"}])"), catalog()), "discriminator: layer 0, linear 64",
        "1 × 28 × 28", "flatten");
    SAYS(buildExperiment(discriminator(R"([{"kind": "flatten"}, {"kind": "linear", "out": 2}])"), catalog()),
        "discriminator", "ends in 2", "but 1");
    SAYS(buildExperiment(discriminator(R"([{"kind": "reshape", "shape": [3, 3]}])"), catalog()),
        "layer 0, reshape to 3 × 3", "1 × 28 × 28");
    SAYS(buildExperiment(
             document(
                 R"({"generator": {"architecture": null, "width": null, "layers": [{"kind": "linear", "out": 784}]}})"),
             catalog()),
        "generator", "ends in 784", "1 × 28 × 28", "shape of the data");
    // An architecture says itself what it needs.
    SAYS(buildExperiment(document(R"({"data": {"source": "gaussians-8", "shape": null}})"), catalog()), "generator",
        "DCGAN needs images");
    SAYS(buildExperiment(document(R"({"data": {"shape": [1, 30, 30]}})"), catalog()), "generator", "1 × 30 × 30");
}

void TestExperiment::networksThatAreTooLarge()
{
    const auto report = [](const std::string& layers, const Shape& input) {
        const Result<NetworkDescription> network = networkFromJson(catalog().layers, parsed(layers), "net");
        return network ? inspectNetwork(catalog().layers, *network, input, "net")
                       : Result<NetworkReport>(network.error());
    };
    SAYS(report(R"([{"kind": "linear", "out": 1048576}, {"kind": "linear", "out": 1048576}])", {16}), "net: layer 1",
        "smaller");
    QVERIFY_OK(report(R"([{"kind": "linear", "out": 1048576}, {"kind": "linear", "out": 1024}])", {16}));
    // Sizes whose product does not fit in 64 bits: 2^160 would be taken for 0, 2^64 + … for little.
    const std::string sizes = "[1048576,1048576,1048576,1048576,1048576,1048576,1048576,1048576]";
    SAYS(report(R"([{"kind": "reshape", "shape": )" + sizes + "}]", {16}), "net: layer 0");
    QCOMPARE(elementCount({1 << 20, 1 << 20, 1 << 20, 1 << 20}), std::numeric_limits<std::int64_t>::max());
    QCOMPARE(elementCount({1 << 20, 1 << 20, 1 << 20}), std::int64_t{1} << 60);
    QCOMPARE(elementCount({}), 1);
    QCOMPARE(elementCount({3, 0, 5}), 0);
}

void TestExperiment::skips()
{
    const Result<NetworkDescription> network = networkFromJson(catalog().layers, parsed(R"([
        {"kind": "linear", "out": 5, "id": "first"},
        {"kind": "linear", "out": 5},
        {"kind": "add", "inputs": ["first", 1]},
        {"kind": "add", "inputs": ["input", 2]},
        {"kind": "linear", "out": 7}
    ])"),
        "net");
    QVERIFY_OK(network);
    const Result<NetworkReport> report = inspectNetwork(catalog().layers, *network, {5}, "net");
    QVERIFY_OK(report);
    QCOMPARE(report->output, (Shape{7}));
    QCOMPARE(report->layers[0].name, std::string("first"));
    QCOMPARE(report->layers[1].name, std::string("1"));
    QCOMPARE(report->layers[2].inputs, (std::vector<int>{0, 1}));
    QCOMPARE(report->layers[3].inputs, (std::vector<int>{-1, 2}));
    QCOMPARE(report->layers[4].inputs, (std::vector<int>{3}));
    SAYS(inspectNetwork(catalog().layers, *network, {6}, "net"), "net: layer 3, add", "6 and 5");
    // To text and back.
    const Json json = networkToJson(*network);
    const Result<NetworkDescription> back = networkFromJson(catalog().layers, json, "net");
    QVERIFY_OK(back);
    QCOMPARE(networkToJson(*back).dump(), json.dump());
}

void TestExperiment::counts()
{
    const Result<NetworkDescription> network = networkFromJson(catalog().layers,
        parsed(
            R"([{"kind": "conv", "out": 8, "kernel": 4, "stride": 2, "padding": 1}, {"kind": "flatten"}, {"kind": "linear", "out": 1, "bias": false}])"),
        "net");
    QVERIFY_OK(network);
    const Result<NetworkReport> report = inspectNetwork(catalog().layers, *network, {3, 32, 16}, "net");
    QVERIFY_OK(report);
    QCOMPARE(report->input, (Shape{3, 32, 16}));
    QCOMPARE(report->layers[0].shape.output, (Shape{8, 16, 8}));
    QCOMPARE(report->parameters, 3 * 8 * 16 + 8 + 8 * 16 * 8);
    QCOMPARE(report->activations, 8 * 16 * 8 + 8 * 16 * 8 + 1);
    QCOMPARE(shapeText({8, 16, 8}), std::string("8 × 16 × 8"));
    QCOMPARE(shapeText({}), std::string("one number"));
}

void TestExperiment::building()
{
    const Result<Experiment> built = buildExperiment(document(R"({
        "name": "n", "title": "t", "description": "d", "source": "s",
        "latent": {"dimensions": 12, "distribution": "uniform"},
        "instance_noise": {"schedule": "exponential", "start": 0.5},
        "training": {"batch_size": 3, "device": "cpu", "memory_format": "channels_last"},
        "schedules": {"halve_every": 10},
        "sampling": {"rows": 2, "ema": false}
    })"),
        catalog());
    QVERIFY_OK(built);
    QCOMPARE(built->name, std::string("n"));
    QCOMPARE(built->source, std::string("s"));
    QCOMPARE(built->dataShape, (Shape{1, 28, 28}));
    QCOMPARE(built->latent.dimensions, 12);
    QCOMPARE(built->latent.distribution, LatentDistribution::Uniform);
    QCOMPARE(built->instanceNoise.schedule, NoiseSchedule::Exponential);
    QCOMPARE(built->training.batchSize, 3);
    QCOMPARE(built->training.device, Device::Cpu);
    QCOMPARE(built->training.memoryFormat, MemoryFormat::ChannelsLast);
    QCOMPARE(built->schedules.halveEvery, 10);
    QCOMPARE(built->sampling.rows, 2);
    QVERIFY(!built->sampling.ema);
    QCOMPARE(built->objective->kind, std::string("non-saturating"));
    QCOMPARE(built->reports.at("generator").input, (Shape{12}));
    QCOMPARE(built->reports.at("generator").output, (Shape{1, 28, 28}));
    QCOMPARE(built->reports.at("discriminator").output, (Shape{1}));
    QCOMPARE(built->section("training")["batch_size"], Json(3));
    // More data, a larger batch: more memory.
    const std::int64_t bytes = estimateMemory(*built, 0);
    QCOMPARE(estimateMemory(*built, 1000), bytes + 1000);
    const Result<Experiment> larger = buildExperiment(document(R"({"training": {"batch_size": 300}})"), catalog());
    QVERIFY_OK(larger);
    QVERIFY(estimateMemory(*larger, 0) > bytes);
    SAYS(buildExperiment(document(R"({"data": {"source": "idx", "shape": null}})"), catalog()), "data.images");
}

void TestExperiment::parametersByPath()
{
    const Json json = resolved();
    const Result<Parameter> rate = findParameter(json, catalog(), "optimisers.generator.learning_rate");
    QVERIFY_OK(rate);
    QCOMPARE(rate->applies, Applies::Live);
    QCOMPARE((*findParameter(json, catalog(), "generator.architecture")).type, ParameterType::Choice);
    SAYS(findParameter(json, catalog(), "optimiser.generator.learning_rate"), "“optimisers.generator.learning_rate”");
    SAYS(findParameter(json, catalog(), "training.sed"), "training.sed", "“training.seed”");
    SAYS(findParameter(json, catalog(), "sampling.keepevery"), "“sampling.keep_every”");
    SAYS(findParameter(json, catalog(), "nothing like it whatsoever"), "nothing like it");
    SAYS(findParameter(json, catalog(), "training."), "no setting");
    // Which parameters there are follows from the kinds chosen.
    QVERIFY(!findParameter(json, catalog(), "objective.a").ok());
    QVERIFY_OK(findParameter(resolved(R"({"objective": {"kind": "lsgan"}})"), catalog(), "objective.a"));
}

void TestExperiment::noiseSchedules()
{
    InstanceNoiseOptions noise;
    noise.start = 0.5;
    noise.end = 0.1;
    noise.steps = 100;
    for (const std::int64_t step : {0, 50, 1000})
        QCOMPARE(noise.at(step), 0.5);
    noise.schedule = NoiseSchedule::Linear;
    QCOMPARE(noise.at(0), 0.5);
    QCOMPARE(noise.at(25), 0.4);
    QCOMPARE(noise.at(100), 0.1);
    QCOMPARE(noise.at(1'000'000'000'000), 0.1);
    noise.schedule = NoiseSchedule::Exponential;
    QCOMPARE(noise.at(0), 0.5);
    for (const std::int64_t step : {1, 10, 50, 99}) // σ₀ (σ₁ / σ₀)^t
        QCOMPARE(noise.at(step), 0.5 * std::pow(0.2, static_cast<double>(step) / 100));
    QCOMPARE(noise.at(100), 0.1);
    QCOMPARE(noise.at(101), 0.1);
    // To nothing: towards a thousandth, then off.
    noise.end = 0;
    QCOMPARE(noise.at(50), 0.5 * std::sqrt(1e-3));
    QVERIFY(noise.at(99) > 0.5e-3);
    QCOMPARE(noise.at(100), 0.0);
    // Upwards.
    noise.start = 0.1;
    noise.end = 0.4;
    QCOMPARE(noise.at(50), 0.2);
    // By hand, whatever the schedule.
    noise.manual = true;
    noise.level = 0.3;
    for (const auto schedule : {NoiseSchedule::Constant, NoiseSchedule::Linear, NoiseSchedule::Exponential}) {
        noise.schedule = schedule;
        QCOMPARE(noise.at(7), 0.3);
    }
}

void TestExperiment::rateSchedules()
{
    ScheduleOptions schedule;
    QCOMPARE(schedule.rateAt(2e-4, 1'000'000), 2e-4);
    schedule.halveEvery = 10;
    QCOMPARE(schedule.rateAt(1, 0), 1.0);
    QCOMPARE(schedule.rateAt(1, 9), 1.0);
    QCOMPARE(schedule.rateAt(1, 10), 0.5);
    QCOMPARE(schedule.rateAt(1, 19), 0.5);
    QCOMPARE(schedule.rateAt(1, 30), 0.125);
    schedule.minimum = 0.2;
    QCOMPARE(schedule.rateAt(1, 20), 0.25);
    QCOMPARE(schedule.rateAt(1, 30), 0.2);
    QCOMPARE(schedule.rateAt(1, 1'000'000'000), 0.2);
    // A rate below the minimum is left as it is, not raised.
    QCOMPARE(schedule.rateAt(0.1, 0), 0.1);
    QCOMPARE(schedule.rateAt(0.1, 50), 0.1);
    QCOMPARE(schedule.rateAt(0, 50), 0.0);
}

QTEST_GUILESS_MAIN(TestExperiment)
#include "experiment.moc"
