// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session.h"

#include "core/base/files.h"
#include "core/io/csv.h"
#include "core/runs/experiment.h"
#include "tests/support/session_reader.h"
#include "tests/support/small_disk.h"

#include <algorithm>
#include <atomic>
#include <filesystem>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

const std::string rate = "optimisers.generator.learning_rate";

std::string contents(const fs::path& file)
{
    const Result<std::string> text = readFile(file, std::size_t{64} << 20);
    return text ? *text : std::string();
}

std::vector<Json> eventLines(const fs::path& folder)
{
    std::vector<Json> lines;
    for (const QString& line :
        QString::fromStdString(contents(folder / "events.jsonl")).split(u'\n', Qt::SkipEmptyParts)) {
        const Result<Json> parsed = parseJson(line.toStdString(), "events.jsonl");
        lines.push_back(parsed ? *parsed : Json("not JSON"));
    }
    return lines;
}

std::vector<std::string> checkpointNames(const fs::path& folder)
{
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder / "checkpoints"))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::int64_t> gridSteps(const fs::path& folder)
{
    std::vector<std::int64_t> steps;
    for (const auto& [step, file] : keptSamples(folder))
        steps.push_back(step);
    return steps;
}

} // namespace

class TestSession : public QObject {
    Q_OBJECT

private slots:
    void statesAndRules();
    void loadsOnAThreadOfItsOwn();
    void loadingFails();
    void loadingIsGivenUp();
    void aStopTakesBackAPlay();
    void playsPausesAndStops();
    void runsToItsLimit();
    void raisedLimitGoesOn();
    void limitAlreadyReached();
    void lowersLimitWhileRunning();
    void singleSteps();
    void stepsOfOnePhase();
    void playWhileStepsAreQueued();
    void stepsAfterTheEnd();
    void pausesBetweenPhases();
    void slowReaderLosesNothing();
    void editsCoalesce();
    void editsBeforeLoading();
    void liveEditsActAtOnce();
    void rejectedEdits();
    void editsThatWaitForAnEpoch();
    void faultsPause();
    void faultsThatComeWithRows();
    void exceptionsFail_data();
    void exceptionsFail();
    void destroyedInAnyState_data();
    void destroyedInAnyState();
    void unreadPicturesBlockTheNext();
    void noPicturesUnlessAskedFor();
    void writesARun();
    void keepsGridsAndCheckpoints();
    void checkpointsByHand();
    void editsAfterACheckpointAreSaved();
    void resumes();
    void folderThatIsTaken();
    void aCheckpointThatDoesNotComeIsNoFaultOfTheDisk();
    void diskFillsUp();
    void noticesAreFew();

private:
    Scratch m_scratch;
};

void TestSession::statesAndRules()
{
    // Where something is refused there are words for it; what is not refused can be done.
    for (std::size_t state = 0; state < sessionStateCount; ++state) {
        for (std::size_t action = 0; action < sessionActionCount; ++action) {
            const char* why = whyNot(static_cast<SessionState>(state), static_cast<SessionAction>(action));
            QVERIFY(!why || *why);
            QCOMPARE(permits(static_cast<SessionState>(state), static_cast<SessionAction>(action)), why == nullptr);
        }
    }
    QCOMPARE(std::string(stateName(SessionState::Finished)), std::string("Finished"));
}

void TestSession::loadsOnAThreadOfItsOwn()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const GateOpener opener{probe};
    probe->resolved = {{"training.threads", 3}};
    probe->holdLoading();
    {
        Session session(planWith(probe), {});
        Reader reader(session);
        QVERIFY(probe->waitForLoading());
        QTRY_COMPARE(reader.read().loading, std::string("Loading nothing"));
        QCOMPARE(reader.now.state, SessionState::Loading);
        QCOMPARE(reader.now.loadingFraction, 0.5);
        QVERIFY(!reader.now.info);
        probe->letLoad();
        REACHES(reader, Ready);
        QVERIFY(reader.now.info);
        QCOMPARE(reader.now.info->columns.size(), fakeColumns().size());
        QCOMPARE(*findPath(*reader.now.document, "training.threads"), Json(3));
        QVERIFY(reader.now.loading.empty());
        QVERIFY(probe->alive());
    }
    QVERIFY(!probe->alive());
    QVERIFY(probe->oneThread());
}

void TestSession::loadingFails()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    probe->loadError = "there is no such data";
    Session session(planWith(probe, "{}", m_scratch.path("never")), {});
    Reader reader(session);
    REACHES(reader, Failed);
    QVERIFY(reader.now.fault);
    QCOMPARE(reader.now.fault->error.sentence(), std::string("nowhere: there is no such data. Try something else."));
    QCOMPARE(reader.eventsOf("error").size(), std::size_t{1});
    for (Command command : {Command(command::Play{}), Command(command::Stop{}), Command(command::SaveCheckpoint{})})
        session.post(command);
    QVERIFY(!fs::exists(m_scratch.path("never")));
}

void TestSession::loadingIsGivenUp()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const GateOpener opener{probe};
    probe->holdLoading();
    auto session = std::make_unique<Session>(planWith(probe), std::function<void()>{});
    QVERIFY(probe->waitForLoading());
    // A stop or a play while it loads is kept until it has loaded; here it never has.
    session->post(command::Stop{});
    session->post(command::Play{});
    std::thread destroyer([&session] { session.reset(); });
    probe->letLoad();
    destroyer.join();
    QVERIFY(!probe->alive());

    // And where loading ends: the stop is for nothing yet, the play is not.
    const auto second = std::make_shared<FakeEngineProbe>();
    const GateOpener secondOpener{second};
    second->holdLoading();
    Session other(planWith(second, R"({"training": {"steps": 3}})"), {});
    other.post(command::Stop{});
    other.post(command::Play{});
    second->letLoad();
    Reader reader(other);
    REACHES(reader, Finished);
    QCOMPARE(reader.rows.size(), std::size_t{3});
}

void TestSession::aStopTakesBackAPlay()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const GateOpener opener{probe};
    const fs::path folder = m_scratch.path("taken-back");
    probe->holdLoading();
    {
        Session session(planWith(probe, "{}", folder), {});
        QVERIFY(probe->waitForLoading());
        session.post(command::Play{});
        session.post(command::Step{});
        session.post(command::SetParameter{rate, 0.125});
        session.post(command::Stop{});
        probe->letLoad();
        Reader reader(session);
        REACHES(reader, Ready);
        // The edit is of the experiment, not of the play: it stays.
        QTRY_COMPARE(*findPath(*reader.read().document, rate), Json(0.125));
        QCOMPARE(reader.now.state, SessionState::Ready);
    }
    QCOMPARE(probe->phasesDone(), std::int64_t{0});
    QVERIFY(!fs::exists(folder));
}

void TestSession::playsPausesAndStops()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    Session session(planWith(probe), {});
    STARTS(session, reader);
    session.post(command::Pause{}); // nothing runs: no effect
    session.post(command::Stop{});
    session.post(command::Play{});
    REACHES(reader, Running);
    QTRY_VERIFY(reader.read().progress.step > 10);
    session.post(command::Pause{});
    REACHES(reader, Paused);
    // When it is paused all rows are there, and no more come.
    const std::int64_t phases = probe->phasesDone();
    const std::int64_t step = reader.now.progress.step;
    QCOMPARE(reader.rows.size(), static_cast<std::size_t>(step));
    QVERIFY(reader.now.seconds > 0);
    const double seconds = reader.now.seconds;
    session.post(command::RequestSamples{}); // answered in order: what comes before it has been done
    std::shared_ptr<const Samples> answer;
    QTRY_VERIFY(answer || (answer = session.takeSamples())); // QTRY asks again once it is true
    reader.read();
    QCOMPARE(probe->phasesDone(), phases);
    QCOMPARE(reader.now.seconds, seconds);
    session.post(command::Play{});
    QTRY_VERIFY(reader.read().progress.step > step);
    session.post(command::Stop{});
    REACHES(reader, Finished);
    QCOMPARE(reader.rows.size(), static_cast<std::size_t>(reader.now.progress.step));
    std::vector<std::string> kinds;
    for (const RunEvent& event : reader.events)
        kinds.push_back(event.kind);
    QCOMPARE(kinds, (std::vector<std::string>{"start", "pause", "play", "finish"}));
    QCOMPARE(reader.events.back().text, std::string("Stopped"));
    QVERIFY(!reader.now.fault);
}

void TestSession::runsToItsLimit()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    Session session(planWith(probe, R"({"training": {"steps": 100}})"), {});
    STARTS(session, reader);
    session.post(command::Play{});
    REACHES(reader, Finished);
    QCOMPARE(reader.now.progress.step, 100);
    QCOMPARE(reader.rows.size(), std::size_t{100});
    double seconds = 0;
    for (std::size_t i = 0; i < 100; ++i) {
        const MetricRow& row = reader.rows[i];
        QCOMPARE(row.step, static_cast<std::int64_t>(i) + 1);
        QCOMPARE(row.values[0], static_cast<double>(i) + 1);
        QVERIFY(row.seconds >= seconds);
        seconds = row.seconds;
    }
    QVERIFY(seconds > 0 && seconds <= reader.now.seconds);
    QCOMPARE(reader.events.back().text, std::string("Reached 100 steps"));
    QCOMPARE(probe->phasesDone(), 200);
}

void TestSession::raisedLimitGoesOn()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    Session session(planWith(probe, R"({"training": {"steps": 5}})"), {});
    STARTS(session, reader);
    session.post(command::Play{});
    REACHES(reader, Finished);
    session.post(command::SetParameter{"training.steps", 8});
    session.post(command::Play{});
    QTRY_COMPARE(reader.read().progress.step, 8);
    REACHES(reader, Finished);
    QCOMPARE(reader.rows.size(), std::size_t{8});
    session.post(command::SetParameter{"training.steps", 0}); // until stopped
    session.post(command::Play{});
    QTRY_VERIFY(reader.read().progress.step > 20);
}

void TestSession::limitAlreadyReached()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    Session session(planWith(probe, R"({"training": {"steps": 5}})"), {});
    STARTS(session, reader);
    session.post(command::Play{});
    REACHES(reader, Finished);
    session.post(command::Play{});
    QTRY_COMPARE((reader.read(), reader.eventsOf("rejected").size()), std::size_t{1});
    const RunEvent event = reader.eventsOf("rejected")[0];
    QVERIFY(event.text.find("already has its 5 steps") != std::string::npos);
    QVERIFY(event.text.find("training.steps") != std::string::npos);
    QCOMPARE(event.step, 5);
    QCOMPARE(reader.now.state, SessionState::Finished);
    QCOMPARE(reader.rows.size(), std::size_t{5});
    QCOMPARE(probe->phasesDone(), 10);

    // Paused beyond a limit that was lowered meanwhile: the run has ended.
    const auto second = std::make_shared<FakeEngineProbe>();
    Session other(planWith(second), {});
    STARTS(other, paused);
    for (int i = 0; i < 3; ++i)
        other.post(command::Step{});
    // It also pauses between two of them, when they come slowly.
    QTRY_COMPARE((paused.read(), paused.now.progress.step), std::int64_t{3});
    REACHES(paused, Paused);
    other.post(command::SetParameter{"training.steps", 2});
    other.post(command::Play{});
    REACHES(paused, Finished);
    QCOMPARE(paused.now.progress.step, 3);
    QCOMPARE(paused.eventsOf("rejected").size(), std::size_t{1});
}

void TestSession::lowersLimitWhileRunning()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    Session session(planWith(probe), {});
    STARTS(session, reader);
    session.post(command::Play{});
    QTRY_VERIFY(reader.read().progress.step > 10);
    session.post(command::SetParameter{"training.steps", 10});
    REACHES(reader, Finished);
    QCOMPARE(reader.rows.size(), static_cast<std::size_t>(reader.now.progress.step));
}

void TestSession::singleSteps()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    Session session(planWith(probe, R"({"training": {"discriminator_steps": 3}})"), {});
    STARTS(session, reader);
    session.post(command::Step{});
    REACHES(reader, Paused);
    QCOMPARE(probe->phasesDone(), 4);
    QCOMPARE(reader.rows.size(), std::size_t{1});
    for (int i = 0; i < 9; ++i)
        session.post(command::Step{});
    QTRY_COMPARE(reader.read().progress.step, 10);
    QTRY_COMPARE((reader.read(), reader.rows.size()), std::size_t{10});
    QCOMPARE(reader.now.state, SessionState::Paused);
    // A pause of nothing changes nothing.
    session.post(command::Pause{});
    session.post(command::Play{});
    session.post(command::Step{}); // refused while it runs
    session.post(command::Pause{});
    QTRY_COMPARE((reader.read(), reader.eventsOf("pause").size()), std::size_t{1});
    REACHES(reader, Paused);
    QCOMPARE(probe->phasesDone() % 4, reader.now.progress.inRound.empty() ? 0 : probe->phasesDone() % 4);
}

void TestSession::stepsOfOnePhase()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    Session session(planWith(probe, R"({"training": {"discriminator_steps": 3}})"), {});
    STARTS(session, reader);
    session.post(command::Step{"generator"});
    session.post(command::Step{"discriminator"});
    QTRY_COMPARE((reader.read(), reader.rows.size()), std::size_t{2});
    REACHES(reader, Paused);
    QCOMPARE(probe->phasesDone(), 2);
    QVERIFY(std::isnan(reader.rows[0].values[0]));
    QCOMPARE(reader.rows[0].values[1], 0.5);
    QCOMPARE(reader.rows[1].values[0], 2.0);
    QVERIFY(std::isnan(reader.rows[1].values[1]));
    QCOMPARE(reader.eventsOf("step").size(), std::size_t{2});
    QCOMPARE(reader.eventsOf("step")[0].data["phase"], Json("generator"));
    // There is none of that name.
    session.post(command::Step{"encoder"});
    QTRY_COMPARE((reader.read(), reader.eventsOf("rejected").size()), std::size_t{1});
    QVERIFY(reader.eventsOf("rejected")[0].text.find("“encoder”") != std::string::npos);
    QCOMPARE(probe->phasesDone(), 2);
}

void TestSession::playWhileStepsAreQueued()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const GateOpener opener{probe};
    probe->closeGate();
    Session session(planWith(probe, R"({"training": {"steps": 6}})"), {});
    STARTS(session, reader);
    for (int i = 0; i < 3; ++i)
        session.post(command::Step{});
    QVERIFY(probe->waitForPhase()); // inside the first of them
    session.post(command::Play{});
    session.post(command::Stop{}); // a stop in the middle of it ends it
    probe->openGate();
    REACHES(reader, Finished);
    QVERIFY(reader.now.progress.step <= 1);
    session.post(command::Play{});
    QTRY_COMPARE(reader.read().progress.step, 6);
    REACHES(reader, Finished);
    QCOMPARE(reader.rows.size(), std::size_t{6});
    double seconds = 0;
    for (const MetricRow& row : reader.rows) {
        QVERIFY(row.seconds >= seconds);
        seconds = row.seconds;
    }
}

void TestSession::stepsAfterTheEnd()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    Session session(planWith(probe, R"({"training": {"steps": 2}})", m_scratch.path("after")), {});
    STARTS(session, reader);
    session.post(command::Step{});
    session.post(command::Step{});
    REACHES(reader, Finished); // the second reaches the limit
    session.post(command::Step{});
    QTRY_COMPARE(reader.read().progress.step, 3);
    REACHES(reader, Paused);
    QCOMPARE(reader.eventsOf("finish").size(), std::size_t{1});
    QCOMPARE(reader.rows.size(), std::size_t{3});
    session.post(command::Stop{});
    REACHES(reader, Finished);
    QCOMPARE(checkpointNames(m_scratch.path("after")), (std::vector<std::string>{"00000002", "00000003"}));
}

void TestSession::pausesBetweenPhases()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const GateOpener opener{probe};
    probe->closeGate();
    Session session(planWith(probe, R"({"training": {"discriminator_steps": 5}})"), {});
    STARTS(session, reader);
    session.post(command::Play{});
    QVERIFY(probe->waitForPhase());
    probe->permit(1);
    QVERIFY(probe->waitForPhase()); // in the second update of D
    session.post(command::Pause{});
    probe->permit(1);
    REACHES(reader, Paused);
    QCOMPARE(probe->phasesDone(), 2);
    QCOMPARE(reader.now.progress.inRound, std::string("D 3 of 5"));
    QCOMPARE(reader.now.progress.step, 0);
    QVERIFY(reader.rows.empty());
    probe->openGate();
    // A step of G alone ends the round first.
    session.post(command::Step{"generator"});
    QTRY_COMPARE((reader.read(), reader.rows.size()), std::size_t{2});
    QCOMPARE(probe->phasesDone(), 6 + 1);
    QCOMPARE(reader.rows[0].values[0], 1.0);
    QVERIFY(std::isnan(reader.rows[1].values[0]));
    REACHES(reader, Paused);
    QVERIFY(reader.now.progress.inRound.empty());
}

void TestSession::slowReaderLosesNothing()
{
    constexpr std::int64_t steps = 100000;
    const auto probe = std::make_shared<FakeEngineProbe>();
    std::atomic<int> notices = 0;
    SessionPlan plan = planWith(probe, R"({"training": {"steps": 100000}})");
    plan.renderSamples = false;
    Session session(std::move(plan), [&notices] { ++notices; });
    STARTS(session, reader);
    const int before = notices;
    session.post(command::Play{});
    // Nobody reads until it has ended.
    QTRY_VERIFY_WITH_TIMEOUT(probe->phasesDone() == 2 * steps, longWait * 4);
    QVERIFY2(notices - before <= 2, "one notice until somebody reads");
    REACHES(reader, Finished);
    QCOMPARE(reader.now.progress.step, steps);
    QCOMPARE(reader.rows.size(), static_cast<std::size_t>(steps));
    double seconds = 0;
    for (std::size_t i = 0; i < reader.rows.size(); ++i) {
        const MetricRow& row = reader.rows[i];
        if (row.step != static_cast<std::int64_t>(i) + 1 || row.values[1] != static_cast<double>(row.step) / 2
            || row.seconds < seconds)
            QFAIL(qPrintable(QString::number(i)));
        seconds = row.seconds;
    }
    // Apart from the rows, a few things only: nothing else was heaped up.
    QCOMPARE(reader.events.size(), std::size_t{2});
    QVERIFY(reader.read().rows.empty());
    QVERIFY(reader.now.events.empty());
    QCOMPARE(probe->samplesTaken(), 0);
    QVERIFY(!session.takeSamples());
}

void TestSession::editsCoalesce()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const GateOpener opener{probe};
    Session session(planWith(probe), {});
    STARTS(session, reader);
    probe->closeGate();
    session.post(command::Step{});
    QVERIFY(probe->waitForPhase()); // the loop is busy
    for (int i = 1; i <= 1000; ++i) {
        session.post(command::SetParameter{rate, i / 1000.0});
        session.post(command::SetParameter{"instance_noise.start", i / 500.0});
        session.post(command::RequestSamples{});
    }
    const int samples = probe->samplesTaken();
    probe->openGate();
    QTRY_COMPARE((reader.read(), reader.eventsOf("edit").size()), std::size_t{2});
    REACHES(reader, Paused);
    const std::vector<AppliedValue> applied = probe->applied();
    QCOMPARE(applied.size(), std::size_t{2});
    QCOMPARE(applied[0].path, rate); // in the order of their first posts
    QCOMPARE(applied[0].value, Json(1.0));
    QCOMPARE(applied[1].value, Json(2.0));
    QCOMPARE(*findPath(*reader.now.document, rate), Json(1.0));
    QTRY_VERIFY(probe->samplesTaken() >= samples + 1);
    QVERIFY(probe->samplesTaken() <= samples + 2); // the request and the end of the step
}

void TestSession::editsBeforeLoading()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const GateOpener opener{probe};
    probe->holdLoading();
    Session session(planWith(probe), {});
    QVERIFY(probe->waitForLoading());
    for (int i = 1; i <= 1000; ++i)
        session.post(command::SetParameter{rate, i / 1000.0});
    probe->letLoad();
    Reader reader(session);
    QTRY_COMPARE((reader.read(), reader.eventsOf("edit").size()), std::size_t{1});
    QCOMPARE(probe->applied().size(), std::size_t{1});
    QCOMPARE(probe->applied()[0].value, Json(1.0));
}

void TestSession::liveEditsActAtOnce()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const GateOpener opener{probe};
    probe->closeGate();
    const fs::path folder = m_scratch.path("live");
    Session session(planWith(probe, R"({"training": {"steps": 6}})", folder), {});
    STARTS(session, reader);
    session.post(command::Play{});
    QVERIFY(probe->waitForPhase());
    probe->permit(6);
    QVERIFY(probe->waitForPhase()); // D of step 4 is under way
    session.post(command::SetParameter{rate, 0.5});
    probe->openGate();
    REACHES(reader, Finished);
    const std::vector<AppliedValue> applied = probe->applied();
    QCOMPARE(applied.size(), std::size_t{1});
    QCOMPARE(applied[0].step, 3);
    QCOMPARE(applied[0].phase, 7); // after D, before G of the same step
    for (const MetricRow& row : reader.rows)
        QCOMPARE(row.values[2], row.step <= 3 ? 2e-4 : 0.5);
    const std::vector<RunEvent> edits = reader.eventsOf("edit");
    QCOMPARE(edits.size(), std::size_t{1});
    QCOMPARE(edits[0].step, 3);
    QCOMPARE(edits[0].data["path"], Json(rate));
    QCOMPARE(edits[0].data["before"], Json(2e-4));
    QCOMPARE(edits[0].data["value"], Json(0.5));
    bool logged = false;
    for (const Json& line : eventLines(folder))
        logged = logged || (line["kind"] == "edit" && line["step"] == 3 && line["data"]["value"] == 0.5);
    QVERIFY(logged);
}

void TestSession::rejectedEdits()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    probe->refusedPath = "objective.label_smoothing";
    Session session(planWith(probe), {});
    STARTS(session, reader);
    session.post(command::Play{});
    REACHES(reader, Running);
    const Json before = *reader.now.document;
    session.post(command::SetParameter{rate, 11});
    session.post(command::SetParameter{"training.batch_size", 8});
    session.post(command::SetParameter{"objective.kind", "lsgan"});
    session.post(command::SetParameter{"optimisers.generator.lerning_rate", 1});
    session.post(command::SetParameter{"objective.label_smoothing", 0.1});
    session.post(command::SetParameter{"training.steps", "\xff"});
    QTRY_COMPARE((reader.read(), reader.eventsOf("rejected").size()), std::size_t{6});
    const std::vector<RunEvent> events = reader.eventsOf("rejected");
    const auto says = [&events](std::size_t i, const std::string& text) {
        return events[i].text.find(text) != std::string::npos;
    };
    QVERIFY(says(0, rate) && says(0, "11 is out of range") && says(0, "0 to 10"));
    QCOMPARE(events[0].data["path"], Json(rate));
    QCOMPARE(events[0].data["value"], Json(11));
    QVERIFY(says(1, "Batch size cannot change while this run goes on") && says(1, "training.batch_size"));
    QVERIFY(says(2, "Loss cannot change"));
    QVERIFY(says(3, "“optimisers.generator.learning_rate”"));
    QVERIFY(says(4, "this engine does not want it"));
    QVERIFY(says(5, "training.steps") && says(5, "not a number"));
    QVERIFY(*reader.now.document == before);
    QVERIFY(probe->applied().empty());
    QCOMPARE(reader.now.state, SessionState::Running);
    QVERIFY(reader.eventsOf("edit").empty());
}

void TestSession::editsThatWaitForAnEpoch()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const GateOpener opener{probe};
    probe->stepsPerEpoch = 10;
    Session session(planWith(probe, R"({"objective": {"kind": "with-encoder"}})"), {});
    STARTS(session, reader);
    // Before it begins there is no epoch to wait for.
    session.post(command::SetParameter{"objective.warmup", 4});
    QTRY_COMPARE(probe->applied().size(), std::size_t{1});
    for (int i = 0; i < 5; ++i)
        session.post(command::Step{});
    QTRY_COMPARE(reader.read().progress.step, 5);
    session.post(command::SetParameter{"objective.warmup", 7.0});
    session.post(command::SetParameter{"objective.warmup", 5000});
    session.post(command::SetParameter{"objective.warmup", 9.0});
    session.post(command::SetParameter{"objective.weight", 3});
    QTRY_COMPARE((reader.read(), reader.eventsOf("edit").size()), std::size_t{2});
    for (int i = 0; i < 7; ++i)
        session.post(command::Step{});
    QTRY_COMPARE(reader.read().progress.step, 12);
    const std::vector<AppliedValue> applied = probe->applied();
    QCOMPARE(applied.size(), std::size_t{3});
    QCOMPARE(applied[1].path, std::string("objective.weight"));
    QCOMPARE(applied[1].step, 5);
    QCOMPARE(applied[2].path, std::string("objective.warmup"));
    QCOMPARE(applied[2].step, 10);
    QCOMPARE(applied[2].value.dump(), std::string("9")); // as checked: a whole number
    QCOMPARE(findPath(*reader.now.document, "objective.warmup")->dump(), std::string("9"));
}

void TestSession::faultsPause()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    probe->faultAtStep = 20;
    const fs::path folder = m_scratch.path("fault");
    Session session(planWith(probe, R"({"training": {"steps": 30}})", folder), {});
    STARTS(session, reader);
    session.post(command::Play{});
    REACHES(reader, Paused);
    QVERIFY(reader.now.fault);
    QCOMPARE(reader.now.fault->kind, Fault::Kind::NonFinite);
    QCOMPARE(reader.now.fault->step, 20);
    QCOMPARE(
        reader.now.fault->error.sentence(), std::string("step 20: the loss is not finite. Lower the learning rate."));
    QCOMPARE(reader.rows.size(), std::size_t{19});
    QCOMPARE(reader.eventsOf("error").size(), std::size_t{1});
    const std::vector<Json> lines = eventLines(folder);
    QVERIFY(std::any_of(lines.begin(), lines.end(), [](const Json& line) { return line["kind"] == "error"; }));
    // It stays until it is played again; edits are taken meanwhile.
    session.post(command::SetParameter{rate, 1e-5});
    QTRY_COMPARE((reader.read(), reader.eventsOf("edit").size()), std::size_t{1});
    QVERIFY(reader.now.fault);
    session.post(command::Play{});
    REACHES(reader, Finished);
    QVERIFY(!reader.now.fault);
    QCOMPARE(reader.rows.size(), std::size_t{30});
    QCOMPARE(reader.rows[19].values[2], 1e-5);

    // In a single step.
    const auto second = std::make_shared<FakeEngineProbe>();
    second->faultAtStep = 2;
    second->closeGate(); // one asked for after the fault would begin anew
    const GateOpener opener{second};
    Session other(planWith(second), {});
    STARTS(other, steps);
    for (int i = 0; i < 5; ++i)
        other.post(command::Step{});
    second->openGate();
    REACHES(steps, Paused);
    QTRY_VERIFY(steps.read().fault);
    QCOMPARE(steps.rows.size(), std::size_t{1}); // the other steps were given up
}

void TestSession::faultsThatComeWithRows()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    probe->faultInRowsAtStep = 10;
    Session session(planWith(probe, R"({"training": {"steps": 1000}})"), {});
    STARTS(session, reader);
    session.post(command::Play{});
    REACHES(reader, Paused);
    QVERIFY(reader.now.fault);
    QCOMPARE(reader.rows.size(), static_cast<std::size_t>(reader.now.fault->step));
    session.post(command::Play{});
    REACHES(reader, Finished);
    QCOMPARE(reader.rows.size(), std::size_t{1000});
}

void TestSession::exceptionsFail_data()
{
    QTest::addColumn<bool>("loading");
    QTest::addColumn<bool>("twice");
    QTest::newRow("while loading") << true << false;
    QTest::newRow("while training") << false << false;
    QTest::newRow("and again while it is told") << false << true;
}

void TestSession::exceptionsFail()
{
    QFETCH(bool, loading);
    QFETCH(bool, twice);
    const auto probe = std::make_shared<FakeEngineProbe>();
    probe->throwWhileLoading = loading;
    probe->throwAtStep = 5;
    probe->throwFromProgress = twice;
    {
        Session session(planWith(probe, "{}", m_scratch.path(std::string("thrown-") + QTest::currentDataTag())), {});
        Reader reader(session);
        session.post(command::Play{});
        REACHES(reader, Failed);
        QVERIFY(reader.now.fault);
        QVERIFY(reader.now.fault->error.sentence().find("fell over") != std::string::npos);
        QCOMPARE(reader.eventsOf("error").size(), std::size_t{1});
        QTRY_VERIFY(!probe->alive()); // the engine dies on its own thread
        session.post(command::Play{}); // nobody listens any more, and nothing breaks
        session.post(command::SaveCheckpoint{});
        session.post(command::Stop{});
        QCOMPARE(reader.read().state, SessionState::Failed);
    }
    QVERIFY(probe->oneThread());
}

void TestSession::destroyedInAnyState_data()
{
    QTest::addColumn<QString>("state");
    QTest::addColumn<bool>("checkpoint");
    QTest::newRow("Loading") << "Loading" << false;
    QTest::newRow("Ready") << "Ready" << false;
    QTest::newRow("Stepping") << "Stepping" << true;
    QTest::newRow("Running") << "Running" << true;
    QTest::newRow("Paused") << "Paused" << true;
    QTest::newRow("Faulted") << "Faulted" << true;
    QTest::newRow("Finished") << "Finished" << true;
}

void TestSession::destroyedInAnyState()
{
    QFETCH(QString, state);
    QFETCH(bool, checkpoint);
    const auto probe = std::make_shared<FakeEngineProbe>();
    const GateOpener opener{probe};
    const fs::path folder = m_scratch.path("destroyed-" + state.toStdString());
    if (state == "Loading")
        probe->holdLoading();
    if (state == "Stepping")
        probe->closeGate();
    if (state == "Faulted")
        probe->faultAtStep = 4;
    std::size_t rows = 0;
    std::thread helper;
    {
        Session session(planWith(probe, "{}", folder), {});
        Reader reader(session);
        if (state == "Loading") {
            QVERIFY(probe->waitForLoading());
            probe->letLoad();
        } else {
            REACHES(reader, Ready);
        }
        if (state == "Stepping") {
            for (int i = 0; i < 3; ++i)
                session.post(command::Step{});
            QVERIFY(probe->waitForPhase());
            probe->permit(2);
            QVERIFY(probe->waitForPhase()); // one step done, the second begun, the state still Ready
            QCOMPARE(reader.read().state, SessionState::Ready);
            // Ends the wait when the session has been told to go.
            helper = std::thread([probe] { probe->permit(1); });
        } else if (state != "Loading" && state != "Ready") {
            session.post(command::Play{});
            QTRY_VERIFY(probe->phasesDone() >= 6);
            if (state == "Paused")
                session.post(command::Pause{});
            if (state == "Finished")
                session.post(command::Stop{});
            if (state == "Faulted" || state == "Paused")
                REACHES(reader, Paused);
            if (state == "Finished")
                REACHES(reader, Finished);
        }
        if (state == "Stepping") {
            helper.join();
            probe->openGate();
        }
        reader.read();
        rows = reader.rows.size();
    }
    QVERIFY(!probe->alive());
    QVERIFY(probe->oneThread());
    QCOMPARE(fs::exists(folder), checkpoint);
    if (!checkpoint)
        return;
    // A last checkpoint at the last step, all rows up to it, and the end in the log.
    const Result<CsvTable> table = readCsv(folder / "metrics.csv");
    QVERIFY_OK(table);
    QVERIFY(table->rows.size() >= std::max<std::size_t>(rows, 1));
    const Result<fs::path> latest = latestCheckpoint(folder);
    QVERIFY_OK(latest);
    QCOMPARE((*readCheckpoint(*latest)).state["step"].dump(), table->rows.back()[0]);
    QCOMPARE(eventLines(folder).back()["kind"], Json("finish"));
}

void TestSession::unreadPicturesBlockTheNext()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    Session session(planWith(probe), {});
    STARTS(session, reader);
    QVERIFY(session.takeRealSamples()->real);
    QVERIFY(!session.takeRealSamples());
    QCOMPARE(probe->samplesTaken(), 1);
    session.post(command::Play{});
    // Ten times the interval goes by; the first picture is still there, so no other is made.
    QTRY_VERIFY_WITH_TIMEOUT(reader.read().seconds > 0.5, longWait);
    QCOMPARE(probe->samplesTaken(), 1);
    const std::shared_ptr<const Samples> first = session.takeSamples();
    QVERIFY(first);
    QCOMPARE(first->step, 0);
    std::shared_ptr<const Samples> next;
    QTRY_VERIFY_WITH_TIMEOUT(next || (next = session.takeSamples()), longWait);
    QVERIFY(next->step > 0);
    QCOMPARE(next->pixels.size(), std::size_t{64});
    // Asked for, one is made whatever lies there.
    session.post(command::Pause{});
    REACHES(reader, Paused);
    const int before = probe->samplesTaken();
    std::shared_ptr<const Samples> taken;
    session.post(command::RequestSamples{});
    QTRY_VERIFY(probe->samplesTaken() > before);
    // The pause made one as well; the newest is what lies there in the end.
    QTRY_VERIFY(((next = session.takeSamples()) ? taken = next : taken) && taken->step == reader.now.progress.step);
}

void TestSession::noPicturesUnlessAskedFor()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    SessionPlan plan =
        planWith(probe, R"({"training": {"steps": 20}, "sampling": {"keep_every": 10}})", m_scratch.path("headless"));
    plan.renderSamples = false;
    Session session(std::move(plan), {});
    STARTS(session, reader);
    session.post(command::RequestSamples{});
    session.post(command::Play{});
    REACHES(reader, Finished);
    QVERIFY(!session.takeSamples());
    QVERIFY(!session.takeRealSamples());
    QCOMPARE(gridSteps(m_scratch.path("headless")), (std::vector<std::int64_t>{0, 10, 20}));
    QCOMPARE(probe->samplesTaken(), 3);
}

void TestSession::writesARun()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const fs::path folder = m_scratch.path("written");
    SessionPlan plan = planWith(probe, R"({"training": {"steps": 300}})", folder);
    const Json document = plan.document;
    Session session(std::move(plan), {});
    STARTS(session, reader);
    QVERIFY(!fs::exists(folder)); // not before something is trained
    QVERIFY(reader.now.runFolder.empty());
    session.post(command::Play{});
    REACHES(reader, Finished);
    QCOMPARE(reader.now.runFolder, folder);
    QCOMPARE(*readExperiment(folder), document);
    const Result<CsvTable> table = readCsv(folder / "metrics.csv");
    QVERIFY_OK(table);
    QCOMPARE(table->rows.size(), std::size_t{300});
    QCOMPARE(
        table->header, (std::vector<std::string>{"step", "epoch", "images", "seconds", "d_loss", "g_loss", "rate"}));
    for (std::size_t i = 0; i < 300; ++i) {
        const MetricRow& row = reader.rows[i];
        QCOMPARE(table->rows[i][0], std::to_string(row.step));
        QCOMPARE(table->rows[i][1], formatNumber(row.epoch));
        QCOMPARE(table->rows[i][2], std::to_string(row.images));
        QVERIFY(std::abs(parseNumber(table->rows[i][3]).value() - row.seconds) <= 0.000501);
        for (std::size_t column = 0; column < 3; ++column)
            QCOMPARE(table->rows[i][4 + column], formatNumber(row.values[column]));
    }
    // The log holds what was told.
    const std::vector<Json> lines = eventLines(folder);
    QCOMPARE(lines.size(), reader.events.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        QCOMPARE(lines[i]["kind"], Json(reader.events[i].kind));
        QCOMPARE(lines[i]["text"], Json(reader.events[i].text));
        QCOMPARE(lines[i]["step"], Json(reader.events[i].step));
    }
    QVERIFY(gridSteps(folder).empty());
}

void TestSession::keepsGridsAndCheckpoints()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const fs::path folder = m_scratch.path("kept");
    Session session(
        planWith(
            probe, R"({"training": {"steps": 25}, "sampling": {"keep_every": 10, "checkpoint_every": 8}})", folder),
        {});
    STARTS(session, reader);
    session.post(command::Play{});
    REACHES(reader, Finished);
    // The last grid too, between two multiples.
    QCOMPARE(gridSteps(folder), (std::vector<std::int64_t>{0, 10, 20, 25}));
    QCOMPARE(checkpointNames(folder), (std::vector<std::string>{"00000008", "00000016", "00000024", "00000025"}));
    QCOMPARE(probe->saves(), 4);
    const Result<CheckpointData> last = readCheckpoint(folder / "checkpoints" / "00000025");
    QVERIFY_OK(last);
    QCOMPARE(last->state["experiment"], *reader.now.document);
    QVERIFY(last->state["seconds"].get<double>() > 0);
    QCOMPARE(reader.eventsOf("checkpoint").size(), std::size_t{4});
    // Where the end is a multiple of both, nothing is written twice.
    session.post(command::SetParameter{"training.steps", 40});
    session.post(command::Play{});
    QTRY_COMPARE(reader.read().progress.step, 40);
    REACHES(reader, Finished);
    QCOMPARE(gridSteps(folder), (std::vector<std::int64_t>{0, 10, 20, 25, 30, 40}));
    QCOMPARE(probe->saves(), 6);
}

void TestSession::checkpointsByHand()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    const fs::path folder = m_scratch.path("hand");
    Session session(planWith(probe, "{}", folder), {});
    STARTS(session, reader);
    session.post(command::SaveCheckpoint{}); // nothing has been trained yet
    for (int i = 0; i < 3; ++i)
        session.post(command::Step{});
    QTRY_COMPARE((reader.read(), reader.rows.size()), std::size_t{3});
    REACHES(reader, Paused);
    session.post(command::SaveCheckpoint{});
    session.post(command::SaveCheckpoint{});
    QTRY_COMPARE((reader.read(), reader.eventsOf("checkpoint").size()), std::size_t{2});
    QCOMPARE(checkpointNames(folder), (std::vector<std::string>{"00000003"}));
    // Without a folder there is no place for one.
    const auto second = std::make_shared<FakeEngineProbe>();
    Session homeless(planWith(second), {});
    STARTS(homeless, other);
    homeless.post(command::Step{});
    REACHES(other, Paused);
    homeless.post(command::SaveCheckpoint{});
    QTRY_COMPARE((other.read(), other.eventsOf("rejected").size()), std::size_t{1});
    QCOMPARE(second->saves(), 0);
}

void TestSession::editsAfterACheckpointAreSaved()
{
    for (const bool ended : {false, true}) {
        const auto probe = std::make_shared<FakeEngineProbe>();
        const fs::path folder = m_scratch.path(ended ? "edited-after-the-end" : "edited-after-saving");
        {
            Session session(planWith(probe, ended ? R"({"training": {"steps": 1}})" : "{}", folder), {});
            STARTS(session, reader);
            session.post(command::Step{});
            if (ended) {
                REACHES(reader, Finished);
            } else {
                REACHES(reader, Paused);
                session.post(command::SaveCheckpoint{});
            }
            session.post(command::SetParameter{rate, 0.125});
            QTRY_COMPARE(*findPath(*reader.read().document, rate), Json(0.125));
        }
        QCOMPARE(probe->saves(), 2);
        const Result<CheckpointData> last = readCheckpoint(folder / "checkpoints" / "00000001");
        QVERIFY_OK(last);
        QCOMPARE(*findPath(last->state["experiment"], rate), Json(0.125));
    }
}

void TestSession::resumes()
{
    const fs::path folder = m_scratch.path("resume");
    double seconds = 0;
    {
        const auto probe = std::make_shared<FakeEngineProbe>();
        Session session(planWith(probe, R"({"sampling": {"checkpoint_every": 10}})", folder), {});
        STARTS(session, reader);
        for (int i = 0; i < 14; ++i)
            session.post(command::Step{});
        QTRY_COMPARE(reader.read().progress.step, 14);
        REACHES(reader, Paused);
        seconds = reader.now.seconds;
    }
    const auto probe = std::make_shared<FakeEngineProbe>();
    SessionPlan plan = planWith(probe, R"({"training": {"steps": 12}})", folder);
    plan.beginning = {.goesOn = true, .checkpoint = folder / "checkpoints" / "00000010"};
    {
        Session session(plan, {});
        Reader reader(session);
        REACHES(reader, Paused);
        QCOMPARE(reader.now.progress.step, 10);
        QCOMPARE(reader.now.runFolder, folder);
        QVERIFY(reader.now.seconds > 0 && reader.now.seconds <= seconds);
        session.post(command::Play{});
        REACHES(reader, Finished);
        QCOMPARE(reader.rows.size(), std::size_t{2});
        QCOMPARE(reader.rows[0].step, 11);
        QVERIFY(reader.rows[0].seconds > 0);
        QCOMPARE(reader.events[0].kind, std::string("resume"));
        QCOMPARE(reader.events[1].kind, std::string("play"));
    }
    const Result<CsvTable> table = readCsv(folder / "metrics.csv");
    QVERIFY_OK(table);
    QCOMPARE(table->rows.size(), std::size_t{12});
    const Result<CsvTable> aside = readCsv(folder / "metrics-after-00000010.csv");
    QVERIFY_OK(aside);
    QCOMPARE(aside->rows.size(), std::size_t{4});
    // From where there is nothing, or nothing that fits.
    plan.beginning = {.goesOn = true, .checkpoint = folder / "checkpoints" / "00000099"};
    Session lost(plan, {});
    Reader reader(lost);
    REACHES(reader, Failed);
    QVERIFY(reader.now.fault->error.sentence().find("00000099") != std::string::npos);
}

void TestSession::folderThatIsTaken()
{
    const fs::path folder = m_scratch.write("taken/letter.txt", "dear").parent_path();
    const auto probe = std::make_shared<FakeEngineProbe>();
    Session session(planWith(probe, "{}", folder), {});
    STARTS(session, reader);
    session.post(command::Play{});
    QTRY_VERIFY(reader.read().fault);
    QCOMPARE(reader.now.state, SessionState::Ready);
    QCOMPARE(reader.now.fault->kind, Fault::Kind::Disk);
    QVERIFY(reader.now.fault->error.sentence().find("not empty") != std::string::npos);
    QCOMPARE(probe->phasesDone(), 0);
    fs::remove(folder / "letter.txt");
    session.post(command::Step{});
    REACHES(reader, Paused);
    QVERIFY(!reader.now.fault);
    QVERIFY(fs::exists(folder / "experiment.json"));
}

void TestSession::aCheckpointThatDoesNotComeIsNoFaultOfTheDisk()
{
    const fs::path folder = m_scratch.path("no-tensors");
    const auto probe = std::make_shared<FakeEngineProbe>();
    probe->tensorsLostAtStep = 10;
    probe->closeGate();
    const GateOpener opener{probe};
    Session session(
        planWith(probe, R"({"sampling": {"checkpoint_every": 10}, "training": {"steps": 30}})", folder), {});
    STARTS(session, reader);
    session.post(command::Play{});
    QTRY_VERIFY_WITH_TIMEOUT(
        (probe->permit(2), reader.read().fault && reader.now.state == SessionState::Paused), longWait);
    QCOMPARE(reader.now.fault->kind, Fault::Kind::Other);
    QVERIFY(!reader.now.awaitsDisk);
    QVERIFY(reader.now.fault->error.sentence().find("could not be made: the device fell over") != std::string::npos);
    QCOMPARE(reader.eventsOf("error").size(), std::size_t{1});
    session.post(command::Play{});
    probe->openGate();
    REACHES(reader, Finished);
    std::vector<std::int64_t> kept;
    for (const auto& [step, place] : completeCheckpoints(folder))
        kept.push_back(step);
    QVERIFY(std::find(kept.begin(), kept.end(), 10) == kept.end());
    QCOMPARE(kept.back(), std::int64_t{30});
    QCOMPARE(reader.rows.size(), std::size_t{30});
}

void TestSession::diskFillsUp()
{
    const SmallDisk disk;
    if (!disk.mounted())
        QSKIP("no small disk can be mounted here");
    const fs::path folder = disk.path() / "run";
    const auto probe = std::make_shared<FakeEngineProbe>();
    Session session(planWith(probe, "{}", folder), {});
    STARTS(session, reader);
    disk.fill();
    session.post(command::Play{});
    QTRY_VERIFY(reader.read().fault);
    QCOMPARE(reader.now.state, SessionState::Ready); // not even begun
    disk.free();
    session.post(command::Step{});
    REACHES(reader, Paused);
    QVERIFY(!reader.now.fault);
    disk.fill();
    session.post(command::Play{});
    QTRY_VERIFY_WITH_TIMEOUT((reader.read().fault && reader.now.state == SessionState::Paused), longWait);
    QCOMPARE(reader.now.fault->kind, Fault::Kind::Disk);
    QVERIFY(reader.now.fault->error.sentence().find("ree some space") != std::string::npos);
    QVERIFY(!reader.eventsOf("error").empty());
    QCOMPARE(reader.rows.size(), static_cast<std::size_t>(reader.now.progress.step));
    // A checkpoint finds no room either; what is there stays whole.
    const std::size_t errors = reader.eventsOf("error").size();
    session.post(command::SaveCheckpoint{});
    QTRY_VERIFY((reader.read(), reader.eventsOf("error").size() > errors));
    QCOMPARE(reader.now.state, SessionState::Paused);
    QVERIFY(!readCsv(folder / "metrics.csv")->tornTail);
    // With room again, the run has lost nothing.
    disk.free();
    session.post(command::Stop{});
    REACHES(reader, Finished);
    const Result<CsvTable> table = readCsv(folder / "metrics.csv");
    QVERIFY_OK(table);
    QCOMPARE(table->rows.size(), reader.rows.size());
    for (std::size_t i = 0; i < table->rows.size(); ++i)
        QCOMPARE(table->rows[i][0], std::to_string(i + 1));
    QVERIFY_OK(latestCheckpoint(folder));
    for (const Json& line : eventLines(folder))
        QVERIFY(line.is_object());
    QCOMPARE(eventLines(folder).back()["kind"], Json("finish"));
}

void TestSession::noticesAreFew()
{
    const auto probe = std::make_shared<FakeEngineProbe>();
    std::mutex mutex;
    std::condition_variable wake;
    int notices = 0;
    int drains = 0;
    SessionUpdate last;
    std::size_t rows = 0;
    Session session(planWith(probe, R"({"training": {"steps": 20000}})"), [&] {
        const std::lock_guard lock(mutex);
        ++notices;
        wake.notify_one();
    });
    session.post(command::Play{});
    // A reader that sleeps until it is told: it must be told of everything, and once only before it looks.
    while (last.state != SessionState::Finished) {
        {
            std::unique_lock lock(mutex);
            QVERIFY(wake.wait_for(lock, std::chrono::milliseconds(longWait), [&] { return notices > drains; }));
            QVERIFY(notices <= drains + 1);
            ++drains;
        }
        last = session.drain();
        rows += last.rows.size();
    }
    QCOMPARE(rows, std::size_t{20000});
}

QTEST_GUILESS_MAIN(TestSession)
#include "session.moc"
