// SPDX-License-Identifier: GPL-3.0-or-later
// A session tells of a loss that is no number, with what can be done about it, unless it is not to watch.
#include "core/metrics/diagnosis.h"
#include "tests/support/session_reader.h"

#include <fstream>
#include <iterator>

using namespace saddle;
using namespace saddle::test;

class TestSessionDiagnosis : public QObject {
    Q_OBJECT

private slots:
    void aFaultThatIsNotFinite_data();
    void aFaultThatIsNotFinite();
    void noSamplesAreMadeForIt();
};

void TestSessionDiagnosis::aFaultThatIsNotFinite_data()
{
    QTest::addColumn<bool>("watched");
    QTest::addColumn<bool>("inRows");
    QTest::newRow("at once") << true << false;
    QTest::newRow("with the rows") << true << true;
    QTest::newRow("not watched") << false << false;
}

void TestSessionDiagnosis::aFaultThatIsNotFinite()
{
    QFETCH(bool, watched);
    QFETCH(bool, inRows);
    const Scratch scratch;
    const auto probe = std::make_shared<FakeEngineProbe>();
    (inRows ? probe->faultInRowsAtStep : probe->faultAtStep) = 250;
    Session session(planWith(probe,
                        std::string(R"({"sampling": {"checkpoint_every": 100}, "training": {"diagnosis": )")
                            + (watched ? "true}}" : "false}}"),
                        scratch.path("run")),
        {});
    STARTS(session, reader);
    session.post(command::Play{});
    REACHES(reader, Paused);
    const std::vector<RunEvent> found = reader.eventsOf("diagnosis");
    QCOMPARE(found.size(), std::size_t{watched ? 1U : 0U});
    if (!watched)
        return;
    const std::optional<Finding> finding = findingFrom(found[0].text, found[0].data);
    QVERIFY(finding);
    QVERIFY(finding->symptom.kind == Symptom::Kind::NotFinite);
    QVERIFY(!finding->remedies.empty() && finding->remedies[0].checkpoint);
    QCOMPARE(*finding->remedies[0].checkpoint, std::int64_t{100});
    // It comes in the run's log like everything that happens.
    std::ifstream log(scratch.path("run") / "events.jsonl");
    const std::string text{std::istreambuf_iterator<char>(log), {}};
    QVERIFY(text.find(R"("kind":"diagnosis")") != std::string::npos);
}

/// A diagnosis asks an engine for nothing: as many samples are made with it as without.
void TestSessionDiagnosis::noSamplesAreMadeForIt()
{
    int made[2] = {};
    for (const bool watched : {false, true}) {
        const Scratch scratch;
        const auto probe = std::make_shared<FakeEngineProbe>();
        SessionPlan plan = planWith(probe,
            std::string(R"({"sampling": {"keep_every": 500}, "training": {"steps": 3000, "diagnosis": )")
                + (watched ? "true}}" : "false}}"),
            scratch.path("run"));
        plan.renderSamples = false;
        Session session(std::move(plan), {});
        STARTS(session, reader);
        session.post(command::Play{});
        REACHES(reader, Finished);
        made[watched] = probe->samplesTaken();
        QVERIFY(reader.eventsOf("diagnosis").empty());
    }
    QCOMPARE(made[1], made[0]);
    QCOMPARE(made[1], 7); // at the start and every 500 steps
}

QTEST_GUILESS_MAIN(TestSessionDiagnosis)
#include "session_diagnosis.moc"
