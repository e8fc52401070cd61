// SPDX-License-Identifier: GPL-3.0-or-later
// The queue as a file: entries come back, keep their order, and survive damage, other processes and the end of one.
#include "core/base/files.h"
#include "core/queue/queued_experiment.h"
#include "core/runs/checkpoints.h"
#include "core/runs/presets.h"
#include "core/runs/run_folder.h"
#include "core/runs/run_marks.h"
#include "tests/support/says.h"
#include "tests/support/session_reader.h"

#include <csignal>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

Json training(const Json& options, const std::string& title = "Fakes")
{
    return documentWith(Json{{"title", title}, {"data", {{"source", "fake-images"}}}, {"training", options}}.dump());
}

Json ending(int steps)
{
    return training({{"steps", steps}});
}

QueueEntry entryOf(const std::string& name, int steps = 100)
{
    QueueEntry entry = *makeEntry(ending(steps), name, fakeCatalog());
    entry.note = "of " + name;
    return entry;
}

std::string namesOf(const Queue& queue)
{
    const Result<Queue::Contents> contents = queue.read();
    if (!contents)
        return contents.error().sentence();
    std::string names;
    for (const QueueEntry& entry : contents->entries)
        names += entry.name;
    return names;
}

} // namespace

class TestQueue : public QObject {
    Q_OBJECT

private slots:
    void entriesComeBack()
    {
        Queue queue(m_scratch.path("back/queue.json"));
        QVERIFY(queue.read()->entries.empty());
        const Result<QueueEntry> first = queue.add(entryOf("a"));
        QVERIFY_OK(first);
        QCOMPARE(first->id, std::int64_t{1});
        QCOMPARE(first->added.size(), std::string("2026-05-01T14:02:33Z").size());
        QVERIFY_OK(queue.add(entryOf("b")));
        QVERIFY_OK(queue.change(2, [](QueueEntry& entry) {
            entry.state = QueueState::Failed;
            entry.run = "/runs/b";
            entry.step = 12;
            entry.failure = "no “data”";
            entry.base = {{"x", 1}};
        }));
        const std::vector<QueueEntry> entries = queue.read()->entries;
        QCOMPARE(entries.size(), std::size_t{2});
        QCOMPARE(entries[0].document, ending(100));
        QVERIFY(entries[0].state == QueueState::Waiting);
        QCOMPARE(entries[0].note, std::string("of a"));
        QVERIFY(entries[0].base.is_null());
        QVERIFY(entries[1].state == QueueState::Failed);
        QCOMPARE(entries[1].run, fs::path("/runs/b"));
        QCOMPARE(entries[1].step, std::int64_t{12});
        QCOMPARE(entries[1].failure, std::string("no “data”"));
        QCOMPARE(entries[1].base, Json({{"x", 1}}));
        // What was removed gives its number to no other.
        QVERIFY_OK(queue.remove({2}));
        QCOMPARE(queue.add(entryOf("c"))->id, std::int64_t{3});
        SAYS(queue.change(2, [](QueueEntry&) {}), "entry 2");
    }

    void orderIsKept()
    {
        Queue queue(m_scratch.path("order/queue.json"));
        for (const char* name : {"a", "b", "c", "d", "e"})
            QVERIFY_OK(queue.add(entryOf(name)));
        QVERIFY_OK(queue.move({4}, 1));
        QCOMPARE(namesOf(queue), std::string("dabce"));
        QVERIFY_OK(queue.move({1, 3}, std::nullopt));
        QCOMPARE(namesOf(queue), std::string("dbeac"));
        QVERIFY_OK(queue.move({1, 4}, 4)); // before itself: those that move stand together in their order
        QCOMPARE(namesOf(queue), std::string("dabec"));
        QVERIFY_OK(queue.move({2}, 2));
        QCOMPARE(namesOf(queue), std::string("dabec"));
        // Taken out here and there, and put back where they were.
        const Result<std::vector<Queue::Removed>> removed = queue.remove({5, 4, 2});
        QVERIFY_OK(removed);
        QCOMPARE(namesOf(queue), std::string("ac"));
        QVERIFY_OK(queue.putBack(*removed));
        QCOMPARE(namesOf(queue), std::string("dabec"));
        QVERIFY_OK(queue.putBack(*removed)); // they are there
        QCOMPARE(namesOf(queue), std::string("dabec"));
        // All or none.
        SAYS(queue.remove({1, 77}), "77");
        QCOMPARE(namesOf(queue), std::string("dabec"));
    }

    void whatATurnComesTo()
    {
        Queue queue(m_scratch.path("turns/queue.json"));
        QueueEntry edited = entryOf("a");
        edited.base = {{"x", 1}};
        QVERIFY_OK(queue.add(edited));
        QVERIFY_OK(queue.add(entryOf("b")));
        const auto first = [&queue] { return queue.read()->entries.front(); };
        // Without a run its edits are nowhere else.
        QueueEntry entry = first();
        entry.state = QueueState::Failed;
        entry.run = m_scratch.path("turns/none");
        entry.step = 3;
        entry.failure = "no data";
        QVERIFY(*queue.put(entry));
        QVERIFY(first().state == QueueState::Aside);
        QVERIFY(first().run.empty());
        QCOMPARE(first().step, std::int64_t{0});
        QCOMPARE(first().failure, std::string("no data"));
        // With one they are there.
        m_scratch.write("turns/run/experiment.json", "{}");
        entry.run = m_scratch.path("turns/run");
        QVERIFY(*queue.put(entry));
        QVERIFY(first().state == QueueState::Failed);
        QCOMPARE(first().run, entry.run);
        // A folder that is still to be made is kept while it runs.
        entry.state = QueueState::Running;
        entry.run = m_scratch.path("turns/soon");
        QVERIFY(*queue.put(entry));
        QCOMPARE(first().run, entry.run);
        // It was cut: removed and brought back, it waits, also where somebody runs the queue by then.
        const Result<std::vector<Queue::Removed>> removed = queue.remove({1});
        QVERIFY_OK(removed);
        const Result<bool> gone = queue.put(entry);
        QVERIFY_OK(gone);
        QVERIFY(!*gone);
        const Result<FileLock> lock = queue.takeToRun();
        QVERIFY_OK(lock);
        QVERIFY_OK(queue.putBack(*removed));
        QVERIFY(first().state == QueueState::Waiting);
    }

    void againIsOnwardOrAnew()
    {
        Queue queue(m_scratch.path("again/queue.json"));
        for (const QueueState state :
            {QueueState::Done, QueueState::Failed, QueueState::Stopped, QueueState::Aside, QueueState::Waiting}) {
            QueueEntry entry = entryOf(nameOf(state));
            entry.state = state;
            entry.run = "/runs/x";
            entry.step = 5;
            entry.failure = state == QueueState::Failed ? "broken" : "";
            const Result<QueueEntry> added = queue.add(entry);
            QVERIFY_OK(added);
            QVERIFY_OK(queue.retry(added->id));
        }
        const std::vector<QueueEntry> entries = queue.read()->entries;
        for (const QueueEntry& entry : entries) {
            QVERIFY(entry.state == QueueState::Waiting);
            QVERIFY(entry.failure.empty());
            const bool goesOn = entry.name == "stopped" || entry.name == "waiting";
            QCOMPARE(!entry.run.empty(), goesOn);
            QCOMPARE(entry.step, std::int64_t{goesOn ? 5 : 0});
        }
    }

    void clearLeavesWhatWasPutAside()
    {
        Queue queue(m_scratch.path("clear/queue.json"));
        QueueEntry aside = entryOf("mine");
        aside.state = QueueState::Aside;
        QVERIFY_OK(queue.add(entryOf("a")));
        QVERIFY_OK(queue.add(aside));
        QVERIFY_OK(queue.add(entryOf("b")));
        QCOMPARE(queue.clear()->size(), std::size_t{2});
        QCOMPARE(namesOf(queue), std::string("mine"));
        QVERIFY(!nextWaiting(queue.read()->entries));
    }

    void damageIsSetAside_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("torn") << QByteArray("{\"schema\": 1, \"next\": 2, \"entr");
        QTest::newRow("another file") << QByteArray(R"({"width": 64})");
        QTest::newRow("no list") << QByteArray(R"({"schema": 1, "next": 1, "entries": {}})");
        QTest::newRow("no experiment") << QByteArray(
            R"({"schema": 1, "next": 2, "entries": [{"id": 1, "name": "a", "state": "waiting"}]})");
        QTest::newRow("unknown state") << QByteArray(
            R"({"schema": 1, "next": 2, "entries": [{"id": 1, "name": "a", "state": "x", "experiment": {}}]})");
        QTest::newRow("number taken") << QByteArray(
            R"({"schema": 1, "next": 1, "entries": [{"id": 1, "name": "a", "state": "done", "experiment": {}}]})");
    }
    void damageIsSetAside()
    {
        QFETCH(QByteArray, text);
        const Scratch scratch;
        const fs::path file = scratch.write("queue.json", text.toStdString());
        Queue queue(file);
        SAYS(queue.add(entryOf("a")), "queue.json"); // nothing is written over what is not understood
        const Result<Queue::Contents> contents = queue.read();
        QVERIFY_OK(contents);
        QVERIFY(contents->entries.empty());
        QVERIFY2(contents->problem.find("queue-damaged-1.json") != std::string::npos, contents->problem.c_str());
        QCOMPARE(*readFile(scratch.path("queue-damaged-1.json"), 1 << 20), text.toStdString());
        QVERIFY_OK(queue.add(entryOf("a")));
        QCOMPARE(namesOf(queue), std::string("a"));
        // The next one gets a name of its own.
        scratch.write("queue.json", "{");
        QVERIFY(queue.read()->problem.find("queue-damaged-2.json") != std::string::npos);
        QCOMPARE(*readFile(scratch.path("queue-damaged-1.json"), 1 << 20), text.toStdString());
    }

    void newerFilesAndLinksStay()
    {
        const std::string newer = R"({"schema": 2, "next": 1, "entries": [], "more": true})";
        const fs::path file = m_scratch.write("newer.json", newer);
        Queue queue(file);
        SAYS(queue.read(), "newer.json", "newer Saddle");
        SAYS(queue.add(entryOf("a")), "newer Saddle");
        QCOMPARE(*readFile(file, 1 << 20), newer);
        fs::create_symlink(file, m_scratch.path("link.json"));
        SAYS(Queue(m_scratch.path("link.json")).read(), "link");
    }

    void whatHasNoEndIsRefused_data()
    {
        QTest::addColumn<QString>("limit");
        QTest::addColumn<QString>("says");
        QTest::newRow("none") << "steps"
                              << "no end";
        QTest::newRow("steps") << "steps"
                               << "";
        QTest::newRow("images") << "images"
                                << "";
        QTest::newRow("minutes") << "minutes"
                                 << "";
        QTest::newRow("patience without a measure") << "patience"
                                                    << "measure";
    }
    void whatHasNoEndIsRefused()
    {
        QFETCH(QString, limit);
        QFETCH(QString, says);
        const int value = says == QLatin1String("no end") ? 0 : 10;
        const Result<QueueEntry> entry =
            makeEntry(training({{limit.toStdString(), value}}, "Endless"), {}, fakeCatalog());
        if (says.isEmpty())
            QVERIFY_OK(entry);
        else
            SAYS(entry, "Endless", says.toStdString(), "training.steps");
    }

    void namesAndChanges()
    {
        QCOMPARE(makeEntry(ending(5), {}, fakeCatalog())->name, std::string("Fakes"));
        QCOMPARE(makeEntry(ending(5), "two\nlines", fakeCatalog())->name.find('\n'), std::string::npos);
        Result<Json> ring = loadExperiment("ring-gan", fakeCatalog());
        QVERIFY_OK(ring);
        QCOMPARE(changesFromPreset(*ring, fakeCatalog()), std::string());
        ring = changeSettings(*ring, fakeCatalog(), {{"training.batch_size", 32}, {"training.steps", 20000}});
        QVERIFY_OK(ring);
        const std::string changes = changesFromPreset(*ring, fakeCatalog());
        QCOMPARE(changes, std::string("Batch size 32")); // when it ends is shown by itself
        ring = changeSetting(*ring, fakeCatalog(), "data.source", "fake-images");
        QVERIFY_OK(ring);
        QCOMPARE(changesFromPreset(*ring, fakeCatalog()), std::string("Source fake-images, Batch size 32"));
        QCOMPARE(changesFromPreset(ending(5), fakeCatalog()), std::string()); // of no preset
    }

    void oneRunner()
    {
        Queue queue(m_scratch.path("runner/queue.json"));
        QVERIFY_OK(queue.add(entryOf("a")));
        {
            const Result<FileLock> lock = queue.takeToRun();
            QVERIFY_OK(lock);
            QVERIFY(queue.isRunning());
            Queue other(queue.file());
            SAYS(other.takeToRun(), "another Saddle", std::to_string(::getpid()));
            QVERIFY_OK(other.change(1, [](QueueEntry& entry) { entry.state = QueueState::Running; }));
            QVERIFY(queue.read()->entries[0].state == QueueState::Running);
            SAYS(other.remove({1}), "“a” is running");
            QVERIFY(other.clear()->empty());
            QVERIFY_OK(other.add(entryOf("b"))); // others add to it meanwhile
        }
        QVERIFY(!queue.isRunning());
        QVERIFY(queue.read()->entries[0].state == QueueState::Waiting);
        QCOMPARE(namesOf(queue), std::string("ab"));
    }

    void aKilledRunnerLetsGo()
    {
        Queue queue(m_scratch.path("killed/queue.json"));
        QVERIFY_OK(queue.add(entryOf("a")));
        int ready[2];
        QCOMPARE(::pipe(ready), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            const Result<FileLock> lock = queue.takeToRun();
            const Status running = queue.change(1, [](QueueEntry& entry) {
                entry.state = QueueState::Running;
                entry.run = "/runs/a";
            });
            const char told = lock && running ? 'y' : 'n';
            (void)!::write(ready[1], &told, 1);
            ::alarm(60); // it goes by itself where the test ends early
            ::pause();
            ::_exit(0);
        }
        char told = 0;
        QCOMPARE(::read(ready[0], &told, 1), ssize_t{1});
        QCOMPARE(told, 'y');
        QVERIFY(queue.read()->entries[0].state == QueueState::Running);
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        const QueueEntry entry = queue.read()->entries[0];
        QVERIFY(entry.state == QueueState::Waiting);
        QCOMPARE(entry.run, fs::path("/runs/a")); // it goes on with it
        QVERIFY_OK(queue.takeToRun());
    }

    void writersWaitForEachOther()
    {
        const fs::path file = m_scratch.path("writers/queue.json");
        constexpr int each = 20;
        const auto write = [&file] {
            for (int i = 0; i < each; ++i)
                (void)Queue(file).add(entryOf("x"));
        };
        std::thread one(write);
        std::thread other(write);
        one.join();
        other.join();
        QCOMPARE(Queue(file).read()->entries.size(), std::size_t{2 * each});
    }

    void aTurnBeginsAnewOrGoesOn()
    {
        const fs::path runs = m_scratch.path("runs");
        QueueEntry entry = entryOf("my own", 6);
        Result<QueueTurn> turn = turnOf(entry, runs, fakeCatalog());
        QVERIFY_OK(turn);
        QCOMPARE(turn->runFolder.parent_path(), runs);
        QVERIFY(!turn->beginning.goesOn);
        QCOMPARE(turn->document, ending(6));
        QueueEntry endless = entry;
        endless.document = ending(0);
        SAYS(turnOf(endless, runs, fakeCatalog()), "no end");
        // A place that was noted, where nothing came to be.
        entry.run = runs / "lost";
        turn = turnOf(entry, runs, fakeCatalog());
        QVERIFY_OK(turn);
        QVERIFY(!turn->beginning.goesOn);
        // A run with a checkpoint, and an edit in it.
        entry.run = runs / "begun";
        const auto probe = std::make_shared<FakeEngineProbe>();
        SessionPlan plan = planWith(probe, "{}", entry.run);
        plan.document = ending(6);
        {
            Session session(std::move(plan), [] {});
            STARTS(session, reader);
            session.post(command::Play{});
            REACHES(reader, Finished);
        }
        turn = turnOf(entry, runs, fakeCatalog());
        QVERIFY_OK(turn);
        QCOMPARE(turn->runFolder, entry.run);
        QVERIFY(turn->beginning.goesOn);
        QCOMPARE(turn->beginning.checkpoint.filename().string(), stepName(6));
        nameRun(entry);
        QCOMPARE(readMarks(entry.run).name, std::string("my own"));
        // A name by hand stays.
        entry.name = "another";
        nameRun(entry);
        QCOMPARE(readMarks(entry.run).name, std::string("my own"));
    }

private:
    Scratch m_scratch;
};

QTEST_GUILESS_MAIN(TestQueue)
#include "queue.moc"
