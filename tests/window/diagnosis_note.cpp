// SPDX-License-Identifier: GPL-3.0-or-later
// A diagnosis in the window: one sentence above the samples, a marker on the curves, remedies that are ordinary edits.
#include "ui/panels/diagnosis_note.h"
#include "core/metrics/diagnosis.h"
#include "core/runs/event_log.h"
#include "tests/support/ring_window.h"
#include "ui/plots/plots_panel.h"

#include <QAction>
#include <QDockWidget>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QToolButton>
#include <QUndoStack>

using namespace saddle;
using namespace saddle::test;

namespace {

const QString rate = QStringLiteral("optimisers.discriminator.learning_rate");

RunEvent eventOf(Symptom::Kind kind, const std::string& role, const std::string& text, const Json& document)
{
    Finding finding{{kind, role, text, {"d_grad_norm", "diversity"}, 120, 140}, {}};
    finding.remedies = remediesFor(finding.symptom, document, {100});
    RunEvent made;
    made.kind = "diagnosis";
    made.step = 140;
    made.text = text;
    made.data = findingData(finding);
    return made;
}

} // namespace

class DiagnosisNoteInWindow : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("saddle-test"));
        QCoreApplication::setApplicationName(QStringLiteral("diagnosis-note"));
        QSettings().clear();
    }

    void remediesAreOrdinaryEdits()
    {
        RingWindow f;
        QVERIFY(f.reached(SessionState::Ready));
        auto* note = f.window->findChild<DiagnosisNote*>(QStringLiteral("diagnosisNote"));
        QVERIFY(note && note->isHidden());
        const Json& document = f.bench.document()->json();
        const double before = findPath(document, rate.toStdString())->get<double>();
        const auto happens = [&](Symptom::Kind kind, const char* role, const char* text) {
            Q_EMIT f.bench.eventHappened(eventOf(kind, role, text, document));
        };
        happens(Symptom::Kind::ExplodingGradient, "discriminator", "It explodes.");
        happens(Symptom::Kind::DiscriminatorWon, "discriminator", "D has won.");
        happens(Symptom::Kind::DiscriminatorWon, "discriminator", "D has won again.");
        QVERIFY(note->isVisible());
        QCOMPARE(note->text(), QStringLiteral("D has won again. (1 more)"));
        const auto button = [note](const char* name) { return note->findChild<QPushButton*>(QLatin1String(name)); };
        QCOMPARE(button("diagnosisRemedy0")->text(), QStringLiteral("Go back to checkpoint 100"));

        // The ring starts with noise enough, so that the next remedy is D's rate.
        QCOMPARE(button("diagnosisRemedy1")->text(), QStringLiteral("Halve D's learning rate"));
        button("diagnosisRemedy1")->click();
        QCOMPARE(f.bench.document()->value(rate).get<double>(), before / 2);
        QTRY_COMPARE_WITH_TIMEOUT(f.inForce(rate.toUtf8().constData()), Json(before / 2), patience);
        QCOMPARE(f.bench.document()->undoStack()->undoText(), QStringLiteral("Halve D's learning rate"));
        // What was acted on makes room for what was found before.
        QCOMPARE(note->text(), QStringLiteral("It explodes."));
        f.bench.document()->undoStack()->undo();
        QCOMPARE(f.bench.document()->value(rate).get<double>(), before);

        QSignalSpy back(&f.bench, &Workbench::goBackRequested);
        button("diagnosisRemedy0")->click();
        QCOMPARE(back.size(), 1);
        QCOMPARE(back[0][0].toLongLong(), 100);
        QVERIFY(note->isHidden());

        happens(Symptom::Kind::DiscriminatorWon, "discriminator", "D has won.");
        note->findChild<QToolButton*>(QStringLiteral("bannerClose"))->click();
        QVERIFY(note->isHidden());

        happens(Symptom::Kind::DiscriminatorWon, "discriminator", "D has won.");
        f.bench.restart();
        QVERIFY(note->isHidden());
    }

    void evidenceComesIntoView()
    {
        RingWindow f;
        QVERIFY(f.reached(SessionState::Ready));
        auto* plots = f.window->findChild<PlotsPanel*>(QStringLiteral("plotsPanel"));
        plots->setHiddenPlots({QStringLiteral("gradient"), QStringLiteral("rate")});
        auto* gradient = plots->findChild<CurvePlot*>(QStringLiteral("plot_gradient"));
        QVERIFY(gradient && !gradient->isVisible());
        auto* dock = f.window->findChild<QDockWidget*>(QStringLiteral("plotsDock"));
        dock->hide();
        Q_EMIT f.bench.eventHappened(
            eventOf(Symptom::Kind::VanishingGradient, "discriminator", "It vanishes.", f.bench.document()->json()));
        f.window->findChild<QPushButton*>(QStringLiteral("diagnosisEvidence"))->click();
        QVERIFY(dock->isVisible());
        QTRY_VERIFY(!gradient->visibleRegion().isEmpty());
        QVERIFY(plots->findChild<QAction*>(QStringLiteral("showPlot_gradient"))->isChecked());
        QCOMPARE(plots->hiddenPlots(), QStringList{QStringLiteral("rate")});
    }

    /// D wins in earnest: the session finds it, the window says it, and diversity is a curve.
    void aRunThatGoesWrong()
    {
        RingWindow f;
        ExperimentDocument& document = *f.bench.document();
        for (const auto& [path, value] :
            std::initializer_list<std::pair<const char*, Json>>{{"generator.width", 32}, {"discriminator.width", 32},
                {"training.batch_size", 64}, {"instance_noise.start", 0}, {"instance_noise.end", 0},
                {"optimisers.generator.learning_rate", 1e-7}, {"optimisers.discriminator.learning_rate", 5e-3},
                {"sampling.refresh_seconds", 0.05}, {"training.steps", 1300}})
            QVERIFY_OK(document.set(QString::fromLatin1(path), value));
        f.bench.restart();
        QVERIFY(f.reached(SessionState::Ready));
        f.bench.togglePlay();
        QVERIFY(f.reached(SessionState::Finished));
        auto* note = f.window->findChild<DiagnosisNote*>(QStringLiteral("diagnosisNote"));
        QVERIFY(note->isVisible());
        QVERIFY2(note->text().startsWith(QStringLiteral("D has won")), qPrintable(note->text()));
        const SeriesStore& series = f.bench.series();
        QTRY_COMPARE_WITH_TIMEOUT(series.rowCount(), std::size_t{1300}, patience);
        const auto measured = [](const SeriesStore& store) {
            const std::optional<std::size_t> column = store.columnIndex("diversity");
            int count = 0;
            for (std::size_t row = 0; column && row < store.rowCount(); ++row)
                count += std::isfinite(store.value(*column, row));
            return count;
        };
        QVERIFY(measured(series) > 0);

        // Its evidence is looked at where it is: the stretch of steps and half as much on either side.
        auto* plot = f.window->findChild<CurvePlot*>(QStringLiteral("plot_loss"));
        QVERIFY(plot && plot->isFollowing());
        const std::vector<RunEvent> events = readEvents(f.bridge().now().runFolder);
        const auto told =
            std::find_if(events.begin(), events.end(), [](const RunEvent& event) { return event.kind == "diagnosis"; });
        QVERIFY(told != events.end());
        const std::optional<Finding> finding = findingFrom(told->text, told->data);
        QVERIFY(finding && finding->symptom.from < finding->symptom.to);
        const auto from = static_cast<double>(finding->symptom.from);
        const auto to = static_cast<double>(finding->symptom.to);
        note->findChild<QPushButton*>(QStringLiteral("diagnosisEvidence"))->click();
        QVERIFY(!plot->isFollowing());
        QCOMPARE(plot->xView().low, std::max(from - (to - from) / 2, series.value(*series.columnIndex("step"), 0)));
        QCOMPARE(plot->xView().high, std::min(to + (to - from) / 2, 1300.0));

        // Opened again, the run has its curve from the disk.
        const QString folder = QString::fromStdString(f.bridge().now().runFolder.string());
        const int before = measured(series);
        QVERIFY(f.window->open(folder));
        QVERIFY(f.reached(SessionState::Paused));
        QTRY_VERIFY_WITH_TIMEOUT(series.rowCount() == 1300, patience);
        QVERIFY2(measured(series) >= before - 1, qPrintable(QString::number(measured(series))));
    }
};

QTEST_MAIN(DiagnosisNoteInWindow)
#include "diagnosis_note.moc"
