// SPDX-License-Identifier: GPL-3.0-or-later
// A study as it is trained: one run after another, stopped, gone on with, and what each leaves on the disk.
#include "core/study/study_runner.h"
#include "core/base/files.h"
#include "core/study/study_chart.h"
#include "core/study/study_page.h"

#include "tests/support/fake_catalog.h"
#include "tests/support/fake_engine.h"
#include "tests/support/says.h"
#include "tests/support/scratch.h"
#include "tests/support/small_disk.h"

#include <atomic>
#include <numeric>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

Study study(int steps, std::vector<std::int64_t> seeds = {1})
{
    Study made;
    made.name = made.title = "Small";
    made.seeds = std::move(seeds);
    for (const char* label : {"First", "Second"}) {
        Result<Json> document =
            resolveDocument({{"data", {{"source", "gaussians-8"}}}, {"training", {{"steps", steps}}},
                                {"sampling", {{"keep_every", 5}, {"checkpoint_every", 10}}}},
                fakeCatalog());
        made.methods.push_back({label, "preset", document.ok() ? *document : Json()});
    }
    return made;
}

bool over(const StudyRunner& runner)
{
    return runner.progress().over;
}

std::vector<StudyRunState> states(const StudyProgress& progress)
{
    std::vector<StudyRunState> all;
    for (const StudyRunProgress& run : progress.runs)
        all.push_back(run.state);
    return all;
}

std::string text(const fs::path& path)
{
    const Result<std::string> read = readFile(path, 64u << 20);
    return read ? *read : std::string();
}

void nobody() { }

} // namespace

class TestStudyRunner : public QObject {
    Q_OBJECT

private:
    Scratch m_scratch;

private Q_SLOTS:
    void everyRunIsTrainedAndThePageWritten()
    {
        const fs::path folder = m_scratch.path("whole");
        std::atomic<int> notices{0};
        StudyRunner runner(study(20, {1, 2}), fakeCatalog(), fakeEngineFactory(std::make_shared<FakeEngineProbe>()),
            folder, [&notices] { ++notices; });
        QTRY_VERIFY_WITH_TIMEOUT(over(runner), 20'000);
        const StudyProgress progress = runner.progress();
        QVERIFY2(!progress.error, progress.error ? progress.error->sentence().c_str() : "");
        QCOMPARE(states(progress), std::vector<StudyRunState>(4, StudyRunState::Done));
        QVERIFY(notices > 4);
        for (const StudyRunProgress& run : progress.runs) {
            QCOMPARE(run.step, std::int64_t{20});
            QVERIFY(fs::exists(run.folder / "checkpoints/00000020/state.json"));
        }
        const std::string page = text(folder / "page.html");
        for (const char* wanted : {"First", "Second", "Seed 2", "data:image/png;base64,", "</html>"})
            QVERIFY2(page.find(wanted) != std::string::npos, wanted);
        QCOMPARE(progress.page, folder / "page.html");
        if (!progress.picture.empty())
            QVERIFY_OK(readPng(progress.picture));
    }

    void aStoppedStudyGoesOnWhereItWas()
    {
        const fs::path folder = m_scratch.path("stopped");
        auto probe = std::make_shared<FakeEngineProbe>();
        probe->closeGate();
        {
            StudyRunner runner(study(20), fakeCatalog(), fakeEngineFactory(probe), folder, nobody);
            QVERIFY(probe->waitForPhase());
            probe->permit(2 * 7);
            QTRY_COMPARE_WITH_TIMEOUT(probe->phasesDone(), 14, 20'000);
            runner.stop();
            probe->openGate();
            QTRY_VERIFY_WITH_TIMEOUT(over(runner), 20'000);
            QVERIFY(runner.progress().stopped);
            QCOMPARE(states(runner.progress()), (std::vector{StudyRunState::Stopped, StudyRunState::Waiting}));
        }
        Result<fs::path> checkpoint = latestCheckpoint(folder / "runs/first-seed-1");
        QVERIFY_OK(checkpoint);
        QVERIFY_OK(StudyRunner::check(study(20), folder, fakeCatalog()));
        auto again = std::make_shared<FakeEngineProbe>();
        StudyRunner runner(study(20), fakeCatalog(), fakeEngineFactory(again), folder, nobody);
        QTRY_VERIFY_WITH_TIMEOUT(over(runner), 20'000);
        QCOMPARE(states(runner.progress()), (std::vector{StudyRunState::Done, StudyRunState::Done}));
        const std::int64_t before = std::stoll(checkpoint->filename().string());
        QVERIFY(before >= 7 && before < 20);
        QCOMPARE(again->phasesDone(), 2 * (20 - before + 20));
    }

    void aWholeStudyIsNotTrainedAgain()
    {
        const fs::path folder = m_scratch.path("again");
        for (int round = 0; round < 2; ++round) {
            auto probe = std::make_shared<FakeEngineProbe>();
            StudyRunner runner(study(10), fakeCatalog(), fakeEngineFactory(probe), folder, nobody);
            QTRY_VERIFY_WITH_TIMEOUT(over(runner), 20'000);
            QCOMPARE(states(runner.progress()), (std::vector{StudyRunState::Done, StudyRunState::Done}));
            QCOMPARE(probe->phasesDone(), std::int64_t{round == 0 ? 40 : 0});
            // Data and device are told by runs as they load; the page keeps them.
            QVERIFY(!runner.progress().device.empty());
            QVERIFY(text(folder / "page.html").find(escaped(runner.progress().device)) != std::string::npos);
        }
    }

    void aRunThatFailsIsSaidAndTheOthersAreDone()
    {
        const fs::path folder = m_scratch.path("failing");
        auto failing = std::make_shared<FakeEngineProbe>();
        failing->faultAtStep = 5;
        auto good = std::make_shared<FakeEngineProbe>();
        int made = 0;
        const EngineFactory factory = [&](const Json& document, const LoadMonitor& monitor) {
            return fakeEngineFactory(made++ == 0 ? failing : good)(document, monitor);
        };
        StudyRunner runner(study(10), fakeCatalog(), factory, folder, nobody);
        QTRY_VERIFY_WITH_TIMEOUT(over(runner), 20'000);
        const StudyProgress progress = runner.progress();
        QCOMPARE(states(progress), (std::vector{StudyRunState::Failed, StudyRunState::Done}));
        QVERIFY(!progress.runs[0].failure.empty());
        QVERIFY(text(progress.page).find(escaped("It failed: " + progress.runs[0].failure)) != std::string::npos);
    }

    void aRunWaitsForItsDisk()
    {
        const SmallDisk disk;
        if (!disk.mounted())
            QSKIP("no small disk can be mounted here");
        auto probe = std::make_shared<FakeEngineProbe>();
        probe->closeGate();
        StudyRunner runner(study(10), fakeCatalog(), fakeEngineFactory(probe), disk.path() / "study", nobody);
        const auto run = [&runner] { return runner.progress().runs[0]; };
        QTRY_VERIFY_WITH_TIMEOUT(run().state == StudyRunState::Training, 20'000);
        QVERIFY(probe->waitForPhase()); // before that the run has no folder, and a disk that refuses one ends it
        disk.fill();
        probe->openGate();
        QTRY_VERIFY_WITH_TIMEOUT(!run().refusal.empty(), 20'000);
        QVERIFY(run().refusal.find("goes on by itself") != std::string::npos);
        QCOMPARE(run().state, StudyRunState::Training);
        disk.free();
        QTRY_VERIFY_WITH_TIMEOUT(over(runner), 20'000);
        const StudyProgress progress = runner.progress();
        QVERIFY2(!progress.error, progress.error ? progress.error->sentence().c_str() : "");
        QCOMPARE(states(progress), (std::vector{StudyRunState::Done, StudyRunState::Done}));
        QVERIFY(progress.runs[0].refusal.empty());
        QCOMPARE(progress.runs[0].step, std::int64_t{10});
    }

    void aRunThatCannotBeLoadedIsSaid()
    {
        auto probe = std::make_shared<FakeEngineProbe>();
        probe->loadError = "no such picture";
        StudyRunner runner(study(10), fakeCatalog(), fakeEngineFactory(probe), m_scratch.path("unloaded"), nobody);
        QTRY_VERIFY_WITH_TIMEOUT(over(runner), 20'000);
        QCOMPARE(states(runner.progress()), (std::vector{StudyRunState::Failed, StudyRunState::Failed}));
        QVERIFY(runner.progress().runs[1].failure.find("no such picture") != std::string::npos);
    }

    void anEngineThatThrowsEndsNothing()
    {
        auto probe = std::make_shared<FakeEngineProbe>();
        probe->throwAtStep = 3;
        StudyRunner runner(study(10), fakeCatalog(), fakeEngineFactory(probe), m_scratch.path("throwing"), nobody);
        QTRY_VERIFY_WITH_TIMEOUT(over(runner), 20'000);
        QCOMPARE(states(runner.progress()), (std::vector{StudyRunState::Failed, StudyRunState::Failed}));
    }

    void aRunCutBeforeItsFirstCheckpointIsPutAside()
    {
        const fs::path folder = m_scratch.path("cut");
        fs::create_directories(folder / "runs");
        QVERIFY_OK(writeFileWhole(folder / "study.json", prettyJson(studyRecord(study(10)))));
        const fs::path run = folder / "runs/first-seed-1";
        fs::create_directories(run);
        QVERIFY_OK(writeFileWhole(run / "metrics.csv", "step\n1\n"));
        QVERIFY_OK(StudyRunner::check(study(10), folder, fakeCatalog()));
        StudyRunner runner(
            study(10), fakeCatalog(), fakeEngineFactory(std::make_shared<FakeEngineProbe>()), folder, nobody);
        QTRY_VERIFY_WITH_TIMEOUT(over(runner), 20'000);
        QCOMPARE(states(runner.progress()), (std::vector{StudyRunState::Done, StudyRunState::Done}));
        QCOMPARE(text(folder / "runs/first-seed-1-cut-1/metrics.csv"), std::string("step\n1\n"));
    }

    void aSettingThatANewerProgramKnowsIsNoOtherStudy()
    {
        const fs::path folder = m_scratch.path("older");
        fs::create_directories(folder);
        Json record = studyRecord(study(10));
        QCOMPARE(record["methods"][0]["experiment"]["training"].erase("ema_decay"), std::size_t{1});
        QVERIFY_OK(writeFileWhole(folder / "study.json", prettyJson(record)));
        QVERIFY_OK(StudyRunner::check(study(10), folder, fakeCatalog()));
    }

    void aPageTooLargeToBeDrawnEndsNothing()
    {
        // Every seed has a heading and a card, trained or not: higher than a picture can be.
        std::vector<std::int64_t> seeds(240);
        std::iota(seeds.begin(), seeds.end(), 1);
        StudyRunner runner(study(5, seeds), fakeCatalog(), fakeEngineFactory(std::make_shared<FakeEngineProbe>()),
            m_scratch.path("large"), nobody);
        QTRY_VERIFY_WITH_TIMEOUT(runner.progress().runs[1].state == StudyRunState::Done, 60'000);
        runner.stop();
        QTRY_VERIFY_WITH_TIMEOUT(over(runner), 60'000);
        const StudyProgress progress = runner.progress();
        QVERIFY2(!progress.error, progress.error ? progress.error->sentence().c_str() : "");
        QVERIFY(text(progress.page).find("Seed 240") != std::string::npos);
        QVERIFY(progress.picture.empty());
    }

    void aFolderThatHoldsSomethingElseIsRefused()
    {
        const fs::path folder = m_scratch.path("other");
        fs::create_directories(folder);
        QVERIFY_OK(StudyRunner::check(study(10), folder, fakeCatalog()));
        QVERIFY_OK(writeFileWhole(folder / "thesis.txt", "words"));
        SAYS(StudyRunner::check(study(10), folder, fakeCatalog()), "something else", "new folder");
        QVERIFY_OK(writeFileWhole(folder / "study.json", prettyJson(studyRecord(study(10)))));
        QVERIFY_OK(StudyRunner::check(study(10), folder, fakeCatalog()));
        SAYS(StudyRunner::check(study(11), folder, fakeCatalog()), "another study", "new folder");
    }

    void aFolderThatCannotBeMadeIsSaid()
    {
        const fs::path file = m_scratch.write("file", "");
        StudyRunner runner(
            study(10), fakeCatalog(), fakeEngineFactory(std::make_shared<FakeEngineProbe>()), file / "study", nobody);
        QTRY_VERIFY_WITH_TIMEOUT(over(runner), 20'000);
        QVERIFY(runner.progress().error);
    }

    void goingAwayStopsTheRunInOrder()
    {
        const fs::path folder = m_scratch.path("leaving");
        auto probe = std::make_shared<FakeEngineProbe>();
        probe->closeGate();
        {
            StudyRunner runner(study(1000), fakeCatalog(), fakeEngineFactory(probe), folder, nobody);
            QVERIFY(probe->waitForPhase());
            probe->openGate();
        }
        QVERIFY(!probe->alive());
        QVERIFY_OK(latestCheckpoint(folder / "runs/first-seed-1"));
    }
};

QTEST_GUILESS_MAIN(TestStudyRunner)
#include "study_runner.moc"
