// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/run_folder.h"

#include "core/base/files.h"
#include "core/io/csv.h"
#include "tests/support/fake_engine.h"
#include "tests/support/says.h"
#include "tests/support/small_disk.h"

#include <clocale>
#include <cmath>
#include <filesystem>
#include <limits>
#include <set>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

constexpr double noValue = std::numeric_limits<double>::quiet_NaN();

MetricRow row(std::int64_t step)
{
    return {step, static_cast<double>(step) / 8, step * 64, 0.5 * static_cast<double>(step), {0.25, noValue, -1e-9}};
}

std::string contents(const fs::path& file)
{
    const Result<std::string> text = readFile(file, std::size_t{64} << 20);
    return text ? *text : "cannot be read: " + text.error().sentence();
}

std::unique_ptr<RunFolder> created(const fs::path& folder)
{
    Result<std::unique_ptr<RunFolder>> run = RunFolder::create(folder, {{"schema", 1}}, fakeColumns());
    return run ? *std::move(run) : nullptr;
}

CheckpointData checkpoint(int value)
{
    CheckpointData data;
    data.state["value"] = value;
    data.tensors["generator/weight"] = {DType::U8, {2}, {std::byte(value), std::byte(0)}};
    return data;
}

std::set<std::string> names(const fs::path& folder)
{
    std::set<std::string> all;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder))
        all.insert(entry.path().filename().string());
    return all;
}

const std::string header = "step,epoch,images,seconds,d_loss,g_loss,rate\n";

} // namespace

class TestRunFolder : public QObject {
    Q_OBJECT

private slots:
    void createdWhole();
    void refusesWhatIsThere();
    void refusesWhereItMayNotWrite();
    void rowsExactly();
    void rowsInAnyLocale();
    void eventsAreLines();
    void resumeGoesOn();
    void resumeSetsLaterRowsAside();
    void resumeAfterTornWrites();
    void resumeRefusesOtherColumns();
    void checkpointsComeBack();
    void checkpointsReplaceEachOther();
    void latestCheckpointIsAWholeOne();
    void newerCheckpoints();
    void keptGrids();
    void fullDiskKeepsLinesWhole();
    void fullDiskKeepsCheckpoints();
    void fullDiskAtTheStart();
    void lastTryAtTheEnd();
    void stepNames();
    void newFolders();

private:
    Scratch m_scratch;
};

void TestRunFolder::createdWhole()
{
    const fs::path folder = m_scratch.path("deep/er/run");
    const Json document{{"schema", 1}, {"title", "Ünï"}};
    Result<std::unique_ptr<RunFolder>> run = RunFolder::create(folder, document, fakeColumns());
    QVERIFY_OK(run);
    QCOMPARE((*run)->path(), folder);
    QCOMPARE(names(folder),
        (std::set<std::string>{
            "checkpoints", "events.jsonl", "experiment.json", "lock", "metrics.csv", "run.json", "samples"}));
    QCOMPARE(contents(folder / "experiment.json"), prettyJson(document));
    QCOMPARE(*readExperiment(folder), document);
    QCOMPARE(contents(folder / "metrics.csv"), header);
    // An empty folder will do.
    fs::create_directory(m_scratch.path("empty"));
    QVERIFY(created(m_scratch.path("empty")));
}

void TestRunFolder::refusesWhatIsThere()
{
    const fs::path folder = m_scratch.path("taken");
    QVERIFY(created(folder));
    const std::string before = contents(folder / "experiment.json");
    SAYS(RunFolder::create(folder, Json::object(), fakeColumns()), folder.string(), "already holds a run", "--resume");
    QCOMPARE(contents(folder / "experiment.json"), before);
    const fs::path lonely = m_scratch.write("lonely/metrics.csv", header).parent_path();
    SAYS(RunFolder::create(lonely, Json::object(), fakeColumns()), "already holds a run");
    const fs::path full = m_scratch.write("full/letter.txt", "dear").parent_path();
    SAYS(RunFolder::create(full, Json::object(), fakeColumns()), full.string(), "not empty");
    QCOMPARE(names(full), (std::set<std::string>{"letter.txt"}));
    const fs::path file = m_scratch.write("file", "x");
    SAYS(RunFolder::create(file, Json::object(), fakeColumns()), file.string(), "a file, not a folder");
    QCOMPARE(contents(file), std::string("x"));
}

void TestRunFolder::refusesWhereItMayNotWrite()
{
    const fs::path file = m_scratch.write("underfile", "x");
    SAYS(RunFolder::check(file / "run" / "deep"), file.string(), "a file, not a folder");
    SAYS(RunFolder::create(file / "run", Json::object(), fakeColumns()), file.string(), "a file, not a folder");
    if (::geteuid() == 0)
        return; // nothing is read-only for root
    const fs::path closed = m_scratch.path("closed");
    fs::create_directory(closed);
    fs::permissions(closed, fs::perms::owner_read | fs::perms::owner_exec);
    SAYS(RunFolder::create(closed / "run", Json::object(), fakeColumns()), closed.string(), "cannot be written",
        "permissions");
    fs::permissions(closed, fs::perms::owner_all);
}

void TestRunFolder::rowsExactly()
{
    const fs::path folder = m_scratch.path("rows");
    const std::unique_ptr<RunFolder> run = created(folder);
    QVERIFY(run);
    QVERIFY_OK(
        run->appendRows({{1, 0.001, 64, 0.0, {1.5, noValue, 2e-4}}, {2, 1.0 / 3, 128, 1234.5678, {-0.0, 1e300, 0.1}}}));
    QVERIFY_OK(run->appendRows({}));
    QVERIFY_OK(run->appendRows({{3, 0, 1'000'000'000'000, 0.0004, {std::numeric_limits<double>::infinity(), 0, 0}}}));
    QCOMPARE(contents(folder / "metrics.csv"),
        header
            + "1,0.001,64,0.000,1.5,,2e-04\n"
              "2,0.3333333333333333,128,1234.568,-0,1e+300,0.1\n"
              "3,0,1000000000000,0.000,inf,0,0\n");
    const Result<CsvTable> table = readCsv(folder / "metrics.csv");
    QVERIFY_OK(table);
    QCOMPARE(table->rows.size(), std::size_t{3});
    QCOMPARE(parseNumber(table->rows[1][1]).value(), 1.0 / 3);
}

void TestRunFolder::rowsInAnyLocale()
{
    // Qt takes over the user's locale, where a comma may stand for the point. Not every machine has this one.
    const std::unique_ptr<RunFolder> run = created(m_scratch.path("locale"));
    QVERIFY(run);
    std::setlocale(LC_ALL, "de_DE.UTF-8");
    const Status written = run->appendRows({{1, 0.5, 64, 1.5, {0.5, 0.5, 0.5}}});
    std::setlocale(LC_ALL, "C");
    QVERIFY_OK(written);
    QCOMPARE(contents(run->path() / "metrics.csv"), header + "1,0.5,64,1.500,0.5,0.5,0.5\n");
}

void TestRunFolder::eventsAreLines()
{
    const std::unique_ptr<RunFolder> run = created(m_scratch.path("events"));
    QVERIFY(run);
    QVERIFY_OK(run->appendEvent({5, 1.25, "edit", "Rate: 1 → 2\nsecond \"line\"", {{"path", "a.b"}, {"value", 2}}}));
    QVERIFY_OK(run->appendEvent({6, 2, "pause", "\xff not UTF-8", Json::object()}));
    const std::string text = contents(run->path() / "events.jsonl");
    QCOMPARE(std::count(text.begin(), text.end(), '\n'), 2);
    QCOMPARE(text.back(), '\n');
    const std::size_t end = text.find('\n');
    const Result<Json> first = parseJson(text.substr(0, end), "first");
    QVERIFY_OK(first);
    QCOMPARE((*first)["step"], Json(5));
    QCOMPARE((*first)["seconds"], Json(1.25));
    QCOMPARE((*first)["kind"], Json("edit"));
    QCOMPARE((*first)["text"], Json("Rate: 1 → 2\nsecond \"line\""));
    QCOMPARE((*first)["data"], (Json{{"path", "a.b"}, {"value", 2}}));
    QVERIFY((*first)["time"].get<std::int64_t>() > 1'600'000'000);
    const Result<Json> second = parseJson(text.substr(end + 1), "second");
    QVERIFY_OK(second);
    QVERIFY(!second->contains("data"));
}

void TestRunFolder::resumeGoesOn()
{
    const fs::path folder = m_scratch.path("resumed");
    {
        const std::unique_ptr<RunFolder> run = created(folder);
        QVERIFY_OK(run->appendRows({row(1), row(2)}));
    }
    const std::string before = contents(folder / "metrics.csv");
    {
        Result<std::unique_ptr<RunFolder>> run = RunFolder::resume(folder, 2, fakeColumns());
        QVERIFY_OK(run);
        QVERIFY_OK((*run)->appendRows({row(3)}));
        QVERIFY_OK((*run)->appendEvent({2, 0, "resume", "again", Json::object()}));
    }
    const std::string after = contents(folder / "metrics.csv");
    QVERIFY(after.starts_with(before));
    QVERIFY(after.substr(before.size()).starts_with("3,"));
    QVERIFY(names(folder)
        == (std::set<std::string>{
            "checkpoints", "events.jsonl", "experiment.json", "lock", "metrics.csv", "run.json", "samples"}));
    SAYS(RunFolder::resume(m_scratch.path("no-run"), 2, fakeColumns()), "metrics.csv");
}

void TestRunFolder::resumeSetsLaterRowsAside()
{
    const fs::path folder = m_scratch.path("back");
    {
        const std::unique_ptr<RunFolder> run = created(folder);
        QVERIFY_OK(run->appendRows({row(1), row(2), row(10), row(11)}));
    }
    const std::string whole = contents(folder / "metrics.csv");
    const std::size_t cut = whole.find("\n10,") + 1;
    QVERIFY_OK(RunFolder::resume(folder, 9, fakeColumns()));
    QCOMPARE(contents(folder / "metrics.csv"), whole.substr(0, cut));
    QCOMPARE(contents(folder / "metrics-after-00000009.csv"), header + whole.substr(cut));
    // Once more from there: nothing set aside is overwritten.
    {
        Result<std::unique_ptr<RunFolder>> run = RunFolder::resume(folder, 9, fakeColumns());
        QVERIFY_OK(run);
        QVERIFY_OK((*run)->appendRows({row(12)}));
    }
    QVERIFY_OK(RunFolder::resume(folder, 9, fakeColumns()));
    QCOMPARE(contents(folder / "metrics.csv"), whole.substr(0, cut));
    QCOMPARE(contents(folder / "metrics-after-00000009.csv"), header + whole.substr(cut));
    QVERIFY(contents(folder / "metrics-after-00000009-1.csv").starts_with(header + "12,"));
    // To the very start.
    QVERIFY_OK(RunFolder::resume(folder, 0, fakeColumns()));
    QCOMPARE(contents(folder / "metrics.csv"), header);
}

void TestRunFolder::resumeAfterTornWrites()
{
    for (const char* torn : {"3", "3,0.5,19", "\0\0\0", "x,1\n", ",,,\n"}) {
        const fs::path folder = m_scratch.path("torn-" + std::to_string(QTest::currentTestFailed())
            + std::string(1, torn[0] ? torn[0] : '0') + std::to_string(std::string(torn).size()));
        const std::string good = header + "1,0,64,0.000,1,2,3\n2,0,128,0.000,1,2,3\n";
        m_scratch.write(folder.filename().string() + "/metrics.csv", good + torn);
        m_scratch.write(folder.filename().string() + "/events.jsonl", "{\"step\":1}\n{\"step\":2,\"te");
        {
            Result<std::unique_ptr<RunFolder>> run = RunFolder::resume(folder, 5, fakeColumns());
            QVERIFY_OK(run);
            QVERIFY_OK((*run)->appendRows({row(3)}));
            QVERIFY_OK((*run)->appendEvent({2, 0, "resume", "again", Json::object()}));
        }
        const Result<CsvTable> table = readCsv(folder / "metrics.csv");
        QVERIFY_OK(table);
        QCOMPARE(table->rows.size(), std::size_t{3});
        QVERIFY(!table->tornTail);
        if (*torn)
            QCOMPARE(contents(folder / "metrics-after-00000005.csv"), header + torn);
        // The half event is gone, the others follow each other.
        const std::string events = contents(folder / "events.jsonl");
        QVERIFY(events.starts_with("{\"step\":1}\n{"));
        QVERIFY_OK(parseJson(events.substr(events.find('\n') + 1), "last"));
    }
    m_scratch.write("headless/metrics.csv", "step,epo");
    SAYS(RunFolder::resume(m_scratch.path("headless"), 1, fakeColumns()), "metrics.csv", "columns");
}

void TestRunFolder::resumeRefusesOtherColumns()
{
    const fs::path folder = m_scratch.path("columns");
    QVERIFY(created(folder));
    std::vector<ColumnInfo> fewer = fakeColumns();
    fewer.pop_back();
    SAYS(RunFolder::resume(folder, 0, fewer), "metrics.csv", "columns", "start a new run");
    QCOMPARE(contents(folder / "metrics.csv"), header);
}

void TestRunFolder::checkpointsComeBack()
{
    const std::unique_ptr<RunFolder> run = created(m_scratch.path("checkpoints"));
    const Result<fs::path> place = writeCheckpoint(run->path(), 500, checkpoint(7));
    QVERIFY_OK(place);
    QCOMPARE(*place, run->path() / "checkpoints" / "00000500");
    QCOMPARE(names(run->path() / "checkpoints"), (std::set<std::string>{"00000500"}));
    QCOMPARE(names(*place), (std::set<std::string>{"state.json", "tensors.safetensors"}));
    const Result<CheckpointData> back = readCheckpoint(*place);
    QVERIFY_OK(back);
    QCOMPARE(back->state["value"], Json(7));
    QCOMPARE(back->state["step"], Json(500));
    QVERIFY(back->tensors == checkpoint(7).tensors);
}

void TestRunFolder::checkpointsReplaceEachOther()
{
    const std::unique_ptr<RunFolder> run = created(m_scratch.path("replace"));
    const fs::path all = run->path() / "checkpoints";
    QVERIFY_OK(writeCheckpoint(run->path(), 5, checkpoint(1)));
    QVERIFY_OK(writeCheckpoint(run->path(), 5, checkpoint(2)));
    QCOMPARE(readCheckpoint(all / "00000005")->state["value"], Json(2));
    QCOMPARE(names(all), (std::set<std::string>{"00000005"}));
    // What an earlier crash left is in nobody's way.
    m_scratch.write("replace/checkpoints/.00000005.part/state.json", "{");
    m_scratch.write("replace/checkpoints/.00000005.part/more/x", "x");
    m_scratch.write("replace/checkpoints/.00000005.old/state.json", "{");
    QVERIFY_OK(writeCheckpoint(run->path(), 5, checkpoint(3)));
    QCOMPARE(readCheckpoint(all / "00000005")->state["value"], Json(3));
    QVERIFY(!fs::exists(all / ".00000005.part"));
    // A checkpoint that cannot be written leaves the one before.
    CheckpointData wrong = checkpoint(4);
    wrong.tensors["generator/weight"].shape = {99};
    SAYS(writeCheckpoint(run->path(), 5, wrong), "generator/weight");
    QCOMPARE(readCheckpoint(all / "00000005")->state["value"], Json(3));
    QVERIFY(!fs::exists(all / ".00000005.part"));
}

void TestRunFolder::latestCheckpointIsAWholeOne()
{
    const std::unique_ptr<RunFolder> run = created(m_scratch.path("latest"));
    const fs::path all = run->path() / "checkpoints";
    SAYS(latestCheckpoint(run->path()), run->path().string(), "no checkpoint");
    SAYS(latestCheckpoint(m_scratch.path("no-run")), "no checkpoint");
    QVERIFY_OK(writeCheckpoint(run->path(), 20, checkpoint(1)));
    QVERIFY_OK(writeCheckpoint(run->path(), 100'000'000, checkpoint(1)));
    QVERIFY_OK(writeCheckpoint(run->path(), 99'999'999, checkpoint(1)));
    QCOMPARE(*latestCheckpoint(run->path()), all / "100000000");
    fs::create_directory(all / "200000000");
    m_scratch.write("latest/checkpoints/300000000/state.json", "{}");
    m_scratch.write("latest/checkpoints/310000000/tensors.safetensors", "x");
    m_scratch.write("latest/checkpoints/.400000000.part/state.json", "{}");
    m_scratch.write("latest/checkpoints/.400000000.part/tensors.safetensors", "x");
    m_scratch.write("latest/checkpoints/500000000", "a file");
    for (const char* name : {"best600000000", "600000000 copy", "-600000000", "+600000000", "0x600000000", "9"}) {
        m_scratch.write(std::string("latest/checkpoints/") + name + "/state.json", "{}");
        m_scratch.write(std::string("latest/checkpoints/") + name + "/tensors.safetensors", "x");
    }
    QCOMPARE(*latestCheckpoint(run->path()), all / "100000000");
}

void TestRunFolder::newerCheckpoints()
{
    const std::unique_ptr<RunFolder> run = created(m_scratch.path("newer"));
    const fs::path place = *writeCheckpoint(run->path(), 1, checkpoint(1));
    const Json state = *readJson(place / "state.json");
    const auto with = [&](const Json& schema) {
        Json changed = state;
        changed["schema"] = schema;
        if (!writeFileWhole(place / "state.json", prettyJson(changed)))
            return Result<CheckpointData>(Error{"not written", "", ""});
        return readCheckpoint(place);
    };
    QVERIFY_OK(with(1));
    SAYS(with(2), (place / "state.json").string(), "schema 2", "newer Saddle");
    SAYS(with("1"), (place / "state.json").string(), "not the state of a checkpoint");
    SAYS(with(nullptr), "not the state of a checkpoint");
    QVERIFY_OK(writeFileWhole(place / "state.json", "[1]"));
    SAYS(readCheckpoint(place), "not the state of a checkpoint");
    QVERIFY_OK(writeFileWhole(place / "state.json", "{\"schema\": 1"));
    SAYS(readCheckpoint(place), "state.json, line 1");
    SAYS(readCheckpoint(m_scratch.path("nowhere")), "state.json");
    QVERIFY_OK(writeFileWhole(place / "state.json", prettyJson(state)));
    fs::remove(place / "tensors.safetensors");
    SAYS(readCheckpoint(place), "tensors.safetensors");
    SAYS(readExperiment(m_scratch.path("nowhere")), "nowhere", "no run folder");
    SAYS(readExperiment(place), "experiment.json is missing");
}

void TestRunFolder::keptGrids()
{
    const std::unique_ptr<RunFolder> run = created(m_scratch.path("grids"));
    Samples samples;
    samples.count = 4;
    samples.height = samples.width = 3;
    samples.channels = 1;
    samples.columns = 2;
    samples.pixels.assign(36, 200);
    for (const std::int64_t step : {250, 0, 123'456'789}) {
        samples.step = step;
        QVERIFY_OK(run->writeSamples(samples));
    }
    m_scratch.write("grids/samples/notes.txt", "x");
    m_scratch.write("grids/samples/best.png", "x");
    const auto kept = keptSamples(run->path());
    QCOMPARE(kept.size(), std::size_t{3});
    QCOMPARE(kept[0].first, 0);
    QCOMPARE(kept[1].second, run->path() / "samples" / "00000250.png");
    QCOMPARE(kept[2].first, 123'456'789);
    const Result<Image> image = readPng(kept[0].second);
    QVERIFY_OK(image);
    QCOMPARE(image->width, 3 + 2 + 3);
    QVERIFY(*image == picture(samples));
    samples.pixels.clear();
    QVERIFY(!run->writeSamples(samples).ok());
    QVERIFY(keptSamples(m_scratch.path("nowhere")).empty());
}

void TestRunFolder::fullDiskKeepsLinesWhole()
{
    const SmallDisk disk;
    if (!disk.mounted())
        QSKIP("no small disk can be mounted here");
    const fs::path folder = disk.path() / "run";
    const std::unique_ptr<RunFolder> run = created(folder);
    QVERIFY(run);
    disk.fill(8192); // two pages: enough for some rows
    std::vector<std::int64_t> steps;
    std::int64_t step = 0;
    Status written;
    while (written && step < 10000) {
        std::vector<MetricRow> rows;
        for (int i = 0; i < 7; ++i)
            rows.push_back(row(++step));
        written = run->appendRows(rows);
    }
    SAYS(written, (folder / "metrics.csv").string(), "ree some space");
    QVERIFY(step > 7);
    const auto check = [&](std::int64_t last) {
        const Result<CsvTable> table = readCsv(folder / "metrics.csv");
        QVERIFY_OK(table);
        QVERIFY(!table->tornTail);
        QVERIFY(static_cast<std::int64_t>(table->rows.size()) <= last);
        for (std::size_t i = 0; i < table->rows.size(); ++i)
            QCOMPARE(table->rows[i][0], std::to_string(i + 1));
    };
    check(step - 7);
    // Once more, in vain; then there is room, and what was held back comes first.
    QVERIFY(!run->appendRows({row(++step)}).ok());
    check(step);
    // Events as well.
    Status noted;
    int events = 0;
    while (noted && events < 1000)
        noted = run->appendEvent({step, 0, "edit", std::string(50, 'x') + std::to_string(events++), Json::object()});
    SAYS(noted, "events.jsonl", "ree some space");
    disk.free();
    QVERIFY_OK(run->appendRows({}));
    QVERIFY_OK(run->appendEvent({step, 0, "pause", "at last", Json::object()}));
    check(step);
    const Result<CsvTable> table = readCsv(folder / "metrics.csv");
    QCOMPARE(table->rows.size(), static_cast<std::size_t>(step));
    const QStringList lines =
        QString::fromStdString(contents(folder / "events.jsonl")).split(u'\n', Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), qsizetype{events} + 1);
    for (const QString& line : lines)
        QVERIFY_OK(parseJson(line.toStdString(), "events.jsonl"));
}

void TestRunFolder::fullDiskKeepsCheckpoints()
{
    const SmallDisk disk;
    if (!disk.mounted())
        QSKIP("no small disk can be mounted here");
    const std::unique_ptr<RunFolder> run = created(disk.path() / "run");
    QVERIFY(run);
    QVERIFY_OK(writeCheckpoint(run->path(), 1, checkpoint(1)));
    CheckpointData large = checkpoint(2);
    large.tensors["generator/weight"] = {DType::U8, {2'000'000}, std::vector<std::byte>(2'000'000)};
    SAYS(writeCheckpoint(run->path(), 1, large), "ree some space");
    SAYS(writeCheckpoint(run->path(), 2, large), "ree some space");
    QCOMPARE(*latestCheckpoint(run->path()), run->path() / "checkpoints" / "00000001");
    QCOMPARE(readCheckpoint(*latestCheckpoint(run->path()))->state["value"], Json(1));
    QCOMPARE(names(run->path() / "checkpoints"), (std::set<std::string>{"00000001"}));
}

void TestRunFolder::fullDiskAtTheStart()
{
    const SmallDisk disk;
    if (!disk.mounted())
        QSKIP("no small disk can be mounted here");
    const fs::path folder = disk.path() / "run";
    disk.fill();
    SAYS(RunFolder::create(folder, {{"schema", 1}}, fakeColumns()), "ree some space");
    // No half run is in the way of the next try.
    QVERIFY(!fs::exists(folder));
    disk.free();
    QVERIFY(created(folder));
    // A folder that was there stays.
    const fs::path other = disk.path() / "other";
    fs::create_directory(other);
    disk.fill();
    QVERIFY(!created(other));
    QVERIFY(fs::is_directory(other) && fs::is_empty(other));
}

void TestRunFolder::lastTryAtTheEnd()
{
    const SmallDisk disk;
    if (!disk.mounted())
        QSKIP("no small disk can be mounted here");
    const fs::path folder = disk.path() / "run";
    std::unique_ptr<RunFolder> run = created(folder);
    QVERIFY(run);
    disk.fill();
    Status written;
    std::int64_t step = 0;
    while (written && step < 10000)
        written = run->appendRows({row(++step)});
    QVERIFY(!written.ok());
    disk.free();
    run.reset();
    const Result<CsvTable> table = readCsv(folder / "metrics.csv");
    QVERIFY_OK(table);
    QCOMPARE(table->rows.size(), static_cast<std::size_t>(step));
}

void TestRunFolder::stepNames()
{
    QCOMPARE(stepName(0), std::string("00000000"));
    QCOMPARE(stepName(500), std::string("00000500"));
    QCOMPARE(stepName(1'000'000'000'000), std::string("1000000000000"));
}

void TestRunFolder::newFolders()
{
    const fs::path runs = m_scratch.path("runs");
    const fs::path first = newRunFolder(runs, "my run/../x");
    QCOMPARE(first.parent_path(), runs);
    QVERIFY(first.filename().string().starts_with("my-run----x-2"));
    QVERIFY(!fs::exists(first));
    QVERIFY(newRunFolder(runs, "").filename().string().starts_with("run-"));
    // Taken names get a number; the clock may have gone on in between.
    for (int i = 0; i < 5; ++i) {
        const fs::path next = newRunFolder(runs, "again");
        QVERIFY(!fs::exists(next));
        fs::create_directories(next);
    }
    QCOMPARE(names(runs).size(), std::size_t{5});
}

QTEST_GUILESS_MAIN(TestRunFolder)
#include "run_folder.moc"
