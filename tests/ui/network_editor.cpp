// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network_editor.h"

#include "tests/support/fake_catalog.h"
#include "tests/support/says.h"
#include "tests/support/scratch.h"
#include "ui/models/experiment_document.h"
#include "ui/models/layer_list_model.h"
#include "ui/panels/networks_panel.h"
#include "ui/widgets/number_text.h"
#include "ui/widgets/parameter_form.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSpinBox>
#include <QTabBar>
#include <QTableView>
#include <QToolButton>
#include <QUndoStack>
#include <QtTest>

namespace saddle {
namespace {

Json dcganExperiment()
{
    return {{"data", {{"source", "fake-images"}}}, {"generator", {{"architecture", "dcgan"}, {"width", 64}}},
        {"discriminator", {{"architecture", "dcgan"}, {"width", 64}}}};
}

/// A document with its networks on show.
struct Bench {
    Bench()
        : document(test::fakeCatalog())
        , panel(&document)
    {
        Result<Json> json = resolveDocument(dcganExperiment(), test::fakeCatalog());
        if (!json)
            qFatal("%s", json.error().sentence().c_str());
        document.adopt(*std::move(json), QStringLiteral("test"));
        panel.resize(1000, 700);
        panel.show();
    }

    NetworkEditor& generator() { return *panel.editor(QStringLiteral("generator")); }
    NetworkEditor& discriminator() { return *panel.editor(QStringLiteral("discriminator")); }
    QUndoStack& undo() { return *document.undoStack(); }
    std::size_t layersOf(const char* role) const
    {
        const Json* layers = findPath(document.json(), std::string(role) + ".layers");
        return layers ? layers->size() : 0;
    }
    template <typename Widget>
    Widget* find(const char* name)
    {
        return panel.findChild<Widget*>(QLatin1String(name));
    }
    QString banner(const char* role)
    {
        auto* strip = find<QWidget>((std::string("networkBanner_") + role).c_str());
        return strip->isHidden() ? QString() : strip->findChild<QLabel*>(QStringLiteral("bannerText"))->text();
    }

    ExperimentDocument document;
    NetworksPanel panel;
};

QString titleOf(const NetworkEditor& editor, int layer)
{
    return editor.model()->indexOfLayer(layer).data().toString();
}

} // namespace

class NetworkEditorTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void showsWhatTheExperimentHas()
    {
        Bench bench;
        const Result<Experiment> experiment = buildExperiment(bench.document.json(), test::fakeCatalog());
        QVERIFY_OK(experiment);
        for (NetworkEditor* editor : {&bench.generator(), &bench.discriminator()}) {
            const NetworkReport& report = experiment->reports.at(editor->role().toStdString());
            QCOMPARE(editor->model()->layerCount(), static_cast<int>(report.layers.size()));
            QCOMPARE(editor->model()->picture().parameters, report.parameters);
            const auto* totals = bench.panel.findChild<QLabel*>(QStringLiteral("totals_") + editor->role());
            QVERIFY(totals->text().contains(groupedText(report.parameters)));
            QVERIFY(totals->text().contains(flopText(report.flops)));
        }
        QCOMPARE(bench.find<QLabel>("architecture_generator")->text(), QStringLiteral("DCGAN"));
        QVERIFY(bench.find<QWidget>("backToArchitecture_generator")->isHidden());
        QVERIFY(bench.banner("generator").isEmpty());
    }

    void widthAndLatentAreSettings()
    {
        Bench bench;
        const std::int64_t before = bench.generator().model()->picture().parameters;
        auto* width = bench.find<QSpinBox>("width_generator");
        QCOMPARE(width->value(), 64);
        width->setValue(32);
        QCOMPARE(bench.document.value(QStringLiteral("generator.width")), Json(32));
        QVERIFY(bench.generator().model()->picture().parameters < before);
        QVERIFY(bench.document.json()["generator"].contains("architecture"));

        auto* latent = bench.find<QSpinBox>("latentDimensions");
        latent->setValue(7);
        QCOMPARE(bench.document.value(QStringLiteral("latent.dimensions")), Json(7));
        QCOMPARE(bench.generator().model()->picture().fit.input, (Shape{7}));
        bench.undo().undo();
        QCOMPARE(latent->value(), 100);
        bench.undo().undo();
        QCOMPARE(width->value(), 64);
        QCOMPARE(bench.generator().model()->picture().parameters, before);
    }

    void theFirstEditTurnsTheNameIntoItsList()
    {
        Bench bench;
        NetworkEditor& editor = bench.discriminator();
        QVERIFY_OK(editor.setLayerOption(0, QStringLiteral("activation"), "tanh"));
        QVERIFY(!editor.hasDraft());
        QCOMPARE(bench.layersOf("discriminator"), std::size_t(4));
        QVERIFY(!bench.document.json()["discriminator"].contains("architecture"));
        QVERIFY(bench.document.json()["discriminator"].contains("initialisation"));
        QCOMPARE(bench.find<QLabel>("architecture_discriminator")->text(), QStringLiteral("Own layers"));
        QVERIFY(!bench.find<QWidget>("backToArchitecture_discriminator")->isHidden());
        QVERIFY(bench.find<QWidget>("width_discriminator")->isHidden());
        QCOMPARE(bench.undo().count(), 1);
        bench.undo().undo();
        QCOMPARE(bench.document.value(QStringLiteral("discriminator.architecture")), Json("dcgan"));
        QVERIFY(!bench.find<QWidget>("width_discriminator")->isHidden());
    }

    void addsMovesCopiesAndDeletesWithUndo()
    {
        Bench bench;
        NetworkEditor& editor = bench.generator();
        QAbstractItemModelTester tester(editor.model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        editor.setCurrentLayer(2);
        bench.find<QToolButton>("addLayer_generator")
            ->menu()
            ->findChild<QAction*>(QStringLiteral("add_norm_generator"))
            ->trigger();
        QCOMPARE(bench.layersOf("generator"), std::size_t(6));
        QCOMPARE(editor.currentLayer(), 3);
        QCOMPARE(titleOf(editor, 3), QStringLiteral("none norm"));

        bench.find<QToolButton>("duplicateLayer_generator")->click();
        QCOMPARE(bench.layersOf("generator"), std::size_t(7));
        QCOMPARE(editor.currentLayer(), 4);
        editor.setCurrentLayer(2);
        bench.find<QToolButton>("moveDown_generator")->click();
        QCOMPARE(editor.currentLayer(), 3);
        QCOMPARE(titleOf(editor, 3), QStringLiteral("batch norm"));
        bench.find<QToolButton>("moveUp_generator")->click();
        QCOMPARE(editor.currentLayer(), 2);
        QCOMPARE(titleOf(editor, 2), QStringLiteral("batch norm"));
        editor.setCurrentLayer(4);
        bench.find<QToolButton>("removeLayer_generator")->click();
        bench.find<QToolButton>("removeLayer_generator")->click(); // the transposed convolution: a draft
        QCOMPARE(bench.layersOf("generator"), std::size_t(6));
        QVERIFY(editor.hasDraft());
        editor.undoDraft();

        // Each within the same second, and each a step of its own.
        QCOMPARE(bench.undo().count(), 5);
        const std::vector<std::size_t> counts{7, 7, 7, 6, 0};
        for (const std::size_t count : counts) {
            bench.undo().undo();
            QCOMPARE(bench.layersOf("generator"), count);
        }
        QCOMPARE(editor.model()->layerCount(), 5);
        bench.undo().redo();
        QCOMPARE(editor.model()->layerCount(), 6);
    }

    void anEditThatCannotBeBuiltIsKeptOutOfTheDocument()
    {
        Bench bench;
        NetworkEditor& editor = bench.discriminator();
        const Json before = bench.document.json();
        QVERIFY_OK(editor.setLayerOption(1, QStringLiteral("kernel"), 30));
        QCOMPARE(bench.document.json(), before);
        QCOMPARE(bench.undo().count(), 0);
        QVERIFY(editor.hasDraft());
        QVERIFY2(
            bench.banner("discriminator").startsWith(QStringLiteral("Layer 1, conv 30×30: its input is only 14×14")),
            qPrintable(bench.banner("discriminator")));
        QCOMPARE(editor.model()->picture().errorLayer, 1);
        bench.find<QWidget>("networkBanner_discriminator")
            ->findChild<QPushButton*>(QStringLiteral("bannerAction"))
            ->click();
        QVERIFY(!editor.hasDraft());
        QVERIFY(editor.model()->picture().builds());
        QVERIFY(bench.banner("discriminator").isEmpty());
        QCOMPARE(bench.document.json(), before);

        QVERIFY(!editor.setLayerOption(1, QStringLiteral("kernel"), 0).ok());
        QVERIFY(!editor.setLayerOption(1, QStringLiteral("id"), "a.b").ok());
        QVERIFY(!editor.hasDraft());
        QCOMPARE(bench.document.json(), before);
    }

    void aDraftIsOneEditOnceItBuilds()
    {
        Bench bench;
        NetworkEditor& editor = bench.discriminator();
        editor.setCurrentLayer(3);
        editor.addLayer(QStringLiteral("linear")); // 64 numbers, where the objective reads one
        QVERIFY(editor.hasDraft());
        QCOMPARE(editor.model()->picture().errorLayer, 5);
        QVERIFY(bench.banner("discriminator").contains(QStringLiteral("ends in 64")));
        QVERIFY_OK(editor.setLayerOption(3, QStringLiteral("out"), 20));
        QVERIFY(editor.hasDraft());
        QCOMPARE(bench.undo().count(), 0);
        QVERIFY_OK(editor.setLayerOption(4, QStringLiteral("out"), 1));
        QVERIFY(!editor.hasDraft());
        QVERIFY(bench.banner("discriminator").isEmpty());
        QCOMPARE(bench.undo().count(), 1);
        QCOMPARE(bench.document.value(QStringLiteral("discriminator.layers"))[3]["out"], Json(20));
        QVERIFY_OK(buildExperiment(bench.document.json(), test::fakeCatalog()));
        bench.undo().undo();
        QCOMPARE(editor.model()->layerCount(), 4);
    }

    void aDraftThatComesBackIsNoEdit()
    {
        Bench bench;
        QVERIFY_OK(bench.discriminator().setLayerOption(1, QStringLiteral("kernel"), 30));
        QVERIFY_OK(bench.discriminator().setLayerOption(1, QStringLiteral("kernel"), 4));
        QVERIFY(!bench.discriminator().hasDraft());
        QCOMPARE(bench.undo().count(), 0);
        QVERIFY(bench.document.json()["discriminator"].contains("architecture"));
    }

    void aDraftEndsWithItsNetworkAndOutlivesOthers()
    {
        Bench bench;
        NetworkEditor& editor = bench.discriminator();
        QVERIFY_OK(editor.setLayerOption(1, QStringLiteral("kernel"), 30));
        QVERIFY_OK(bench.document.set(QStringLiteral("generator.width"), 16));
        QVERIFY(editor.hasDraft());
        // Larger images: now the kernel fits, but the document is not touched behind the user's back.
        QVERIFY_OK(bench.document.set(QStringLiteral("data.shape"), Json::array({1, 80, 80})));
        QVERIFY(editor.hasDraft());
        QVERIFY(!bench.document.json()["discriminator"].contains("layers"));
        QVERIFY_OK(bench.document.set(QStringLiteral("discriminator.width"), 16));
        QVERIFY(!editor.hasDraft());
        QVERIFY(bench.banner("discriminator").isEmpty());
    }

    void keysActOnTheList()
    {
        Bench bench;
        NetworkEditor& editor = bench.generator();
        auto* table = bench.find<QTableView>("layerTable_generator");
        QVERIFY(QTest::qWaitForWindowExposed(&bench.panel));
        bench.panel.activateWindow();
        bench.panel.showRole(QStringLiteral("generator"));
        QTRY_VERIFY(table->hasFocus());
        editor.setCurrentLayer(2);
        QTest::keyClick(table, Qt::Key_D, Qt::ControlModifier);
        QCOMPARE(bench.layersOf("generator"), std::size_t(6));
        QTest::keyClick(table, Qt::Key_Up, Qt::AltModifier);
        QCOMPARE(editor.currentLayer(), 2);
        QTest::keyClick(table, Qt::Key_Down, Qt::AltModifier);
        QCOMPARE(editor.currentLayer(), 3);
        QTest::keyClick(table, Qt::Key_Delete);
        QCOMPARE(bench.layersOf("generator"), std::size_t(5));
        editor.setCurrentLayer(3);
        QTest::keyClick(table, Qt::Key_Delete);
        QVERIFY(editor.hasDraft());
        QTest::keyClick(table, Qt::Key_Z, Qt::ControlModifier);
        QVERIFY(!editor.hasDraft());
        QCOMPARE(bench.layersOf("generator"), std::size_t(5));
    }

    void theFormEditsTheSelectedLayer()
    {
        Bench bench;
        bench.discriminator().setCurrentLayer(1);
        auto* form = bench.find<QWidget>("layerForm_discriminator");
        auto* out = form->findChild<QAbstractSpinBox*>(QStringLiteral("edit_discriminator.layer.out"));
        QVERIFY(out);
        out->stepUp();
        QCOMPARE(bench.document.value(QStringLiteral("discriminator.layers"))[1]["out"], Json(129));
        QCOMPARE(bench.discriminator().currentLayer(), 1);
        QVERIFY(out->text().startsWith(QStringLiteral("129")));
        bench.undo().undo();
        QVERIFY(out->text().startsWith(QStringLiteral("128")));

        // A layer that takes others says which.
        bench.discriminator().setCurrentLayer(1);
        bench.discriminator().addLayer(QStringLiteral("add"));
        auto* takes = form->findChild<QLineEdit*>(QStringLiteral("edit_discriminator.layer.inputs"));
        QVERIFY(takes);
        QCOMPARE(takes->text(), QStringLiteral("0, 1"));
        QVERIFY(bench.discriminator().hasDraft()); // their shapes differ
        takes->selectAll();
        QTest::keyClicks(takes, QStringLiteral("1, 1"));
        QTest::keyClick(takes, Qt::Key_Return);
        QVERIFY2(!bench.discriminator().hasDraft(), qPrintable(bench.banner("discriminator")));
        QCOMPARE(bench.layersOf("discriminator"), std::size_t(5));
    }

    void aSkipIsBuiltByHand()
    {
        Bench bench;
        NetworkEditor& editor = bench.generator(); // linear, reshape, norm, two transposed convolutions
        auto* form = bench.find<ParameterForm>("layerForm_generator");
        const auto type = [form](const char* key, const char* text) {
            auto* field = form->findChild<QLineEdit*>(QStringLiteral("edit_generator.layer.") + QLatin1String(key));
            field->selectAll();
            QTest::keyClicks(field, QLatin1String(text));
            QTest::keyClick(field, Qt::Key_Return);
        };
        editor.setCurrentLayer(1);
        type("id", "trunk");
        QCOMPARE(bench.undo().count(), 1);
        editor.setCurrentLayer(2);
        editor.addLayer(QStringLiteral("norm")); // layer 3, the end of the branch
        QCOMPARE(bench.undo().count(), 2);
        editor.addLayer(QStringLiteral("norm")); // layer 4, on the trunk's side
        type("inputs", "trunk");
        // Nothing takes layer 3 now: a draft that says so.
        QVERIFY(editor.hasDraft());
        QCOMPARE(editor.model()->picture().errorLayer, 3);
        QVERIFY2(bench.banner("generator").contains(QStringLiteral("no later layer takes what this one gives")),
            qPrintable(bench.banner("generator")));
        editor.addLayer(QStringLiteral("add"));
        QCOMPARE(
            form->findChild<QLineEdit*>(QStringLiteral("edit_generator.layer.inputs"))->text(), QStringLiteral("3, 4"));
        QVERIFY2(!editor.hasDraft(), qPrintable(bench.banner("generator")));
        QCOMPARE(bench.undo().count(), 4);
        const Result<Experiment> experiment = buildExperiment(bench.document.json(), test::fakeCatalog());
        QVERIFY_OK(experiment);
        const std::vector<LayerReport>& layers = experiment->reports.at("generator").layers;
        QCOMPARE(layers[4].inputs, std::vector<int>{1});
        QCOMPARE(layers[5].inputs, (std::vector<int>{3, 4}));
        QCOMPARE(layers[6].inputs, std::vector<int>{5});

        // Names that mean nothing are said, and an empty field takes the one before again.
        editor.setCurrentLayer(4);
        type("inputs", "stem");
        QVERIFY(editor.hasDraft());
        QVERIFY2(bench.banner("generator").contains(QStringLiteral("no earlier layer “stem”")),
            qPrintable(bench.banner("generator")));
        type("inputs", " ");
        QVERIFY2(!editor.hasDraft(), qPrintable(bench.banner("generator")));
        for (const int left : {4, 3, 2, 1, 0}) {
            bench.undo().undo();
            QCOMPARE(bench.undo().index(), left);
        }
        QVERIFY(bench.document.json()["generator"].contains("architecture"));
    }

    void namesThatCouldNotBeTypedAreRefused()
    {
        Bench bench;
        NetworkEditor& editor = bench.discriminator();
        for (const char* id : {"first one", "a,b", "a/b", "a.b"}) {
            const Status refused = editor.setLayerOption(1, QStringLiteral("id"), id);
            SAYS(refused, "one word", "commas and spaces", "skip_1");
            QVERIFY(bench.banner("discriminator").contains(QStringLiteral("one word")));
            QVERIFY(!editor.hasDraft());
        }
        QVERIFY_OK(editor.setLayerOption(1, QStringLiteral("id"), "first_one"));
        QVERIFY(bench.banner("discriminator").isEmpty());
    }

    void goesBackToAnArchitectureThatFits()
    {
        Bench bench;
        NetworkEditor& editor = bench.discriminator();
        QVERIFY_OK(editor.setLayerOption(0, QStringLiteral("activation"), "tanh"));
        auto* back = bench.find<QPushButton>("backToArchitecture_discriminator");
        Q_EMIT back->menu()->aboutToShow();
        QCOMPARE(back->menu()->actions().size(), 2);
        for (QAction* action : back->menu()->actions()) {
            QVERIFY2(action->isEnabled(), qPrintable(action->toolTip()));
            if (action->text() == QLatin1String("DCGAN"))
                action->trigger();
        }
        QCOMPARE(bench.document.value(QStringLiteral("discriminator.architecture")), Json("dcgan"));
        QVERIFY(back->isHidden());
    }

    void saysWhatKeepsTheNetworkFromBuilding()
    {
        Bench bench;
        QVERIFY_OK(bench.document.set(QStringLiteral("data.source"), "gaussians-8"));
        QVERIFY(bench.banner("generator").contains(QStringLiteral("DCGAN needs images")));
        QVERIFY(!bench.generator().hasDraft());
        QVERIFY(!bench.find<QToolButton>("addLayer_generator")->isEnabled());
        bench.undo().undo();
        QVERIFY(bench.banner("generator").isEmpty());
    }

    void followsTheRolesOfTheObjective()
    {
        Bench bench;
        QCOMPARE(bench.panel.roles(), (QStringList{QStringLiteral("generator"), QStringLiteral("discriminator")}));
        const NetworkEditor* kept = &bench.generator();
        QVERIFY_OK(bench.document.set(QStringLiteral("objective.kind"), "with-encoder"));
        QVERIFY(bench.panel.editor(QStringLiteral("encoder")));
        QCOMPARE(&bench.generator(), kept);
        bench.undo().undo();
        QVERIFY(!bench.panel.editor(QStringLiteral("encoder")));
        QCOMPARE(bench.panel.roles().size(), 2);
    }

    void anotherExperimentIsNoChangeOfItsLayers()
    {
        Bench bench;
        const auto changed = [&bench] {
            return bench.panel.findChild<ParameterForm*>(QStringLiteral("layerForm_discriminator"))->changedRows();
        };
        bench.discriminator().setCurrentLayer(0);
        QCOMPARE(changed(), 0);
        Json other = dcganExperiment();
        other["discriminator"]["width"] = 7;
        bench.document.adopt(*resolveDocument(other, test::fakeCatalog()), QStringLiteral("other"));
        QCOMPARE(bench.discriminator().currentLayer(), 0);
        QCOMPARE(changed(), 0);
        QVERIFY_OK(bench.discriminator().setLayerOption(0, QStringLiteral("out"), 9));
        QCOMPARE(changed(), 1);
    }

    void showsOneNetworkWhereThereIsNoRoomForAll()
    {
        Bench bench;
        auto* choice = bench.panel.findChild<QTabBar*>(QStringLiteral("networkChoice"));
        const auto shown = [&bench](const char* role) { return !bench.panel.editor(QLatin1String(role))->isHidden(); };
        bench.panel.show();
        bench.panel.resize(1200, 700);
        QTRY_VERIFY(shown("generator") && shown("discriminator") && choice->isHidden());
        bench.panel.resize(bench.panel.minimumSizeHint().width(), 700);
        QTRY_VERIFY(shown("generator") && !shown("discriminator") && !choice->isHidden());
        QVERIFY(bench.panel.width() < 480);
        bench.panel.showRole(QStringLiteral("discriminator"));
        QVERIFY(!shown("generator") && shown("discriminator"));
        QCOMPARE(choice->tabText(choice->currentIndex()), QStringLiteral("Discriminator"));
        // Three networks, one of which is new.
        QVERIFY_OK(bench.document.set(QStringLiteral("objective.kind"), "with-encoder"));
        QCOMPARE(choice->count(), 3);
        QCOMPARE(int(shown("generator")) + int(shown("discriminator")) + int(shown("encoder")), 1);
        bench.panel.resize(1500, 700);
        QTRY_VERIFY(shown("generator") && shown("discriminator") && shown("encoder"));
    }
};

} // namespace saddle

QTEST_MAIN(saddle::NetworkEditorTest)
#include "network_editor.moc"
