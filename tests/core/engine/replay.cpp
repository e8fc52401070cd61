// SPDX-License-Identifier: GPL-3.0-or-later
// On a CPU a run comes again from its experiment and its log, to the last bit, edits inside a round included.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/runs/replay.h"
#include "core/base/files.h"

#include "tests/support/cli_process.h"
#include "tests/support/same_replay.h"
#include "tests/support/session_reader.h"
#include "tests/support/small_runs.h"

#include <atomic>
#endif

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

/// Something asked for while an update of a phase is computed: it is done right after that phase.
struct Wish {
    std::string phase;
    std::int64_t update = 0;
    Command command;
};

SessionPlan planOf(const Json& document, const fs::path& folder)
{
    SessionPlan plan;
    plan.document = *resolveDocument(document, builtinCatalog());
    plan.catalog = &builtinCatalog();
    plan.factory = makeTrainer;
    plan.runFolder = folder;
    plan.renderSamples = false;
    return plan;
}

Result<ReplayOutcome> replayed(const fs::path& folder, const ReplayOptions& options = {})
{
    const Result<RecordedRun> run = readRecordedRun(folder, builtinCatalog());
    return run ? replayRun(*run, builtinCatalog(), makeTrainer, options) : run.error();
}

std::string contents(const fs::path& file)
{
    const Result<std::string> text = readFile(file, std::size_t{64} << 20);
    return text ? *text : std::string();
}

} // namespace

class TestReplay : public QObject {
    Q_OBJECT

private slots:
    void editsInARoundAndBetweenRounds();
    void faultsLeaveNoTrace();
    void throughTheCommand();

private:
    /// Plays a run whose wishes come true while it trains, until it is paused by one of them.
    void playUntilPaused(Session& session, Reader& reader)
    {
        session.post(command::Play{});
        REACHES(reader, Paused);
    }

    Scratch m_scratch;
};

void TestReplay::editsInARoundAndBetweenRounds()
{
    const fs::path folder = m_scratch.path("edited");
    const std::vector<Wish> wishes{
        {"discriminator", 7, command::SetParameter{"optimisers.discriminator.learning_rate", 5e-3}},
        {"discriminator", 13, command::SetParameter{"training.discriminator_steps", 2}},
        {"generator", 5, command::SetParameter{"instance_noise.manual", true}},
        {"generator", 6, command::SetParameter{"instance_noise.level", 0.3}},
        {"discriminator", 20, command::SetParameter{"objective.label_smoothing", 0.2}},
        {"discriminator", 21, command::SetParameter{"training.ema_decay", 0.7}},
        {"discriminator", 24, command::Pause{}},
    };
    std::atomic<Session*> posted = nullptr;
    SessionPlan plan = planOf(with(pointsExperiment(),
                                  {{"training.discriminator_steps", 5}, {"training.ema_decay", 0.9},
                                      {"instance_noise.start", 0.1}, {"sampling.checkpoint_every", 5}}),
        folder);
    plan.factory = [&](const Json& document, const LoadMonitor&) -> Result<std::unique_ptr<Engine>> {
        std::unique_ptr<OpenTrainer> trainer = makeOpenTrainer(document);
        trainer->onDraw = [&](const DrawKey& key, torch::Tensor value) {
            for (const Wish& wish : wishes) {
                if (key.name == "latent" && key.phase == wish.phase && key.update == wish.update)
                    posted.load()->post(wish.command);
            }
            return value;
        };
        return std::unique_ptr<Engine>(std::move(trainer));
    };
    {
        Session session(std::move(plan), {});
        posted = &session;
        STARTS(session, reader);
        session.post(command::SetParameter{"optimisers.generator.beta1", 0.3}); // before it begins
        playUntilPaused(session, reader);
        QVERIFY(!reader.now.progress.inRound.empty());
        session.post(command::SetParameter{"optimisers.generator.learning_rate", 2e-3});
        session.post(command::Step{"discriminator"}); // finishes the round first
        session.post(command::Step{"generator"});
        session.post(command::Trace{m_scratch.path("trace")});
        session.post(command::SetParameter{"schedules.halve_every", 7});
        for (int i = 0; i < 20; ++i)
            session.post(command::Step{});
        const std::int64_t wanted = reader.now.progress.step + 24;
        QTRY_COMPARE_WITH_TIMEOUT(reader.read().progress.step, wanted, longWait);
        REACHES(reader, Paused);
        const std::vector<RunEvent> edits = reader.eventsOf("edit");
        QCOMPARE(edits.size(), std::size_t{9});
        QCOMPARE(edits[1].data["round"].dump(), std::string(R"({"phase":"discriminator","repeat":3})"));
    }
    const std::int64_t steps = readRecordedRun(folder, builtinCatalog())->steps;
    SAME(replayed(folder), steps);
    // The place in the round is what makes it so: one phase later, and the numbers are others.
    const fs::path moved = m_scratch.path("moved");
    fs::copy(folder, moved, fs::copy_options::recursive);
    std::string log = contents(moved / "events.jsonl");
    const std::string place = R"("round":{"phase":"discriminator","repeat":3})";
    QVERIFY(log.find(place) != std::string::npos);
    log.replace(log.find(place), place.size(), R"("round":{"phase":"discriminator","repeat":4})");
    QVERIFY_OK(writeFileWhole(moved / "events.jsonl", log));
    const Result<ReplayOutcome> outcome = replayed(moved);
    QVERIFY_OK(outcome);
    QVERIFY(outcome->difference.has_value());
    QCOMPARE(outcome->difference->step, 2);
}

void TestReplay::faultsLeaveNoTrace()
{
    const fs::path folder = m_scratch.path("faulty");
    SessionPlan plan =
        planOf(with(pointsExperiment(), {{"training.discriminator_steps", 3}, {"training.ema_decay", 0.9}}), folder);
    plan.factory = [](const Json& document, const LoadMonitor&) -> Result<std::unique_ptr<Engine>> {
        std::unique_ptr<OpenTrainer> trainer = makeOpenTrainer(document);
        auto spoilt = std::make_shared<bool>(false);
        trainer->onLatents = [spoilt](const std::string&, std::int64_t update, torch::Tensor value) {
            return update == 13 && !std::exchange(*spoilt, true) ? value / 0 : value;
        };
        return std::unique_ptr<Engine>(std::move(trainer));
    };
    std::int64_t steps = 0;
    {
        Session session(std::move(plan), {});
        STARTS(session, reader);
        playUntilPaused(session, reader);
        QVERIFY(reader.now.fault.has_value());
        session.post(command::SetParameter{"optimisers.discriminator.learning_rate", 1e-5});
        session.post(command::Step{});
        session.post(command::Step{});
        QTRY_COMPARE_WITH_TIMEOUT(reader.read().progress.step, 6, longWait);
        REACHES(reader, Paused);
        steps = reader.now.progress.step;
    }
    SAME(replayed(folder), steps);
}

void TestReplay::throughTheCommand()
{
    const QString cli = QStringLiteral(SADDLE_CLI);
    const fs::path file = m_scratch.write("small.json", pointsExperiment().dump());
    DONE(runCli(cli,
        {"train", QString::fromStdString(file.string()), "--out", "first", "--steps", "30", "--set",
            "sampling.checkpoint_every=10", "--set", "training.threads=1"},
        m_scratch));
    // Going on with another rate and another number of threads.
    DONE(runCli(cli,
        {"train", "--resume", "first", "--steps", "60", "--set", "optimisers.generator.learning_rate=0.003",
            "--threads", "2"},
        m_scratch));
    Run run = runCli(cli, {"replay", "first"}, m_scratch);
    DONE(run);
    QCOMPARE(run.out, QStringLiteral("60 steps, identical\n"));
    run = runCli(cli, {"replay", "first", "--steps", "12", "--out", "again", "--quiet"}, m_scratch);
    DONE(run);
    QCOMPARE(run.out, QStringLiteral("12 steps, identical\n"));
    QVERIFY(run.err.isEmpty());
    QVERIFY(fs::exists(m_scratch.path("again") / "checkpoints" / "00000012" / "state.json"));
    run = runCli(cli, {"replay", "again"}, m_scratch);
    QCOMPARE(run.out, QStringLiteral("12 steps, identical\n"));
    run = runCli(cli, {"replay", "first", "--out", "again"}, m_scratch);
    QCOMPARE(run.status, 1);
    run = runCli(cli, {"replay", "nowhere"}, m_scratch);
    QCOMPARE(run.status, 1);
    QVERIFY2(run.err.contains(QStringLiteral("nowhere")), qPrintable(run.err));
    // A number that was changed is found.
    std::string metrics = contents(m_scratch.path("first") / "metrics.csv");
    const std::size_t row = metrics.find("\n40,");
    QVERIFY(row != std::string::npos);
    metrics[metrics.find(',', row + 30)] = '0';
    std::size_t at = metrics.find('\n', row + 1);
    metrics.insert(at, ",7"); // keeps the number of cells
    QVERIFY_OK(writeFileWhole(m_scratch.path("first") / "metrics.csv", metrics));
    run = runCli(cli, {"replay", "first", "--quiet"}, m_scratch);
    QCOMPARE(run.status, 1);
    QVERIFY2(run.out.startsWith(QStringLiteral("step 40: ")), qPrintable(run.out));
}

QTEST_GUILESS_MAIN(TestReplay)
#include "replay.moc"
