// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever a run is made of: 200 steps after a checkpoint are, to the last bit, those of a run that never stopped.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "tests/support/small_checkpoints.h"

#include <set>
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

using Settings = std::vector<std::pair<std::string, Json>>;

/// A kind of run, with edits before its checkpoints, one of them inside a round, and after them.
struct Case {
    std::string objective;
    bool images = false;
    Settings settings = {};
    Settings editsBefore = {};
    Settings editsAfter = {};
};

/// One for each objective at least. Between them they have every regulariser, optimiser and schedule, an average,
/// noise, dropout, spectral and batch norm, names of classes, flipped ones, and gradients of several batches.
std::vector<Case> cases()
{
    const auto on = [](const std::string& kind) { return std::pair("regularisers." + kind + ".enabled", Json(true)); };
    const std::string rateG = "optimisers.generator.learning_rate";
    const std::string rateD = "optimisers.discriminator.learning_rate";
    const Json small = {{"architecture", "mlp"}, {"width", 8}, {"depth", 1}};
    const Json spectral = Json::parse(R"({"layers": [
        {"kind": "conv", "out": 4, "kernel": 4, "stride": 4, "spectral_norm": true, "activation": "leaky_relu"},
        {"kind": "dropout", "probability": 0.3}, {"kind": "flatten"},
        {"kind": "linear", "out": 1, "spectral_norm": true}]})");
    return {
        {"non-saturating", false,
            {{"training.ema_decay", 0.9}, {"instance_noise.schedule", "linear"}, {"instance_noise.start", 0.4},
                {"instance_noise.end", 0.1}, {"instance_noise.steps", 90}, {"schedules.anneal", "cosine"},
                {"schedules.anneal_steps", 150}, {"schedules.rate_factor", 0.2}, {"schedules.penalty_factor", 3},
                {"schedules.beta2_end", 0.9}, {"discriminator.activation", "tanh"}, on("r1"), on("r2")},
            {{rateG, 3e-3}, {"objective.label_smoothing", 0.15}},
            {{"training.ema_decay", 0.6}, {"regularisers.r1.weight", 2.5}}},
        {"minimax", true,
            {{"training.ema_decay", 0.5}, {"training.conditional", true}, {"training.label_flipping", 0.1},
                {"optimisers.generator", {{"kind", "sgd"}, {"learning_rate", 0.01}, {"momentum", 0.9}}},
                on("diffaugment")},
            {{"optimisers.generator.momentum", 0.5}, {"training.label_flipping", 0.2}},
            {{"instance_noise.manual", true}, {"instance_noise.level", 0.2}}},
        {"lsgan", false,
            {{"schedules.halve_every", 30}, {"optimisers.generator.kind", "rmsprop"},
                {"optimisers.discriminator.kind", "rmsprop"}, {"latent.distribution", "uniform"}},
            {{"objective.b", 0.9}, {rateD, 1e-3}}, {{"objective.c", 0.8}, {"schedules.halve_every", 50}}},
        {"wgan", false,
            {{"optimisers.discriminator.kind", "rmsprop"}, {"training.generator_steps", 2}, on("weight_clipping")},
            {{"regularisers.weight_clipping.limit", 0.05}}, {{rateG, 1e-3}, {"training.generator_steps", 1}}},
        {"hinge", true,
            {{"discriminator", spectral}, {"instance_noise.schedule", "exponential"}, {"instance_noise.start", 0.3},
                {"instance_noise.end", 0}, {"instance_noise.steps", 60}, {"training.memory_format", "channels_last"}},
            {{"objective.margin", 0.7}}, {{"training.ema_decay", 0.8}, {rateD, 1e-3}}},
        {"relativistic", false,
            {{"training.accumulate", 2}, {"discriminator.activation", "tanh"}, on("gradient_penalty"), on("dragan")},
            {{"regularisers.gradient_penalty.weight", 5}, {rateG, 1e-3}},
            {{"regularisers.dragan.weight", 3}, {"optimisers.discriminator.beta1", 0.3}}},
        {"ebgan", false, {{"discriminator.width", 8}, {"objective.energy", "mean"}, on("pull_away")},
            {{"objective.margin", 0.6}}, {{"regularisers.pull_away.weight", 0.3}, {rateG, 1e-3}}},
        {"began", false, {{"objective.lambda_k", 0.5}, {"training.ema_decay", 0.9}},
            {{"objective.gamma", 0.7}, {rateD, 1e-3}}, {{"objective.lambda_k", 0.1}, {"objective.gamma", 0.4}}},
        {"vae", false,
            {{"discriminator", nullptr}, {"encoder", small}, {"generator", small}, {"objective.likelihood", "gaussian"},
                {"training.ema_decay", 0.9}},
            {{"objective.beta", 0.5}, {rateG, 3e-3}}, {{"objective.sigma", 0.5}}},
    };
}

/// An edit as a session makes it: in the engine and in the document.
void edit(Engine& engine, Json& document, const std::string& path, const Json& value)
{
    document = good(changeSetting(document, builtinCatalog(), path, value));
    if (const Status applied = engine.apply(path, *findPath(document, path)); !applied)
        throw std::runtime_error(applied.error().sentence());
}

/// As a file gives it back.
CheckpointData savedAndRead(Engine& engine, const Json& document)
{
    CheckpointData checkpoint = good(engine.save());
    checkpoint.state["experiment"] = document;
    checkpoint.state = Json::parse(checkpoint.state.dump());
    return checkpoint;
}

/// So many more steps, with the edits that come: one between rounds, the next after the first phase of a round.
std::vector<MetricRow> goOn(Engine& engine, Json document, const Settings& edits, std::int64_t steps)
{
    std::vector<MetricRow> rows = trainSteps(engine, 6);
    std::size_t next = 0;
    for (const auto& [path, value] : edits) {
        if (next++ > 0 && engine.advance().stepDone && engine.takeRows(rows))
            throw std::runtime_error("a row is not finite");
        edit(engine, document, path, value);
        const std::vector<MetricRow> more = trainSteps(engine, 5);
        rows.insert(rows.end(), more.begin(), more.end());
    }
    const std::vector<MetricRow> rest = trainSteps(engine, steps - static_cast<std::int64_t>(rows.size()));
    rows.insert(rows.end(), rest.begin(), rest.end());
    return rows;
}

} // namespace

class TestExactResume : public QObject {
    Q_OBJECT

private slots:
    void everyPartOfTheCatalogHasACase();
    void goesOnToTheLastBit_data();
    void goesOnToTheLastBit();

private:
    Json documentOf(const Case& one) const
    {
        Json document = one.images ? labelledExperiment(m_scratch) : pointsExperiment();
        setPath(document, "training.conditional", false);
        setPath(document, "objective.kind", one.objective);
        if (one.objective != "vae")
            setPath(document, "training.discriminator_steps", 5);
        document = with(document, one.settings);
        if (document["discriminator"].is_null())
            document.erase("discriminator");
        return good(resolveDocument(document, builtinCatalog()));
    }

    Scratch m_scratch;
};

void TestExactResume::everyPartOfTheCatalogHasACase()
{
    std::set<std::string> seen;
    for (const Case& one : cases()) {
        const Experiment experiment = good(buildExperiment(documentOf(one), builtinCatalog()));
        seen.insert("objective " + experiment.objective->kind);
        for (const RegulariserInfo* regulariser : experiment.regularisers)
            seen.insert("regulariser " + regulariser->kind);
        for (const std::string& role : experiment.objective->roles)
            seen.insert("optimiser " + experiment.section("optimisers." + role)["kind"].get<std::string>());
    }
    std::vector<std::string> missing;
    const auto look = [&](const std::string& what, const auto& registry) {
        for (const auto& info : registry.items()) {
            if (!seen.contains(what + " " + info.kind))
                missing.push_back(what + " " + info.kind);
        }
    };
    look("objective", builtinCatalog().objectives);
    look("regulariser", builtinCatalog().regularisers);
    look("optimiser", builtinCatalog().optimisers);
    QVERIFY2(missing.empty(), qPrintable(QStringLiteral("no case for ") + joined(missing)));
}

void TestExactResume::goesOnToTheLastBit_data()
{
    QTest::addColumn<int>("number");
    QTest::addColumn<int>("phases");
    QTest::addColumn<int>("steps");
    int number = 0;
    for (const Case& one : cases()) {
        // All that a moment inside a round adds is where it goes on: fewer steps show it, where steps are dear.
        QTest::addRow("%s, between rounds", one.objective.c_str()) << number << 0 << 200;
        if (one.objective != "vae") {
            QTest::addRow("%s, after D 3 of 5", one.objective.c_str()) << number << 3 << (one.images ? 40 : 200);
            QTest::addRow("%s, before G", one.objective.c_str()) << number << 5 << 40;
        }
        ++number;
    }
}

void TestExactResume::goesOnToTheLastBit()
{
    QFETCH(int, number);
    QFETCH(int, phases);
    QFETCH(int, steps);
    const Case one = cases().at(static_cast<std::size_t>(number));
    const Json original = documentOf(one);
    Json edited = original;
    const auto unbroken = makeOpenTrainer(original);
    trainSteps(*unbroken, 7);
    edit(*unbroken, edited, one.editsBefore.front().first, one.editsBefore.front().second);
    trainSteps(*unbroken, 2);
    for (int i = 0; i < phases; ++i)
        QVERIFY(!unbroken->advance().stepDone);
    if (one.editsBefore.size() > 1)
        edit(*unbroken, edited, one.editsBefore[1].first, one.editsBefore[1].second);
    const CheckpointData checkpoint = savedAndRead(*unbroken, edited);

    const auto resumed = makeOpenTrainer(edited); // as a run is opened that goes on
    QVERIFY_OK(resumed->restore(checkpoint));
    QCOMPARE(resumed->progress().inRound, unbroken->progress().inRound);
    const QStringList rows = exactly(goOn(*unbroken, edited, one.editsAfter, steps));
    QCOMPARE(rows.size(), steps);
    QCOMPARE(exactly(goOn(*resumed, edited, one.editsAfter, steps)), rows);
    QVERIFY_SAME_TENSORS(tensorsOf(*resumed), tensorsOf(*unbroken));
    // It did train all the while, and no number is empty that another objective would have filled.
    QVERIFY(rows.front().section(QLatin1Char(' '), 3) != rows.back().section(QLatin1Char(' '), 3));
}

QTEST_GUILESS_MAIN(TestExactResume)
#include "exact_resume.moc"
