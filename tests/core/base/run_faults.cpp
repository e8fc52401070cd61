// SPDX-License-Identifier: GPL-3.0-or-later
// What a run survives: a kill at any moment, a disk that fills up, a folder that goes away.
#include "core/io/csv.h"
#include "tests/support/killed_run.h"
#include "tests/support/session_reader.h"
#include "tests/support/small_disk.h"

#include <csignal>
#include <filesystem>
#include <random>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

/// Trains until it is killed, from wherever the run is; says when it does.
[[noreturn]] void trainForEver(const fs::path& folder, int ready)
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    probe->checkpointBytes = 300'000;
    SessionPlan plan = planWith(
        probe, R"({"sampling": {"keep_every": 7, "checkpoint_every": 5, "checkpoint_gigabytes": 0.002}})", folder);
    if (fs::exists(folder / "metrics.csv")) {
        Result<ResumePoint> point = findResumePoint(folder, fakeCatalog());
        if (!point)
            ::_exit(3);
        plan.beginning = std::move(point->beginning);
        plan.document = std::move(point->document);
    }
    Session session(std::move(plan), {});
    session.post(command::Play{});
    const int said = ready;
    for (int i = 0;; ++i) {
        session.post(command::SetParameter{"optimisers.generator.learning_rate", 0.001 * (1 + i % 7)});
        ::usleep(500);
        const SessionState state = session.drain().state;
        if (state == SessionState::Failed)
            ::_exit(4);
        if (state == SessionState::Running && std::exchange(ready, -1) >= 0)
            (void)!::write(said, "r", 1);
    }
}

} // namespace

class TestRunFaults : public QObject {
    Q_OBJECT

private slots:
    void killedAtAnyMoment();
    void trainsOnWhenThereIsRoom();
    void aCheckpointWithoutRoomIsMadeLater();
    void aFolderThatWasMovedAwayAndBack();
    void aFolderThatWasDeleted();

private:
    Scratch m_scratch;
};

void TestRunFaults::killedAtAnyMoment()
{
    const fs::path folder = m_scratch.path("killed");
    std::mt19937 random(7);
    double longest = 25'000; // microseconds
    std::int64_t furthest = 0;
    for (int kill = 0; kill < 200; ++kill) {
        int ready[2];
        QCOMPARE(::pipe(ready), 0);
        const pid_t child = ::fork();
        if (child == 0)
            trainForEver(folder, ready[1]);
        ::close(ready[1]);
        // Most while it trains, however slow a checked build is to begin; some while it begins.
        char said = 0;
        if (kill % 5 != 4)
            (void)!::read(ready[0], &said, 1);
        ::close(ready[0]);
        ::usleep(std::uniform_int_distribution<useconds_t>(0, static_cast<useconds_t>(longest))(random));
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        QVERIFY2(WIFSIGNALED(status), qPrintable(QStringLiteral("it ended by itself: %1").arg(WEXITSTATUS(status))));
        const QString fault = faultOfKilled(folder, fakeCatalog(), fakeColumns());
        QVERIFY2(fault.isEmpty(), qPrintable(QStringLiteral("after kill %1: %2").arg(kill).arg(fault)));
        const std::vector<std::pair<std::int64_t, fs::path>> complete = completeCheckpoints(folder);
        const std::int64_t reached = complete.empty() ? 0 : complete.back().first;
        QVERIFY(reached >= furthest); // nothing that was saved is lost
        // However slow the machine, about every second run gets to a checkpoint of its own.
        longest = reached > furthest ? std::max(longest * 0.9, 10'000.0) : std::min(longest * 1.1, 500'000.0);
        furthest = reached;
    }
    QVERIFY2(furthest > 100, qPrintable(QString::number(furthest)));
}

void TestRunFaults::trainsOnWhenThereIsRoom()
{
    const SmallDisk disk;
    if (!disk.mounted())
        QSKIP("no small disk can be mounted here");
    const fs::path folder = disk.path() / "run";
    const auto probe = std::make_shared<FakeEngineProbe>();
    probe->closeGate(); // unchecked, the rows alone would fill so small a disk
    const GateOpener opener{probe};
    Session session(planWith(probe, R"({"sampling": {"keep_every": 50}})", folder), {});
    STARTS(session, reader);
    session.post(command::Play{});
    QTRY_VERIFY_WITH_TIMEOUT((probe->permit(2), reader.read().progress.step > 10), longWait);
    disk.fill();
    QTRY_VERIFY_WITH_TIMEOUT(
        (probe->permit(2), reader.read().fault && reader.now.state == SessionState::Paused), longWait);
    QVERIFY(reader.now.awaitsDisk);
    QVERIFY(reader.now.fault->error.sentence().find("goes on by itself") != std::string::npos);
    const std::int64_t paused = reader.now.progress.step;
    disk.free();
    QTRY_VERIFY_WITH_TIMEOUT(reader.read().state == SessionState::Running, longWait);
    QVERIFY(!reader.now.awaitsDisk);
    QVERIFY(!reader.now.fault);
    QTRY_VERIFY_WITH_TIMEOUT((probe->permit(2), reader.read().progress.step > paused), longWait);
    session.post(command::Stop{});
    QTRY_VERIFY_WITH_TIMEOUT((probe->permit(2), reader.read().state == SessionState::Finished), longWait);
    const Result<CsvTable> table = readCsv(folder / "metrics.csv");
    QVERIFY(table);
    for (std::size_t i = 0; i < table->rows.size(); ++i)
        QCOMPARE(table->rows[i][0], std::to_string(i + 1));
    QVERIFY(table->rows.size() > static_cast<std::size_t>(paused));
}

void TestRunFaults::aCheckpointWithoutRoomIsMadeLater()
{
    const SmallDisk disk;
    if (!disk.mounted())
        QSKIP("no small disk can be mounted here");
    const fs::path folder = disk.path() / "run";
    const auto probe = std::make_shared<FakeEngineProbe>();
    probe->checkpointBytes = 300'000;
    probe->closeGate();
    const GateOpener opener{probe};
    Session session(planWith(probe, R"({"sampling": {"checkpoint_every": 10}})", folder), {});
    STARTS(session, reader);
    session.post(command::Play{});
    probe->permit(2 * 5);
    QTRY_VERIFY_WITH_TIMEOUT((reader.read(), fs::exists(folder / "metrics.csv")), longWait);
    disk.fill(100'000);
    probe->permit(2 * 5);
    // The rows found room, the checkpoint did not.
    QTRY_VERIFY_WITH_TIMEOUT((probe->permit(2), reader.read().fault && reader.now.awaitsDisk), longWait);
    QVERIFY(completeCheckpoints(folder).empty());
    const std::size_t errors = reader.eventsOf("error").size();
    QVERIFY(!(QTest::qWaitFor([&] { return reader.read().state == SessionState::Running; }, 2500)));
    QCOMPARE(reader.eventsOf("error").size(), errors); // it is not told again and again
    disk.free();
    QTRY_VERIFY_WITH_TIMEOUT(reader.read().state == SessionState::Running, longWait);
    QCOMPARE(reader.eventsOf("checkpoint").size(), std::size_t{1});
    QVERIFY(verifyCheckpoint(completeCheckpoints(folder).at(0).second));
    probe->openGate();
}

void TestRunFaults::aFolderThatWasMovedAwayAndBack()
{
    const fs::path folder = m_scratch.path("moved");
    const auto probe = std::make_shared<FakeEngineProbe>();
    Session session(planWith(probe, R"({"sampling": {"checkpoint_every": 200}})", folder), {});
    STARTS(session, reader);
    session.post(command::Play{});
    QTRY_VERIFY_WITH_TIMEOUT(reader.read().progress.step > 10, longWait);
    fs::rename(folder, m_scratch.path("elsewhere"));
    QTRY_VERIFY_WITH_TIMEOUT(reader.read().awaitsDisk, longWait);
    QVERIFY(reader.now.fault->error.sentence().find("moved") != std::string::npos);
    fs::rename(m_scratch.path("elsewhere"), folder);
    QTRY_VERIFY_WITH_TIMEOUT(reader.read().state == SessionState::Running, longWait);
    session.post(command::Stop{});
    REACHES(reader, Finished);
    const Result<CsvTable> table = readCsv(folder / "metrics.csv");
    QVERIFY(table);
    QCOMPARE(table->rows.size(), reader.rows.size());
    QVERIFY(verifyCheckpoint(*latestCheckpoint(folder)));
}

void TestRunFaults::aFolderThatWasDeleted()
{
    const fs::path folder = m_scratch.path("deleted");
    const auto probe = std::make_shared<FakeEngineProbe>();
    Session session(planWith(probe, "{}", folder), {});
    STARTS(session, reader);
    session.post(command::Play{});
    QTRY_VERIFY_WITH_TIMEOUT(reader.read().progress.step > 10, longWait);
    fs::remove_all(folder);
    QTRY_VERIFY_WITH_TIMEOUT(reader.read().awaitsDisk, longWait);
    QCOMPARE(reader.now.state, SessionState::Paused);
    QVERIFY(reader.now.fault->error.sentence().find("gone") != std::string::npos);
    QVERIFY(!fs::exists(folder));
    // Whoever plays on wants the rest of the run to be kept.
    const std::int64_t step = reader.now.progress.step;
    session.post(command::Play{});
    QTRY_VERIFY_WITH_TIMEOUT(reader.read().progress.step > step + 10, longWait);
    QVERIFY(!reader.now.fault);
    session.post(command::Stop{});
    REACHES(reader, Finished);
    QVERIFY(fs::exists(folder / "experiment.json"));
    QVERIFY(verifyCheckpoint(*latestCheckpoint(folder)));
    const Result<CsvTable> table = readCsv(folder / "metrics.csv");
    QVERIFY(table);
    QCOMPARE(table->rows.back()[0], std::to_string(reader.now.progress.step));
    for (std::size_t i = 1; i < table->rows.size(); ++i)
        QCOMPARE(std::stoll(table->rows[i][0]), std::stoll(table->rows[i - 1][0]) + 1);
    QVERIFY(!reader.eventsOf("warning").empty());
}

QTEST_GUILESS_MAIN(TestRunFaults)
#include "run_faults.moc"
