// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/experiment_panel.h"
#include "tests/support/fake_catalog.h"
#include "tests/support/scratch.h"
#include "ui/panels/experiment_section.h"
#include "ui/panels/preset_list.h"
#include "ui/panels/section_group.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/eliding_combo.h"

#include <QAbstractButton>
#include <QAbstractSpinBox>
#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QLayout>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QToolButton>
#include <QUndoStack>

#include <algorithm>

using namespace saddle;

namespace {

/// A panel on points of the plane, which need no files.
struct Bench {
    Bench()
        : document(test::fakeCatalog())
        , panel(&document)
    {
        panel.resize(320, 900);
        panel.show();
        panel.activateWindow();
        static_cast<void>(QTest::qWaitForWindowActive(&panel));
    }

    template <typename Widget>
    Widget* find(const char* name) const
    {
        return panel.findChild<Widget*>(QLatin1String(name));
    }
    ExperimentSection* section(const char* path) const
    {
        return panel.findChild<ExperimentSection*>(QStringLiteral("section_") + QLatin1String(path));
    }
    ParameterRow* row(const char* section_, const char* key) const
    {
        return section(section_)->form()->row(QLatin1String(key));
    }
    void choose(const char* path, const char* word) const
    {
        auto* combo = find<QComboBox>((std::string("edit_") + path).c_str());
        combo->setCurrentIndex(combo->findData(QLatin1String(word)));
        Q_EMIT combo->activated(combo->currentIndex());
    }

    ExperimentDocument document;
    ExperimentPanel panel;
};

QStringList paths(const ExperimentPanel& panel)
{
    QStringList found;
    auto* content = panel.findChild<QScrollArea*>(QStringLiteral("experimentScroll"))->widget();
    for (int i = 0; i < content->layout()->count(); ++i) {
        if (auto* section = qobject_cast<ExperimentSection*>(content->layout()->itemAt(i)->widget()))
            found << section->path();
    }
    return found;
}

} // namespace

class TestExperimentPanel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QApplication::setStyle(QStringLiteral("Fusion")); }

    void sectionsLieInOrder()
    {
        Bench b;
        QStringList wanted;
        for (const Section& section : b.document.sections())
            wanted << fromUtf8(section.path);
        QCOMPARE(paths(b.panel), wanted);
        QCOMPARE(wanted.front(), QStringLiteral("data"));
        for (const Section& section : b.document.sections()) {
            for (const Parameter& parameter : section.parameters) {
                const QString path = fromUtf8(section.path + "." + parameter.key);
                QVERIFY2(b.panel.findChild<QWidget*>(QStringLiteral("edit_") + path), qPrintable(path));
                QVERIFY2(b.panel.findChild<QWidget*>(QStringLiteral("reset_") + path), qPrintable(path));
            }
        }
        QVERIFY(b.section("data")->isExpanded());
        QVERIFY(!b.section("sampling")->isExpanded());
    }

    void presetsAreOfferedNotLoaded()
    {
        Bench b;
        auto* chooser = b.find<QComboBox>("presetChooser");
        QSignalSpy chosen(&b.panel, &ExperimentPanel::presetChosen);
        chooser->setFocus();
        QTest::keyClick(chooser, Qt::Key_Down); // opens the list rather than load another
        auto* list = b.find<QListWidget>("presetList");
        QTRY_VERIFY(list->isVisible());
        QCOMPARE(chosen.count(), 0);
        auto* filter = b.find<QLineEdit>("presetFilter");
        QTest::keyClicks(filter, "ring gaus");
        const auto shown = [list] {
            QStringList titles;
            for (int row = 0; row < list->count(); ++row) {
                if (!list->item(row)->isHidden())
                    titles << list->item(row)->text();
            }
            return titles;
        };
        // The list's own heading of a family stands above what belongs to it.
        QVERIFY2(shown().contains(QStringLiteral("Ring of eight Gaussians")), qPrintable(shown().join(u'|')));
        QVERIFY2(!shown().join(u'|').contains(QStringLiteral("Fashion")), qPrintable(shown().join(u'|')));
        QTest::keyClick(filter, Qt::Key_Return);
        QCOMPARE(chosen.count(), 1);
        QCOMPARE(chosen.front().front().toString(), QStringLiteral("ring-gan"));
        QVERIFY(!list->isVisible());
        QVERIFY(b.document.name().isEmpty()); // still what is loaded

        Json document = b.document.json();
        document["title"] = "A title";
        document["description"] = "What it is";
        document["source"] = "Who wrote it";
        b.document.adopt(document, QStringLiteral("/somewhere/mine.json"));
        QCOMPARE(b.find<QLabel>("presetDescription")->text(), QStringLiteral("What it is"));
        QCOMPARE(b.find<QLabel>("presetSource")->text(), QStringLiteral("Who wrote it"));
        QCOMPARE(chooser->placeholderText(), QStringLiteral("A title"));
    }

    void presetsStandInFamilies()
    {
        PresetList list;
        QWidget below;
        below.show();
        std::vector<PresetEntry> entries;
        for (const char* family : {"MNIST", "Ring"}) {
            for (int i = 0; i < 20; ++i) {
                const QString name = QStringLiteral("%1-%2").arg(QLatin1String(family)).arg(i);
                entries.push_back({name.toLower(), name, QStringLiteral("words of %1").arg(i), QLatin1String(family)});
            }
        }
        list.setEntries(entries);
        list.open(&below, QStringLiteral("ring-3"), {});
        auto* rows = list.findChild<QListWidget*>(QStringLiteral("presetList"));
        auto* filter = list.findChild<QLineEdit*>(QStringLiteral("presetFilter"));
        QCOMPARE(rows->count(), 42);
        QCOMPARE(rows->currentItem()->text(), QStringLiteral("Ring-3"));
        QSignalSpy chosen(&list, &PresetList::chosen);
        // The step over the heading of the next family.
        rows->setCurrentRow(20);
        QCOMPARE(rows->currentItem()->text(), QStringLiteral("MNIST-19"));
        QTest::keyClick(filter, Qt::Key_Down);
        QCOMPARE(rows->currentItem()->text(), QStringLiteral("Ring-0"));
        QTest::keyClick(filter, Qt::Key_Up);
        QCOMPARE(rows->currentItem()->text(), QStringLiteral("MNIST-19"));
        QTest::keyClicks(filter, "ring words 17");
        QCOMPARE(rows->currentItem()->text(), QStringLiteral("Ring-17"));
        QTest::keyClicks(filter, " nothing");
        QTest::keyClick(filter, Qt::Key_Return);
        QCOMPARE(chosen.count(), 0);
        list.close();
        // What is typed on the closed chooser is searched for.
        list.open(&below, {}, QStringLiteral("m"));
        QCOMPARE(filter->text(), QStringLiteral("m"));
        QCOMPARE(rows->currentItem()->text(), QStringLiteral("MNIST-0"));
    }

    void aGroupedSectionIsASwitchUntilItIsOn()
    {
        ExperimentDocument document(test::fakeCatalog());
        Section section;
        for (const Section& each : document.sections()) {
            if (each.path == "instance_noise")
                section = each;
        }
        section.label = "Gradient penalty";
        section.group = "Regularisers";
        section.note = "Somebody 2017";
        // Its switch comes first.
        std::stable_partition(section.parameters.begin(), section.parameters.end(),
            [](const Parameter& parameter) { return parameter.type == ParameterType::Boolean; });
        SectionGroup group(QStringLiteral("Regularisers"));
        auto* view = new ExperimentSection(&document, section, {}, &group);
        group.setSections({view});
        connect(&document, &ExperimentDocument::changed, view, [&] { view->setSection(section); });
        group.setExpanded(true);
        group.show();
        auto* note = group.findChild<QLabel*>(QStringLiteral("note_instance_noise"));
        QCOMPARE(view->form()->rows().size(), std::size_t{1});
        QVERIFY(view->header()->isHidden() && note->isHidden() && !view->isOn());
        QCOMPARE(group.summary(), QStringLiteral("none"));
        QCOMPARE(group.findChild<QLabel*>(QStringLiteral("label_instance_noise.manual"))->text(),
            QStringLiteral("Gradient penalty"));

        group.findChild<QAbstractButton*>(QStringLiteral("edit_instance_noise.manual"))->click();
        QCOMPARE(document.value("instance_noise.manual"), Json(true));
        QVERIFY(view->isOn() && !note->isHidden());
        QCOMPARE(view->form()->rows().size(), section.parameters.size());
        QCOMPARE(group.summary(), QStringLiteral("Gradient penalty"));
        QVERIFY(view->setFilter({QStringLiteral("penalty")}));
        document.undoStack()->undo();
        QVERIFY(!view->isOn());
        QCOMPARE(group.summary(), QStringLiteral("none"));
    }

    void warningsAreAQuietNote()
    {
        Bench b;
        auto* note = b.find<QLabel>("experimentWarnings");
        QVERIFY(note->isHidden());
        b.panel.setWarnings({QStringLiteral("One thing."), QStringLiteral("Another.")});
        QVERIFY(!note->isHidden());
        QCOMPARE(note->text(), QStringLiteral("One thing.\nAnother."));
        QVERIFY(b.find<Banner>("experimentBanner")->isHidden());
        b.document.adopt(b.document.json(), QStringLiteral("another"));
        QVERIFY(note->isHidden());
    }

    void choicesAreNeverCut()
    {
        Bench b;
        b.panel.showSetting(QStringLiteral("training.memory_format"));
        for (const int width : {280, 310, 420}) {
            b.panel.resize(width, 900);
            for (const char* path : {"training.memory_format", "training.device", "data.source", "objective.kind"}) {
                auto* combo = b.find<ElidingCombo>((std::string("edit_") + path).c_str());
                QTRY_VERIFY2(combo->width() >= combo->wholeWidth(),
                    qPrintable(QStringLiteral("%1: %2 of %3 in %4")
                                   .arg(QLatin1String(path))
                                   .arg(combo->width())
                                   .arg(combo->wholeWidth())
                                   .arg(width)));
            }
        }
        // Where there is room the choice stands beside its name.
        auto* device = b.find<ElidingCombo>("edit_training.device");
        QVERIFY(device->y() < 4);
    }

    void editsGoToTheDocumentAndBack()
    {
        Bench b;
        auto* batch = b.find<QAbstractSpinBox>("edit_training.batch_size");
        b.panel.showSetting(QStringLiteral("training.batch_size"));
        QVERIFY(b.section("training")->isExpanded());
        QVERIFY(batch->hasFocus());
        QTest::keyClick(batch, Qt::Key_A, Qt::ControlModifier);
        QTest::keyClicks(batch, "128");
        QTest::keyClick(batch, Qt::Key_Return);
        QCOMPARE(b.document.value("training.batch_size"), Json(128));
        QVERIFY(batch->hasFocus());
        QVERIFY(b.section("training")->summary().contains("1 changed"));
        b.document.undoStack()->undo();
        QCOMPARE(batch->text(), QStringLiteral("64"));
        b.document.undoStack()->redo();
        QCOMPARE(batch->text(), QStringLiteral("128"));
        b.find<QToolButton>("reset_training.batch_size")->click();
        QCOMPARE(batch->text(), QStringLiteral("64"));
        QTest::keyClick(batch, Qt::Key_A, Qt::ControlModifier);
        QTest::keyClicks(batch, "0");
        QTest::keyClick(batch, Qt::Key_Return);
        QVERIFY(b.row("training", "batch_size")->errorText().contains("1 to 65536"));
        QCOMPARE(b.document.value("training.batch_size"), Json(64));
        QVERIFY(b.document.set("instance_noise.schedule", "linear").ok());
        QVERIFY(!b.row("instance_noise", "end")->isHidden());
        b.document.undoStack()->undo();
        QVERIFY(b.row("instance_noise", "end")->isHidden());
    }

    void anotherKindBringsItsRows()
    {
        Bench b;
        b.panel.setExpandedSections({"data", "objective", "training"});
        QApplication::processEvents(); // the layout must know how far it can scroll
        auto* bar = b.find<QScrollArea>("experimentScroll")->verticalScrollBar();
        bar->setValue(40);
        const int scrolled = bar->value();
        auto* loss = b.find<QComboBox>("edit_objective.kind");
        loss->setFocus();
        b.choose("objective.kind", "lsgan");
        QCOMPARE(b.document.value("objective.kind"), Json("lsgan"));
        QVERIFY(b.find<QWidget>("edit_objective.a"));
        QVERIFY(!b.find<QWidget>("edit_objective.label_smoothing"));
        QCOMPARE(b.find<QComboBox>("edit_objective.kind"), loss);
        QVERIFY(loss->hasFocus());
        QVERIFY(b.section("training")->isExpanded());
        QCOMPARE(bar->value(), scrolled);
        b.document.undoStack()->undo();
        QVERIFY(b.find<QWidget>("edit_objective.label_smoothing"));
        QCOMPARE(loss->currentData().toString(), QStringLiteral("non-saturating"));

        // A third network brings two sections, which go again.
        b.choose("objective.kind", "with-encoder");
        QVERIFY(b.section("encoder"));
        QVERIFY(b.section("optimisers.encoder"));
        QStringList wanted;
        for (const Section& section : b.document.sections())
            wanted << fromUtf8(section.path);
        QCOMPARE(paths(b.panel), wanted);
        QCOMPARE(b.find<QLabel>("badge_objective.warmup")->text(), QStringLiteral("epoch"));
        b.choose("objective.kind", "minimax");
        QVERIFY(!b.section("encoder"));
        QVERIFY(b.find<QLabel>("note_objective")->text().contains("L(D)"));
    }

    void aKindWithTheSameRowsChangesItsNote()
    {
        Bench b;
        const QString before = b.find<QComboBox>("edit_objective.kind")->toolTip();
        QVERIFY_OK(b.document.set("objective.kind", "minimax")); // same keys as before: no change of structure
        QCOMPARE(b.find<QComboBox>("edit_objective.kind")->currentData().toString(), QStringLiteral("minimax"));
        QVERIFY(!before.isEmpty());
    }

    void filterFindsSettings()
    {
        Bench b;
        const QStringList unfolded = b.panel.expandedSections();
        auto* filter = b.find<QLineEdit>("settingFilter");
        filter->setText("gener learning");
        QVERIFY(!b.section("optimisers.generator")->isHidden());
        QVERIFY(b.section("optimisers.generator")->isExpanded());
        QVERIFY(!b.row("optimisers.generator", "learning_rate")->isHidden());
        QVERIFY(b.row("optimisers.generator", "beta1")->isHidden());
        QVERIFY(b.section("optimisers.discriminator")->isHidden());
        QVERIFY(b.section("data")->isHidden());
        QVERIFY(b.find<QLabel>("nothingFound")->isHidden());
        filter->setText("no such thing");
        QVERIFY(!b.find<QLabel>("nothingFound")->isHidden());
        filter->clear();
        QVERIFY(!b.section("data")->isHidden());
        QVERIFY(!b.section("optimisers.generator")->isExpanded());
        QVERIFY(!b.row("optimisers.generator", "beta1")->isHidden());
        QCOMPARE(b.panel.expandedSections(), unfolded);
    }

    void missingDataAreToldWithTheRemedy()
    {
        Bench b;
        auto* banner = b.find<Banner>("dataBanner");
        QVERIFY(banner->isHidden());
        QVERIFY_OK(b.document.set("data.source", "idx"));
        QTRY_VERIFY(!banner->isHidden());
        QVERIFY2(banner->text().contains("idx3-ubyte"), qPrintable(banner->text()));
        QVERIFY(b.section("data")->summary().contains("missing"));
        QSignalSpy checks(&b.panel, &ExperimentPanel::dataCheckRequested);
        banner->findChild<QPushButton*>("bannerAction")->click();
        QCOMPARE(checks.count(), 1);
        QVERIFY_OK(b.document.set("data.source", "fake-images"));
        QTRY_VERIFY(banner->isHidden());
        QVERIFY(b.section("data")->summary().contains(QStringLiteral("1 × 28 × 28")));
    }

    void networksShowTheirSize()
    {
        Bench b;
        auto* summary = b.find<QLabel>("network_generator");
        QTRY_VERIFY2(summary->text().contains("4 layers"), qPrintable(summary->text()));
        QSignalSpy edit(&b.panel, &ExperimentPanel::editNetworkRequested);
        b.find<QPushButton>("editLayers_generator")->click();
        QCOMPARE(edit.count(), 1);
        QCOMPARE(edit.front().front().toString(), QStringLiteral("generator"));
        // Layers of its own that end in the wrong shape: said here, in full.
        QVERIFY_OK(b.document.set("generator.layers", Json::array({{{"kind", "linear"}, {"out", 5}}})));
        QTRY_VERIFY2(summary->text().contains("the shape of the data"), qPrintable(summary->text()));
        QVERIFY(!b.find<QWidget>("edit_generator.architecture"));
        b.document.undoStack()->undo();
        QTRY_VERIFY(summary->text().contains("4 layers"));
        QVERIFY(b.find<QWidget>("edit_generator.architecture"));
    }

    void restartIsOfferedAndShown()
    {
        Bench b;
        auto* banner = b.find<Banner>("experimentBanner");
        b.panel.setRunning(true);
        QVERIFY_OK(b.document.set("training.batch_size", 32));
        QVERIFY_OK(b.document.set("training.generator_steps", 2));
        auto* badge = b.find<QLabel>("badge_training.batch_size");
        QVERIFY(badge->toolTip().contains("until it is restarted"));
        QVERIFY(b.find<QWidget>("edit_training.batch_size")->isEnabled());
        QVERIFY(!b.find<QLabel>("badge_training.seed")->toolTip().contains("until it is restarted"));
        b.panel.setRestartNeeded({QStringLiteral("Batch size")});
        QVERIFY(!banner->isHidden());
        QVERIFY2(
            banner->text().contains("1 change") && banner->text().contains("Batch size"), qPrintable(banner->text()));
        QSignalSpy restart(&b.panel, &ExperimentPanel::restartRequested);
        banner->findChild<QPushButton*>("bannerAction")->click();
        QCOMPARE(restart.count(), 1);

        // An error goes before it and gives way to it again.
        b.panel.showError(QStringLiteral("It went wrong."));
        QCOMPARE(banner->text(), QStringLiteral("It went wrong."));
        b.panel.clearError();
        QVERIFY(banner->text().contains("restart"));
        b.panel.setRunning(false); // a pause changes nothing
        QVERIFY(badge->toolTip().contains("until it is restarted"));
        b.panel.setRestartNeeded({});
        QVERIFY(banner->isHidden());
        QVERIFY(!badge->toolTip().contains("until it is restarted"));

        // What really runs may be told instead.
        Json inForce = b.document.json();
        inForce["training"]["batch_size"] = 16;
        inForce["training"]["threads"] = 8; // settled by the engine: 0 is no edit
        b.panel.setRunningDocument(inForce);
        QVERIFY(badge->toolTip().contains("until it is restarted"));
        QVERIFY(!b.find<QLabel>("badge_training.threads")->toolTip().contains("until it is restarted"));
        b.panel.setRunningDocument(Json());
        QVERIFY(!badge->toolTip().contains("until it is restarted"));
    }

    void sectionsFoldByKey()
    {
        Bench b;
        QAbstractButton* header = b.section("latent")->header();
        header->setFocus();
        QVERIFY(header->hasFocus());
        QVERIFY(!b.section("latent")->isExpanded());
        QTest::keyClick(header, Qt::Key_Right);
        QVERIFY(b.section("latent")->isExpanded());
        QTest::keyClick(header, Qt::Key_Right);
        QVERIFY(b.section("latent")->isExpanded());
        QVERIFY(b.panel.expandedSections().contains("latent"));
        QTest::keyClick(header, Qt::Key_Left);
        QVERIFY(!b.section("latent")->isExpanded());
        QTest::keyClick(header, Qt::Key_Return);
        QVERIFY(b.section("latent")->isExpanded());
        QTest::keyClick(header, Qt::Key_Space);
        QVERIFY(!b.section("latent")->isExpanded());
    }

    void nothingIsWiderThanThePanel()
    {
        Bench b;
        QStringList all;
        for (const Section& section : b.document.sections())
            all << fromUtf8(section.path);
        b.panel.setExpandedSections(all);
        QVERIFY_OK(b.document.set("data.source", "idx"));
        b.panel.resize(280, 900);
        QApplication::processEvents();
        auto* scroll = b.find<QScrollArea>("experimentScroll");
        QVERIFY2(
            b.panel.minimumSizeHint().width() <= 280, qPrintable(QString::number(b.panel.minimumSizeHint().width())));
        QTRY_COMPARE(scroll->widget()->width(), scroll->viewport()->width());
        for (const ExperimentSection* section : b.panel.findChildren<ExperimentSection*>()) {
            for (const ParameterRow* row : section->form()->rows()) {
                if (row->isHidden())
                    continue;
                const QWidget* control = row->control();
                const QRect box(control->mapTo(scroll->widget(), QPoint()), control->size());
                QVERIFY2(box.left() >= 0 && box.right() < scroll->viewport()->width() && box.width() >= 40,
                    qPrintable(control->objectName()));
            }
        }
    }
};

QTEST_MAIN(TestExperimentPanel)

#include "experiment_panel.moc"
