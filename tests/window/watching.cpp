// SPDX-License-Identifier: GPL-3.0-or-later
// A window on a run that somebody else trains: it follows, touches nothing, and takes over when the other has ended.
#include "core/training/builtin.h"
#include "tests/support/scratch.h"
#include "ui/main_window.h"
#include "ui/models/run_timeline.h"
#include "ui/panels/samples_panel.h"
#include "ui/widgets/banner.h"

#include <QAbstractButton>
#include <QPushButton>
#include <QSettings>
#include <QStandardPaths>

#include <memory>

using namespace saddle;

namespace {

constexpr int patience = 60000; ///< milliseconds a condition may take on a busy machine

/// Stands for the other process: a bench of its own, without a window.
struct Trainer {
    Workbench bench{builtinCatalog(), makeTrainer};

    explicit Trainer(const std::filesystem::path& runs)
    {
        bench.setRunsFolder(runs);
        [[maybe_unused]] const Status loaded = bench.document()->load(QStringLiteral("ring-gan"));
        for (const auto& [path, value] : std::initializer_list<std::pair<const char*, Json>>{{"generator.width", 8},
                 {"discriminator.width", 8}, {"training.batch_size", 16}, {"training.threads", 1},
                 {"training.device", "cpu"}, {"training.steps", 0}, {"data.count", 500}, {"sampling.points", 100},
                 {"sampling.keep_every", 5}, {"sampling.checkpoint_every", 10}})
            [[maybe_unused]] const Status set = bench.document()->set(QString::fromLatin1(path), value);
        bench.restart();
        bench.playWhenReady();
    }
    std::int64_t step() { return bench.bridge()->now().progress.step; }
    void step(std::int64_t more)
    {
        const std::int64_t end = step() + more;
        QVERIFY(QTest::qWaitFor([&] { return step() >= end; }, patience));
    }
};

struct Fixture {
    test::Scratch scratch;
    Trainer trainer{scratch.path("runs")};
    Workbench bench{builtinCatalog(), makeTrainer};
    std::unique_ptr<MainWindow> window;

    Fixture()
    {
        bench.setRunsFolder(scratch.path("runs"));
        WindowDialogs dialogs = systemDialogs();
        dialogs.confirmClose = [](QWidget*) { return true; };
        window = std::make_unique<MainWindow>(&bench, dialogs);
        window->resize(1280, 800);
        window->show();
    }
    QString run() { return QString::fromStdString(trainer.bench.bridge()->now().runFolder.string()); }
    std::int64_t lastStep()
    {
        const SeriesStore& series = bench.series();
        return series.rowCount() ? static_cast<std::int64_t>(series.value(0, series.rowCount() - 1)) : 0;
    }
    Banner* banner() { return window->findChild<Banner*>(QStringLiteral("trainBanner")); }
};

} // namespace

class TestWatching : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QStandardPaths::setTestModeEnabled(true); }
    void init() { QSettings().clear(); }
    void followsAndTakesOver();
    void ownRunIsNotWatched();
};

void TestWatching::followsAndTakesOver()
{
    Fixture f;
    f.trainer.step(20);
    QVERIFY(f.window->open(f.run()));
    QCOMPARE(f.bench.bridge()->state(), SessionState::Watching);
    QVERIFY(f.banner()->isVisible());
    QVERIFY2(f.banner()->text().contains(QStringLiteral("another process trains")), qPrintable(f.banner()->text()));

    // Every row once, from the first on, and on.
    QTRY_VERIFY_WITH_TIMEOUT(f.lastStep() > 0, patience);
    const std::int64_t before = f.lastStep();
    f.trainer.step(20);
    QTRY_VERIFY_WITH_TIMEOUT(f.lastStep() >= before + 20, patience);
    for (std::size_t row = 0; row < f.bench.series().rowCount(); ++row)
        QCOMPARE(static_cast<std::size_t>(f.bench.series().value(0, row)), row + 1);
    QTRY_VERIFY_WITH_TIMEOUT(f.window->timeline()->count(RunTimeline::Stop::Grid) > 1, patience);
    QVERIFY(f.bench.bridge()->now().progress.step > 0);

    // Nothing can be done to it, and each button says why.
    for (const char* name : {"playButton", "stepButton", "stopButton"}) {
        const auto* button = f.window->findChild<QAbstractButton*>(QLatin1String(name));
        QVERIFY2(button, name);
        QVERIFY2(!button->isEnabled(), name);
        QCOMPARE(button->toolTip(), QStringLiteral("Another process trains this run"));
    }
    f.bench.togglePlay();
    f.bench.step();
    QCOMPARE(f.bench.bridge()->state(), SessionState::Watching);

    // The other one ends: all its rows are there, and the run can be gone on with.
    f.trainer.bench.close();
    QTRY_VERIFY_WITH_TIMEOUT(!f.bench.bridge()->isTrainedElsewhere(), patience);
    const auto* action = f.banner()->findChild<QAbstractButton*>();
    QVERIFY(action && action->isVisible());
    const std::int64_t last = f.lastStep();
    Q_EMIT f.banner()->actionTriggered();
    QTRY_COMPARE_WITH_TIMEOUT(f.bench.bridge()->state(), SessionState::Paused, patience);
    QCOMPARE(f.bench.bridge()->now().progress.step, last);
    QCOMPARE(f.lastStep(), last);
}

/// What this very window trains is opened anew, not watched.
void TestWatching::ownRunIsNotWatched()
{
    test::Scratch scratch;
    Trainer trainer(scratch.path("runs"));
    trainer.step(5);
    const QString run = QString::fromStdString(trainer.bench.bridge()->now().runFolder.string());
    QVERIFY_OK(trainer.bench.openRun(run));
    const auto isLoaded = [&] {
        const SessionState state = trainer.bench.bridge()->state();
        return state == SessionState::Ready || state == SessionState::Paused; // as it had a checkpoint, or had none yet
    };
    QVERIFY(QTest::qWaitFor(isLoaded, patience));
}

QTEST_MAIN(TestWatching)
#include "watching.moc"
