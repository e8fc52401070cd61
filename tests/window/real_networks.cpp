// SPDX-License-Identifier: GPL-3.0-or-later
// The network editor on what the program is built with: every preset's networks drawn, every kind of layer added,
// edited and undone.
#include "core/runs/presets.h"
#include "core/training/builtin.h"
#include "tests/support/scratch.h"
#include "ui/models/experiment_document.h"
#include "ui/panels/network_editor.h"
#include "ui/panels/networks_panel.h"
#include "ui/widgets/number_text.h"
#include "ui/widgets/parameter_form.h"

#include <QAction>
#include <QLabel>
#include <QMenu>
#include <QToolButton>
#include <QUndoStack>
#include <QtTest>

#include <map>

using namespace saddle;

namespace {

/// A place for a new layer where the network builds with it.
struct Place {
    std::string preset;
    std::string role;
    int layer = 0;
};

struct Bench {
    Bench(const Json& json, const std::string& name)
        : document(builtinCatalog())
        , panel(&document)
    {
        document.adopt(json, QString::fromStdString(name));
        panel.resize(1400, 900);
        panel.show();
    }

    NetworkEditor& editor(const std::string& role) { return *panel.editor(QString::fromStdString(role)); }
    QString banner(const std::string& role)
    {
        auto* strip = panel.findChild<QWidget*>(QStringLiteral("networkBanner_") + QString::fromStdString(role));
        return strip->isHidden() ? QString() : strip->findChild<QLabel*>(QStringLiteral("bannerText"))->text();
    }

    ExperimentDocument document;
    NetworksPanel panel;
};

/// Another value that the parameter takes.
Json otherValue(const Parameter& parameter, const Json& now)
{
    switch (parameter.type) {
    case ParameterType::Boolean:
        return !now.get<bool>();
    case ParameterType::Choice:
        return parameter.choices.front().value == now ? parameter.choices.back().value
                                                      : parameter.choices.front().value;
    case ParameterType::Integer:
        return now.get<std::int64_t>() < parameter.max ? now.get<std::int64_t>() + 1 : now.get<std::int64_t>() - 1;
    case ParameterType::Real:
        return 0.5 * (now.get<double>() + (now.get<double>() < parameter.max ? std::min(parameter.max, 1.0) : 0.0));
    default:
        return now;
    }
}

} // namespace

class RealNetworksTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyPresetIsDrawn_data();
    void everyPresetIsDrawn();
    void everyLayerKindIsAddedEditedAndUndone_data();
    void everyLayerKindIsAddedEditedAndUndone();

private:
    /// A preset on pictures that need no download: a folder's, of the shape that the preset's data have.
    Json onAnyMachine(const std::string& preset) const
    {
        const Result<Json> document = loadExperiment(preset, builtinCatalog());
        if (!document)
            throw std::runtime_error(document.error().sentence());
        const std::string source = document->at("data").at("source");
        if (source.rfind("gaussians", 0) == 0)
            return *document;
        const bool cifar = source == "cifar-10";
        const bool folder = source == "image-folder";
        const Json size = document->at("data").value("size", cifar ? 32 : 28);
        std::vector<Setting> settings{{"data.source", "image-folder"}, {"data.folder", m_folder.string()},
            {"data.size", size}, {"data.labels", document->at("training").at("conditional")}};
        if (!folder)
            settings.push_back({"data.colour", cifar ? "rgb" : "grey"});
        const Result<Json> moved = changeSettings(*document, builtinCatalog(), settings);
        if (!moved)
            throw std::runtime_error(moved.error().sentence());
        return *moved;
    }
    std::map<std::string, Place> placesOfKinds() const;

    test::Scratch m_scratch;
    const std::filesystem::path m_folder = m_scratch.write("pictures/a/1.png", "").parent_path().parent_path();
};

void RealNetworksTest::everyPresetIsDrawn_data()
{
    if (!buildExperiment(onAnyMachine("celeba-dcgan"), builtinCatalog()))
        QSKIP("this build cannot decode images");
    QTest::addColumn<QString>("preset");
    for (const PresetFile& file : presetFiles())
        QTest::addRow("%s", file.name.c_str()) << QString::fromStdString(file.name);
}

void RealNetworksTest::everyPresetIsDrawn()
{
    QFETCH(QString, preset);
    const Json json = onAnyMachine(preset.toStdString());
    const Result<Experiment> experiment = buildExperiment(json, builtinCatalog());
    QVERIFY_OK(experiment);
    Bench bench(json, preset.toStdString());
    for (const auto& [role, report] : experiment->reports) {
        NetworkEditor& editor = bench.editor(role);
        LayerListModel& model = *editor.model();
        QVERIFY2(model.picture().builds(), qPrintable(bench.banner(role)));
        QCOMPARE(model.layerCount(), static_cast<int>(report.layers.size()));
        QCOMPARE(model.picture().parameters, report.parameters);
        QVERIFY(bench.banner(role).isEmpty());
        model.setAllFolded(false);
        for (int layer = 0; layer < model.layerCount(); ++layer) {
            const LayerReport& row = report.layers[static_cast<std::size_t>(layer)];
            const QModelIndex index = model.indexOfLayer(layer);
            QCOMPARE(model.layerOf(index), layer);
            QVERIFY(index.data().toString().endsWith(QString::fromStdString(row.title)));
            QCOMPARE(index.siblingAtColumn(LayerListModel::OutputColumn).data().toString(),
                QString::fromStdString(shapeText(row.shape.output)));
        }
        editor.setCurrentLayer(model.layerCount() - 1);
    }
    const QImage drawn = bench.panel.grab().toImage();
    QVERIFY(!drawn.isNull());
    QVERIFY(drawn.pixelColor(drawn.width() / 4, drawn.height() / 3).isValid());
    // Looking changes nothing.
    QCOMPARE(bench.document.json(), json);
    QCOMPARE(bench.document.undoStack()->count(), 0);
}

/// For every kind of layer the first place in some networks where it can stand with its defaults.
std::map<std::string, Place> RealNetworksTest::placesOfKinds() const
{
    std::map<std::string, Place> places;
    for (const char* preset : {"mnist-cgan", "wgan-gp", "mnist-vanilla", "ring-gan"}) {
        const Result<Experiment> experiment = buildExperiment(onAnyMachine(preset), builtinCatalog());
        if (!experiment)
            throw std::runtime_error(experiment.error().sentence());
        for (const auto& [role, network] : experiment->networks) {
            const NetworkFit fit = networkFit(experiment->document, builtinCatalog(), role,
                *experiment->dataSource->header(experiment->section("data")));
            for (const LayerInfo& info : builtinCatalog().layers.items()) {
                for (std::size_t at = 0; at <= network.layers.size() && !places.contains(info.kind); ++at) {
                    const NetworkDescription longer = withLayer(network, at, newLayer(info, network, at));
                    if (inspectPicture(builtinCatalog().layers, longer, fit).builds())
                        places[info.kind] = {preset, role, static_cast<int>(at)};
                }
            }
        }
    }
    return places;
}

void RealNetworksTest::everyLayerKindIsAddedEditedAndUndone_data()
{
    if (!buildExperiment(onAnyMachine("celeba-dcgan"), builtinCatalog()))
        QSKIP("this build cannot decode images");
    QTest::addColumn<QString>("preset");
    QTest::addColumn<QString>("role");
    QTest::addColumn<int>("layer");
    const std::map<std::string, Place> places = placesOfKinds();
    QStringList nowhere;
    for (const LayerInfo& info : builtinCatalog().layers.items()) {
        const auto found = places.find(info.kind);
        // What fits nowhere as it comes, as a reshape to sizes of its own, begins as a draft.
        const Place place = found == places.end() ? Place{"mnist-vanilla", "discriminator", 1} : found->second;
        QTest::addRow("%s", info.kind.c_str())
            << QString::fromStdString(place.preset) << QString::fromStdString(place.role) << place.layer;
        if (found == places.end())
            nowhere.append(QString::fromStdString(info.kind));
    }
    QCOMPARE(nowhere, (QStringList{QStringLiteral("reshape"), QStringLiteral("basis")}));
}

void RealNetworksTest::everyLayerKindIsAddedEditedAndUndone()
{
    QFETCH(QString, preset);
    QFETCH(QString, role);
    QFETCH(int, layer);
    const QString kind = QString::fromLatin1(QTest::currentDataTag());
    const LayerInfo& info = *builtinCatalog().layers.find(kind.toStdString());
    Bench bench(onAnyMachine(preset.toStdString()), preset.toStdString());
    NetworkEditor& editor = bench.editor(role.toStdString());
    const Json before = bench.document.json();
    const int count = editor.model()->layerCount();
    editor.model()->setAllFolded(false);
    editor.setCurrentLayer(layer - 1);
    bench.panel.findChild<QToolButton*>(QStringLiteral("addLayer_") + role)
        ->menu()
        ->findChild<QAction*>(QStringLiteral("add_%1_%2").arg(kind, role))
        ->trigger();
    QCOMPARE(editor.model()->layerCount(), count + 1);
    QCOMPARE(editor.currentLayer(), layer);
    const auto layerNow = [&]() -> const LayerDescription& {
        return editor.model()->picture().network.layers[static_cast<std::size_t>(layer)];
    };
    QCOMPARE(layerNow().kind, info.kind);
    const bool two = kind == QLatin1String("reshape") || kind == QLatin1String("basis");
    QCOMPARE(editor.hasDraft(), two);
    QCOMPARE(bench.banner(role.toStdString()).isEmpty(), !two);
    if (kind == QLatin1String("reshape")) {
        const Shape given = editor.model()->picture().shapes[static_cast<std::size_t>(layer - 1)].output;
        QVERIFY_OK(editor.setLayerOption(layer, QStringLiteral("shape"), given));
    } else if (kind == QLatin1String("basis")) {
        editor.addLayer(QStringLiteral("flatten"));
        editor.setCurrentLayer(layer);
    }
    QVERIFY2(!editor.hasDraft(), qPrintable(bench.banner(role.toStdString())));
    QCOMPARE(bench.document.undoStack()->count(), 1);
    const Json added = bench.document.json();
    QVERIFY_OK(buildExperiment(added, builtinCatalog()));

    // The form has what every layer has, and all of the kind's own.
    auto* form = bench.panel.findChild<ParameterForm*>(QStringLiteral("layerForm_") + role);
    QCOMPARE(form->rows().size(), info.parameters.size() + 2);
    for (const char* key : {"inputs", "id"})
        QVERIFY(form->row(QLatin1String(key)));
    // Each option in turn to another value: in force, or a draft that says what it leads to; and back.
    for (const Parameter& parameter : info.parameters) {
        const QString key = QString::fromStdString(parameter.key);
        QVERIFY(form->row(key));
        const Json now = layerNow().options.at(parameter.key);
        const Json other = otherValue(parameter, now);
        if (other == now)
            continue;
        QVERIFY_OK(editor.setLayerOption(layer, key, other));
        QCOMPARE(layerNow().options.at(parameter.key), other);
        if (editor.hasDraft()) {
            QVERIFY(!bench.banner(role.toStdString()).isEmpty());
            editor.undoDraft();
        } else {
            QVERIFY(bench.document.json() != added);
            QVERIFY_OK(buildExperiment(bench.document.json(), builtinCatalog()));
            bench.document.undoStack()->undo();
        }
        QCOMPARE(bench.document.json(), added);
    }
    QVERIFY_OK(editor.setLayerOption(layer, QStringLiteral("id"), "new_one"));
    QVERIFY2(!editor.hasDraft(), qPrintable(bench.banner(role.toStdString())));
    bench.document.undoStack()->undo();
    bench.document.undoStack()->undo();
    QCOMPARE(bench.document.json(), before);
    QCOMPARE(editor.model()->layerCount(), count);
    QVERIFY(editor.model()->picture().builds());
}

QTEST_MAIN(RealNetworksTest)
#include "real_networks.moc"
