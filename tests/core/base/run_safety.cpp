// SPDX-License-Identifier: GPL-3.0-or-later
// What keeps a run whole: its origin, its lock, the checksums of its checkpoints, and no link that leads out of it.
#include "core/base/checksum.h"
#include "core/base/files.h"
#include "core/runs/checkpoints.h"
#include "core/runs/resume.h"
#include "core/runs/run_folder.h"
#include "core/runs/run_lock.h"
#include "tests/support/says.h"
#include "tests/support/session_reader.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include <sys/wait.h>
#include <unistd.h>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

CheckpointData checkpointWith(int value)
{
    CheckpointData data;
    data.state = {{"value", value}, {"experiment", Json::object()}, {"ratio", 0.1}, {"none", nullptr}};
    HostTensor tensor{DType::F32, {1000}, std::vector<std::byte>(4000)};
    for (std::size_t i = 0; i < tensor.data.size(); ++i)
        tensor.data[i] = static_cast<std::byte>(i * 31 + static_cast<std::size_t>(value));
    data.tensors.emplace("generator/weight", std::move(tensor));
    return data;
}

std::string contents(const fs::path& file)
{
    return *readFile(file, std::size_t{1} << 24);
}

void overwrite(const fs::path& file, const std::string& bytes)
{
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

} // namespace

class TestRunSafety : public QObject {
    Q_OBJECT

private slots:
    void knownChecksums();
    void originsComeBack();
    void oldRunsHaveNoOrigin();
    void craftedOrigins_data();
    void craftedOrigins();
    void oneWriter();
    void aKilledWriterLetsGo();
    void everyFlippedBitIsFound();
    void everyTruncationIsFound();
    void theOneBeforeIsOffered();
    void newerSchemasAreRefused();
    void noCheckpointBeginsAnew();
    void linksAreRefused();
    void leftoversOfACrashGo();

private:
    std::unique_ptr<RunFolder> newRun(const std::string& name)
    {
        return *RunFolder::create(m_scratch.path(name), documentWith("{}"), fakeColumns());
    }
    Scratch m_scratch;
};

void TestRunSafety::knownChecksums()
{
    // The check value of CRC-32 (ISO-HDLC) in the catalogue of parametrised CRC algorithms.
    QCOMPARE(checksumOf("123456789").crc, std::uint32_t{0xcbf43926});
    QCOMPARE(checksumOf("").crc, std::uint32_t{0});
    const fs::path file = m_scratch.path("sum");
    overwrite(file, std::string(3'000'001, 'x'));
    QVERIFY(*checksumOfFile(file) == checksumOf(std::string(3'000'001, 'x')));
    QCOMPARE(crcText(0x1a), std::string("0000001a"));
    SAYS(checksumOfFile(m_scratch.path("nowhere")), "nowhere");
}

void TestRunSafety::originsComeBack()
{
    const RunParent parent{"fashion-dcgan-2026", 400, RunParent::How::Fork};
    {
        const auto run = *RunFolder::create(m_scratch.path("child"), documentWith("{}"), fakeColumns(), parent);
        QVERIFY(run);
    }
    const Result<RunOrigin> origin = readOrigin(m_scratch.path("child"));
    QVERIFY(origin);
    QVERIFY(origin->parent == parent);
    QVERIFY(origin->program.rfind("Saddle ", 0) == 0);
    QCOMPARE(origin->created.size(), std::string("2026-05-01T14:02:33Z").size());
    newRun("alone");
    QVERIFY(!readOrigin(m_scratch.path("alone"))->parent);
}

void TestRunSafety::oldRunsHaveNoOrigin()
{
    newRun("old");
    fs::remove(m_scratch.path("old") / "run.json");
    const Result<RunOrigin> origin = readOrigin(m_scratch.path("old"));
    QVERIFY(origin && !origin->parent && origin->created.empty());
}

void TestRunSafety::craftedOrigins_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("says");
    const char* form = R"({"schema": 1, "parent": {"run": %1, "step": %2, "how": %3}})";
    const auto row = [&](const char* name, const char* run, const char* step, const char* how, const char* says) {
        QTest::newRow(name) << QString(form).arg(run, step, how) << QString(says);
    };
    row("up", R"("../other")", "1", R"("fork")", "its run");
    row("up alone", R"("..")", "1", R"("fork")", "its run");
    row("absolute", R"("/etc")", "1", R"("fork")", "its run");
    row("empty", R"("")", "1", R"("fork")", "its run");
    row("no text", "7", "1", R"("fork")", "its run");
    row("negative step", R"("a")", "-1", R"("fork")", "its step");
    row("step of words", R"("a")", R"("one")", R"("fork")", "its step");
    row("how", R"("a")", "1", R"("stolen")", "its how");
    QTest::newRow("newer") << R"({"schema": 2})"
                           << "newer than this program knows";
    QTest::newRow("no schema") << "{}"
                               << "where a run comes from";
    QTest::newRow("no JSON") << "["
                             << "run.json";
    QTest::newRow("parent") << R"({"schema": 1, "parent": 3})"
                            << "its parent";
}

void TestRunSafety::craftedOrigins()
{
    QFETCH(QString, text);
    QFETCH(QString, says);
    const fs::path folder = m_scratch.path(std::string("crafted-") + QTest::currentDataTag());
    fs::create_directories(folder);
    overwrite(folder / "run.json", text.toStdString());
    SAYS(readOrigin(folder), "run.json", says.toStdString());
}

void TestRunSafety::oneWriter()
{
    const fs::path folder = m_scratch.path("one");
    auto run = newRun("one");
    QVERIFY(runIsLocked(folder));
    SAYS(RunLock::take(folder), folder.string(), "another Saddle is writing this run",
        "(process " + std::to_string(::getpid()) + ")");
    SAYS(RunFolder::resume(folder, 0, fakeColumns()), "another Saddle is writing this run");
    QVERIFY(runIsLocked(folder)); // neither try let go of it
    run.reset();
    QVERIFY(!runIsLocked(folder));
    QVERIFY(RunFolder::resume(folder, 0, fakeColumns()));
    QVERIFY(!runIsLocked(m_scratch.path("nowhere")));
}

void TestRunSafety::aKilledWriterLetsGo()
{
    const fs::path folder = m_scratch.path("killed");
    newRun("killed");
    int ready[2];
    QCOMPARE(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const Result<RunLock> lock = RunLock::take(folder);
        (void)!::write(ready[1], lock ? "y" : "n", 1);
        ::pause();
        ::_exit(0);
    }
    char answer = 0;
    QCOMPARE(::read(ready[0], &answer, 1), ssize_t{1});
    QCOMPARE(answer, 'y');
    QVERIFY(runIsLocked(folder));
    SAYS(RunLock::take(folder), "(process " + std::to_string(child) + ")");
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    QVERIFY(WIFSIGNALED(status));
    // The file still names the dead process, and that means nothing.
    QVERIFY(!runIsLocked(folder));
    QVERIFY(RunLock::take(folder));
    ::close(ready[0]);
    ::close(ready[1]);
}

void TestRunSafety::everyFlippedBitIsFound()
{
    const auto run = newRun("bits");
    const fs::path place = *writeCheckpoint(run->path(), 10, checkpointWith(1));
    QVERIFY(verifyCheckpoint(place));
    for (const char* name : {"state.json", "tensors.safetensors"}) {
        const std::string whole = contents(place / name);
        for (std::size_t byte = 0; byte<whole.size(); byte += whole.size()> 2000 ? 97 : 1) {
            std::string flipped = whole;
            flipped[byte] = static_cast<char>(flipped[byte] ^ (1 << (byte % 8)));
            overwrite(place / name, flipped);
            // A flipped bit in the white space of the JSON may leave the same values: then nothing is lost.
            const Result<CheckpointData> read = readCheckpoint(place);
            if (read) {
                QCOMPARE(std::string(name), std::string("state.json"));
                QCOMPARE(read->state["value"], Json(1));
                QVERIFY(read->tensors == checkpointWith(1).tensors);
            } else {
                QVERIFY(read.error().sentence().find(name) != std::string::npos);
            }
        }
        overwrite(place / name, whole);
        QVERIFY(readCheckpoint(place));
    }
}

void TestRunSafety::everyTruncationIsFound()
{
    const auto run = newRun("short");
    const fs::path place = *writeCheckpoint(run->path(), 10, checkpointWith(1));
    for (const char* name : {"state.json", "tensors.safetensors"}) {
        const std::string whole = contents(place / name);
        for (std::size_t size = 0; size + 2 < whole.size(); size += 41) {
            overwrite(place / name, whole.substr(0, size));
            SAYS(readCheckpoint(place), name);
            SAYS(verifyCheckpoint(place), name);
        }
        overwrite(place / name, whole);
    }
}

void TestRunSafety::theOneBeforeIsOffered()
{
    const fs::path folder = m_scratch.path("before");
    auto run = newRun("before");
    for (const int step : {10, 20, 30}) {
        CheckpointData data = checkpointWith(step);
        data.state["experiment"] = documentWith("{}");
        QVERIFY(writeCheckpoint(folder, step, data));
    }
    run.reset();
    QCOMPARE(findResumePoint(folder, fakeCatalog())->beginning.checkpoint, folder / "checkpoints" / "00000030");
    std::string bytes = contents(folder / "checkpoints/00000030/tensors.safetensors");
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    overwrite(folder / "checkpoints/00000030/tensors.safetensors", bytes);
    overwrite(folder / "checkpoints/00000020/state.json", "{");
    const Result<ResumePoint> point = findResumePoint(folder, fakeCatalog());
    QVERIFY(point);
    QCOMPARE(point->beginning.checkpoint, folder / "checkpoints" / "00000010");
    QCOMPARE(point->beginning.warnings.size(), std::size_t{3});
    QVERIFY(point->beginning.warnings[0].find("00000030/tensors.safetensors") != std::string::npos);
    QVERIFY(point->beginning.warnings[1].find("00000020/state.json") != std::string::npos);
    QCOMPARE(point->beginning.warnings[2], std::string("It goes on from step 10."));
    overwrite(folder / "checkpoints/00000010/state.json", "{");
    SAYS(findResumePoint(folder, fakeCatalog()), "00000030/tensors.safetensors", "damaged");
}

void TestRunSafety::newerSchemasAreRefused()
{
    const fs::path folder = m_scratch.path("newer");
    auto run = newRun("newer");
    QVERIFY(writeCheckpoint(folder, 10, checkpointWith(1)));
    const fs::path place = *writeCheckpoint(folder, 20, checkpointWith(2));
    run.reset();
    Json state = *readJson(place / "state.json");
    state["schema"] = 7;
    overwrite(place / "state.json", state.dump());
    // What the newer program did is not passed over.
    SAYS(findResumePoint(folder, fakeCatalog()), "schema 7", "newer than this program knows (1)");
}

void TestRunSafety::noCheckpointBeginsAnew()
{
    newRun("early");
    const Result<ResumePoint> point = findResumePoint(m_scratch.path("early"), fakeCatalog());
    QVERIFY(point);
    QVERIFY(point->beginning.goesOn);
    QVERIFY(point->beginning.checkpoint.empty());
    QVERIFY(point->beginning.warnings.empty());
}

void TestRunSafety::linksAreRefused()
{
    const fs::path outside = m_scratch.path("outside");
    fs::create_directories(outside / "00000099");
    for (const char* name : {"state.json", "tensors.safetensors", "metrics.csv", "00000099/state.json",
             "00000099/tensors.safetensors", "00000099.png"})
        overwrite(outside / name, "precious\n");
    for (const char* part :
        {"metrics.csv", "events.jsonl", "experiment.json", "run.json", "lock", "samples", "checkpoints"}) {
        const fs::path folder = m_scratch.path(std::string("link-") + part);
        newRun(std::string("link-") + part);
        fs::remove_all(folder / part);
        if (std::string(part) == "samples" || std::string(part) == "checkpoints")
            fs::create_directory_symlink(outside, folder / part);
        else
            fs::create_symlink(outside / "metrics.csv", folder / part);
        SAYS(RunFolder::resume(folder, 0, fakeColumns()), part, "a link");
        SAYS(findResumePoint(folder, fakeCatalog()), part, "a link");
        QVERIFY(completeCheckpoints(folder).empty());
        QVERIFY(keptSamples(folder).empty());
    }
    // A single one among those that are none is passed over.
    auto run = newRun("one-link");
    QVERIFY(writeCheckpoint(run->path(), 5, checkpointWith(1)));
    fs::create_directory_symlink(outside / "00000099", run->path() / "checkpoints" / "00000099");
    fs::create_symlink(outside / "00000099.png", run->path() / "samples" / "00000099.png");
    QCOMPARE(completeCheckpoints(run->path()).size(), std::size_t{1});
    QVERIFY(keptSamples(run->path()).empty());
    QCOMPARE(contents(outside / "metrics.csv"), std::string("precious\n"));
}

void TestRunSafety::leftoversOfACrashGo()
{
    auto run = newRun("crash");
    const fs::path checkpoints = run->path() / "checkpoints";
    for (const int step : {1, 2, 3})
        QVERIFY(writeCheckpoint(run->path(), step, checkpointWith(step)));
    run.reset();
    fs::copy(checkpoints / "00000001", checkpoints / ".00000004.part");
    fs::copy(checkpoints / "00000001", checkpoints / ".00000001.gone");
    // Killed between the two renames: the older one stands aside and nothing is in its place.
    fs::rename(checkpoints / "00000002", checkpoints / ".00000002.old");
    fs::copy(checkpoints / "00000001", checkpoints / ".00000003.old");
    QVERIFY(RunFolder::resume(m_scratch.path("crash"), 3, fakeColumns()));
    std::set<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(checkpoints))
        names.insert(entry.path().filename().string());
    QCOMPARE(names, (std::set<std::string>{"00000001", "00000002", "00000003"}));
    QCOMPARE(readCheckpoint(checkpoints / "00000002")->state["value"], Json(2));
    QCOMPARE(readCheckpoint(checkpoints / "00000003")->state["value"], Json(3));
}

QTEST_GUILESS_MAIN(TestRunSafety)
#include "run_safety.moc"
