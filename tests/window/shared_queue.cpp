// SPDX-License-Identifier: GPL-3.0-or-later
// One queue, one folder of runs, two processes: a window and saddle-cli.
#include "core/io/csv.h"
#include "core/runs/checkpoints.h"
#include "tests/support/cli_process.h"
#include "tests/support/ring_window.h"
#include "ui/queue_player.h"

#include <QPushButton>
#include <QSettings>
#include <QStandardPaths>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

constexpr int endless = 1'000'000; ///< steps

/// The steps of a run, each once: how many, or -1.
std::int64_t steps(const fs::path& run)
{
    const Result<CsvTable> table = readCsv(run / "metrics.csv");
    if (!table)
        return -1;
    for (std::size_t i = 0; i < table->rows.size(); ++i) {
        if (table->rows[i][0] != std::to_string(i + 1))
            return -1;
    }
    return std::ssize(table->rows);
}

std::int64_t lastCheckpoint(const fs::path& run)
{
    const auto checkpoints = completeCheckpoints(run);
    return checkpoints.empty() ? -1 : checkpoints.back().first;
}

struct Fixture : RingWindow {
    Fixture()
        : RingWindow("home/saddle/runs")
    {
        const Json small{{"title", "Small ring"}, {"data", {{"source", "gaussians-8"}, {"count", 200}}},
            {"latent", {{"dimensions", 4}}}, {"generator", {{"architecture", "mlp"}, {"width", 8}, {"depth", 1}}},
            {"discriminator", {{"architecture", "mlp"}, {"width", 8}, {"depth", 1}}},
            {"training", {{"batch_size", 16}, {"threads", 1}, {"device", "cpu"}}},
            {"sampling", {{"keep_every", 0}, {"checkpoint_every", 100}, {"points", 100}}}};
        scratch.write("small.json", small.dump());
    }

    Run queue(const QStringList& words) const
    {
        return runCli(QStringLiteral(SADDLE_CLI), QStringList{QStringLiteral("queue")} + words, scratch);
    }
    Run add(const char* name, int steps) const
    {
        return queue({QStringLiteral("add"), QStringLiteral("./small.json"), QStringLiteral("--name"),
            QLatin1String(name), QStringLiteral("--steps"), QString::number(steps)});
    }
    /// `queue run` by another process, until its run, the first of the queue, has a checkpoint; that run, or none.
    fs::path runsElsewhere(QProcess& process)
    {
        process.setProcessEnvironment(environmentIn(scratch));
        process.start(QStringLiteral(SADDLE_CLI), {QStringLiteral("queue"), QStringLiteral("run")});
        const auto begun = [this] {
            return is(0, QueueState::Running) && lastCheckpoint(player().entries()[0].run) > 0;
        };
        return QTest::qWaitFor(begun, patience) ? player().entries()[0].run : fs::path();
    }

    QueuePlayer& player() { return *window->queuePlayer(); }
    bool is(std::size_t place, QueueState state)
    {
        return place < player().entries().size() && player().entries()[place].state == state;
    }
    QPushButton* start() { return window->findChild<QPushButton*>(QStringLiteral("queueStart")); }
    bool isReady()
    {
        return QTest::qWaitFor([this] { return start()->isEnabled(); }, patience);
    }
    fs::path folder() { return bridge().now().runFolder; }
};

} // namespace

class TestSharedQueue : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QStandardPaths::setTestModeEnabled(true); }
    void init() { QSettings().clear(); }

    void aCommandsRunIsWatchedAndGoneOnWith()
    {
        Fixture f;
        DONE(f.add("Long", endless));
        QProcess process;
        const fs::path run = f.runsElsewhere(process);
        QVERIFY2(!run.empty(), process.readAllStandardError().constData());
        QTRY_VERIFY_WITH_TIMEOUT(f.is(0, QueueState::Running), patience);
        QVERIFY(!f.start()->isEnabled());
        QVERIFY2(f.start()->toolTip().contains(QStringLiteral("Another Saddle")), qPrintable(f.start()->toolTip()));
        QVERIFY(f.window->open(QString::fromStdString(run.string())));
        QCOMPARE(f.bridge().state(), SessionState::Watching);
        f.bench.togglePlay(); // it is not this window's to pause
        QVERIFY(f.trained(200));
        QCOMPARE(f.bridge().state(), SessionState::Watching);
        process.kill();
        QVERIFY(process.waitForFinished(patience));
        const std::int64_t reached = lastCheckpoint(run);
        QVERIFY(f.isReady());
        QTRY_VERIFY_WITH_TIMEOUT(f.is(0, QueueState::Waiting), patience);
        f.start()->click();
        QVERIFY(f.reached(SessionState::Running));
        QVERIFY(f.folder() == run);
        QVERIFY(f.trained(reached + 50));
        f.bench.stop();
        QTRY_VERIFY_WITH_TIMEOUT(!f.player().isPlaying(), patience);
        QVERIFY(f.is(0, QueueState::Stopped));
        QVERIFY(steps(run) >= reached + 50);
        QCOMPARE(lastCheckpoint(run), steps(run));
    }

    void aPausedTurnIsNobodyElses()
    {
        Fixture f;
        DONE(f.add("First", endless));
        DONE(f.add("Second", 10));
        QVERIFY(f.isReady());
        f.start()->click();
        QVERIFY(f.reached(SessionState::Running));
        QVERIFY(f.trained(20));
        f.bench.togglePlay();
        QVERIFY(f.reached(SessionState::Paused));
        const fs::path run = f.folder();
        const Run refused = f.queue({QStringLiteral("run")});
        QCOMPARE(refused.status, 1);
        QVERIFY2(refused.err.contains(QStringLiteral("another Saddle")), qPrintable(refused.err));
        const Run train = runCli(QStringLiteral(SADDLE_CLI),
            {QStringLiteral("train"), QStringLiteral("--resume"), QString::fromStdString(run.string())}, f.scratch);
        QCOMPARE(train.status, 1);
        QVERIFY2(train.err.contains(QStringLiteral("another")), qPrintable(train.err));
        QVERIFY(f.queue({QStringLiteral("remove"), QStringLiteral("1")}).status != 0);
        QCOMPARE(f.bridge().state(), SessionState::Paused);
        QVERIFY(f.is(2, QueueState::Aside)); // what was edited on the bench
        // What the command adds meanwhile has its turn, too.
        DONE(f.add("Third", 10));
        QTRY_VERIFY_WITH_TIMEOUT(f.is(3, QueueState::Waiting), patience);
        const std::int64_t paused = f.bridge().now().progress.step;
        f.bench.togglePlay();
        QVERIFY(f.trained(paused + 5));
        f.player().skip();
        QTRY_VERIFY_WITH_TIMEOUT(!f.player().isPlaying(), patience);
        QVERIFY(f.is(0, QueueState::Stopped));
        QVERIFY(f.is(1, QueueState::Done));
        QVERIFY(f.is(3, QueueState::Done));
        QVERIFY(steps(run) >= paused + 5);
        QCOMPARE(steps(f.player().entries()[3].run), std::int64_t{10});
    }

    void aRunOfOnesOwnBesideACommandsQueue()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        f.bench.togglePlay();
        QVERIFY(f.trained(20));
        const fs::path own = f.folder();
        DONE(f.add("Long", endless));
        {
            // Both train, each its own.
            QProcess process;
            const fs::path theirs = f.runsElsewhere(process);
            QVERIFY2(!theirs.empty(), process.readAllStandardError().constData());
            QTRY_VERIFY_WITH_TIMEOUT(lastCheckpoint(theirs) > 0, patience);
            QVERIFY(f.trained(f.bridge().now().progress.step + 20));
            QVERIFY(!f.start()->isEnabled());
            process.kill();
            QVERIFY(process.waitForFinished(patience));
        }
        // Taken over, it waits for the bench; the queue is this window's meanwhile.
        QVERIFY(f.isReady());
        f.start()->click();
        QVERIFY(f.player().isPlaying());
        QVERIFY(f.folder() == own);
        QCOMPARE(f.queue({QStringLiteral("run")}).status, 1);
        QVERIFY(f.trained(f.bridge().now().progress.step + 20));
        QVERIFY(f.folder() == own);
        f.bench.togglePlay();
        QTRY_VERIFY_WITH_TIMEOUT(f.bridge().state() == SessionState::Running && f.folder() != own, patience);
        QVERIFY(f.folder() == f.player().entries()[0].run);
        QCOMPARE(lastCheckpoint(own), steps(own));
        f.bench.stop();
        QTRY_VERIFY_WITH_TIMEOUT(!f.player().isPlaying(), patience);
    }
};

QTEST_MAIN(TestSharedQueue)
#include "shared_queue.moc"
