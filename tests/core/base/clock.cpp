// SPDX-License-Identifier: GPL-3.0-or-later
// The time of day jumps, back and forth: it is only ever written down, and decides nothing.
#include "core/base/files.h"
#include "core/io/csv.h"
#include "core/runs/event_log.h"
#include "core/runs/retention.h"
#include "tests/support/killed_run.h"
#include "tests/support/session_reader.h"

#include <atomic>
#include <chrono>
#include <ctime>
#include <filesystem>

#include <sys/syscall.h>
#include <unistd.h>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

std::atomic<std::time_t> ahead{0}; ///< seconds that the time of day is before the true one, or behind it

constexpr std::time_t day = 86'400;

} // namespace

// In place of the C library's, for everything in this program.
extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept
{
    const int failed = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
    if (failed == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        time->tv_sec += ahead;
    return failed;
}

extern "C" std::time_t time(std::time_t* out) noexcept
{
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}

class TestClock : public QObject {
    Q_OBJECT

private slots:
    void cleanup() { ahead = 0; }
    void theClockOfThisTestJumps();
    void trainingGoesOnThroughJumps();
    void theLatestIsByStep();
    void foldersOfTheSameSecond();

private:
    Scratch m_scratch;
};

void TestClock::theClockOfThisTestJumps()
{
    const auto before = std::chrono::system_clock::now();
    ahead = -day;
    QVERIFY(std::chrono::system_clock::now() < before - std::chrono::hours(23));
    QVERIFY(std::time(nullptr) < std::chrono::system_clock::to_time_t(before) - 80'000);
}

void TestClock::trainingGoesOnThroughJumps()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const fs::path folder = m_scratch.path("jumps");
    const auto began = std::chrono::steady_clock::now();
    {
        // A checkpoint every twelve milliseconds of training.
        Session session(planWith(probe, R"({"sampling": {"checkpoint_minutes": 0.0002}})", folder), {});
        STARTS(session, reader);
        session.post(command::Play{});
        for (const std::time_t jump : {-day, 365 * day, -10 * 365 * day, std::time_t{0}, -1L, -2L}) {
            const std::size_t checkpoints = reader.eventsOf("checkpoint").size();
            const std::size_t rows = reader.rows.size();
            ahead = jump;
            QTRY_VERIFY_WITH_TIMEOUT((reader.read(), reader.eventsOf("checkpoint").size() > checkpoints + 2), longWait);
            QTRY_VERIFY_WITH_TIMEOUT((reader.read(), reader.rows.size() > rows), longWait);
        }
        session.post(command::Pause{});
        REACHES(reader, Paused);
        session.post(command::Stop{});
        REACHES(reader, Finished);
        QVERIFY(!reader.now.fault);
        const double passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        QVERIFY(reader.now.seconds <= passed);
        for (std::size_t i = 1; i < reader.rows.size(); ++i)
            QVERIFY(reader.rows[i].seconds >= reader.rows[i - 1].seconds);
    }
    QCOMPARE(faultOfKilled(folder, fakeCatalog(), fakeColumns()), QString());
    double seconds = 0;
    for (const auto& [step, checkpoint] : completeCheckpoints(folder)) {
        const double at = (*readCheckpointState(checkpoint))["seconds"];
        QVERIFY(at >= seconds);
        seconds = at;
    }
    // The log stands in the order in which things happened, whatever time it was.
    const std::vector<RunEvent> events = readEvents(folder);
    for (std::size_t i = 1; i < events.size(); ++i)
        QVERIFY(events[i].seconds >= events[i - 1].seconds || events[i].kind == "checkpoint");
    QCOMPARE(events.back().kind, std::string("finish"));
}

void TestClock::theLatestIsByStep()
{
    const fs::path run = m_scratch.path("files");
    fs::create_directories(run / "checkpoints");
    for (std::int64_t step = 10; step <= 50; step += 10) {
        CheckpointData data;
        data.tensors.emplace("w", HostTensor{DType::U8, {1000}, std::vector<std::byte>(1000)});
        const Result<fs::path> written = writeCheckpoint(run, step, data);
        QVERIFY_OK(written);
        // Each looks a day older than the one before it.
        const auto time = fs::file_time_type::clock::now() - std::chrono::hours(24 * step / 10);
        for (const char* file : {"state.json", "tensors.safetensors"})
            fs::last_write_time(*written / file, time);
        fs::last_write_time(*written, time);
    }
    QCOMPARE(latestCheckpoint(run)->filename().string(), std::string("00000050"));
    QVERIFY(thinCheckpoints(run, 1));
    const auto left = completeCheckpoints(run);
    QCOMPARE(left.size(), std::size_t{2});
    QCOMPARE(left[0].first, 40);
    QCOMPARE(left[1].first, 50);
}

void TestClock::foldersOfTheSameSecond()
{
    // The clock is set back to a second in which a run was begun.
    std::vector<fs::path> folders;
    const std::time_t base = std::time(nullptr);
    for (int i = 0; i < 3; ++i) {
        ahead += base - std::time(nullptr);
        folders.push_back(newRunFolder(m_scratch.path(), "same"));
        QVERIFY_OK(RunFolder::create(folders.back(), documentWith("{}"), fakeColumns()));
    }
    QVERIFY(folders[0] != folders[1] && folders[1] != folders[2] && folders[0] != folders[2]);
}

QTEST_GUILESS_MAIN(TestClock)
#include "clock.moc"
