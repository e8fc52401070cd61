// SPDX-License-Identifier: GPL-3.0-or-later
// Copies of a run's weights for use beside training.
#include "tests/support/session_reader.h"

#include <QTest>

using namespace saddle;
using namespace saddle::test;

namespace {

SessionPlan planFor(const std::shared_ptr<FakeEngineProbe>& probe)
{
    SessionPlan plan;
    plan.document = *resolveDocument(documentWith("{}"), fakeCatalog());
    plan.catalog = &fakeCatalog();
    plan.factory = fakeEngineFactory(probe);
    return plan;
}

} // namespace

class SessionWeightsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void areCopiedOnlyWhenAskedFor()
    {
        const auto probe = std::make_shared<FakeEngineProbe>();
        Session session(planFor(probe), {});
        Reader reader(session);
        QTRY_VERIFY_WITH_TIMEOUT(reader.is(SessionState::Ready), longWait);
        QCOMPARE(probe->publications(), 0);
        QVERIFY(!session.takeWeights());
        session.post(command::PublishWeights{});
        std::shared_ptr<const CheckpointData> weights;
        QTRY_VERIFY_WITH_TIMEOUT(weights || (weights = session.takeWeights()), longWait);
        QCOMPARE(weights->state.at("step").get<std::int64_t>(), std::int64_t(0));
        // Whoever reads them needs no other word of what they are of.
        QCOMPARE(weights->state.at("experiment"), *reader.now.document);
        QVERIFY(!session.takeWeights());
        QCOMPARE(probe->publications(), 1);
    }

    void manyWishesAreOneCopyOfTheLatestStep()
    {
        const auto probe = std::make_shared<FakeEngineProbe>();
        const GateOpener opener{probe};
        Session session(planFor(probe), {});
        Reader reader(session);
        QTRY_VERIFY_WITH_TIMEOUT(reader.is(SessionState::Ready), longWait);
        probe->closeGate();
        session.post(command::Step{});
        QVERIFY(probe->waitForPhase());
        for (int i = 0; i < 1000; ++i)
            session.post(command::PublishWeights{});
        probe->openGate();
        QTRY_VERIFY_WITH_TIMEOUT(reader.is(SessionState::Paused), longWait);
        std::shared_ptr<const CheckpointData> weights;
        QTRY_VERIFY_WITH_TIMEOUT(weights || (weights = session.takeWeights()), longWait);
        QCOMPARE(probe->publications(), 1);
        QVERIFY(probe->oneThread());
    }

    void trainingGoesOnWhileTheyAreTaken()
    {
        const auto probe = std::make_shared<FakeEngineProbe>();
        Session session(planFor(probe), {});
        Reader reader(session);
        QTRY_VERIFY_WITH_TIMEOUT(reader.is(SessionState::Ready), longWait);
        session.post(command::Play{});
        std::int64_t last = -1;
        for (int i = 0; i < 50; ++i) {
            session.post(command::PublishWeights{});
            std::shared_ptr<const CheckpointData> weights;
            QTRY_VERIFY_WITH_TIMEOUT(weights || (weights = session.takeWeights()), longWait);
            const auto step = weights->state.at("step").get<std::int64_t>();
            QVERIFY(step >= last);
            last = step;
        }
        QVERIFY(last > 0);
        QVERIFY(reader.is(SessionState::Running));
    }

    void thereAreNoneWhereNothingIsLoaded()
    {
        const auto probe = std::make_shared<FakeEngineProbe>();
        probe->loadError = "no data";
        Session session(planFor(probe), {});
        Reader reader(session);
        QTRY_VERIFY_WITH_TIMEOUT(reader.is(SessionState::Failed), longWait);
        session.post(command::PublishWeights{});
        session.post(command::PublishWeights{});
        QCOMPARE(probe->publications(), 0);
        QVERIFY(!session.takeWeights());
    }
};

QTEST_GUILESS_MAIN(SessionWeightsTest)
#include "session_weights.moc"
