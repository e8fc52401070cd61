// SPDX-License-Identifier: GPL-3.0-or-later
// A run is repeated from its experiment and its log: every change where it was made, in the round too.
#include "core/base/files.h"
#include "core/io/csv.h"
#include "core/runs/export/metrics_export.h"
#include "core/runs/replay.h"
#include "tests/support/same_replay.h"
#include "tests/support/session_reader.h"

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

const std::string rate = "optimisers.generator.learning_rate";
const std::string critics = "training.discriminator_steps";

constexpr const char* experiment = R"({"objective": {"kind": "with-encoder"}, "training": {"discriminator_steps": 3}})";

std::shared_ptr<FakeEngineProbe> newProbe()
{
    auto probe = std::make_shared<FakeEngineProbe>();
    probe->stepsPerEpoch = 6;
    return probe;
}

/// What was applied, where, a line each.
QStringList told(const std::vector<AppliedValue>& applied)
{
    QStringList lines;
    for (const AppliedValue& one : applied) {
        lines << QStringLiteral("%1 = %2 at step %3 after phase %4")
                     .arg(QString::fromStdString(one.path), QString::fromStdString(one.value.dump()))
                     .arg(one.step)
                     .arg(one.phase);
    }
    return lines;
}

std::string contents(const fs::path& file)
{
    const Result<std::string> text = readFile(file, std::size_t{64} << 20);
    return text ? *text : std::string();
}

void replaceIn(const fs::path& file, const std::string& before, const std::string& after)
{
    std::string text = contents(file);
    const std::size_t place = text.find(before);
    if (place == std::string::npos)
        qFatal("“%s” is not in %s", before.c_str(), file.c_str());
    text.replace(place, before.size(), after);
    if (!writeFileWhole(file, text))
        qFatal("%s cannot be written", file.c_str());
}

Result<ReplayOutcome> replayed(
    const fs::path& folder, const std::shared_ptr<FakeEngineProbe>& probe, const ReplayOptions& options = {})
{
    const Result<RecordedRun> run = readRecordedRun(folder, fakeCatalog());
    return run ? replayRun(*run, fakeCatalog(), fakeEngineFactory(probe), options) : run.error();
}

} // namespace

class TestRecordedRun : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void everyChangeComesAgainWhereItWasMade();
    void theMomentInTheRoundMatters();
    void theFirstDifferenceIsNamed();
    void aPartAndNothingMore();
    void theRepetitionIsARun();
    void whatAResumeSetAsideIsLeftOut_data();
    void whatAResumeSetAsideIsLeftOut();
    void threadsOfAResumedRun();
    void anEditThatWaitsOutlivesAKill();
    void patienceOutlivesAKill();
    void aRunThatBeganFromAnother_data();
    void aRunThatBeganFromAnother();
    void anUnfinishedRun();
    void damage_data();
    void damage();

private:
    /// A copy of the run that initTestCase made.
    fs::path copyOfRun(const std::string& name) const
    {
        fs::copy(m_run, m_scratch.path(name), fs::copy_options::recursive);
        return m_scratch.path(name);
    }

    Scratch m_scratch;
    fs::path m_run;
    std::vector<AppliedValue> m_applied; ///< in that run, but for what its experiment.json holds
};

/// 20 steps with edits before the start, in a round, between rounds and at an epoch, and D alone for a step.
void TestRecordedRun::initTestCase()
{
    m_run = m_scratch.path("run");
    const auto probe = newProbe();
    const GateOpener opener{probe};
    {
        Session session(planWith(probe, experiment, m_run), {});
        STARTS(session, reader);
        session.post(command::SetParameter{"objective.weight", 2});
        QTRY_COMPARE(probe->applied().size(), std::size_t{1});
        probe->closeGate();
        session.post(command::Play{});
        QVERIFY(probe->waitForPhase());
        const auto phase = [&probe] {
            probe->permit(1);
            return probe->waitForPhase();
        };
        session.post(command::SetParameter{rate, 0.5}); // after the first update of D
        QVERIFY(phase());
        session.post(command::SetParameter{critics, 1}); // after the second, so that the third is the last
        session.post(command::SetParameter{rate, 0.25});
        QVERIFY(phase());
        QVERIFY(phase());
        session.post(command::Pause{}); // G of the first step is done
        probe->permit(1);
        REACHES(reader, Paused);
        probe->openGate();
        session.post(command::SetParameter{critics, 2});
        session.post(command::Step{});
        session.post(command::Step{"discriminator"});
        session.post(command::Step{"generator"});
        QTRY_COMPARE(reader.read().progress.step, 4);
        session.post(command::SetParameter{"objective.warmup", 7});
        for (int i = 0; i < 10; ++i)
            session.post(command::Step{});
        QTRY_COMPARE(reader.read().progress.step, 14);
        session.post(command::SetParameter{rate, 0.125});
        for (int i = 0; i < 6; ++i)
            session.post(command::Step{});
        QTRY_COMPARE(reader.read().progress.step, 20);
        REACHES(reader, Paused);
    }
    m_applied = probe->applied();
    m_applied.erase(m_applied.begin());
    // What this is about: inside a round, and at the end of an epoch that began after it was asked for.
    QCOMPARE(m_applied.size(), std::size_t{6});
    QCOMPARE(m_applied[0].phase, 1);
    QCOMPARE(m_applied[1].phase, 2);
    QCOMPARE(m_applied[4].path, std::string("objective.warmup"));
    QVERIFY(m_applied[4].step > 4 && m_applied[4].step < 14);
}

void TestRecordedRun::everyChangeComesAgainWhereItWasMade()
{
    const auto probe = newProbe();
    SAME(replayed(m_run, probe), 20);
    QCOMPARE(told(probe->applied()), told(m_applied));
}

void TestRecordedRun::theMomentInTheRoundMatters()
{
    // Before the round instead of in it, D would learn once in it, not three times.
    const fs::path run = copyOfRun("moved");
    const auto line = [](const std::string& round) {
        return R"("path":")" + critics + R"(","value":1,"before":3)" + round;
    };
    replaceIn(run / "events.jsonl", line(R"(,"round":{"phase":"discriminator","repeat":2})"), line(""));
    const Result<ReplayOutcome> outcome = replayed(run, newProbe());
    QVERIFY(!outcome.ok()); // it comes after one that was made later
    QVERIFY(outcome.error().sentence().find("events.jsonl") != std::string::npos);
}

void TestRecordedRun::theFirstDifferenceIsNamed()
{
    const fs::path run = copyOfRun("changed");
    Result<CsvTable> table = readCsv(run / "metrics.csv");
    QVERIFY_OK(table);
    // d_loss of the fake engine is the number of the step; times are not compared.
    std::string text = csvRow(table->header);
    for (std::vector<std::string>& row : table->rows) {
        row[3] = "12345.678";
        if (row[0] == "11")
            row[4] = "11.000000000000002";
        text += csvRow(row);
    }
    QVERIFY_OK(writeFileWhole(run / "metrics.csv", text));
    const Result<ReplayOutcome> outcome = replayed(run, newProbe());
    QVERIFY_OK(outcome);
    QVERIFY(outcome->difference.has_value());
    QCOMPARE(outcome->difference->step, 11);
    QCOMPARE(outcome->difference->column, std::string("d_loss"));
    QCOMPARE(outcome->difference->recorded, std::string("11.000000000000002"));
    QCOMPARE(outcome->difference->repeated, std::string("11"));
    QCOMPARE(outcome->steps, 10);
}

void TestRecordedRun::aPartAndNothingMore()
{
    ReplayOptions options;
    options.steps = 5;
    SAME(replayed(m_run, newProbe(), options), 5);
    options.steps = 500;
    SAME(replayed(m_run, newProbe(), options), 20);
    options.progress = [](std::int64_t done) { return done < 3; };
    const Result<ReplayOutcome> outcome = replayed(m_run, newProbe(), options);
    SAME(outcome, 3);
    QVERIFY(outcome->cancelled);
    options.loading = [](double, const std::string&) { return false; };
    QVERIFY(!replayed(m_run, newProbe(), options).ok());
}

void TestRecordedRun::theRepetitionIsARun()
{
    ReplayOptions options;
    options.out = m_scratch.path("again");
    SAME(replayed(m_run, newProbe(), options), 20);
    const auto probe = newProbe();
    SAME(replayed(options.out, probe), 20);
    QCOMPARE(told(probe->applied()), told(m_applied));
    QCOMPARE(completeCheckpoints(options.out).size(), std::size_t{1});
    QCOMPARE(completeCheckpoints(options.out).front().first, 20);
    QCOMPARE(keptSamples(options.out).size(), std::size_t{1});
    QVERIFY(!replayed(m_run, newProbe(), options).ok()); // nothing is written over
}

void TestRecordedRun::whatAResumeSetAsideIsLeftOut_data()
{
    QTest::addColumn<bool>("older");
    QTest::addRow("by the lines that a checkpoint stands on") << false;
    QTest::addRow("by the checkpoint's event, in logs of older versions") << true;
}

void TestRecordedRun::whatAResumeSetAsideIsLeftOut()
{
    QFETCH(bool, older);
    const fs::path first = m_scratch.path(older ? "cut-older" : "cut");
    const fs::path killed = m_scratch.path(older ? "killed-older" : "killed");
    const auto probe = newProbe();
    {
        Session session(planWith(probe, experiment, first), {});
        STARTS(session, reader);
        for (int i = 0; i < 4; ++i)
            session.post(command::Step{});
        QTRY_COMPARE(reader.read().progress.step, 4);
        session.post(command::SetParameter{rate, 0.5});
        session.post(command::SaveCheckpoint{});
        QTRY_COMPARE(
            (reader.read(), reader.eventsOf("checkpoint").size()), std::size_t{2}); // before the edit, and by hand
        session.post(command::SetParameter{rate, 0.75}); // at the checkpoint's step, but after it
        for (int i = 0; i < 3; ++i)
            session.post(command::Step{});
        session.post(command::Step{"discriminator"});
        QTRY_COMPARE(reader.read().progress.step, 8);
        session.post(command::SetParameter{critics, 1});
        REACHES(reader, Paused);
        QTRY_COMPARE((reader.read(), reader.eventsOf("edit").size()), std::size_t{3});
        fs::copy(first, killed, fs::copy_options::recursive); // as a kill leaves it
    }
    const auto second = newProbe();
    {
        SessionPlan plan = planWith(second, experiment, killed);
        plan.beginning = {.goesOn = true, .checkpoint = killed / "checkpoints" / "00000004"};
        setPath(plan.document, rate, 0.5); // as the checkpoint has it
        Session session(std::move(plan), {});
        Reader reader(session);
        REACHES(reader, Paused);
        session.post(command::SetParameter{rate, 0.875});
        for (int i = 0; i < 6; ++i)
            session.post(command::Step{});
        QTRY_COMPARE(reader.read().progress.step, 10);
        REACHES(reader, Paused);
    }
    if (older) {
        const std::string log = contents(killed / "events.jsonl");
        const std::size_t begin = log.find(R"("data":{"events":)");
        const std::size_t end = log.find(R"("threads")", begin);
        QVERIFY(begin != std::string::npos && end != std::string::npos);
        replaceIn(killed / "events.jsonl", log.substr(begin, end - begin), R"("data":{)");
    }
    const auto third = newProbe();
    SAME(replayed(killed, third), 10);
    QStringList expected = told(probe->applied()).mid(0, 1);
    // Phases are counted from where an engine began.
    expected << QStringLiteral("%1 = 0.875 at step 4 after phase 16").arg(QString::fromStdString(rate));
    QCOMPARE(told(third->applied()), expected);
}

void TestRecordedRun::threadsOfAResumedRun()
{
    const fs::path run = m_scratch.path("threads");
    for (const int threads : {1, 2}) {
        const auto probe = newProbe();
        SessionPlan plan = planWith(probe, experiment, run);
        setPath(plan.document, "training.threads", threads);
        if (threads == 2)
            plan.beginning = {.goesOn = true, .checkpoint = run / "checkpoints" / "00000003"};
        Session session(std::move(plan), {});
        Reader reader(session);
        QTRY_VERIFY_WITH_TIMEOUT(reader.is(threads == 1 ? SessionState::Ready : SessionState::Paused), longWait);
        for (int i = 0; i < 3; ++i)
            session.post(command::Step{});
        QTRY_COMPARE(reader.read().progress.step, 3 * threads);
        REACHES(reader, Paused);
    }
    const Result<RecordedRun> recorded = readRecordedRun(run, fakeCatalog());
    QVERIFY_OK(recorded);
    std::vector<std::int64_t> threads;
    const EngineFactory fake = fakeEngineFactory(newProbe());
    const EngineFactory factory = [&](const Json& document, const LoadMonitor& monitor) {
        threads.push_back(findPath(document, "training.threads")->get<std::int64_t>());
        return fake(document, monitor);
    };
    SAME(replayRun(*recorded, fakeCatalog(), factory, {}), 6);
    QCOMPARE(threads, (std::vector<std::int64_t>{1, 2}));
}

void TestRecordedRun::anEditThatWaitsOutlivesAKill()
{
    // The epoch ends after 6 steps' worth of images, two rounds of three batches each; the checkpoint lies in the
    // second, when its last batch is drawn but the round is not done.
    const fs::path run = m_scratch.path("waits");
    const auto probe = newProbe();
    const GateOpener opener{probe};
    {
        Session session(planWith(probe, experiment, run), {});
        STARTS(session, reader);
        session.post(command::Step{});
        QTRY_COMPARE(reader.read().progress.step, 1);
        session.post(command::SetParameter{"objective.warmup", 9});
        probe->closeGate();
        session.post(command::Play{});
        QVERIFY(probe->waitForPhase());
        probe->permit(2);
        QVERIFY(probe->waitForPhase());
        session.post(command::Pause{}); // before G
        probe->permit(1);
        REACHES(reader, Paused);
        QCOMPARE(reader.now.progress.inRound, std::string("G 1 of 1"));
        QCOMPARE(reader.now.progress.epoch, 1.0);
        QVERIFY(probe->applied().empty());
        session.post(command::SaveCheckpoint{});
        // That of the pause too: what is copied must be at rest.
        QTRY_COMPARE((reader.read(), reader.eventsOf("checkpoint").size()), std::size_t{2});
        fs::copy(run, m_scratch.path("waits-killed"), fs::copy_options::recursive);
    }
    const fs::path killed = m_scratch.path("waits-killed");
    const auto second = newProbe();
    {
        SessionPlan plan = planWith(second, experiment, killed);
        plan.beginning = {.goesOn = true, .checkpoint = killed / "checkpoints" / "00000001"};
        Session session(std::move(plan), {});
        Reader reader(session);
        REACHES(reader, Paused);
        for (int i = 0; i < 4; ++i)
            session.post(command::Step{});
        QTRY_COMPARE(reader.read().progress.step, 5);
        REACHES(reader, Paused);
    }
    const std::vector<AppliedValue> applied = second->applied();
    QCOMPARE(applied.size(), std::size_t{1});
    QCOMPARE(applied.front().path, std::string("objective.warmup"));
    QCOMPARE(applied.front().step, 2); // at the end of the round that ended the epoch
    SAME(replayed(killed, newProbe()), 5);
}

void TestRecordedRun::patienceOutlivesAKill()
{
    // d_loss of the fake engine rises with every step: nothing is ever better than what the first 100 rows came to, and
    // patience ends 180 rows behind them, as soon as those have been looked at. Anew it would last until step 480.
    const auto patient = [] {
        auto probe = std::make_shared<FakeEngineProbe>();
        probe->measure = "d_loss";
        return probe;
    };
    constexpr const char* document = R"({"training": {"patience": 180}})";
    const fs::path run = m_scratch.path("patient");
    const fs::path killed = m_scratch.path("patient-killed");
    {
        Session session(planWith(patient(), document, run), {});
        STARTS(session, reader);
        for (int i = 0; i < 200; ++i)
            session.post(command::Step{});
        QTRY_COMPARE(reader.read().progress.step, 200);
        REACHES(reader, Paused);
        session.post(command::SaveCheckpoint{});
        QTRY_COMPARE((reader.read(), reader.eventsOf("checkpoint").size()), std::size_t{1});
        fs::copy(run, killed, fs::copy_options::recursive);
        session.post(command::Play{}); // nor does a pause give it anew
        REACHES(reader, Finished);
        QVERIFY(reader.now.progress.step >= 280 && reader.now.progress.step < 400);
    }
    SessionPlan plan = planWith(patient(), document, killed);
    plan.beginning = {.goesOn = true, .checkpoint = killed / "checkpoints" / "00000200"};
    Session session(std::move(plan), {});
    Reader reader(session);
    REACHES(reader, Paused);
    session.post(command::Play{});
    REACHES(reader, Finished);
    QVERIFY(reader.now.progress.step >= 280 && reader.now.progress.step < 400);
    // Used up, it is given anew.
    const std::int64_t end = reader.now.progress.step;
    session.post(command::Play{});
    QTRY_VERIFY(reader.read().progress.step > end);
    REACHES(reader, Finished);
    QVERIFY(reader.now.progress.step >= end + 180);
}

void TestRecordedRun::aRunThatBeganFromAnother_data()
{
    QTest::addColumn<bool>("fork");
    QTest::addRow("gone back") << false;
    QTest::addRow("with other settings") << true;
}

void TestRecordedRun::aRunThatBeganFromAnother()
{
    QFETCH(bool, fork);
    const fs::path parent = copyOfRun(fork ? "forked" : "rewound");
    const fs::path child = m_scratch.path(fork ? "fork" : "rewind");
    const fs::path from = parent / "checkpoints" / "00000020";
    const Result<CheckpointData> checkpoint = readCheckpoint(from);
    QVERIFY_OK(checkpoint);
    {
        SessionPlan plan = planWith(newProbe(), experiment, child);
        plan.document = checkpoint->state["experiment"];
        if (fork)
            setPath(plan.document, critics, 4);
        plan.beginning.checkpoint = from;
        plan.beginning.parent =
            RunParent{parent.filename().string(), 20, fork ? RunParent::How::Fork : RunParent::How::Rewind};
        Session session(std::move(plan), {});
        Reader reader(session);
        REACHES(reader, Paused);
        session.post(command::SetParameter{rate, 0.375}); // before it has a folder
        session.post(command::Step{});
        session.post(command::SetParameter{rate, 0.625});
        session.post(command::Step{"discriminator"});
        QTRY_COMPARE(reader.read().progress.step, 22);
        session.post(command::SetParameter{critics, 3});
        for (int i = 0; i < 3; ++i)
            session.post(command::Step{});
        QTRY_COMPARE(reader.read().progress.step, 25);
        REACHES(reader, Paused);
    }
    SAME(replayed(child, newProbe()), 5);
    // Its first checkpoint may be gone, and the other run too; then there is nothing to begin with.
    fs::remove_all(child / "checkpoints" / "00000020");
    SAME(replayed(child, newProbe()), 5);

    // The numbers of both, the parent's up to where the child began.
    QVERIFY_OK(exportMetricsCsv(child, m_scratch.path("lineage.csv"), unwatched));
    const Result<CsvTable> table = readCsv(m_scratch.path("lineage.csv"));
    QVERIFY_OK(table);
    QCOMPARE(table->header.front(), std::string("run"));
    QCOMPARE(table->rows.size(), std::size_t{25});
    for (std::size_t i = 0; i < table->rows.size(); ++i) {
        QCOMPARE(table->rows[i][0], (i < 20 ? parent : child).filename().string());
        QCOMPARE(table->rows[i][1], std::to_string(i + 1));
    }

    fs::remove_all(from);
    const Result<ReplayOutcome> outcome = replayed(child, newProbe());
    QVERIFY(!outcome.ok());
    QVERIFY(outcome.error().sentence().find("not there any more") != std::string::npos);
}

void TestRecordedRun::anUnfinishedRun()
{
    // Killed while a row and an event were written.
    const fs::path run = copyOfRun("torn");
    QVERIFY_OK(writeFileWhole(run / "metrics.csv", contents(run / "metrics.csv") + "21,1.5,2"));
    QVERIFY_OK(writeFileWhole(run / "events.jsonl", contents(run / "events.jsonl") + R"({"step":20,"kind":"ed)"));
    SAME(replayed(run, newProbe()), 20);
    // From its first moment: nothing to repeat.
    fs::remove(run / "events.jsonl");
    QVERIFY_OK(writeFileWhole(run / "metrics.csv", metricsHeader(fakeColumns()) + "\n"));
    SAME(replayed(run, newProbe()), 0);
}

void TestRecordedRun::damage_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("after");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const char* file, const QString& before, const QString& after,
                         const char* says) {
        QTest::addRow("%s", name) << QString::fromUtf8(file) << before << after << QString::fromUtf8(says);
    };
    const QString edit = QStringLiteral(R"("path":"%1","value":0.125)").arg(QString::fromStdString(rate));
    row("an edit without a path", "events.jsonl", edit, QStringLiteral(R"("value":0.125)"), "events.jsonl:");
    row("an edit without a value", "events.jsonl", edit, QStringLiteral(R"("path":"%1")").arg(rate.c_str()),
        "events.jsonl:");
    row("a setting that is not there", "events.jsonl", edit, QStringLiteral(R"("path":"training.sped","value":1)"),
        "training.sped");
    row("a value out of range", "events.jsonl", edit, QStringLiteral(R"("path":"%1","value":99)").arg(rate.c_str()),
        "out of range");
    row("a value of another type", "events.jsonl", edit,
        QStringLiteral(R"("path":"%1","value":[{}])").arg(rate.c_str()), rate.c_str());
    row("a setting that cannot change", "events.jsonl", edit, QStringLiteral(R"("path":"training.seed","value":3)"),
        "cannot change");
    row("a moment that never comes", "events.jsonl", QStringLiteral(R"("phase":"discriminator","repeat":2)"),
        QStringLiteral(R"("phase":"discriminator","repeat":17)"), "does not come to");
    row("another column", "metrics.csv", QStringLiteral("d_loss"), QStringLiteral("e_loss"), "columns");
    row("a row is missing", "metrics.csv", QStringLiteral("\n11,"), QStringLiteral("\n12,"), "metrics.csv");
    row("a row is cut", "metrics.csv", QStringLiteral("\n11,"), QStringLiteral("\n11"), "metrics.csv");
    row("another experiment", "experiment.json", QStringLiteral("\"with-encoder\""), QStringLiteral("\"lsgan\""),
        "experiment.json");
}

void TestRecordedRun::damage()
{
    QFETCH(QString, file);
    QFETCH(QString, before);
    QFETCH(QString, after);
    QFETCH(QString, says);
    const fs::path run = copyOfRun(std::string("damaged ") + QTest::currentDataTag());
    replaceIn(run / file.toStdString(), before.toStdString(), after.toStdString());
    const Result<ReplayOutcome> outcome = replayed(run, newProbe());
    QVERIFY(!outcome.ok());
    const QString sentence = QString::fromStdString(outcome.error().sentence());
    QVERIFY2(sentence.contains(says), qPrintable(sentence));
}

QTEST_GUILESS_MAIN(TestRecordedRun)
#include "recorded_run.moc"
