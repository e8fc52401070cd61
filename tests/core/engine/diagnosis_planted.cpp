// SPDX-License-Identifier: GPL-3.0-or-later
// Failures planted in short trainings are found and named right, and nothing is said of the same trainings without
// them. Points and small networks: a step takes about a millisecond. tests/slow/diagnosis_healthy.cpp has the presets
// as they ship.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/session/play_to_end.h"
#include "tests/support/scratch.h"
#include "tests/support/watched_training.h"
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

using Settings = std::map<std::string, Json>;

/// A preset on points with networks of a quarter of their width.
Settings small(Settings more = {})
{
    more.insert(
        {{"generator.width", 32}, {"discriminator.width", 32}, {"training.batch_size", 64}, {"sampling.points", 500}});
    return more;
}

/// ... and without the noise that keeps a discriminator from winning.
Settings bare(Settings more)
{
    more.insert({{"instance_noise.start", 0}, {"instance_noise.end", 0}});
    return small(std::move(more));
}

} // namespace

class TestDiagnosisPlanted : public QObject {
    Q_OBJECT

private slots:
    void collapse();
    void scatter();
    void aWonDiscriminator_data();
    void aWonDiscriminator();
    void explodingGradients_data();
    void explodingGradients();
    void aLossThatIsNoNumber();
    void aRunRecordsWhatIsFound();
    void aRunThatIsNotWatched();
    void healthy_data();
    void healthy();
};

/// G runs ahead of a discriminator that hardly learns, to the one point that it likes.
void TestDiagnosisPlanted::collapse()
{
    WatchedTraining run("ring-gan",
        {{"instance_noise.start", 0}, {"instance_noise.end", 0}, {"training.ema_decay", 0}, {"sampling.points", 500},
            {"optimisers.generator.learning_rate", 0.05}, {"optimisers.discriminator.learning_rate", 1e-5}});
    run.train(2050);
    qInfo("%s", qPrintable(run.sentences()));
    QVERIFY2(run.kinds().contains(QStringLiteral("collapse")), qPrintable(run.kinds()));
    QVERIFY(run.diversity.back().diversity < 0.05);
}

/// A generator that is thrown about, of which the average is shown.
void TestDiagnosisPlanted::scatter()
{
    WatchedTraining run("ring-gan", {{"sampling.points", 500}, {"optimisers.generator.learning_rate", 1}});
    run.train(700, 50);
    qInfo("%s", qPrintable(run.sentences()));
    QVERIFY2(run.kinds().contains(QStringLiteral("scatter")), qPrintable(run.kinds()));
    QVERIFY(run.diversity.back().diversity > 2);
}

void TestDiagnosisPlanted::aWonDiscriminator_data()
{
    QTest::addColumn<QString>("objective");
    for (const char* objective : {"non-saturating", "minimax", "lsgan", "hinge", "relativistic"})
        QTest::newRow(objective) << QString::fromLatin1(objective);
}

/// G is all but frozen, D is not.
void TestDiagnosisPlanted::aWonDiscriminator()
{
    QFETCH(QString, objective);
    WatchedTraining run("ring-gan",
        bare({{"objective.kind", objective.toStdString()}, {"optimisers.generator.learning_rate", 1e-7},
            {"optimisers.discriminator.learning_rate", 5e-3}}));
    run.train(1400, 100);
    qInfo("%s", qPrintable(run.sentences()));
    QCOMPARE(run.kinds(), QStringLiteral("discriminator-won"));
}

void TestDiagnosisPlanted::explodingGradients_data()
{
    QTest::addColumn<QString>("preset");
    QTest::addColumn<bool>("critic");
    QTest::newRow("rates a thousand times too large") << QStringLiteral("ring-gan") << false;
    QTest::newRow("a critic whose slope is hardly bounded") << QStringLiteral("ring-wgan-gp") << true;
}

void TestDiagnosisPlanted::explodingGradients()
{
    QFETCH(QString, preset);
    QFETCH(bool, critic);
    const Settings planted = critic
        ? Settings{{"regularisers.gradient_penalty.enabled", false}, {"regularisers.weight_clipping.enabled", true},
            {"regularisers.weight_clipping.limit", 100}, {"optimisers.discriminator.learning_rate", 0.01}}
        : bare({{"optimisers.generator.learning_rate", 1}, {"optimisers.discriminator.learning_rate", 1}});
    WatchedTraining run(preset.toStdString(), planted);
    run.train(150, 50);
    qInfo("%s", qPrintable(run.sentences()));
    QVERIFY2(run.kinds().startsWith(QStringLiteral("exploding-gradient")), qPrintable(run.kinds()));
    QVERIFY(!run.kinds().contains(QStringLiteral("won")));
}

void TestDiagnosisPlanted::aLossThatIsNoNumber()
{
    WatchedTraining run("ring-gan",
        bare({{"objective.kind", "lsgan"}, {"optimisers.discriminator.kind", "sgd"},
            {"optimisers.discriminator.learning_rate", 1}}));
    run.set("optimisers.discriminator.learning_rate", 1e6);
    run.train(300);
    qInfo("%s", qPrintable(run.sentences()));
    QVERIFY2(run.kinds().contains(QStringLiteral("not-finite")), qPrintable(run.kinds()));
}

namespace {

/// A run without a window in which D wins, with a checkpoint and a grid every 100 steps.
PlayedRun playWonRun(const std::filesystem::path& folder, std::vector<RunEvent>& events, const Json& watched)
{
    SessionPlan plan;
    plan.document = *loadExperiment("ring-gan", builtinCatalog());
    for (const auto& [path, value] :
        bare({{"optimisers.generator.learning_rate", 1e-7}, {"optimisers.discriminator.learning_rate", 5e-3},
            {"training.steps", 1350}, {"training.threads", 1}, {"training.device", "cpu"}, {"sampling.keep_every", 100},
            {"sampling.checkpoint_every", 100}, {"training.diagnosis", watched}}))
        plan.document = *changeSetting(plan.document, builtinCatalog(), path, value);
    plan.catalog = &builtinCatalog();
    plan.factory = makeTrainer;
    plan.runFolder = folder;
    plan.renderSamples = false;
    Attendance attendance;
    attendance.watch = [&events](const SessionUpdate& update, Session&) {
        events.insert(events.end(), update.events.begin(), update.events.end());
    };
    attendance.stop = [] { return false; };
    return playToEnd(std::move(plan), attendance);
}

std::vector<RunEvent> ofKind(const std::vector<RunEvent>& events, const std::string& kind)
{
    std::vector<RunEvent> some;
    std::copy_if(events.begin(), events.end(), std::back_inserter(some),
        [&kind](const RunEvent& event) { return event.kind == kind; });
    return some;
}

} // namespace

void TestDiagnosisPlanted::aRunRecordsWhatIsFound()
{
    const Scratch scratch;
    std::vector<RunEvent> events;
    const PlayedRun run = playWonRun(scratch.path("run"), events, true);
    QVERIFY(!run.fault);
    const std::vector<RunEvent> found = ofKind(events, "diagnosis");
    QCOMPARE(found.size(), std::size_t{1});
    const std::optional<Finding> finding = findingFrom(found[0].text, found[0].data);
    QVERIFY(finding);
    QCOMPARE(QString::fromStdString(kindName(finding->symptom.kind)), QStringLiteral("discriminator-won"));
    // The remedy goes back to before the evidence began.
    const std::optional<std::int64_t> back = finding->remedies.at(0).checkpoint;
    QVERIFY(back);
    QVERIFY(*back < finding->symptom.from && *back >= finding->symptom.from - 101);
    // What is wrong now is kept as well, for who wants to look into it.
    const std::vector<RunEvent> checkpoints = ofKind(events, "checkpoint");
    const auto kept = std::find_if(checkpoints.begin(), checkpoints.end(),
        [](const RunEvent& event) { return event.text == "Checkpoint, for a diagnosis"; });
    QVERIFY(kept != checkpoints.end());
    QVERIFY(kept->step >= found[0].step && kept->step <= found[0].step + 2);
    // Diversity of every kept grid: at the start, after each hundred steps, and at the end.
    std::vector<std::int64_t> steps;
    for (const DiversityPoint& point : readDiversity(scratch.path("run"))) {
        steps.push_back(point.step);
        QVERIFY(point.diversity > 0 && point.diversity < 2);
    }
    std::vector<std::int64_t> wanted;
    for (std::int64_t step = 0; step < 1350; step += 100)
        wanted.push_back(step);
    wanted.push_back(1350);
    QVERIFY(steps == wanted);
}

void TestDiagnosisPlanted::aRunThatIsNotWatched()
{
    const Scratch scratch;
    std::vector<RunEvent> events;
    playWonRun(scratch.path("run"), events, false);
    QVERIFY(ofKind(events, "diagnosis").empty());
    QVERIFY(readDiversity(scratch.path("run")).empty());
    QCOMPARE(ofKind(events, "finish").size(), std::size_t{1});
}

void TestDiagnosisPlanted::healthy_data()
{
    QTest::addColumn<QString>("preset");
    QTest::addColumn<int>("steps");
    QTest::newRow("GAN") << QStringLiteral("ring-gan") << 1200;
    QTest::newRow("R3GAN") << QStringLiteral("ring-r3gan") << 800;
    QTest::newRow("WGAN-GP") << QStringLiteral("ring-wgan-gp") << 500;
    QTest::newRow("GAN on a grid") << QStringLiteral("grid-gan") << 800;
}

void TestDiagnosisPlanted::healthy()
{
    QFETCH(QString, preset);
    QFETCH(int, steps);
    WatchedTraining run(preset.toStdString(), small());
    run.train(steps);
    QCOMPARE(run.sentences(), QString());
}

QTEST_GUILESS_MAIN(TestDiagnosisPlanted)
#include "diagnosis_planted.moc"
