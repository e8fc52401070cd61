// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/run_details.h"

#include "core/base/json.h"
#include "core/runs/presets.h"
#include "core/runs/run_folder.h"
#include "tests/support/fake_catalog.h"
#include "tests/support/fake_engine.h"
#include "tests/support/scratch.h"

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

Json preset()
{
    const Result<Json> document = loadExperiment("fashion-dcgan", fakeCatalog());
    if (!document)
        qFatal("%s", document.error().sentence().c_str());
    return *document;
}

Json with(Json document, const std::string& path, Json value)
{
    setPath(document, path, std::move(value));
    return document;
}

RunDetails detailsOf(const Scratch& scratch, const Json& experiment)
{
    const fs::path folder = scratch.path("run");
    fs::remove_all(folder);
    if (const auto run = RunFolder::create(folder, experiment, fakeColumns()); !run)
        qFatal("%s", run.error().sentence().c_str());
    return readDetails(readRun(folder), fakeCatalog());
}

/// "training.steps: 3000 → 10"
QStringList lines(const RunDetails& details)
{
    QStringList all;
    for (const ChangedSetting& change : details.changes)
        all << QString::fromStdString(change.path + ": " + change.before.dump() + " → " + change.after.dump());
    return all;
}

void saveCheckpoint(const fs::path& run, std::int64_t step, const Json& state)
{
    CheckpointData data;
    data.state = state;
    if (const auto saved = writeCheckpoint(run, step, data); !saved)
        qFatal("%s", saved.error().sentence().c_str());
}

} // namespace

class TestRunDetails : public QObject {
    Q_OBJECT

private slots:
    void whatDiffersFromThePreset()
    {
        const Scratch scratch;
        RunDetails details = detailsOf(scratch, preset());
        QCOMPARE(details.whyNoChanges, "");
        QCOMPARE(lines(details), QStringList());
        const std::string steps = preset()["training"]["steps"].dump();
        details = detailsOf(scratch, with(preset(), "training.steps", 10));
        QCOMPARE(lines(details), QStringList{QString::fromStdString("training.steps: " + steps + " → 10")});
    }

    void whatTheEngineSettledDoesNotCount()
    {
        const Scratch scratch;
        QCOMPARE(preset()["training"]["threads"], Json(0));
        const Json settled = with(with(preset(), "training.threads", 4), "training.device", "cpu");
        QCOMPARE(lines(detailsOf(scratch, settled)), QStringList());
    }

    void editsAreInTheLastCheckpoint()
    {
        const Scratch scratch;
        const fs::path run = detailsOf(scratch, preset()).path;
        saveCheckpoint(run, 5, {{"experiment", with(preset(), "training.batch_size", 7)}});
        saveCheckpoint(run, 9, {{"experiment", with(preset(), "training.batch_size", 9)}});
        const RunDetails details = readDetails(readRun(run), fakeCatalog());
        QCOMPARE(details.checkpoints.size(), 2U);
        QCOMPARE(details.checkpoints[0].step, 5);
        QVERIFY(details.checkpoints[0].bytes > 0);
        QCOMPARE(lines(details).size(), 1);
        QVERIFY(lines(details).front().endsWith(QStringLiteral(" → 9")));
    }

    void theBestCheckpoint()
    {
        const Scratch scratch;
        const fs::path run = detailsOf(scratch, preset()).path;
        saveCheckpoint(run, 1, {{"measure", 0.5}});
        saveCheckpoint(run, 2, {{"measure", 0.25}});
        saveCheckpoint(run, 3, {{"measure", "low"}});
        saveCheckpoint(run, 4, {{"measure", 0.75}});
        saveCheckpoint(run, 5, Json::object());
        const RunDetails details = readDetails(readRun(run), fakeCatalog());
        QCOMPARE(details.checkpoints.size(), 5U);
        for (const RunCheckpoint& checkpoint : details.checkpoints)
            QCOMPARE(checkpoint.best, checkpoint.step == 2);
    }

    void whereThereIsNothingToCompareWith()
    {
        const Scratch scratch;
        const auto why = [&](Json name) {
            return detailsOf(scratch, with(preset(), "name", std::move(name))).whyNoChanges;
        };
        QVERIFY2(why("no-such-preset").find("no-such-preset") != std::string::npos, why("no-such-preset").c_str());
        QVERIFY(!why("").empty());
        // A run from elsewhere must not choose which files are read.
        const std::string file = scratch.write("other.json", preset().dump()).string();
        QVERIFY(why(file).find("file") != std::string::npos);
        const fs::path run = detailsOf(scratch, preset()).path;
        scratch.write("run/experiment.json", R"({"name": "fashion-dcgan", "training": {"steps": "many"}})");
        QVERIFY(readDetails(readRun(run), fakeCatalog()).whyNoChanges.find("steps") != std::string::npos);
        QVERIFY(readDetails(readRun(scratch.path()), fakeCatalog()).checkpoints.empty());
    }
};

QTEST_GUILESS_MAIN(TestRunDetails)
#include "run_details.moc"
