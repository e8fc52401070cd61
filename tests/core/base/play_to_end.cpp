// SPDX-License-Identifier: GPL-3.0-or-later
// A run that nobody watches waits for its disk, as one in the window does, and can be ended meanwhile.
#include "core/session/play_to_end.h"

#include "core/base/files.h"
#include "core/io/csv.h"
#include "core/runs/resume.h"
#include "tests/support/session_reader.h"
#include "tests/support/small_disk.h"

#include <filesystem>
#include <fstream>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

/// Plays a run on a small disk that is full from step 5 on.
struct FullDisk {
    PlayedRun play(const char* patch)
    {
        probe->closeGate(); // unchecked, the rows alone would fill so small a disk
        const GateOpener opener{probe};
        Attendance attendance;
        attendance.watch = [this](const SessionUpdate& update, Session&) {
            if (update.state == SessionState::Running && !std::exchange(filled, true)) {
                probe->permit(2 * 5);
                QVERIFY(QTest::qWaitFor([this] { return probe->phasesDone() >= 2 * 5; }, longWait));
                disk.fill();
                probe->openGate();
            }
            if (update.awaitsDisk && update.fault) {
                ++waits;
                told = update.fault->error.sentence();
                waitedAt = update.progress.step;
            }
            watch(update);
        };
        attendance.stop = [this] { return stop(); };
        return playToEnd(planWith(probe, patch, disk.path() / "run"), attendance);
    }

    SmallDisk disk;
    std::shared_ptr<FakeEngineProbe> probe = std::make_shared<FakeEngineProbe>();
    bool filled = false;
    int waits = 0; ///< updates that said so
    std::int64_t waitedAt = 0; ///< step
    std::string told;
    std::function<void(const SessionUpdate&)> watch = [](const SessionUpdate&) {};
    std::function<bool()> stop = [] { return false; };
};

} // namespace

class TestPlayToEnd : public QObject {
    Q_OBJECT

private slots:
    void waitsForRoom();
    void waitsWhereNotEvenItsBeginningCanBeNoted();
    void endsWhileItWaits();
    void aFolderThatCannotBeMade();
    void aFaultOfTraining();

private:
    Scratch m_scratch;
};

void TestPlayToEnd::waitsForRoom()
{
    FullDisk full;
    if (!full.disk.mounted())
        QSKIP("no small disk can be mounted here");
    full.watch = [&full](const SessionUpdate&) {
        if (full.waits == 1)
            full.disk.free();
    };
    const PlayedRun run = full.play(R"({"training": {"steps": 12}, "sampling": {"keep_every": 8}})");
    QVERIFY(full.waits > 0);
    QVERIFY(full.told.find("goes on by itself") != std::string::npos);
    QVERIFY(!run.fault);
    QVERIFY(!run.stopped);
    QCOMPARE(run.last.state, SessionState::Finished);
    QCOMPARE(run.last.progress.step, 12);
    QCOMPARE(readCsv(full.disk.path() / "run" / "metrics.csv")->rows.size(), std::size_t{12});
    QVERIFY(verifyCheckpoint(*latestCheckpoint(full.disk.path() / "run")));
    QCOMPARE(keptSamples(full.disk.path() / "run").size(), std::size_t{3}); // 0, 8 and 12
}

void TestPlayToEnd::waitsWhereNotEvenItsBeginningCanBeNoted()
{
    const SmallDisk disk;
    if (!disk.mounted())
        QSKIP("no small disk can be mounted here");
    const fs::path folder = disk.path() / "run";
    const auto probe = std::make_shared<FakeEngineProbe>();
    Attendance attendance;
    attendance.watch = [](const SessionUpdate&, Session&) {};
    attendance.stop = [] { return false; };
    QVERIFY(!playToEnd(planWith(probe, R"({"training": {"steps": 5}})", folder), attendance).fault);
    // The log ends where a page does, and there is no other: not a byte fits.
    const fs::path log = folder / "events.jsonl";
    const std::string before = R"({"step":5,"seconds":0,"time":0,"kind":"note","text":")";
    const std::string after = "\"}\n";
    const std::size_t room = 4096 - (fs::file_size(log) + before.size() + after.size()) % 4096;
    std::ofstream(log, std::ios::app) << before << std::string(room, 'x') << after;
    QCOMPARE(fs::file_size(log) % 4096, std::uintmax_t{0});
    disk.fill();

    const Result<ResumePoint> point = findResumePoint(folder, fakeCatalog());
    QVERIFY_OK(point);
    SessionPlan plan = planWith(probe, "{}", folder);
    plan.document = point->document;
    setPath(plan.document, "training.steps", 9);
    plan.beginning = point->beginning;
    std::string told;
    attendance.watch = [&](const SessionUpdate& update, Session&) {
        QVERIFY(!update.fault || update.awaitsDisk);
        if (!update.awaitsDisk || !update.fault)
            return;
        told = update.fault->error.sentence();
        disk.free();
    };
    const PlayedRun run = playToEnd(std::move(plan), attendance);
    QVERIFY2(told.find("events.jsonl") != std::string::npos, told.c_str());
    QVERIFY(told.find("goes on by itself") != std::string::npos);
    QVERIFY(!run.fault);
    QCOMPARE(run.last.state, SessionState::Finished);
    QCOMPARE(run.last.progress.step, 9);
    // Nothing that happened is missing.
    const Result<std::string> events = readFile(log, 1 << 20);
    QVERIFY_OK(events);
    for (const char* kind : {R"("kind":"resume")", R"("kind":"play")", R"("kind":"finish")"})
        QVERIFY2(events->find(kind, static_cast<std::size_t>(events->find(after))) != std::string::npos, kind);
}

void TestPlayToEnd::endsWhileItWaits()
{
    FullDisk full;
    if (!full.disk.mounted())
        QSKIP("no small disk can be mounted here");
    full.stop = [&full] { return full.waits > 0; };
    const PlayedRun run = full.play(R"({"training": {"steps": 1000}, "sampling": {"keep_every": 8}})");
    QVERIFY(run.stopped);
    QCOMPARE(run.last.state, SessionState::Finished);
    QVERIFY(full.waitedAt > 5 && full.waitedAt <= 8); // its grid is refused, if its rows are not before
    QCOMPARE(run.last.progress.step, full.waitedAt);
    // What is not on the disk is told, and nothing is promised any more.
    QVERIFY(run.fault);
    QCOMPARE(run.fault->kind, Fault::Kind::Disk);
    QVERIFY(run.fault->error.sentence().find("by itself") == std::string::npos);
}

void TestPlayToEnd::aFolderThatCannotBeMade()
{
    const fs::path file = m_scratch.write("file", "not a folder");
    const auto probe = std::make_shared<FakeEngineProbe>();
    Attendance attendance;
    attendance.watch = [](const SessionUpdate&, Session&) {};
    attendance.stop = [] { return false; };
    const PlayedRun run = playToEnd(planWith(probe, "{}", file / "run"), attendance);
    QVERIFY(run.fault); // nothing has begun that could be lost: it is not waited for
    QCOMPARE(run.last.state, SessionState::Ready);
    QCOMPARE(probe->phasesDone(), 0);
}

void TestPlayToEnd::aFaultOfTraining()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    probe->faultAtStep = 20;
    Attendance attendance;
    attendance.watch = [](const SessionUpdate&, Session&) {};
    attendance.stop = [] { return false; };
    const PlayedRun run = playToEnd(planWith(probe, "{}", m_scratch.path("fault")), attendance);
    QVERIFY(run.fault);
    QCOMPARE(run.fault->kind, Fault::Kind::NonFinite);
    QCOMPARE(run.last.state, SessionState::Finished);
    QVERIFY(verifyCheckpoint(*latestCheckpoint(m_scratch.path("fault"))));
}

QTEST_GUILESS_MAIN(TestPlayToEnd)
#include "play_to_end.moc"
