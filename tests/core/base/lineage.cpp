// SPDX-License-Identifier: GPL-3.0-or-later
// The life of a run over its parents: what is whose, and parents that are missing, damaged or go in a circle.
#include "core/runs/lineage.h"

#include "core/base/files.h"
#include "core/runs/event_log.h"
#include "tests/support/scratch.h"

#include <cmath>

namespace saddle {
namespace {

using How = RunParent::How;

class Runs {
public:
    std::filesystem::path path(const std::string& name) const { return m_scratch.path(name); }
    const test::Scratch& scratch() const { return m_scratch; }

    /// A run with a row, an event, a grid and a checkpoint at every tenth step of [first, last]. `loss` tells runs
    /// apart.
    void add(const std::string& name, int first, int last, double loss, const std::string& parent = {}, int step = 0,
        How how = How::Rewind) const
    {
        std::string rows = "step,epoch,images,seconds,d_loss\n";
        std::string events;
        for (int at = first; at <= last; at += 10) {
            const std::string text = std::to_string(at);
            rows += text + ",0," + std::to_string(64 * at) + "," + text + ".5," + formatted(loss) + "\n";
            events += Json({{"step", at}, {"seconds", 1}, {"kind", "edit"}, {"text", name}}).dump() + "\n";
            m_scratch.write(name + "/samples/" + stepName(at) + ".png", name);
            m_scratch.write(name + "/checkpoints/" + stepName(at) + "/state.json", "{}");
            m_scratch.write(name + "/checkpoints/" + stepName(at) + "/tensors.safetensors", "");
        }
        m_scratch.write(name + "/metrics.csv", rows);
        m_scratch.write(name + "/events.jsonl", events);
        if (!parent.empty()) {
            const Status written = writeOrigin(path(name), {"", "Saddle", RunParent{parent, step, how}});
            QVERIFY_OK(written);
        }
    }

private:
    static std::string formatted(double loss) { return std::to_string(static_cast<int>(loss)); }

    test::Scratch m_scratch;
};

std::vector<double> rowsOf(const Lineage& lineage)
{
    std::vector<std::string> problems;
    return lineageRows(lineage, {"step", "d_loss"}, problems);
}

std::vector<std::string> foldersOf(const Lineage& lineage)
{
    std::vector<std::string> names;
    for (const LineagePart& part : lineage.parts)
        names.push_back(part.folder.filename().string());
    return names;
}

} // namespace

class LineageTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aRunByItself()
    {
        const Runs runs;
        runs.add("a", 0, 30, 1);
        for (const std::filesystem::path& folder : {runs.path("a"), runs.path("a") / ""}) {
            const Lineage lineage = lineageOf(folder);
            QCOMPARE(foldersOf(lineage), std::vector<std::string>{"a"});
            QVERIFY(lineage.problem.empty());
            QCOMPARE(lineage.firstStep(), std::int64_t{0});
            QCOMPARE(rowsOf(lineage), (std::vector<double>{0, 1, 10, 1, 20, 1, 30, 1}));
        }
    }

    void everyStepIsOfTheRunThatTrainedIt()
    {
        const Runs runs;
        runs.add("a", 0, 90, 1);
        runs.add("b", 40, 80, 2, "a", 30);
        runs.add("c", 60, 70, 3, "b", 50, How::Fork);
        const Lineage lineage = lineageOf(runs.path("c"));
        QCOMPARE(foldersOf(lineage), (std::vector<std::string>{"a", "b", "c"}));
        QVERIFY(lineage.problem.empty());
        QCOMPARE(rowsOf(lineage), (std::vector<double>{0, 1, 10, 1, 20, 1, 30, 1, 40, 2, 50, 2, 60, 3, 70, 3}));
        QCOMPARE(lineage.parts[1].after, std::int64_t{30});
        QCOMPARE(lineage.parts[1].upTo, std::int64_t{50});
        QVERIFY(lineage.parts[1].begunBy == How::Rewind);
        QVERIFY(lineage.parts[2].begunBy == How::Fork);
        QVERIFY(!lineage.parts[0].begunBy);

        const auto grids = lineageSamples(lineage);
        const auto checkpoints = lineageCheckpoints(lineage);
        QCOMPARE(grids.size(), std::size_t{8});
        QCOMPARE(checkpoints.size(), std::size_t{8});
        for (std::size_t i = 0; i < grids.size(); ++i) {
            const char* owner = i <= 3 ? "a" : i <= 5 ? "b" : "c";
            QCOMPARE(grids[i].first, static_cast<std::int64_t>(10 * i));
            QCOMPARE(grids[i].second, runs.path(owner) / "samples" / (stepName(grids[i].first) + ".png"));
            QCOMPARE(checkpoints[i].second, runs.path(owner) / "checkpoints" / stepName(grids[i].first));
        }
        const std::vector<RunEvent> events = lineageEvents(lineage);
        QCOMPARE(events.size(), std::size_t{8});
        QCOMPARE(events[3].text, std::string("a"));
        QCOMPARE(events[4].text, std::string("b"));
        QCOMPARE(events[7].text, std::string("c"));
    }

    void theYoungerHasTheStepWhereItLeft()
    {
        const Runs runs;
        runs.add("a", 0, 50, 1);
        runs.add("b", 30, 50, 2, "a", 30);
        const Lineage lineage = lineageOf(runs.path("b"));
        // The row of step 30 was trained by a; a picture b made there is b's.
        QCOMPARE(rowsOf(lineage), (std::vector<double>{0, 1, 10, 1, 20, 1, 30, 1, 40, 2, 50, 2}));
        QCOMPARE(lineageSamples(lineage)[3].second.parent_path().parent_path(), runs.path("b"));
    }

    void aRunThatHasNotBegun()
    {
        const Runs runs;
        runs.add("a", 0, 50, 1);
        const Lineage lineage = lineageOf(runs.path("new"), RunParent{"a", 20, How::Fork});
        QCOMPARE(foldersOf(lineage), (std::vector<std::string>{"a", "new"}));
        std::vector<std::string> problems;
        QCOMPARE(lineageRows(lineage, {"step"}, problems), (std::vector<double>{0, 10, 20}));
        QVERIFY(problems.empty());
    }

    void aMissingParentIsSaidAndTheRestGood()
    {
        const Runs runs;
        runs.add("b", 40, 60, 2, "a", 30);
        const Lineage lineage = lineageOf(runs.path("b"));
        QCOMPARE(foldersOf(lineage), std::vector<std::string>{"b"});
        QVERIFY2(lineage.problem.find("/a") != std::string::npos, lineage.problem.c_str());
        QCOMPARE(lineage.firstStep(), std::int64_t{30});
        QCOMPARE(rowsOf(lineage), (std::vector<double>{40, 2, 50, 2, 60, 2}));
    }

    void damagedParents()
    {
        const Runs runs;
        runs.add("a", 0, 50, 1);
        runs.add("b", 40, 60, 2, "a", 30);
        // The parent's own origin cannot be read: its rows are good all the same.
        runs.scratch().write("a/run.json", "{ this is no JSON");
        Lineage lineage = lineageOf(runs.path("b"));
        QCOMPARE(foldersOf(lineage), (std::vector<std::string>{"a", "b"}));
        QVERIFY2(lineage.problem.find("run.json") != std::string::npos, lineage.problem.c_str());
        QCOMPARE(rowsOf(lineage).size(), std::size_t{14});

        // The run's own origin, with a name that leads elsewhere.
        runs.scratch().write(
            "b/run.json", "{\"schema\":1,\"parent\":{\"run\":\"../a\",\"step\":30,\"how\":\"rewind\"}}");
        lineage = lineageOf(runs.path("b"));
        QCOMPARE(foldersOf(lineage), std::vector<std::string>{"b"});
        QVERIFY(!lineage.problem.empty());

        // Rows that cannot be read.
        std::filesystem::remove(runs.path("a") / "run.json");
        std::filesystem::remove(runs.path("b") / "run.json");
        QVERIFY_OK(writeOrigin(runs.path("b"), {"", "", RunParent{"a", 30, How::Rewind}}));
        runs.scratch().write("a/metrics.csv", "epoch,images\n1,2\n");
        std::vector<std::string> problems;
        QCOMPARE(lineageRows(lineageOf(runs.path("b")), {"step"}, problems), (std::vector<double>{40, 50, 60}));
        QCOMPARE(problems.size(), std::size_t{1});
        QVERIFY2(problems[0].find("a/metrics.csv") != std::string::npos, problems[0].c_str());
    }

    void parentsInACircleEnd()
    {
        const Runs runs;
        runs.add("a", 20, 50, 1, "b", 10);
        runs.add("b", 40, 60, 2, "a", 30);
        const Lineage lineage = lineageOf(runs.path("b"));
        QCOMPARE(foldersOf(lineage), (std::vector<std::string>{"a", "b"}));
        QVERIFY2(lineage.problem.find("circle") != std::string::npos, lineage.problem.c_str());
        QCOMPARE(rowsOf(lineage), (std::vector<double>{20, 1, 30, 1, 40, 2, 50, 2, 60, 2}));
    }

    void aLinkIsNotFollowed()
    {
        const Runs runs;
        runs.add("elsewhere/a", 0, 50, 1);
        std::filesystem::create_directories(runs.path("runs"));
        runs.add("runs/b", 40, 60, 2, "a", 30);
        std::filesystem::create_directory_symlink(runs.path("elsewhere/a"), runs.path("runs/a"));
        const Lineage lineage = lineageOf(runs.path("runs/b"));
        QCOMPARE(foldersOf(lineage), std::vector<std::string>{"b"});
        QVERIFY2(lineage.problem.find("link") != std::string::npos, lineage.problem.c_str());
    }

    void aStepBeforeTheParentBegan()
    {
        const Runs runs;
        runs.add("a", 0, 90, 1);
        runs.add("b", 40, 80, 2, "a", 30);
        runs.add("c", 20, 30, 3, "b", 10);
        QCOMPARE(rowsOf(lineageOf(runs.path("c"))), (std::vector<double>{0, 1, 10, 1, 20, 3, 30, 3}));
    }

    void linesThatAreNoEventsAreLeftOut()
    {
        const Runs runs;
        runs.scratch().write("a/events.jsonl",
            "{\"step\":1,\"kind\":\"edit\",\"text\":\"one\",\"seconds\":2.5,\"data\":{\"path\":\"p\"}}\n"
            "[1]\n{\"step\":\"x\"}\n{\"step\":2,\"kind\":5,\"text\":[],\"seconds\":\"s\",\"data\":3}\nnull\n{\"step\":"
            "3,");
        const std::vector<RunEvent> events = readEvents(runs.path("a"));
        QCOMPARE(events.size(), std::size_t{2});
        QCOMPARE(events[0].text, std::string("one"));
        QCOMPARE(events[0].seconds, 2.5);
        QCOMPARE(events[0].data["path"], Json("p"));
        QCOMPARE(events[1].step, std::int64_t{2});
        QVERIFY(events[1].kind.empty() && events[1].data.empty());
    }
};

} // namespace saddle

QTEST_GUILESS_MAIN(saddle::LineageTest)
#include "lineage.moc"
