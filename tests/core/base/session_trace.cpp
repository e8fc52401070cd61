// SPDX-License-Identifier: GPL-3.0-or-later
// A session that traces steps: from rest, in the midst of a round, while training runs, and where it cannot.
#include "core/io/csv.h"
#include "core/io/safetensors.h"
#include "tests/support/session_reader.h"
#include "tests/support/small_disk.h"

#include <cstring>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

/// The step that a traced file speaks of, by its metadata and by its one tensor; -1 where the two disagree.
std::int64_t tracedStep(const fs::path& file)
{
    const Result<TensorFile> read = readSafetensors(file);
    if (!read || read->tensors.count("metric/d_loss") == 0)
        return -1;
    double loss = 0;
    std::memcpy(&loss, read->tensors.at("metric/d_loss").data.data(), sizeof loss);
    const std::int64_t step = std::stoll(read->metadata.at("step"));
    return static_cast<double>(step) == loss ? step : -1;
}

std::vector<std::int64_t> stepsOf(const std::vector<MetricRow>& rows)
{
    std::vector<std::int64_t> steps;
    for (const MetricRow& row : rows)
        steps.push_back(row.step);
    return steps;
}

bool isOneToN(const std::vector<std::int64_t>& steps)
{
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (steps[i] != static_cast<std::int64_t>(i) + 1)
            return false;
    }
    return true;
}

} // namespace

class TestSessionTrace : public QObject {
    Q_OBJECT

private slots:
    void permittedWhereAStepCanBeMade();
    void fromTheStart();
    void finishesARoundFirst();
    void whileTrainingRuns();
    void aPauseWaitsForIt();
    void aPlayKeepsIt();
    void holdsTheEdits();
    void aFolderThatIsTaken();
    void aFolderTakenMeanwhile();
    void failsInTheStep();
    void failsWhileTrainingRuns();
    void theDiskIsFull();
    void theRunEndsBefore();
    void aStopTakesItBack();

private:
    Scratch m_scratch;
};

void TestSessionTrace::permittedWhereAStepCanBeMade()
{
    for (const SessionState state :
        {SessionState::Ready, SessionState::Running, SessionState::Paused, SessionState::Finished})
        QVERIFY(permits(state, SessionAction::Trace));
    QVERIFY(whyNot(SessionState::Loading, SessionAction::Trace));
    QVERIFY(whyNot(SessionState::Failed, SessionAction::Trace));
}

void TestSessionTrace::fromTheStart()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const fs::path run = m_scratch.path("run");
    const fs::path folder = m_scratch.path("traces/first");
    {
        Session session(planWith(probe, "{}", run), {});
        STARTS(session, reader);
        session.post(command::Trace{folder});
        REACHES(reader, Paused);
        QCOMPARE(reader.now.progress.step, std::int64_t{1});
        QCOMPARE(stepsOf(reader.rows), std::vector<std::int64_t>{1});
        const std::vector<RunEvent> traces = reader.eventsOf("trace");
        QCOMPARE(traces.size(), std::size_t{1});
        QCOMPARE(traces[0].step, std::int64_t{1});
        QVERIFY(traces[0].text.find(folder.string()) != std::string::npos);
        QCOMPARE(traces[0].data["folder"], Json(folder.string()));
        QCOMPARE(traces[0].data["file"], Json("step-000001.safetensors"));
        QCOMPARE(tracedStep(folder / "step-000001.safetensors"), std::int64_t{1});
        const Result<Json> experiment = readJson(folder / "experiment.json");
        QVERIFY_OK(experiment);
        QCOMPARE(*experiment, *reader.now.document);

        // And once more: a folder each.
        session.post(command::Trace{m_scratch.path("traces/second")});
        QTRY_COMPARE((reader.read(), reader.eventsOf("trace").size()), std::size_t{2});
        QCOMPARE(tracedStep(m_scratch.path("traces/second/step-000002.safetensors")), std::int64_t{2});
        QVERIFY(probe->oneThread());
    }
    const Result<CsvTable> metrics = readCsv(run / "metrics.csv");
    QVERIFY_OK(metrics);
    QCOMPARE(metrics->rows.size(), std::size_t{2});
}

void TestSessionTrace::finishesARoundFirst()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const GateOpener opener{probe};
    Session session(planWith(probe, R"({ "training": { "discriminator_steps": 5 } })"), {});
    STARTS(session, reader);
    probe->closeGate();
    session.post(command::Play{});
    QVERIFY(probe->waitForPhase());
    session.post(command::Pause{});
    probe->permit(1);
    REACHES(reader, Paused);
    QCOMPARE(reader.now.progress.inRound, std::string("D 2 of 5"));

    const fs::path folder = m_scratch.path("cut");
    session.post(command::Trace{folder});
    probe->openGate();
    QTRY_COMPARE((reader.read(), reader.eventsOf("trace").size()), std::size_t{1});
    QTRY_COMPARE((reader.read(), stepsOf(reader.rows)), (std::vector<std::int64_t>{1, 2}));
    QVERIFY(reader.now.progress.inRound.empty());
    QCOMPARE(reader.now.state, SessionState::Paused);
    QCOMPARE(tracedStep(folder / "step-000002.safetensors"), std::int64_t{2});
    QCOMPARE(probe->phasesDone(), std::int64_t{12});
}

void TestSessionTrace::whileTrainingRuns()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const GateOpener opener{probe};
    Session session(planWith(probe), {});
    STARTS(session, reader);
    probe->closeGate();
    session.post(command::Play{});
    QVERIFY(probe->waitForPhase());
    probe->permit(1);
    QVERIFY(probe->waitForPhase()); // G of step 1
    const fs::path folder = m_scratch.path("running");
    session.post(command::Trace{folder});
    probe->permit(1);
    QVERIFY(probe->waitForPhase()); // D of step 2
    QVERIFY(!fs::exists(folder / "step-000002.safetensors"));
    probe->permit(2);
    QVERIFY(probe->waitForPhase()); // D of step 3: the trace is written and training goes on
    QCOMPARE(tracedStep(folder / "step-000002.safetensors"), std::int64_t{2});
    QTRY_COMPARE((reader.read(), reader.eventsOf("trace").size()), std::size_t{1});
    QCOMPARE(reader.eventsOf("trace")[0].step, std::int64_t{2});
    QCOMPARE(reader.now.state, SessionState::Running);
    probe->openGate();
    QTRY_VERIFY_WITH_TIMEOUT(reader.read().progress.step > 50, longWait);
    session.post(command::Pause{});
    REACHES(reader, Paused);
    QVERIFY(isOneToN(stepsOf(reader.rows)));
    QCOMPARE(static_cast<std::int64_t>(reader.rows.size()), reader.now.progress.step);
    double seconds = 0;
    for (const MetricRow& row : reader.rows) {
        QVERIFY(row.seconds >= seconds);
        seconds = row.seconds;
    }
}

void TestSessionTrace::aPauseWaitsForIt()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const GateOpener opener{probe};
    Session session(planWith(probe), {});
    STARTS(session, reader);
    probe->closeGate();
    session.post(command::Play{});
    QVERIFY(probe->waitForPhase());
    session.post(command::Trace{m_scratch.path("paused")});
    session.post(command::Pause{});
    probe->openGate();
    REACHES(reader, Paused);
    QTRY_COMPARE((reader.read(), reader.eventsOf("trace").size()), std::size_t{1});
    QTRY_COMPARE((reader.read(), stepsOf(reader.rows)), (std::vector<std::int64_t>{1, 2}));
    QCOMPARE(tracedStep(m_scratch.path("paused/step-000002.safetensors")), std::int64_t{2});
    QCOMPARE(reader.now.state, SessionState::Paused);
}

void TestSessionTrace::aPlayKeepsIt()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const GateOpener opener{probe};
    Session session(planWith(probe), {});
    STARTS(session, reader);
    probe->closeGate();
    session.post(command::Step{});
    QVERIFY(probe->waitForPhase());
    session.post(command::Trace{m_scratch.path("played")});
    session.post(command::Play{});
    probe->openGate();
    REACHES(reader, Running);
    QTRY_COMPARE((reader.read(), reader.eventsOf("trace").size()), std::size_t{1});
    QTRY_VERIFY_WITH_TIMEOUT(reader.read().progress.step > 20, longWait);
    QCOMPARE(reader.now.state, SessionState::Running);
}

void TestSessionTrace::holdsTheEdits()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    Session session(planWith(probe), {});
    STARTS(session, reader);
    session.post(command::Step{});
    session.post(command::SetParameter{"optimisers.generator.learning_rate", 0.125});
    session.post(command::Trace{m_scratch.path("edited")});
    QTRY_COMPARE((reader.read(), reader.eventsOf("trace").size()), std::size_t{1});
    const Result<Json> experiment = readJson(m_scratch.path("edited/experiment.json"));
    QVERIFY_OK(experiment);
    QCOMPARE(*findPath(*experiment, "optimisers.generator.learning_rate"), Json(0.125));
}

void TestSessionTrace::aFolderThatIsTaken()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    Session session(planWith(probe), {});
    STARTS(session, reader);
    m_scratch.write("taken/letter.txt", "dear all");
    for (const char* place : {"taken", "taken/letter.txt"}) {
        session.post(command::Trace{m_scratch.path(place)});
        QTRY_COMPARE((reader.read(), reader.events.size()), std::size_t{1});
        QCOMPARE(reader.events[0].kind, std::string("rejected"));
        const std::string& text = reader.events[0].text;
        QVERIFY2(text.find(m_scratch.path(place).string()) != std::string::npos
                && text.find("new or an empty folder") != std::string::npos,
            text.c_str());
        reader.events.clear();
    }
    QCOMPARE(probe->phasesDone(), std::int64_t{0});
    QCOMPARE(reader.now.state, SessionState::Ready);
    QCOMPARE(std::distance(fs::directory_iterator(m_scratch.path("taken")), fs::directory_iterator()), 1);
}

void TestSessionTrace::aFolderTakenMeanwhile()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const GateOpener opener{probe};
    Session session(planWith(probe), {});
    STARTS(session, reader);
    // Both ask for one folder before either is made: the second must not write over the first.
    probe->closeGate();
    session.post(command::Step{});
    QVERIFY(probe->waitForPhase());
    for (int i = 0; i < 2; ++i)
        session.post(command::Trace{m_scratch.path("twice")});
    probe->openGate();
    REACHES(reader, Paused);
    QCOMPARE(reader.eventsOf("trace").size(), std::size_t{1});
    QCOMPARE(reader.eventsOf("warning").size(), std::size_t{1});
    QCOMPARE(stepsOf(reader.rows), (std::vector<std::int64_t>{1, 2}));
    QVERIFY(!reader.now.fault);
}

void TestSessionTrace::failsInTheStep()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    probe->traceFailsAtStep = 1;
    Session session(planWith(probe), {});
    STARTS(session, reader);
    session.post(command::Trace{m_scratch.path("failed")});
    REACHES(reader, Paused);
    const std::vector<RunEvent> warnings = reader.eventsOf("warning");
    QCOMPARE(warnings.size(), std::size_t{1});
    QVERIFY2(warnings[0].text.find("there is no memory for the trace") != std::string::npos
            && warnings[0].text.find("Free some") != std::string::npos,
        warnings[0].text.c_str());
    QVERIFY(reader.eventsOf("trace").empty());
    // What was begun is finished by the next step, and counted right.
    session.post(command::Step{});
    QTRY_COMPARE((reader.read(), stepsOf(reader.rows)), std::vector<std::int64_t>{1});
    QCOMPARE(probe->phasesDone(), std::int64_t{2});
}

void TestSessionTrace::failsWhileTrainingRuns()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const GateOpener opener{probe};
    probe->traceFailsAtStep = 2;
    Session session(planWith(probe), {});
    STARTS(session, reader);
    probe->closeGate();
    session.post(command::Play{});
    QVERIFY(probe->waitForPhase());
    session.post(command::Trace{m_scratch.path("failed-running")});
    probe->openGate();
    QTRY_VERIFY_WITH_TIMEOUT(reader.read().progress.step > 50, longWait);
    QCOMPARE(reader.eventsOf("warning").size(), std::size_t{1});
    QCOMPARE(reader.now.state, SessionState::Running);
    session.post(command::Pause{});
    REACHES(reader, Paused);
    QVERIFY(isOneToN(stepsOf(reader.rows)));
}

void TestSessionTrace::theDiskIsFull()
{
    const SmallDisk disk;
    if (!disk.mounted())
        QSKIP("no small file system can be mounted here");
    const auto probe = std::make_shared<FakeEngineProbe>();
    Session session(planWith(probe, "{}", m_scratch.path("beside")), {});
    STARTS(session, reader);
    disk.fill();
    session.post(command::Trace{disk.path() / "trace"});
    REACHES(reader, Paused);
    // The step is trained and recorded all the same: only its trace is lost.
    QCOMPARE(reader.eventsOf("warning").size(), std::size_t{1});
    const std::string text = reader.eventsOf("warning")[0].text;
    QVERIFY2(text.find("space") != std::string::npos, text.c_str());
    QVERIFY(!reader.now.fault);
    QCOMPARE(stepsOf(reader.rows), std::vector<std::int64_t>{1});
}

void TestSessionTrace::theRunEndsBefore()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const GateOpener opener{probe};
    Session session(planWith(probe, R"({ "training": { "steps": 2 } })"), {});
    STARTS(session, reader);
    probe->closeGate();
    session.post(command::Play{});
    QVERIFY(probe->waitForPhase());
    probe->permit(2);
    QVERIFY(probe->waitForPhase()); // D of the last step
    session.post(command::Trace{m_scratch.path("late")});
    probe->openGate();
    REACHES(reader, Finished);
    QVERIFY(reader.eventsOf("trace").empty());
    const std::vector<RunEvent> warnings = reader.eventsOf("warning");
    QCOMPARE(warnings.size(), std::size_t{1});
    QVERIFY2(warnings[0].text.find("Trace again") != std::string::npos, warnings[0].text.c_str());

    // As it says: a run that has ended makes one step more.
    session.post(command::Trace{m_scratch.path("late")});
    REACHES(reader, Paused);
    QCOMPARE(tracedStep(m_scratch.path("late/step-000003.safetensors")), std::int64_t{3});
    QCOMPARE(stepsOf(reader.rows), (std::vector<std::int64_t>{1, 2, 3}));
}

void TestSessionTrace::aStopTakesItBack()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const GateOpener opener{probe};
    Session session(planWith(probe), {});
    STARTS(session, reader);
    probe->closeGate();
    session.post(command::Play{});
    QVERIFY(probe->waitForPhase());
    session.post(command::Trace{m_scratch.path("stopped")});
    session.post(command::Stop{});
    probe->openGate();
    REACHES(reader, Finished);
    QVERIFY(reader.eventsOf("trace").empty());
    QVERIFY(reader.eventsOf("warning").empty());
    QVERIFY(!fs::exists(m_scratch.path("stopped")));
}

QTEST_GUILESS_MAIN(TestSessionTrace)
#include "session_trace.moc"
