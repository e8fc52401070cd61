// SPDX-License-Identifier: GPL-3.0-or-later
// A step traced in a session, as from the window, is the step that saddle-cli traces, and training does not feel it.
#include "core/base/files.h"
#include "core/commands/commands.h"
#include "core/training/builtin.h"
#include "tests/support/session_reader.h"

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

const std::string rate = "optimisers.generator.learning_rate";

/// Noise, an average and two updates of D: what a careless tracer would draw or count twice.
SettingChanges smallRing()
{
    SettingChanges changes;
    changes.assignments = {"data.count=400", "training.batch_size=8", "training.threads=1", "generator.width=8",
        "discriminator.width=8", "training.discriminator_steps=2", "instance_noise.start=0.1",
        "training.ema_decay=0.9"};
    changes.device = "cpu";
    return changes;
}

Json document()
{
    const Result<Json> loaded = loadChanged("ring-gan", builtinCatalog(), smallRing());
    if (!loaded)
        qFatal("%s", loaded.error().sentence().c_str());
    return *loaded;
}

SessionPlan plan(const fs::path& folder)
{
    SessionPlan plan;
    plan.document = document();
    plan.catalog = &builtinCatalog();
    plan.factory = makeTrainer;
    plan.runFolder = folder;
    plan.renderSamples = false;
    return plan;
}

std::string contents(const fs::path& file)
{
    const Result<std::string> text = readFile(file, std::size_t{64} << 20);
    return text ? *text : std::string();
}

} // namespace

#define HAS_STEPS(reader, count)                                                                                       \
    QTRY_VERIFY_WITH_TIMEOUT(((reader).read(), (reader).rows.size()) == std::size_t{count}, longWait)

class TestTraceSession : public QObject {
    Q_OBJECT

private slots:
    void writesWhatTheCommandWrites();
    void trainingDoesNotFeelIt();
    void holdsTheEditsSoFar();

private:
    Scratch m_scratch;
};

void TestTraceSession::writesWhatTheCommandWrites()
{
    TraceRequest request;
    request.experiment = "ring-gan";
    request.out = m_scratch.path("command");
    request.changes = smallRing();
    request.changes.steps = 3;
    QCOMPARE(traceCommand(request), static_cast<int>(Success));
    QCOMPARE(traceCommand(request), static_cast<int>(Failed)); // nothing is written over

    Session session(plan({}), {});
    STARTS(session, reader);
    session.post(command::Step{});
    session.post(command::Step{});
    session.post(command::Trace{m_scratch.path("session")});
    HAS_STEPS(reader, 3);
    QTRY_COMPARE((reader.read(), reader.eventsOf("trace").size()), std::size_t{1});
    const std::string third = contents(m_scratch.path("command/step-000003.safetensors"));
    QVERIFY(!third.empty());
    QVERIFY(third == contents(m_scratch.path("session/step-000003.safetensors")));
    const std::string experiment = contents(m_scratch.path("command/experiment.json"));
    QVERIFY(!experiment.empty());
    QCOMPARE(contents(m_scratch.path("session/experiment.json")), experiment);
    // As in a run's folder, what the machine settled is written out.
    const Result<Json> json = readJson(m_scratch.path("session/experiment.json"));
    QVERIFY_OK(json);
    QCOMPARE(*findPath(*json, "training.threads"), Json(1));
    QCOMPARE(*findPath(*json, "training.device"), Json("cpu"));
    QVERIFY(findPath(*json, "generator.layers"));
}

void TestTraceSession::trainingDoesNotFeelIt()
{
    std::map<bool, std::string> tensors;
    std::map<bool, std::vector<std::vector<double>>> rows;
    for (const bool traced : {false, true}) {
        const fs::path run = m_scratch.path(traced ? "traced" : "untraced");
        Session session(plan(run), {});
        STARTS(session, reader);
        for (int step = 1; step <= 6; ++step) {
            if (traced && (step == 1 || step == 4))
                session.post(command::Trace{m_scratch.path("trace-" + std::to_string(step))});
            else
                session.post(command::Step{});
        }
        HAS_STEPS(reader, 6);
        session.post(command::Stop{});
        REACHES(reader, Finished);
        QVERIFY(!reader.now.fault);
        for (const MetricRow& row : reader.rows)
            rows[traced].push_back(row.values);
        tensors[traced] = contents(run / "checkpoints/00000006/tensors.safetensors");
        QVERIFY(!tensors[traced].empty());
    }
    QVERIFY(tensors[true] == tensors[false]);
    for (std::size_t i = 0; i < 6; ++i) {
        for (std::size_t column = 0; column < rows[false][i].size(); ++column) {
            const double plain = rows[false][i][column];
            QVERIFY(rows[true][i][column] == plain || (std::isnan(rows[true][i][column]) && std::isnan(plain)));
        }
    }
}

void TestTraceSession::holdsTheEditsSoFar()
{
    Session session(plan({}), {});
    STARTS(session, reader);
    session.post(command::Step{});
    session.post(command::SetParameter{rate, 0.0005});
    session.post(command::SetParameter{"instance_noise.start", 0.25});
    session.post(command::Trace{m_scratch.path("edited")});
    HAS_STEPS(reader, 2);
    const Result<Json> beside = readJson(m_scratch.path("edited/experiment.json"));
    QVERIFY_OK(beside);
    QCOMPARE(*findPath(*beside, rate), Json(0.0005));
    QCOMPARE(*findPath(*beside, "instance_noise.start"), Json(0.25));
    // It is an experiment: it loads, and stands for the session's own with its networks written out.
    const Result<Experiment> again = buildExperiment(*beside, builtinCatalog());
    QVERIFY_OK(again);
    const Result<Experiment> now = buildExperiment(*reader.now.document, builtinCatalog());
    QVERIFY_OK(now);
    QCOMPARE(again->document, explicitDocument(*now));
}

QTEST_GUILESS_MAIN(TestTraceSession)
#include "trace_session.moc"
