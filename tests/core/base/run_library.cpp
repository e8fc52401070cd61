// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/run_library.h"

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/base/untrusted_file.h"
#include "core/runs/run_folder.h"
#include "core/runs/run_lock.h"
#include "core/runs/run_origin.h"
#include "tests/support/fake_engine.h"
#include "tests/support/says.h"
#include "tests/support/scratch.h"

#include <cmath>
#include <limits>

#include <sys/stat.h>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

constexpr double noValue = std::numeric_limits<double>::quiet_NaN();

Json experiment()
{
    return {{"schema", 1}, {"name", "fashion-dcgan"}, {"title", "DCGAN on Fashion-MNIST"},
        {"objective", {{"kind", "hinge"}}}, {"training", {{"steps", 3000}}},
        {"sampling", {{"rows", 4}, {"columns", 6}}}};
}

std::unique_ptr<RunFolder> begin(const fs::path& folder)
{
    Result<std::unique_ptr<RunFolder>> run = RunFolder::create(folder, experiment(), fakeColumns());
    return run ? *std::move(run) : nullptr;
}

MetricRow row(std::int64_t step, double discriminator, double generator)
{
    return {step, 0.5, step * 64, static_cast<double>(step) / 10, {discriminator, generator, 1e-3}};
}

RunEvent happened(const char* kind, Json data = Json::object())
{
    return {7, 1.5, kind, "text", std::move(data)};
}

/// A run that ended with these events.
RunSummary after(const Scratch& scratch, const std::vector<RunEvent>& events)
{
    const fs::path folder = scratch.path("runs/state");
    fs::remove_all(folder);
    {
        const std::unique_ptr<RunFolder> run = begin(folder);
        for (const RunEvent& each : events)
            run->appendEvent(each).ok();
    }
    return readRun(folder);
}

/// A whole run, then one of its files with other bytes.
RunSummary withFile(const Scratch& scratch, const std::string& name, std::string_view bytes)
{
    const fs::path folder = scratch.path("runs/crafted");
    fs::remove_all(folder);
    begin(folder)->appendRows({row(5, 1, 2)}).ok();
    scratch.write("runs/crafted/" + name, bytes);
    return readRun(folder);
}

bool says(const std::string& problem, const char* words)
{
    return problem.find(words) != std::string::npos;
}

} // namespace

/// Fails unless the run is damaged, with a sentence that holds these words.
#define QVERIFY_DAMAGED(run, words)                                                                                    \
    do {                                                                                                               \
        const RunSummary run_ = (run);                                                                                 \
        QCOMPARE(nameOf(run_.state), "damaged");                                                                       \
        QVERIFY2(says(run_.problem, words), run_.problem.c_str());                                                     \
    } while (false)

class TestRunLibrary : public QObject {
    Q_OBJECT

private slots:
    void aRunInShort()
    {
        const Scratch scratch;
        const fs::path folder = scratch.path("runs/one");
        const std::unique_ptr<RunFolder> run = begin(folder);
        QVERIFY_OK(run->appendEvent(happened("start")));
        QVERIFY_OK(run->appendRows({row(1, 3, 4), row(20, 1.25, 2.5), row(21, 0.75, noValue)}));
        QVERIFY_OK(run->appendEvent(happened("pause")));
        Samples samples;
        samples.count = 1;
        samples.width = samples.height = 2;
        samples.channels = 1;
        samples.columns = 1;
        samples.pixels = {0, 1, 2, 3};
        for (const std::int64_t step : {0, 500})
            QVERIFY_OK((samples.step = step, run->writeSamples(samples)));
        QVERIFY_OK(writeCheckpoint(folder, 20, {}));
        QVERIFY_OK(writeMarks(folder, {"My run", "keep it", true, {}}));
        const Result<std::vector<RunSummary>> runs = scanRuns(scratch.path("runs"));
        QVERIFY_OK(runs);
        QCOMPARE(runs->size(), 1U);
        const RunSummary& one = runs->front();
        QCOMPARE(one.path, folder);
        QCOMPARE(one.folder, "one");
        QCOMPARE(one.name(), "My run");
        QCOMPARE(one.marks.note, "keep it");
        QVERIFY(one.marks.pinned);
        QCOMPARE(one.preset, "fashion-dcgan");
        QCOMPARE(one.title, "DCGAN on Fashion-MNIST");
        QCOMPARE(one.objective, "hinge");
        QCOMPARE(nameOf(one.state), "paused");
        QCOMPARE(one.step, 21);
        QCOMPARE(one.wantedSteps, 3000);
        QCOMPARE(one.seconds, 2.1);
        QCOMPARE(one.discriminatorLoss, 0.75);
        QCOMPARE(one.generatorLoss, 2.5); // the last there was
        QCOMPARE(one.thumbnail, folder / "samples/00000500.png");
        QCOMPARE(one.gridRows, 4);
        QCOMPARE(one.gridColumns, 6);
        QCOMPARE(one.checkpoints, 1);
        QCOMPARE(one.problem, "");
        const auto now = static_cast<std::int64_t>(std::time(nullptr));
        QVERIFY(one.created > now - 60 && one.created <= one.changed && one.changed <= now);
        std::int64_t bytes = 0;
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
            bytes += entry.is_regular_file() ? static_cast<std::int64_t>(entry.file_size()) : 0;
        QCOMPARE(one.bytes, bytes);
        QCOMPARE(one.checkpointBytes, folderBytes(folder / "checkpoints"));
        QVERIFY(one.checkpointBytes > 0);
    }

    void states()
    {
        const Scratch scratch;
        const auto state = [&](const std::vector<RunEvent>& events) { return nameOf(after(scratch, events).state); };
        const Json limit{{"limit", "training.steps"}};
        QCOMPARE(state({happened("start"), happened("finish", limit)}), "finished");
        QCOMPARE(state({happened("start"), happened("finish")}), "stopped");
        QCOMPARE(state({happened("start"), happened("finish"), happened("checkpoint")}), "stopped");
        QCOMPARE(state({happened("start"), happened("pause"), happened("edit")}), "paused");
        QCOMPARE(state({happened("start"), happened("finish"), happened("resume")}), "paused");
        QCOMPARE(state({happened("start"), happened("checkpoint")}), "interrupted");
        QCOMPARE(state({happened("start"), happened("pause"), happened("play")}), "interrupted");
        QCOMPARE(state({}), "interrupted");
    }

    void aHeldRunTrains()
    {
        const Scratch scratch;
        const fs::path folder = after(scratch, {happened("start")}).path;
        RunSummary before;
        {
            const Result<RunLock> lock = RunLock::take(folder);
            QVERIFY_OK(lock);
            before = readRun(folder);
            QCOMPARE(nameOf(before.state), "running");
            QVERIFY(before.locked);
        }
        // Nothing on disk has changed: the lock is looked at all the same.
        const RunSummary now = readRun(folder, &before);
        QCOMPARE(nameOf(now.state), "interrupted");
        QVERIFY(!now.locked);
    }

    void anEndThatWasMoved()
    {
        const Scratch scratch;
        const auto edit = [](const char* path, int value) {
            return happened("edit", {{"path", path}, {"value", value}});
        };
        QCOMPARE(after(scratch, {edit("training.steps", 10), edit("training.steps", 20)}).wantedSteps, 20);
        QCOMPARE(after(scratch, {edit("training.seed", 10)}).wantedSteps, 3000);
        QCOMPARE(after(scratch, {edit("training.steps", -4)}).wantedSteps, 0);
    }

    void branches()
    {
        const Scratch scratch;
        const fs::path folder = after(scratch, {}).path;
        QVERIFY_OK(writeOrigin(
            folder, {"2026-05-01T14:02:33Z", "Saddle 0.1.0", RunParent{"older", 400, RunParent::How::Rewind}}));
        const RunSummary run = readRun(folder);
        QCOMPARE(run.parentFolder, "older");
        QCOMPARE(run.parentStep, 400);
        QCOMPARE(run.created, 1777644153); // date -d 2026-05-01T14:02:33Z +%s
        scratch.write(
            "runs/state/run.json", R"({"schema": 1, "parent": {"run": "../../home", "step": 1, "how": "fork"}})");
        QVERIFY_DAMAGED(readRun(folder), "run.json");
    }

    void whatDidNotChangeIsNotReadAgain()
    {
        const Scratch scratch;
        RunSummary known = after(scratch, {happened("pause")});
        known.title = "as it was known";
        QCOMPARE(readRun(known.path, &known).title, "as it was known");
        const Result<std::vector<RunSummary>> again = scanRuns(scratch.path("runs"), {known});
        QVERIFY_OK(again);
        QCOMPARE(again->front().title, "as it was known");
        QVERIFY_OK(writeMarks(known.path, {"named", "", false, {}}));
        QCOMPARE(readRun(known.path, &known).title, "DCGAN on Fashion-MNIST");
        QCOMPARE(readRun(known.path, &known).name(), "named");
    }

    void tornAndLongTables()
    {
        const Scratch scratch;
        const std::string header = "step,epoch,images,seconds,d_loss,g_loss,rate\n";
        RunSummary run = withFile(scratch, "metrics.csv", header + "8,1,1,4.5,0.5,0.25,1\n9,1,1,4.6,0.");
        QCOMPARE(run.step, 8);
        QCOMPARE(run.seconds, 4.5);
        QCOMPARE(run.generatorLoss, 0.25);
        // A row of another width, or whose step is none, is passed over.
        run = withFile(scratch, "metrics.csv", header + "8,1,1,4.5,0.5,0.25,1\n9,1\nx,1,1,1,1,1,1\n-3,1,1,1,1,1,1\n");
        QCOMPARE(run.step, 8);
        run = withFile(scratch, "metrics.csv", header);
        QCOMPARE(run.step, 0);
        QVERIFY(std::isnan(run.discriminatorLoss));
        std::string table = header;
        for (int step = 1; step <= 20000; ++step)
            table += std::to_string(step) + ",1,1,2.5,0.5,nan,1\n";
        run = withFile(scratch, "metrics.csv", table);
        QCOMPARE(run.step, 20000);
        QVERIFY(std::isnan(run.generatorLoss)); // none within what is read
        QCOMPARE(nameOf(run.state), "interrupted");
    }

    void hugeFilesAreNotRead()
    {
        const Scratch scratch;
        // Both claim a terabyte, of which nothing is on the disk.
        const fs::path folder = withFile(scratch, "metrics.csv", "step,epoch,images,seconds,d_loss\n").path;
        fs::resize_file(folder / "metrics.csv", std::uintmax_t{1} << 40);
        QCOMPARE(nameOf(readRun(folder).state), "interrupted");
        QVERIFY(readRun(folder).bytes >= std::int64_t{1} << 40);
        fs::resize_file(folder / "experiment.json", std::uintmax_t{1} << 40);
        QVERIFY_DAMAGED(readRun(folder), "experiment.json");
    }

    void damagedRuns()
    {
        const Scratch scratch;
        QVERIFY_DAMAGED(withFile(scratch, "experiment.json", "{\"name\": "), "experiment.json");
        QVERIFY_DAMAGED(withFile(scratch, "experiment.json", "[]"), "experiment.json");
        QVERIFY_DAMAGED(withFile(scratch, "experiment.json", std::string(5000, '[')), "experiment.json");
        QVERIFY_DAMAGED(withFile(scratch, "metrics.csv", ""), "metrics.csv");
        QVERIFY_DAMAGED(withFile(scratch, "metrics.csv", std::string("\0\xff\xfe\n", 4)), "metrics.csv");
        // What can be read is told all the same.
        const RunSummary rest = withFile(scratch, "experiment.json", "{");
        QCOMPARE(rest.step, 5);
        fs::remove(rest.path / "experiment.json");
        QVERIFY_DAMAGED(readRun(rest.path), "experiment.json is missing");
        const fs::path other = withFile(scratch, "note", "").path;
        fs::remove(other / "metrics.csv");
        QVERIFY_DAMAGED(readRun(other), "metrics.csv");
        QCOMPARE(readRun(other).preset, "fashion-dcgan");
    }

    void settingsOfTheWrongType()
    {
        const Scratch scratch;
        const RunSummary run = withFile(scratch, "experiment.json",
            R"({"name": 5, "title": "a\nb", "objective": "hinge", "training": {"steps": -1},
                "sampling": {"rows": 1e300, "columns": 123456789012}})");
        QCOMPARE(nameOf(run.state), "interrupted");
        QCOMPARE(run.preset, "");
        QCOMPARE(run.title, "a?b");
        QCOMPARE(run.objective, "");
        QCOMPARE(run.wantedSteps, 0);
        QCOMPARE(run.gridRows, 0);
        QCOMPARE(run.gridColumns, 1000);
        const RunSummary log = withFile(scratch, "events.jsonl",
            "{\"kind\": \"pause\"}\nnull\n[]\n{\"kind\": 3}\nnot json\n{\"data\": 5}\n{\"kind\": \"finish\"");
        QCOMPARE(nameOf(log.state), "paused");
    }

    void linksAndPipesAreNotFollowed()
    {
        const Scratch scratch;
        const fs::path folder = withFile(scratch, "note", "").path;
        const fs::path outside = scratch.path("outside");
        begin(outside);
        scratch.write("outside/samples/00000001.png", "");
        scratch.write("outside/checkpoints/00000001/state.json", "{}");
        scratch.write("outside/checkpoints/00000001/tensors.safetensors", "");
        for (const char* part : {"samples", "checkpoints"}) {
            fs::remove_all(folder / part);
            fs::create_directory_symlink(outside / part, folder / part);
        }
        const RunSummary linked = readRun(folder);
        QVERIFY(linked.thumbnail.empty());
        QCOMPARE(linked.checkpoints, 0);
        QVERIFY(linked.bytes < 4096);
        fs::remove(folder / "experiment.json");
        fs::create_symlink(outside / "experiment.json", folder / "experiment.json");
        QVERIFY_DAMAGED(readRun(folder), "link");
        // Nobody is at the other end of the pipe: who waits, waits for ever.
        for (const char* part : {"experiment.json", "metrics.csv", "events.jsonl", "marks.json", "run.json", "lock"}) {
            fs::remove(folder / part);
            QCOMPARE(::mkfifo((folder / part).c_str(), 0600), 0);
        }
        QVERIFY_DAMAGED(readRun(folder), "plain file");
    }

    void whatIsNoRunIsListed()
    {
        const Scratch scratch;
        const fs::path runs = scratch.path("runs");
        begin(scratch.path("elsewhere"));
        begin(runs / "b-run");
        fs::create_directories(runs / "a-empty");
        scratch.write("runs/c-pictures/1.png", "x");
        fs::create_directory_symlink(scratch.path("elsewhere"), runs / "d-link");
        fs::create_directory_symlink(runs / "nowhere", runs / "e-broken");
        fs::create_directory(runs / ".hidden");
        scratch.write("runs/readme.txt", "x");
        const Result<std::vector<RunSummary>> found = scanRuns(runs);
        QVERIFY_OK(found);
        QStringList names;
        for (const RunSummary& run : *found) {
            names << QString::fromStdString(run.folder);
            QCOMPARE(run.isRun(), run.folder == "b-run");
            QCOMPARE(run.problem.empty(), run.isRun());
        }
        QCOMPARE(names.join(QLatin1Char(' ')), QStringLiteral("a-empty b-run c-pictures d-link e-broken"));
        QVERIFY((*found)[3].problem.find("link") != std::string::npos);
    }

    void theFolderOfRuns()
    {
        const Scratch scratch;
        const Result<std::vector<RunSummary>> none = scanRuns(scratch.path("not-yet"));
        QVERIFY_OK(none);
        QVERIFY(none->empty());
        SAYS(scanRuns(scratch.write("file", "")), "file");
    }

    void marksComeBack()
    {
        const Scratch scratch;
        const fs::path run = scratch.path();
        QCOMPARE(readMarks(run) == RunMarks{}, true);
        QVERIFY_OK(writeMarks(run, {"  two\nlines ", "a\nnote", true, {30, 10, 30}}));
        const RunMarks expected{"two lines", "a\nnote", true, {10, 30}};
        QVERIFY(readMarks(run) == expected);
        QCOMPARE(readJson(run / "marks.json")->dump(),
            R"({"schema":1,"name":"two lines","note":"a\nnote","pinned":true,"keep":[10,30]})");
        QVERIFY_OK(writeMarks(run, {std::string(150, 'x') + std::string(100 * 2, '\xc3'), "", false, {}}));
        QString letters;
        for (int i = 0; i < 201; ++i)
            letters += QChar(0xe4);
        QVERIFY_OK(writeMarks(run, {letters.toStdString(), "", false, {}}));
        QCOMPARE(QString::fromStdString(readMarks(run).name), letters.left(200));
        SAYS(writeMarks(run, {"", std::string((64 << 10) + 1, 'x'), false, {}}), "marks.json", "64 KiB");
    }

    void marksOfOthers()
    {
        const Scratch scratch;
        const fs::path run = scratch.path();
        scratch.write(
            "marks.json", R"({"schema": 1, "colour": "red", "name": 4, "pinned": "yes", "keep": [1, -1, "x", 2.5]})");
        const RunMarks expected{"", "", false, {1}};
        QVERIFY(readMarks(run) == expected);
        QVERIFY_OK(writeMarks(run, {"n", "", false, {}}));
        QCOMPARE((*readJson(run / "marks.json"))["colour"], Json("red"));
        scratch.write("marks.json", R"({"schema": 2, "name": "newer"})");
        QCOMPARE(readMarks(run).name, "newer");
        SAYS(writeMarks(run, {}), "marks.json", "schema 2");
        scratch.write("marks.json", "{{");
        QVERIFY(readMarks(run) == RunMarks{});
        SAYS(writeMarks(run, {}), "marks.json");
        fs::remove(run / "marks.json");
        fs::create_symlink("/etc/hostname", run / "marks.json");
        SAYS(writeMarks(run, {}), "link");
    }

    void endsOfFiles()
    {
        const Scratch scratch;
        const auto ends = [&](std::string_view text, std::size_t most) {
            const Result<TextEnds> read = readEnds(scratch.write("text", text), most);
            return read ? read->firstLine + "|" + read->tail : "no";
        };
        QCOMPARE(ends("", 8), "|");
        QCOMPARE(ends("ab", 8), "|");
        QCOMPARE(ends("ab\n", 8), "ab|ab\n");
        QCOMPARE(ends("ab\ncd\nef", 8), "ab|ab\ncd\n");
        QCOMPARE(ends("ab\ncd\nefgh\n", 8), "ab|efgh\n");
        QCOMPARE(ends("ab\ncdcdcdcdcdcd\n", 8), "ab|"); // the line is longer than what is read
        QCOMPARE(ends("abcdefghijk\nl\n", 8), "|l\n");
    }

    void sizes()
    {
        QCOMPARE(sizeText(0), "0 B");
        QCOMPARE(sizeText(1023), "1023 B");
        QCOMPARE(sizeText(1536), "1.5 kB");
        QCOMPARE(sizeText(std::int64_t{12} << 20), "12 MB");
        QCOMPARE(sizeText(std::int64_t{1023} << 20), "1.0 GB");
        QCOMPARE(sizeText(std::int64_t{3} << 50), "3072 TB");
    }
};

QTEST_GUILESS_MAIN(TestRunLibrary)
#include "run_library.moc"
