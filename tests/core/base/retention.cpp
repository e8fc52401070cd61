// SPDX-License-Identifier: GPL-3.0-or-later
// Which checkpoints a run keeps, and when it makes them.
#include "core/runs/retention.h"

#include "core/base/files.h"
#include "core/session/checkpoint_writer.h"
#include "tests/support/says.h"
#include "tests/support/session_reader.h"

#include <filesystem>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

const std::string rate = "optimisers.generator.learning_rate";

std::vector<KeptCheckpoint> evenly(int count, std::int64_t apart, std::uint64_t bytes)
{
    std::vector<KeptCheckpoint> kept;
    for (int i = 1; i <= count; ++i)
        kept.push_back({i * apart, bytes, false});
    return kept;
}

std::vector<std::int64_t> left(const std::vector<KeptCheckpoint>& kept, const std::vector<std::int64_t>& thinned)
{
    std::vector<std::int64_t> steps;
    for (const KeptCheckpoint& one : kept) {
        if (std::find(thinned.begin(), thinned.end(), one.step) == thinned.end())
            steps.push_back(one.step);
    }
    return steps;
}

std::vector<std::string> reasons(const Reader& reader)
{
    std::vector<std::string> texts;
    for (const RunEvent& event : reader.eventsOf("checkpoint"))
        texts.push_back(event.text);
    return texts;
}

std::vector<std::int64_t> stepsOf(const fs::path& run)
{
    std::vector<std::int64_t> steps;
    for (const auto& [step, folder] : completeCheckpoints(run))
        steps.push_back(step);
    return steps;
}

} // namespace

class TestRetention : public QObject {
    Q_OBJECT

private slots:
    void nothingGoesWhileThereIsRoom();
    void theOldGrowSparse();
    void theGuardedStay();
    void whatIsGuarded();
    void aRunKeepsItsBudget();
    void atAPause();
    void beforeEdits();
    void byTime();
    void theWriterTellsWhatItCouldNot();

private:
    Scratch m_scratch;
};

void TestRetention::nothingGoesWhileThereIsRoom()
{
    QVERIFY(checkpointsToThin({}, 1).empty());
    QVERIFY(checkpointsToThin(evenly(10, 100, 5), 50).empty());
    QVERIFY(checkpointsToThin(evenly(10, 100, 5), 0).empty()); // no limit
    // The last two stay whatever they take.
    QVERIFY(checkpointsToThin(evenly(2, 100, 5), 1).empty());
    QCOMPARE(left(evenly(5, 100, 5), checkpointsToThin(evenly(5, 100, 5), 1)), (std::vector<std::int64_t>{400, 500}));
}

void TestRetention::theOldGrowSparse()
{
    // By hand: of 100 .. 500, the gap 200 around each is least for its age at 100 (200 / 400).
    QCOMPARE(checkpointsToThin(evenly(5, 100, 1), 4), (std::vector<std::int64_t>{100}));
    // Then 200 has 300 / 300, and 300 has 200 / 200: the older of the two goes.
    QCOMPARE(checkpointsToThin(evenly(5, 100, 1), 3), (std::vector<std::int64_t>{100, 200}));
    // A long run that keeps twelve: each gap is at most a few times the one after it, and the ages reach far back.
    std::vector<KeptCheckpoint> kept;
    for (std::int64_t step = 100; step <= 100'000; step += 100) {
        kept.push_back({step, 1, false});
        for (const std::int64_t gone : checkpointsToThin(kept, 12))
            std::erase_if(kept, [gone](const KeptCheckpoint& one) { return one.step == gone; });
    }
    QCOMPARE(kept.size(), std::size_t{12});
    QCOMPARE(kept[11].step, 100'000);
    QCOMPARE(kept[10].step, 99'900);
    QVERIFY(kept[0].step < 75'000);
    QVERIFY(100'000 - kept[8].step < 2'000);
}

void TestRetention::theGuardedStay()
{
    std::vector<KeptCheckpoint> kept = evenly(6, 100, 10);
    kept[0].guarded = kept[2].guarded = true;
    QCOMPARE(left(kept, checkpointsToThin(kept, 1)), (std::vector<std::int64_t>{100, 300, 500, 600}));
}

void TestRetention::whatIsGuarded()
{
    const fs::path run = m_scratch.path("guarded");
    fs::create_directories(run / "checkpoints");
    const auto write = [&run](std::int64_t step, const char* reason, const Json& measure) {
        CheckpointData data;
        data.state = {{"reason", reason}, {"measure", measure}};
        data.tensors.emplace("w", HostTensor{DType::U8, {1000}, std::vector<std::byte>(1000)});
        QVERIFY(writeCheckpoint(run, step, data));
    };
    write(10, "every 10 steps", 0.5);
    write(20, "every 10 steps", 0.2);
    write(30, "by hand", 0.3);
    write(40, "every 10 steps", nullptr);
    write(50, "every 10 steps", 0.4);
    write(60, "every 10 steps", 0.4);
    QVERIFY(writeFileWhole(run / "marks.json", R"({"schema": 1, "keep": [50, "x", 999]})"));
    std::vector<std::int64_t> guarded;
    for (const KeptCheckpoint& one : checkpointsOf(run)) {
        QVERIFY(one.bytes > 1000);
        if (one.guarded)
            guarded.push_back(one.step);
    }
    QCOMPARE(guarded, (std::vector<std::int64_t>{20, 30, 50}));
    const Result<CheckpointUse> use = thinCheckpoints(run, 1);
    QVERIFY(use);
    QCOMPARE(stepsOf(run), (std::vector<std::int64_t>{20, 30, 50, 60}));
    QCOMPARE(use->count, 4);
    QCOMPARE(use->bytes, useOf(checkpointsOf(run)).bytes);
}

void TestRetention::aRunKeepsItsBudget()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    probe->checkpointBytes = 100'000;
    const fs::path folder = m_scratch.path("budget");
    Session session(planWith(probe,
                        R"({"training": {"steps": 400},
                            "sampling": {"checkpoint_every": 10, "checkpoint_gigabytes": 0.00065}})",
                        folder),
        {});
    STARTS(session, reader);
    session.post(command::Play{});
    REACHES(reader, Finished);
    QCOMPARE(reader.eventsOf("checkpoint").size(), std::size_t{40});
    const CheckpointUse use = useOf(checkpointsOf(folder));
    QCOMPARE(use.count, 6);
    QVERIFY(use.bytes <= 650'000);
    QCOMPARE(reader.now.checkpoints.count, use.count);
    QCOMPARE(reader.now.checkpoints.bytes, use.bytes);
    QCOMPARE(stepsOf(folder).back(), 400);
    QVERIFY(reader.eventsOf("warning").empty());
    // Those saved by hand stay, and where they take all the room, it is said once.
    session.post(command::SetParameter{"training.steps", 0});
    for (int i = 0; i < 8; ++i) {
        session.post(command::Step{});
        QTRY_COMPARE(reader.read().progress.step, 401 + i);
        session.post(command::SaveCheckpoint{});
        QTRY_COMPARE((reader.read(), reader.eventsOf("checkpoint").size()), static_cast<std::size_t>(41 + i));
    }
    QTRY_COMPARE((reader.read(), reader.eventsOf("warning").size()), std::size_t{1});
    QVERIFY(reader.eventsOf("warning")[0].text.find("room for checkpoints") != std::string::npos);
    QVERIFY(stepsOf(folder).size() >= 8);
}

void TestRetention::atAPause()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const fs::path folder = m_scratch.path("pause");
    Session session(planWith(probe, "{}", folder), {});
    STARTS(session, reader);
    session.post(command::Play{});
    QTRY_VERIFY(reader.read().progress.step > 3);
    session.post(command::Pause{});
    QTRY_COMPARE_WITH_TIMEOUT((reader.read(), reader.eventsOf("checkpoint").size()), std::size_t{1}, longWait);
    QCOMPARE(reasons(reader)[0], std::string("Checkpoint, at a pause"));
    QCOMPARE(stepsOf(folder), (std::vector<std::int64_t>{reader.now.progress.step}));
    QCOMPARE(reader.now.checkpoints.count, 1);
    // A second pause at the same step has nothing new to keep.
    session.post(command::Play{});
    session.post(command::Pause{});
    session.post(command::Stop{});
    REACHES(reader, Finished);
    QCOMPARE(static_cast<std::size_t>(probe->saves()), stepsOf(folder).size());
}

void TestRetention::beforeEdits()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const fs::path folder = m_scratch.path("edits");
    Session session(planWith(probe, "{}", folder), {});
    STARTS(session, reader);
    session.post(command::SetParameter{rate, 0.5}); // nothing has been learned yet
    session.post(command::Step{});
    session.post(command::Step{});
    QTRY_COMPARE(reader.read().progress.step, 2);
    REACHES(reader, Paused);
    session.post(command::SetParameter{"sampling.rows", 3}); // spoils nothing
    session.post(command::SetParameter{"training.steps", 100});
    session.post(command::SetParameter{rate, 0.5}); // no change
    session.post(command::SetParameter{rate, 0.25});
    QTRY_COMPARE((reader.read(), reader.eventsOf("checkpoint").size()), std::size_t{1});
    QVERIFY(reasons(reader)[0].find("before an edit: ") != std::string::npos);
    // It holds the experiment as it was before.
    const Result<Json> state = readCheckpointState(folder / "checkpoints" / "00000002");
    QVERIFY(state);
    QCOMPARE(*findPath((*state)["experiment"], rate), Json(0.5));
    // More edits, as those of a slider that is dragged while steps go on: one checkpoint before them is enough.
    session.post(command::Step{});
    QTRY_COMPARE(reader.read().progress.step, 3);
    for (int i = 1; i < 20; ++i)
        session.post(command::SetParameter{rate, 0.25 + 0.01 * i});
    QTRY_COMPARE(*findPath(*reader.read().document, rate), Json(0.25 + 0.01 * 19));
    QCOMPARE(probe->saves(), 1);
}

void TestRetention::byTime()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const fs::path folder = m_scratch.path("time");
    // Six milliseconds of training.
    Session session(planWith(probe, R"({"sampling": {"checkpoint_minutes": 0.0001}})", folder), {});
    STARTS(session, reader);
    session.post(command::Play{});
    QTRY_VERIFY_WITH_TIMEOUT((reader.read(), reader.eventsOf("checkpoint").size() >= 3), longWait);
    session.post(command::Stop{});
    REACHES(reader, Finished);
    QCOMPARE(reasons(reader)[0], std::string("Checkpoint, every 0.0001 minutes"));
    const std::vector<std::pair<std::int64_t, fs::path>> complete = completeCheckpoints(folder);
    for (std::size_t i = 1; i + 1 < complete.size(); ++i) {
        const double before = (*readCheckpointState(complete[i - 1].second))["seconds"];
        const double after = (*readCheckpointState(complete[i].second))["seconds"];
        QVERIFY(after - before >= 0.006);
    }
}

void TestRetention::theWriterTellsWhatItCouldNot()
{
    int told = 0;
    std::mutex mutex;
    CheckpointWriter writer([&] {
        const std::lock_guard lock(mutex);
        ++told;
    });
    const auto snapshot = [](int value) {
        Snapshot taken;
        taken.tensors = [value] {
            return TensorMap{
                {"w", HostTensor{DType::U8, {10}, std::vector<std::byte>(10, static_cast<std::byte>(value))}}};
        };
        return taken;
    };
    writer.write(m_scratch.path("nowhere"), 5, "by hand", snapshot(0), 0);
    writer.wait();
    std::vector<WrittenCheckpoint> written = writer.take();
    QCOMPARE(written.size(), std::size_t{1});
    QCOMPARE(written[0].step, 5);
    SAYS(written[0].place, "nowhere");
    fs::create_directories(m_scratch.path("there") / "checkpoints");
    for (int step = 1; step <= 3; ++step)
        writer.write(m_scratch.path("there"), step, "by hand", snapshot(step), 0);
    writer.wait();
    written = writer.take();
    QCOMPARE(written.size(), std::size_t{3});
    for (int step = 1; step <= 3; ++step) {
        const Result<CheckpointData> read = readCheckpoint(*written[static_cast<std::size_t>(step) - 1].place);
        QVERIFY(read);
        QCOMPARE(read->tensors.at("w").data[0], static_cast<std::byte>(step));
    }
    QCOMPARE(written[2].use->count, 3);
    // No disk is to blame where the run's state does not come.
    Snapshot lost;
    lost.tensors = []() -> TensorMap { throw std::runtime_error("the device fell over"); };
    writer.write(m_scratch.path("there"), 4, "by hand", lost, 0);
    writer.wait();
    written = writer.take();
    QCOMPARE(written.size(), std::size_t{1});
    SAYS(written[0].place, "the device fell over");
    QCOMPARE(written[0].fault, Fault::Kind::Other);
    QCOMPARE(std::ssize(completeCheckpoints(m_scratch.path("there"))), std::ptrdiff_t{3});
    const std::lock_guard lock(mutex);
    QCOMPARE(told, 5);
}

QTEST_GUILESS_MAIN(TestRetention)
#include "retention.moc"
