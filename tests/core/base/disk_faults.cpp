// SPDX-License-Identifier: GPL-3.0-or-later
// A disk that refuses samples, rows or events: training pauses with the reason, and nothing is lost or made twice.
#include "core/base/files.h"
#include "core/io/csv.h"
#include "core/runs/event_log.h"
#include "tests/support/read_only.h"
#include "tests/support/session_reader.h"
#include "tests/support/small_disk.h"

#include <filesystem>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

constexpr int silence = 2500; ///< milliseconds in which a disk is tried twice

/// A run on a disk that a test can fill, trained as far as the test permits.
struct RunOnDisk {
    explicit RunOnDisk(const char* patch)
        : session(planWith(probe, patch, folder), {})
        , reader(session)
    {
        probe->closeGate(); // unchecked, the rows alone would fill so small a disk
    }
    ~RunOnDisk() { probe->openGate(); }

    void trainTo(std::int64_t step)
    {
        for (; permitted < step; ++permitted)
            probe->permit(2);
    }
    bool awaits() { return reader.read().awaitsDisk && reader.now.fault; }

    SmallDisk disk;
    fs::path folder = disk.path() / "run";
    std::shared_ptr<FakeEngineProbe> probe = std::make_shared<FakeEngineProbe>();
    std::int64_t permitted = 0;
    Session session;
    Reader reader;
};

QStringList namesIn(const fs::path& folder)
{
    QStringList names;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder))
        names << QString::fromStdString(entry.path().filename().string());
    names.sort();
    return names;
}

/// Empty, or what is wrong with the rows of a run that has got to a step.
QString faultOfRows(const fs::path& folder, std::int64_t steps)
{
    const Result<CsvTable> table = readCsv(folder / "metrics.csv");
    if (!table || table->tornTail)
        return QStringLiteral("metrics.csv is torn");
    if (table->rows.size() != static_cast<std::size_t>(steps))
        return QStringLiteral("%1 rows at step %2").arg(table->rows.size()).arg(steps);
    for (std::size_t i = 0; i < table->rows.size(); ++i) {
        if (table->rows[i][0] != std::to_string(i + 1))
            return QStringLiteral("a gap at row %1").arg(i + 1);
    }
    return {};
}

} // namespace

#define ON_DISK(run, patch)                                                                                            \
    RunOnDisk run(patch);                                                                                              \
    if (!(run).disk.mounted())                                                                                         \
        QSKIP("no small disk can be mounted here");                                                                    \
    REACHES((run).reader, Ready);                                                                                      \
    (run).session.post(command::Play{});                                                                               \
    QTRY_VERIFY_WITH_TIMEOUT(((run).reader.read(), fs::exists((run).folder / "events.jsonl")), longWait)

class TestDiskFaults : public QObject {
    Q_OBJECT

private slots:
    void aGridWithoutRoom();
    void rowsWithoutRoom();
    void eventsWithoutRoom();
    void theLastStepWaitsForRoom();
    void whoStopsDoesNotWait();
    void whoPausesDoesNotWaitEither();
    void aSingleStepIsNotGoneOnFrom();
    void whatABranchBeginsWithIsMadeUp();
    void aFolderThatBecomesReadOnly();

private:
    Scratch m_scratch;
};

void TestDiskFaults::aGridWithoutRoom()
{
    ON_DISK(run, R"({"sampling": {"keep_every": 10, "checkpoint_every": 10}})");
    run.trainTo(9);
    QTRY_COMPARE_WITH_TIMEOUT(run.probe->phasesDone(), 2 * 9, longWait);
    run.disk.fill();
    run.trainTo(12);
    // The rows fit into the block that is begun, the grid needs one of its own.
    QTRY_VERIFY_WITH_TIMEOUT(run.awaits(), longWait);
    QCOMPARE(run.reader.now.state, SessionState::Paused);
    QCOMPARE(run.reader.now.progress.step, 10);
    QVERIFY(run.reader.now.fault->error.sentence().find("00000010.png") != std::string::npos);
    QVERIFY(run.reader.now.fault->error.sentence().find("ree some space") != std::string::npos);
    QCOMPARE(namesIn(run.folder / "samples"), QStringList{"00000000.png"}); // whole or not at all
    const std::size_t errors = run.reader.eventsOf("error").size();
    QVERIFY(!QTest::qWaitFor([&] { return run.reader.is(SessionState::Running); }, silence));
    QCOMPARE(run.reader.eventsOf("error").size(), errors); // it is not told again and again
    run.disk.free();
    QTRY_COMPARE_WITH_TIMEOUT(run.probe->phasesDone(), 2 * 12, longWait);
    // The grid and the checkpoint that came after it are those of the step they were meant for.
    QCOMPARE(namesIn(run.folder / "samples"), (QStringList{"00000000.png", "00000010.png"}));
    QVERIFY(readPng(run.folder / "samples" / "00000010.png"));
    QCOMPARE(completeCheckpoints(run.folder).size(), std::size_t{1});
    QCOMPARE(completeCheckpoints(run.folder)[0].first, 10);
    run.session.post(command::Stop{});
    run.probe->openGate();
    REACHES(run.reader, Finished);
    const std::int64_t steps = run.reader.now.progress.step;
    QVERIFY2(faultOfRows(run.folder, steps).isEmpty(), qPrintable(faultOfRows(run.folder, steps)));
}

void TestDiskFaults::rowsWithoutRoom()
{
    ON_DISK(run, "{}");
    run.disk.fill();
    // More than a block of them.
    QTRY_VERIFY_WITH_TIMEOUT((run.trainTo(run.permitted + 20), run.awaits()), longWait);
    QVERIFY(run.reader.now.fault->error.sentence().find("metrics.csv") != std::string::npos);
    const Result<CsvTable> written = readCsv(run.folder / "metrics.csv");
    QVERIFY(written && !written->tornTail && !written->rows.empty());
    QVERIFY(written->rows.size() < static_cast<std::size_t>(run.reader.now.progress.step));
    QVERIFY(!QTest::qWaitFor([&] { return run.reader.is(SessionState::Running); }, silence));
    run.disk.free();
    REACHES(run.reader, Running);
    run.session.post(command::Stop{});
    run.probe->openGate();
    REACHES(run.reader, Finished);
    QVERIFY(!run.reader.now.fault);
    const std::int64_t steps = run.reader.now.progress.step;
    QVERIFY2(faultOfRows(run.folder, steps).isEmpty(), qPrintable(faultOfRows(run.folder, steps)));
}

void TestDiskFaults::eventsWithoutRoom()
{
    ON_DISK(run, "{}");
    run.disk.fill();
    int edits = 0;
    // Each is let in by itself: those that wait together would become one.
    while (!run.awaits() && edits < 100) {
        run.session.post(command::SetParameter{"sampling.refresh_seconds", 0.1 * (1 + edits)});
        ++edits;
        run.probe->permit(1);
        QTRY_VERIFY_WITH_TIMEOUT(run.awaits() || run.reader.eventsOf("edit").size() == std::size_t(edits), longWait);
    }
    QVERIFY(run.reader.now.fault->error.sentence().find("events.jsonl") != std::string::npos);
    for (const RunEvent& event : readEvents(run.folder))
        QVERIFY(!event.kind.empty());
    run.disk.free();
    REACHES(run.reader, Running);
    run.session.post(command::Stop{});
    run.probe->openGate();
    REACHES(run.reader, Finished);
    // All of them stand in the log, each once and in their order, with what came before and after.
    std::vector<std::string> told;
    for (const RunEvent& event : readEvents(run.folder))
        told.push_back(event.kind + ": " + event.text);
    std::vector<std::string> expected;
    for (const RunEvent& event : run.reader.events) {
        if (event.kind != "error") // what the disk refused is not logged on it
            expected.push_back(event.kind + ": " + event.text);
    }
    QCOMPARE(told, expected);
    QCOMPARE(static_cast<int>(run.reader.eventsOf("edit").size()), edits);
}

void TestDiskFaults::theLastStepWaitsForRoom()
{
    ON_DISK(run, R"({"training": {"steps": 10}, "sampling": {"keep_every": 7}})");
    run.disk.fill();
    run.trainTo(20);
    QTRY_VERIFY_WITH_TIMEOUT(run.awaits(), longWait);
    QCOMPARE(run.reader.now.progress.step, 7);
    run.disk.free();
    // There is the grid of that step, and no more room than for it.
    QTRY_VERIFY_WITH_TIMEOUT(run.reader.read().state == SessionState::Finished, longWait);
    QCOMPARE(run.reader.now.progress.step, 10);

    ON_DISK(late, R"({"training": {"steps": 10}, "sampling": {"keep_every": 1000}})");
    late.disk.fill();
    late.trainTo(20);
    QTRY_VERIFY_WITH_TIMEOUT(late.awaits(), longWait);
    QCOMPARE(late.reader.now.progress.step, 10);
    QVERIFY(!QTest::qWaitFor([&] { return late.reader.is(SessionState::Finished); }, silence));
    QVERIFY(completeCheckpoints(late.folder).empty());
    late.disk.free();
    REACHES(late.reader, Finished);
    QVERIFY(!late.reader.now.fault);
    QVERIFY(!late.reader.now.awaitsDisk);
    QCOMPARE(late.reader.now.progress.step, 10); // not one more
    QVERIFY(verifyCheckpoint(late.folder / "checkpoints" / "00000010"));
    QCOMPARE(namesIn(late.folder / "samples"), (QStringList{"00000000.png", "00000010.png"}));
    QCOMPARE(readEvents(late.folder).back().text, std::string("Reached 10 steps"));
    QVERIFY2(faultOfRows(late.folder, 10).isEmpty(), qPrintable(faultOfRows(late.folder, 10)));
}

void TestDiskFaults::whoStopsDoesNotWait()
{
    ON_DISK(run, R"({"sampling": {"keep_every": 5}})");
    run.disk.fill();
    run.trainTo(20);
    QTRY_VERIFY_WITH_TIMEOUT(run.awaits(), longWait);
    run.session.post(command::Stop{});
    REACHES(run.reader, Finished);
    QVERIFY(!run.reader.now.awaitsDisk);
    QVERIFY(run.reader.now.fault); // the end is not on the disk
    QVERIFY(run.reader.now.fault->error.sentence().find("by itself") == std::string::npos);
}

void TestDiskFaults::whoPausesDoesNotWaitEither()
{
    ON_DISK(run, "{}");
    run.trainTo(3);
    QTRY_COMPARE_WITH_TIMEOUT(run.probe->phasesDone(), 2 * 3, longWait);
    run.disk.fill();
    run.session.post(command::Pause{});
    run.trainTo(4);
    REACHES(run.reader, Paused);
    QTRY_VERIFY_WITH_TIMEOUT(run.reader.read().fault, longWait); // its checkpoint has no room
    QVERIFY(!run.reader.now.awaitsDisk);
    QVERIFY(run.reader.now.fault->error.sentence().find("by itself") == std::string::npos);
    run.disk.free();
    QVERIFY(!QTest::qWaitFor([&] { return run.reader.is(SessionState::Running); }, silence));
    run.session.post(command::Play{});
    REACHES(run.reader, Running);
    QVERIFY(!run.reader.now.fault);
    run.session.post(command::Stop{});
    run.probe->openGate();
    REACHES(run.reader, Finished);
    const std::int64_t steps = run.reader.now.progress.step;
    QVERIFY2(faultOfRows(run.folder, steps).isEmpty(), qPrintable(faultOfRows(run.folder, steps)));
    QVERIFY(verifyCheckpoint(*latestCheckpoint(run.folder)));
}

void TestDiskFaults::aSingleStepIsNotGoneOnFrom()
{
    ON_DISK(run, "{}");
    run.trainTo(2);
    QTRY_COMPARE_WITH_TIMEOUT(run.probe->phasesDone(), 2 * 2, longWait);
    run.session.post(command::Pause{});
    run.probe->openGate();
    REACHES(run.reader, Paused);
    QTRY_VERIFY_WITH_TIMEOUT((run.reader.read(), !completeCheckpoints(run.folder).empty()), longWait);
    run.disk.fill();
    for (int step = 0; step < 500 && !run.reader.read().fault; ++step) {
        const std::int64_t before = run.reader.now.progress.step;
        run.session.post(command::Step{});
        QTRY_VERIFY_WITH_TIMEOUT(run.reader.read().progress.step > before || run.reader.now.fault, longWait);
    }
    QTRY_VERIFY_WITH_TIMEOUT(run.reader.read().fault, longWait);
    QVERIFY(!run.reader.now.awaitsDisk);
    QVERIFY(run.reader.now.fault->error.sentence().find("by itself") == std::string::npos);
    run.disk.free();
    QVERIFY(!QTest::qWaitFor([&] { return run.reader.is(SessionState::Running); }, silence));
    // The next step brings what was refused.
    const std::int64_t before = run.reader.now.progress.step;
    run.session.post(command::Step{});
    QTRY_VERIFY_WITH_TIMEOUT(run.reader.read().progress.step > before, longWait);
    REACHES(run.reader, Paused);
    QVERIFY(!run.reader.now.fault);
    QTRY_VERIFY_WITH_TIMEOUT(faultOfRows(run.folder, before + 1).isEmpty(), longWait);
}

/// The folder has room and the grid of its first step has not: the checkpoint that frees a branch from its parent is
/// written all the same, once there is room.
void TestDiskFaults::whatABranchBeginsWithIsMadeUp()
{
    bool met = false;
    for (off_t pages = 3; pages < 16 && !met; ++pages) {
        const SmallDisk disk;
        if (!disk.mounted())
            QSKIP("no small disk can be mounted here");
        disk.fill(4096 * pages);
        const auto probe = std::make_shared<FakeEngineProbe>();
        probe->closeGate();
        const fs::path folder = disk.path() / "run";
        SessionPlan plan = planWith(probe, R"({"sampling": {"keep_every": 8}})", folder);
        plan.beginning.parent = RunParent{"other", 5, RunParent::How::Fork};
        Session session(std::move(plan), {});
        const GateOpener opener{probe};
        STARTS(session, reader);
        session.post(command::Play{});
        QTRY_VERIFY_WITH_TIMEOUT(reader.read().fault || reader.now.state == SessionState::Running, longWait);
        met = reader.now.fault && fs::exists(folder / "metrics.csv") && fs::is_empty(folder / "samples");
        disk.free();
        if (!met)
            continue;
        QVERIFY(reader.now.state == SessionState::Ready);
        session.post(command::Play{});
        REACHES(reader, Running);
        QTRY_VERIFY_WITH_TIMEOUT((reader.read(), !completeCheckpoints(folder).empty()), longWait);
        QVERIFY(fs::exists(folder / "samples" / "00000000.png"));
        const std::vector<RunEvent> events = readEvents(folder);
        QVERIFY(std::any_of(events.begin(), events.end(),
            [](const RunEvent& event) { return event.text == "Began at step 5 of other"; }));
    }
    QVERIFY(met);
}

void TestDiskFaults::aFolderThatBecomesReadOnly()
{
    const fs::path folder = m_scratch.path("read-only");
    const auto probe = std::make_shared<FakeEngineProbe>();
    probe->closeGate();
    Session session(planWith(probe, R"({"sampling": {"keep_every": 10, "checkpoint_every": 10}})", folder), {});
    const GateOpener opener{probe};
    STARTS(session, reader);
    session.post(command::Play{});
    probe->permit(2 * 15);
    QTRY_COMPARE_WITH_TIMEOUT(probe->phasesDone(), 2 * 15, longWait);
    QTRY_COMPARE_WITH_TIMEOUT(completeCheckpoints(folder).size(), std::size_t{1}, longWait);
    {
        const ReadOnly folderNow(folder);
        if (!folderNow.done())
            QSKIP("a folder cannot be made read-only here");
        probe->permit(2 * 10);
        QTRY_VERIFY_WITH_TIMEOUT(reader.read().awaitsDisk && reader.now.fault, longWait);
        QCOMPARE(reader.now.state, SessionState::Paused);
        QCOMPARE(reader.now.progress.step, 20);
        QVERIFY(reader.now.fault->error.sentence().find("permissions") != std::string::npos);
        QVERIFY(!QTest::qWaitFor([&] { return reader.is(SessionState::Running); }, silence));
        QCOMPARE(completeCheckpoints(folder).size(), std::size_t{1});
        QVERIFY(verifyCheckpoint(completeCheckpoints(folder)[0].second)); // what was there is as it was
    }
    REACHES(reader, Running);
    QTRY_COMPARE_WITH_TIMEOUT(probe->phasesDone(), 2 * 25, longWait);
    QCOMPARE(namesIn(folder / "samples"), (QStringList{"00000000.png", "00000010.png", "00000020.png"}));
    QVERIFY(verifyCheckpoint(folder / "checkpoints" / "00000020"));
    session.post(command::Stop{});
    probe->openGate();
    REACHES(reader, Finished);
    const std::int64_t steps = reader.now.progress.step;
    QVERIFY2(faultOfRows(folder, steps).isEmpty(), qPrintable(faultOfRows(folder, steps)));
}

QTEST_GUILESS_MAIN(TestDiskFaults)
#include "disk_faults.moc"
