// SPDX-License-Identifier: GPL-3.0-or-later
// The time machine in the real window: a run is trained, gone back through, rewound, forked and compared.
#include "core/base/files.h"
#include "core/io/csv.h"
#include "core/latent/network/open_generator.h"
#include "core/runs/event_log.h"
#include "core/training/builtin.h"
#include "tests/support/scratch.h"
#include "ui/lab/latent_panel.h"
#include "ui/main_window.h"
#include "ui/models/run_timeline.h"
#include "ui/panels/compare_panel.h"
#include "ui/panels/compare_pictures.h"
#include "ui/panels/samples_panel.h"
#include "ui/panels/time_bar.h"
#include "ui/panels/time_slider.h"
#include "ui/plots/plane_view.h"
#include "ui/plots/plots_panel.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/wipe_view.h"

#include <QAction>
#include <QMenu>
#include <QPushButton>
#include <QSettings>
#include <QStandardPaths>
#include <QTabWidget>
#include <QTableWidget>

#include <cmath>
#include <memory>

using namespace saddle;

namespace {

constexpr int patience = 60000; ///< milliseconds a condition may take on a busy machine
constexpr std::int64_t lastStep = 30;

/// A window on a small ring that keeps a grid every 5 steps and a checkpoint every 10.
struct Fixture {
    test::Scratch scratch;
    Workbench bench{builtinCatalog(), makeTrainer};
    QString chosenFolder; ///< what the folder dialog answers
    std::unique_ptr<MainWindow> window;

    explicit Fixture(std::int64_t steps = lastStep)
    {
        bench.setRunsFolder(scratch.path("runs"));
        bench.setLatentTools(latentTools());
        WindowDialogs dialogs = systemDialogs();
        dialogs.confirmClose = [](QWidget*) { return true; };
        dialogs.openFolder = [this](QWidget*, const QString&) { return chosenFolder; };
        window = std::make_unique<MainWindow>(&bench, dialogs);
        [[maybe_unused]] const Status loaded = bench.document()->load(QStringLiteral("ring-gan"));
        for (const auto& [path, value] : std::initializer_list<std::pair<const char*, Json>>{{"generator.width", 8},
                 {"discriminator.width", 8}, {"training.batch_size", 16}, {"training.threads", 1},
                 {"training.device", "cpu"}, {"training.steps", steps}, {"data.count", 500}, {"sampling.points", 100},
                 {"sampling.keep_every", 5}, {"sampling.checkpoint_every", 10}})
            set(path, value);
        bench.restart();
        window->resize(1280, 800);
        window->show();
    }

    void set(const char* path, const Json& value)
    {
        [[maybe_unused]] const Status set = bench.document()->set(QString::fromLatin1(path), value);
    }
    const SessionUpdate& now() { return bench.bridge()->now(); }
    bool reached(SessionState state)
    {
        return QTest::qWaitFor([this, state] { return now().state == state; }, patience);
    }
    bool trainedToItsEnd()
    {
        bench.playWhenReady();
        if (!reached(SessionState::Finished))
            return false;
        timeline().look();
        return true;
    }
    RunTimeline& timeline() { return *window->timeline(); }
    std::filesystem::path run() { return now().runFolder; }
    QString bannerText() { return window->findChild<Banner*>(QStringLiteral("trainBanner"))->text(); }
    void press(const TimeBar* bar, const char* name)
    {
        QTest::mouseClick(bar->findChild<QPushButton*>(QLatin1String(name)), Qt::LeftButton);
    }
    Json origin(const std::filesystem::path& folder)
    {
        const Result<Json> json = readJson(folder / "run.json");
        return json ? *json : Json();
    }
    std::vector<std::int64_t> stepsIn(const std::filesystem::path& folder)
    {
        std::vector<std::int64_t> steps;
        const Result<CsvTable> table = readCsv(folder / "metrics.csv");
        for (const auto& row : table ? table->rows : decltype(table->rows)())
            steps.push_back(std::stoll(row[0]));
        return steps;
    }
    std::vector<std::int64_t> stepsOfSeries()
    {
        const SeriesStore& series = bench.series();
        std::vector<std::int64_t> steps;
        for (std::size_t row = 0; row < series.rowCount(); ++row)
            steps.push_back(static_cast<std::int64_t>(series.value(0, row)));
        return steps;
    }
};

std::vector<std::int64_t> range(std::int64_t first, std::int64_t last)
{
    std::vector<std::int64_t> steps;
    for (std::int64_t step = first; step <= last; ++step)
        steps.push_back(step);
    return steps;
}

} // namespace

class TimeMachineTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("saddle-test"));
        QCoreApplication::setApplicationName(QStringLiteral("time-machine"));
        QSettings().clear();
    }

    void fromStartToRewindToForkToCompare()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        QVERIFY(f.trainedToItsEnd());
        const std::filesystem::path first = f.run();
        QVERIFY(!f.origin(first).contains("parent"));

        // One slider: grid, curves and the latent tab move together. By the mouse ...
        const TimeBar* bar = f.window->samples()->timeBar();
        auto* slider = bar->findChild<TimeSlider*>(QStringLiteral("timeSlider"));
        QTest::mouseClick(
            slider, Qt::LeftButton, {}, {static_cast<int>(std::lround(slider->xOf(20))), slider->height() / 2});
        QCOMPARE(f.timeline().step(), 20);
        auto* plane = f.window->findChild<PlaneView*>(QStringLiteral("planeView"));
        QTRY_VERIFY(plane->showsPicture());
        CurvePlot* plot = f.window->plots()->plots()[0];
        QCOMPARE(plot->timeCursor(), 20.0);
        QVERIFY2(plot->readout().startsWith(QStringLiteral("20;")), qPrintable(plot->readout()));
        QVERIFY2(bar->words().contains(QStringLiteral("checkpoint here")), qPrintable(bar->words()));
        auto* tabs = f.window->findChild<QTabWidget*>(QStringLiteral("tabs"));
        LatentPanel* latent = f.window->latent();
        tabs->setCurrentWidget(latent);
        QTRY_VERIFY_WITH_TIMEOUT(latent->lab()->info() && latent->lab()->info()->step == 20, patience);
        // ... and by keys, in the other tab.
        auto* other = latent->timeBar()->findChild<TimeSlider*>(QStringLiteral("timeSlider"));
        QVERIFY(other->isVisible());
        QTest::keyClick(other, Qt::Key_Left);
        QCOMPARE(f.timeline().step(), 15);
        QCOMPARE(plot->timeCursor(), 15.0);
        QTRY_VERIFY_WITH_TIMEOUT(latent->lab()->info()->step == 10, patience); // the checkpoint before
        QTest::keyClick(other, Qt::Key_Right, Qt::ControlModifier);
        QCOMPARE(f.timeline().step(), 20);
        QTRY_VERIFY_WITH_TIMEOUT(latent->lab()->info()->step == 20, patience);
        QTest::keyClick(other, Qt::Key_End);
        QTRY_VERIFY_WITH_TIMEOUT(latent->lab()->info()->step == lastStep, patience);
        QVERIFY(std::isnan(plot->timeCursor()));
        QVERIFY(!plane->showsPicture());
        tabs->setCurrentIndex(0);

        // Rewind: on from step 20 in a folder of its own.
        f.timeline().goTo(20);
        f.press(bar, "timeRewind");
        QVERIFY(f.reached(SessionState::Paused));
        QCOMPARE(f.now().progress.step, std::int64_t{20});
        QVERIFY(f.run().empty()); // nothing is written before there is something to keep
        QVERIFY2(
            f.bannerText().contains(QString::fromStdString(first.filename().string())), qPrintable(f.bannerText()));
        QCOMPARE(f.stepsOfSeries(), range(1, 20));
        QVERIFY(f.trainedToItsEnd());
        const std::filesystem::path second = f.run();
        QVERIFY(second != first && second.parent_path() == first.parent_path());
        QCOMPARE(
            f.origin(second)["parent"], Json({{"run", first.filename().string()}, {"step", 20}, {"how", "rewind"}}));
        QCOMPARE(f.stepsIn(second), range(21, lastStep));
        QCOMPARE(f.stepsOfSeries(), range(1, lastStep));
        // The abandoned part is where it was.
        QCOMPARE(f.stepsIn(first), range(1, lastStep));
        QVERIFY(std::filesystem::exists(first / "checkpoints" / "00000030" / "state.json"));
        const auto folderAt = [&f](qint64 step) {
            f.timeline().goTo(step);
            return f.timeline().nearestGrid()->grid.parent_path().parent_path();
        };
        QCOMPARE(folderAt(10), first);
        QCOMPARE(folderAt(25), second);
        QVERIFY(std::any_of(f.timeline().markers().begin(), f.timeline().markers().end(),
            [](const Marker& marker) { return marker.kind == MarkerKind::Branch && marker.step == 20; }));

        // Fork: from step 10, which the first run trained, with another rate and another batch size.
        f.timeline().goTo(10);
        f.press(bar, "timeFork");
        QVERIFY(f.reached(SessionState::Paused));
        QCOMPARE(f.now().progress.step, std::int64_t{10});
        QVERIFY2(f.bannerText().contains(QStringLiteral("fork")), qPrintable(f.bannerText()));
        f.set("optimisers.generator.learning_rate", 0.0123);
        f.set("training.batch_size", 8); // which needs a restart: it begins there again
        QTRY_VERIFY_WITH_TIMEOUT(
            f.now().document && *findPath(*f.now().document, "training.batch_size") == 8, patience);
        QVERIFY(f.reached(SessionState::Paused));
        QCOMPARE(f.now().progress.step, std::int64_t{10});
        QVERIFY(f.trainedToItsEnd());
        const std::filesystem::path third = f.run();
        QCOMPARE(f.origin(third)["parent"], Json({{"run", first.filename().string()}, {"step", 10}, {"how", "fork"}}));
        QCOMPARE(f.stepsIn(third), range(11, lastStep));
        const Result<Json> experiment = readExperiment(third);
        QVERIFY_OK(experiment);
        QCOMPARE(*findPath(*experiment, "optimisers.generator.learning_rate"), Json(0.0123));
        const Result<CsvTable> table = readCsv(third / "metrics.csv");
        QVERIFY_OK(table);
        QCOMPARE(table->rows.back()[*table->column("g_lr")], std::string("0.0123"));

        // All three side by side.
        f.chosenFolder = QString::fromStdString(first.string());
        f.window->findChild<QAction*>(QStringLiteral("compareRuns"))->trigger();
        auto* compare = f.window->findChild<CompareWindow*>();
        QVERIFY(compare);
        compare->addRuns({QString::fromStdString(second.string())});
        QCOMPARE(compare->runs().runs().size(), std::size_t{3});
        QVERIFY2(compare->findChild<Banner*>(QStringLiteral("compareBanner"))->text().isEmpty(),
            qPrintable(compare->findChild<Banner*>(QStringLiteral("compareBanner"))->text()));
        const auto& series = compare->plots()->plots()[0]->series();
        QCOMPARE(series.size(), std::size_t{6});
        const auto* settings = compare->findChild<QTableWidget*>(QStringLiteral("compareSettings"));
        QStringList labels;
        for (int row = 0; row < settings->rowCount(); ++row)
            labels << settings->item(row, 1)->text();
        QVERIFY2(labels.contains(QStringLiteral("Learning rate")), qPrintable(labels.join(QLatin1Char(' '))));
        QCOMPARE(labels.filter(QStringLiteral("Batch size")).size(), 1);
        compare->findChild<QTabWidget*>(QStringLiteral("compareTabs"))->setCurrentIndex(1);
        compare->findChild<QPushButton*>(QStringLiteral("compareWipe"))->click();
        QTRY_VERIFY(compare->pictures()->wipe()->isVisible());
    }

    void theOldRunIsFinishedFirst()
    {
        Fixture f(0);
        QVERIFY(f.reached(SessionState::Ready));
        f.bench.togglePlay();
        QTRY_VERIFY_WITH_TIMEOUT(f.now().progress.step >= 25, patience);
        const std::filesystem::path first = f.run();
        f.timeline().look();
        f.timeline().goTo(10);
        f.window->findChild<QAction*>(QStringLiteral("rewindHere"))->trigger();
        // It was training, so it goes on training.
        QTRY_VERIFY_WITH_TIMEOUT(!f.run().empty() && f.run() != first && f.now().progress.step > 10, patience);
        QCOMPARE(f.now().state, SessionState::Running);
        const std::vector<RunEvent> events = readEvents(first);
        QVERIFY(!events.empty());
        QCOMPARE(events.back().kind, std::string("finish"));
        // Its last step is in its rows and in its last checkpoint.
        const auto checkpoints = completeCheckpoints(first);
        QCOMPARE(checkpoints.back().first, f.stepsIn(first).back());
        QVERIFY(checkpoints.back().first >= 25);
    }

    void aNetworkThatDoesNotFitIsSaid()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        QVERIFY(f.trainedToItsEnd());
        f.timeline().goTo(20);
        f.press(f.window->samples()->timeBar(), "timeFork");
        QVERIFY(f.reached(SessionState::Paused));
        f.set("generator.width", 12);
        QVERIFY(f.reached(SessionState::Failed));
        QVERIFY2(f.bannerText().contains(QStringLiteral("generator/")), qPrintable(f.bannerText()));
        // Taken back, it begins there again.
        f.set("generator.width", 8);
        QVERIFY(f.reached(SessionState::Paused));
        QCOMPARE(f.now().progress.step, std::int64_t{20});
    }

    void aDamagedCheckpointChangesNothing()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        QVERIFY(f.trainedToItsEnd());
        const std::filesystem::path run = f.run();
        f.timeline().goTo(10);
        QVERIFY_OK(writeFileWhole(run / "checkpoints" / "00000010" / "state.json", "{ torn"));
        f.press(f.window->samples()->timeBar(), "timeRewind");
        QVERIFY2(f.bannerText().contains(QStringLiteral("00000010")), qPrintable(f.bannerText()));
        QCOMPARE(f.run(), run);
        QCOMPARE(f.now().state, SessionState::Finished);
    }

    void aMarkerInTheCurvesHasAMenu()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        QVERIFY(f.trainedToItsEnd());
        CurvePlot* plot = f.window->plots()->plots()[0];
        QTRY_VERIFY(plot->drawnMarkers() >= 3);
        QMenu menu;
        Q_EMIT plot->markerMenu({20, QStringLiteral("Checkpoint"), MarkerKind::Checkpoint}, &menu);
        auto* rewind = menu.findChild<QAction*>(QStringLiteral("momentRewind"));
        QVERIFY(rewind && rewind->isEnabled());
        rewind->trigger();
        QVERIFY(f.reached(SessionState::Paused));
        QCOMPARE(f.now().progress.step, std::int64_t{20});
    }
};

QTEST_MAIN(TimeMachineTest)
#include "time_machine.moc"
