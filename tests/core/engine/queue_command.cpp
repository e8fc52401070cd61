// SPDX-License-Identifier: GPL-3.0-or-later
// saddle-cli queue with the real engine: experiments run in their order, one that fails holds up none, and a queue that
// was killed or interrupted goes on where it was.
#include "core/base/json.h"
#include "core/io/csv.h"
#include "core/queue/queue.h"
#include "core/runs/checkpoints.h"
#include "tests/support/cli_process.h"
#include "tests/support/idx_images.h"

#include <csignal>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

const QString cli = QStringLiteral(SADDLE_CLI);

struct Fixture {
    Scratch scratch;

    Fixture()
    {
        // Points, two small networks, one thread: a step takes well under a millisecond.
        const Json small{{"title", "Small ring"}, {"data", {{"source", "gaussians-8"}, {"count", 200}}},
            {"latent", {{"dimensions", 4}}},
            {"generator", {{"architecture", "mlp"}, {"width", 8}, {"depth", 1}, {"initialisation", "default"}}},
            {"discriminator",
                {{"architecture", "mlp"}, {"width", 8}, {"depth", 1}, {"activation", "leaky_relu"},
                    {"initialisation", "default"}}},
            {"training", {{"batch_size", 16}, {"threads", 1}, {"device", "cpu"}}},
            {"sampling", {{"keep_every", 0}, {"checkpoint_every", 200}}}};
        scratch.write("small.json", small.dump());
    }

    Run queue(const QStringList& words) const { return runCli(cli, QStringList{"queue"} + words, scratch); }
    Run add(const QString& name, int steps, const QStringList& more = {}) const
    {
        return queue(QStringList{"add", "./small.json", "--name", name, "--steps", QString::number(steps)} + more);
    }
    Json list() const
    {
        const Result<Json> json = parseJson(queue({"list", "--json"}).out.toStdString(), "list");
        return json ? *json : Json();
    }
    fs::path runs() const { return scratch.path("home/saddle/runs"); }
    static std::size_t rowsOf(const fs::path& run)
    {
        const Result<CsvTable> table = readCsv(run / "metrics.csv");
        return table ? table->rows.size() : 0;
    }
    /// `queue run` under way, once its run has a checkpoint at a step or a later one.
    bool runsUntil(QProcess& process, std::int64_t step) const
    {
        process.setProcessEnvironment(environmentIn(scratch));
        process.setWorkingDirectory(QString::fromStdString(scratch.path().string()));
        process.start(cli, {"queue", "run"});
        return QTest::qWaitFor(
            [&] {
                std::error_code error;
                for (const fs::directory_entry& run : fs::directory_iterator(runs(), error)) {
                    const auto checkpoints = completeCheckpoints(run.path());
                    if (!checkpoints.empty() && checkpoints.back().first >= step)
                        return true;
                }
                return process.state() == QProcess::NotRunning && process.error() == QProcess::FailedToStart;
            },
            patience);
    }
};

} // namespace

class TestQueueCommand : public QObject {
    Q_OBJECT

private slots:
    void oneThatFailsHoldsUpNone()
    {
        const Fixture f;
        DONE(f.add("first", 20));
        const Run bad = f.add("bad", 20, {"--set", "data.source=idx", "--set", "data.images=/nowhere/images"});
        DONE(bad);
        QVERIFY2(bad.err.contains("/nowhere/images"), qPrintable(bad.err)); // it may come yet
        DONE(f.add("last", 25, {"--set", "training.batch_size=8"}));
        const Run told = f.queue({"list"});
        QVERIFY2(told.out.contains("3 experiments, 3 waiting"), qPrintable(told.out));

        const Run run = f.queue({"run", "--quiet"});
        QCOMPARE(run.status, 1);
        QVERIFY2(run.out.contains("2 done, 1 failed"), qPrintable(run.out + run.err));
        const Json entries = f.list();
        QCOMPARE(entries.size(), std::size_t{3});
        QCOMPARE(entries[0]["state"], Json("done"));
        QCOMPARE(entries[1]["state"], Json("failed"));
        QCOMPARE(entries[2]["state"], Json("done"));
        QVERIFY(entries[1]["failure"].get<std::string>().find("/nowhere/images") != std::string::npos);
        QCOMPARE(Fixture::rowsOf(entries[0]["run"].get<std::string>()), std::size_t{20});
        QCOMPARE(Fixture::rowsOf(entries[2]["run"].get<std::string>()), std::size_t{25});
        QCOMPARE(fs::path(entries[0]["run"].get<std::string>()).parent_path(), f.runs());
        // A name of one's own names the run.
        const Result<Json> marks = readJson(fs::path(entries[2]["run"].get<std::string>()) / "marks.json");
        QVERIFY_OK(marks);
        QCOMPARE((*marks)["name"], Json("last"));

        // Nothing waits any more; what failed may be tried again, and taken out.
        const Run nothing = f.queue({"run"});
        DONE(nothing);
        QVERIFY(nothing.out.contains("Nothing waits"));
        DONE(f.queue({"retry", "2"}));
        QCOMPARE(f.list()[1]["state"], Json("waiting"));
        DONE(f.queue({"remove", "2"}));
        QCOMPARE(f.list().size(), std::size_t{2});
        DONE(f.queue({"clear"}));
        QCOMPARE(f.list().size(), std::size_t{0});
        QVERIFY(fs::exists(fs::path(entries[0]["run"].get<std::string>()))); // runs stay
    }

    void whatCannotWaitIsRefused()
    {
        const Fixture f;
        const Run endless = f.queue({"add", "./small.json"});
        QCOMPARE(endless.status, 1);
        QVERIFY2(endless.err.contains("no end") && endless.err.contains("training.steps"), qPrintable(endless.err));
        QCOMPARE(f.add("wrong", 5, {"--set", "objective.kind=none-such"}).status, 1);
        QCOMPARE(f.list().size(), std::size_t{0});
        QCOMPARE(f.queue({"remove", "7"}).status, 1);
        QCOMPARE(f.queue({}).status, 2);
        f.scratch.write("home/saddle/queue.json", "{ torn");
        const Run damaged = f.queue({"list"});
        DONE(damaged);
        QVERIFY2(damaged.err.contains("queue-damaged-1.json"), qPrintable(damaged.err));
        // Where no run can be written, none is tried.
        DONE(f.add("one", 5));
        const fs::path file = f.scratch.write("file", "");
        QCOMPARE(f.queue({"run", "--runs", QString::fromStdString(file.string())}).status, 1);
        QCOMPARE(f.list()[0]["state"], Json("waiting"));
        const QString elsewhere = QString::fromStdString(f.scratch.path("elsewhere").string());
        DONE(f.queue({"run", "--runs", elsewhere}));
        QCOMPARE(QString::fromStdString(f.list()[0]["run"].get<std::string>()).startsWith(elsewhere), true);
    }

    void aKilledQueueGoesOn()
    {
        const Fixture f;
        constexpr int steps = 20000; // far more than pass until another process has started
        DONE(f.add("long", steps));
        DONE(f.add("short", 10));
        {
            QProcess process;
            QVERIFY(f.runsUntil(process, 200));
            // One at a time runs it.
            if (process.state() == QProcess::Running) {
                const Run second = f.queue({"run"});
                QCOMPARE(second.status, 1);
                QVERIFY2(second.err.contains("another Saddle"), qPrintable(second.err));
            }
            process.kill();
            QVERIFY(process.waitForFinished(patience));
        }
        const Json cut = f.list();
        QCOMPARE(cut[0]["state"], Json("waiting"));
        const fs::path run = cut[0]["run"].get<std::string>();
        const std::int64_t reached = completeCheckpoints(run).back().first;
        {
            // Ctrl+C ends it in order, with a checkpoint.
            QProcess process;
            QVERIFY(f.runsUntil(process, reached + 200));
            const qint64 pid = process.processId();
            QVERIFY(pid > 0);
            ::kill(static_cast<pid_t>(pid), SIGINT);
            QVERIFY(process.waitForFinished(patience));
            QCOMPARE(process.exitStatus(), QProcess::NormalExit);
            QCOMPARE(process.exitCode(), 130);
        }
        const Json stopped = f.list();
        QCOMPARE(stopped[0]["state"], Json("waiting"));
        QCOMPARE(stopped[0]["run"], cut[0]["run"]);
        QCOMPARE(stopped[1]["state"], Json("waiting"));
        QCOMPARE(static_cast<std::int64_t>(Fixture::rowsOf(run)), completeCheckpoints(run).back().first);
        DONE(f.queue({"run", "--quiet"}));
        const Json done = f.list();
        QCOMPARE(done[0]["state"], Json("done"));
        QCOMPARE(done[1]["state"], Json("done"));
        QCOMPARE(done[0]["run"], cut[0]["run"]);
        QCOMPARE(Fixture::rowsOf(run), std::size_t{steps});
        QCOMPARE(std::distance(fs::directory_iterator(f.runs()), fs::directory_iterator()), std::ptrdiff_t{2});
    }

    /// A run whose images are gone when its turn comes again is not begun anew, and goes on once they are back.
    void aRunThatCannotBeOpenedIsKept()
    {
        const Fixture f;
        constexpr int steps = 5000;
        const fs::path images = f.scratch.write("images", idxImages(30, 4));
        const fs::path aside = f.scratch.path("aside");
        DONE(f.add("pictures", steps,
            {"--set", "data.source=idx", "--set", QStringLiteral("data.images=") + QString::fromStdString(images)}));
        DONE(f.add("ring", 10));
        {
            QProcess process;
            QVERIFY(f.runsUntil(process, 200));
            process.kill();
            QVERIFY(process.waitForFinished(patience));
        }
        const Json cut = f.list()[0];
        const fs::path run = cut["run"].get<std::string>();
        const std::int64_t reached = completeCheckpoints(run).back().first;
        QVERIFY(reached < steps);
        fs::rename(images, aside);
        const Run without = f.queue({"run", "--quiet"});
        QCOMPARE(without.status, 1);
        QVERIFY2(without.out.contains("1 done, 1 failed"), qPrintable(without.out + without.err)); // the ring
        const Json kept = f.list()[0];
        QCOMPARE(kept["state"], Json("stopped"));
        QCOMPARE(kept["run"], cut["run"]);
        QVERIFY(kept["failure"].get<std::string>().find(images.string()) != std::string::npos);
        QCOMPARE(completeCheckpoints(run).back().first, reached);

        fs::rename(aside, images);
        DONE(f.queue({"retry", "1"}));
        DONE(f.queue({"run", "--quiet"}));
        QCOMPARE(f.list()[0]["state"], Json("done"));
        QCOMPARE(f.list()[0]["run"], cut["run"]);
        QCOMPARE(Fixture::rowsOf(run), std::size_t{steps});
    }
};

QTEST_GUILESS_MAIN(TestQueueCommand)
#include "queue_command.moc"
