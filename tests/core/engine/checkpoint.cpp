// SPDX-License-Identifier: GPL-3.0-or-later
// Going on from a checkpoint is the same, to the last bit, as never having stopped.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/runs/run_folder.h"

#include "tests/support/small_runs.h"

#include <limits>
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

/// As a session keeps it: with the experiment as edited.
CheckpointData saved(Engine& engine, const Json& document)
{
    Result<CheckpointData> checkpoint = engine.save();
    if (!checkpoint)
        throw std::runtime_error(checkpoint.error().sentence());
    checkpoint->state["experiment"] = document;
    return *std::move(checkpoint);
}

/// Through a file's text: nothing may depend on what JSON cannot say.
CheckpointData throughText(CheckpointData checkpoint)
{
    checkpoint.state = Json::parse(checkpoint.state.dump());
    return checkpoint;
}

Json resolved(const Json& document)
{
    const Result<Json> whole = resolveDocument(document, builtinCatalog());
    if (!whole)
        throw std::runtime_error(whole.error().sentence());
    return *whole;
}

/// An edit as a session makes it: in the engine and in the document.
void edit(Engine& engine, Json& document, const std::string& path, const Json& value)
{
    if (const Status applied = engine.apply(path, value); !applied)
        throw std::runtime_error(applied.error().sentence());
    setPath(document, path, value);
}

} // namespace

class TestCheckpoint : public QObject {
    Q_OBJECT

private slots:
    void goesOn_data();
    void goesOn();
    void throughFiles();
    void pausedWithinARound();
    void oneNetworkAlone();
    void editsComeBack();
    void averageSwitchedOnOrOff();
    void acrossAnEpoch();
    void afterAFault();
    void intoATrainerThatRan();
    void damaged_data();
    void damaged();
    void anotherExperiment();

private:
    /// The last step but for the checkpoint: 20 steps of a fresh trainer against 20 of the one that went on.
    void compare(OpenTrainer& unbroken, const Json& original, const CheckpointData& checkpoint)
    {
        const auto fresh = makeOpenTrainer(original);
        QVERIFY_OK(fresh->restore(checkpoint));
        QCOMPARE(fresh->progress().step, unbroken.progress().step);
        QCOMPARE(fresh->progress().images, unbroken.progress().images);
        QCOMPARE(fresh->progress().inRound, unbroken.progress().inRound);
        QVERIFY_SAME_TENSORS(tensorsOf(*fresh), tensorsOf(unbroken));
        QCOMPARE(exactly(trainSteps(*fresh, 20)), exactly(trainSteps(unbroken, 20)));
        QVERIFY_SAME_TENSORS(tensorsOf(*fresh), tensorsOf(unbroken));
        const Result<Samples> one = fresh->sample();
        const Result<Samples> other = unbroken.sample();
        QVERIFY_OK(one);
        QVERIFY_OK(other);
        QVERIFY(one->pixels == other->pixels && one->points == other->points);
    }

    Json document(bool pictures, const std::vector<std::pair<std::string, Json>>& changes = {}) const
    {
        return resolved(with(pictures ? imagesExperiment(m_scratch) : pointsExperiment(), changes));
    }

    Scratch m_scratch;
};

void TestCheckpoint::goesOn_data()
{
    QTest::addColumn<bool>("pictures");
    QTest::addColumn<QString>("changes");
    for (const bool pictures : {false, true}) {
        const char* kind = pictures ? "images" : "points";
        QTest::addRow("%s, plain", kind) << pictures << QStringLiteral("{}");
        QTest::addRow("%s, Adam, average, noise, halving", kind) << pictures << QStringLiteral(R"({
            "training.ema_decay": 0.9, "training.discriminator_steps": 2,
            "instance_noise": {"schedule": "linear", "start": 0.5, "end": 0.1, "steps": 17},
            "schedules.halve_every": 7, "objective.label_smoothing": 0.1})");
        QTest::addRow("%s, RMSProp, LSGAN, uniform latents", kind) << pictures << QStringLiteral(R"({
            "objective.kind": "lsgan", "latent.distribution": "uniform", "training.ema_decay": 0.5,
            "optimisers.generator.kind": "rmsprop", "optimisers.discriminator.kind": "rmsprop",
            "instance_noise": {"schedule": "exponential", "start": 0.5, "end": 0, "steps": 11}})");
        QTest::addRow("%s, minimax, channels last", kind) << pictures << QStringLiteral(R"({
            "objective.kind": "minimax", "training.memory_format": "channels_last",
            "optimisers.generator.weight_decay": 0.01, "training.generator_steps": 2})");
    }
}

void TestCheckpoint::goesOn()
{
    QFETCH(bool, pictures);
    QFETCH(QString, changes);
    std::vector<std::pair<std::string, Json>> settings;
    const Json parsed = Json::parse(changes.toStdString());
    for (const auto& [path, value] : parsed.items())
        settings.emplace_back(path, value);
    const Json original = document(pictures, settings);
    const auto trainer = makeOpenTrainer(original);
    trainSteps(*trainer, 6);
    compare(*trainer, original, throughText(saved(*trainer, original)));
}

void TestCheckpoint::throughFiles()
{
    const Json original = document(true, {{"training.ema_decay", 0.9}, {"instance_noise.start", 0.2}});
    const auto trainer = makeOpenTrainer(original);
    trainSteps(*trainer, 3);
    trainer->advance(); // in the middle of a round
    Result<std::unique_ptr<RunFolder>> run =
        RunFolder::create(m_scratch.path("run"), original, trainer->info().columns);
    QVERIFY_OK(run);
    const Result<std::filesystem::path> place = writeCheckpoint((*run)->path(), 3, saved(*trainer, original));
    QVERIFY_OK(place);
    const Result<std::filesystem::path> latest = latestCheckpoint(m_scratch.path("run"));
    QVERIFY_OK(latest);
    QCOMPARE(latest->string(), place->string());
    const Result<CheckpointData> read = readCheckpoint(*latest);
    QVERIFY_OK(read);
    compare(*trainer, original, *read);
}

void TestCheckpoint::pausedWithinARound()
{
    const Json original = document(
        false, {{"training.discriminator_steps", 3}, {"training.generator_steps", 2}, {"training.ema_decay", 0.9}});
    for (int phases = 1; phases < 5; ++phases) {
        const auto trainer = makeOpenTrainer(original);
        trainSteps(*trainer, 2);
        for (int i = 0; i < phases; ++i)
            QVERIFY(!trainer->advance().stepDone);
        QVERIFY(!trainer->progress().inRound.empty());
        compare(*trainer, original, throughText(saved(*trainer, original)));
    }
}

void TestCheckpoint::oneNetworkAlone()
{
    const Json original = document(true);
    const auto trainer = makeOpenTrainer(original);
    trainSteps(*trainer, 2);
    trainSteps(*trainer, 2, "discriminator");
    trainSteps(*trainer, 1, "generator");
    compare(*trainer, original, throughText(saved(*trainer, original)));
}

void TestCheckpoint::editsComeBack()
{
    const Json original = document(false, {{"training.ema_decay", 0.9}});
    Json edited = original;
    const auto trainer = makeOpenTrainer(original);
    trainSteps(*trainer, 2);
    edit(*trainer, edited, "optimisers.generator.learning_rate", 3e-3);
    edit(*trainer, edited, "optimisers.discriminator.beta1", 0.3);
    edit(*trainer, edited, "objective.label_smoothing", 0.15);
    trainSteps(*trainer, 2);
    edit(*trainer, edited, "training.discriminator_steps", 3);
    edit(*trainer, edited, "training.ema_decay", 0.6);
    edit(*trainer, edited, "instance_noise.level", 0.2);
    edit(*trainer, edited, "instance_noise.manual", true);
    edit(*trainer, edited, "schedules.halve_every", 4);
    trainSteps(*trainer, 1);
    trainer->advance();
    compare(*trainer, original, throughText(saved(*trainer, edited)));
}

void TestCheckpoint::averageSwitchedOnOrOff()
{
    for (const double before : {0.0, 0.9}) {
        const Json original = document(true, {{"training.ema_decay", before}});
        Json edited = original;
        const auto trainer = makeOpenTrainer(original);
        trainSteps(*trainer, 2);
        edit(*trainer, edited, "training.ema_decay", before > 0 ? 0.0 : 0.8);
        trainSteps(*trainer, 2);
        compare(*trainer, original, throughText(saved(*trainer, edited)));
    }
}

void TestCheckpoint::acrossAnEpoch()
{
    // 200 points, 16 a step: the 13th batch reaches into the second epoch.
    const Json original = document(false);
    for (const int steps : {12, 13, 25}) {
        const auto trainer = makeOpenTrainer(original);
        trainSteps(*trainer, steps);
        compare(*trainer, original, throughText(saved(*trainer, original)));
    }
}

void TestCheckpoint::afterAFault()
{
    const Json original = document(true, {{"training.ema_decay", 0.9}, {"training.discriminator_steps", 2}});
    for (int phases = 0; phases < 3; ++phases) {
        const auto trainer = makeOpenTrainer(original);
        trainSteps(*trainer, 2);
        for (int i = 0; i < phases; ++i)
            trainer->advance();
        trainer->onLatents = [](const std::string&, std::int64_t, const torch::Tensor& drawn) { return drawn / 0; };
        QVERIFY(trainer->advance().fault.has_value());
        trainer->onLatents = nullptr;
        compare(*trainer, original, throughText(saved(*trainer, original)));
    }
}

void TestCheckpoint::intoATrainerThatRan()
{
    // Going back: the trainer that is ahead takes an older state.
    const Json original = document(true, {{"training.ema_decay", 0.9}, {"instance_noise.start", 0.1}});
    const auto trainer = makeOpenTrainer(original);
    trainSteps(*trainer, 3);
    const CheckpointData checkpoint = saved(*trainer, original);
    const QStringList rows = exactly(trainSteps(*trainer, 5));
    const TensorMap tensors = tensorsOf(*trainer);
    trainer->advance();
    QVERIFY_OK(trainer->apply("optimisers.generator.learning_rate", 0.5));
    trainSteps(*trainer, 2);
    QVERIFY_OK(trainer->restore(checkpoint));
    QCOMPARE(trainer->pendingRows(), 0);
    QCOMPARE(exactly(trainSteps(*trainer, 5)), rows);
    QVERIFY_SAME_TENSORS(tensors, tensorsOf(*trainer));
}

void TestCheckpoint::damaged_data()
{
    QTest::addColumn<QString>("damage");
    for (const char* damage :
        {"missing tensor", "missing average", "missing optimiser state", "another shape", "another type", "short data",
            "no step", "no batches", "no round", "no updates", "no updates of one phase", "text for a number",
            "phase out of range", "phase below zero", "only out of range", "negative step", "unknown column",
            "cells of another form", "not an object", "unknown setting", "setting out of range", "another objective"})
        QTest::addRow("%s", damage) << QString::fromUtf8(damage);
}

void TestCheckpoint::damaged()
{
    QFETCH(QString, damage);
    const Json original = document(true, {{"training.ema_decay", 0.9}});
    const auto trainer = makeOpenTrainer(original);
    const auto untouched = makeOpenTrainer(original);
    trainSteps(*trainer, 4);
    trainSteps(*untouched, 4);
    trainer->advance();
    untouched->advance();

    const auto other = makeOpenTrainer(original);
    trainSteps(*other, 2);
    other->advance();
    Json edited = original;
    edit(*other, edited, "optimisers.generator.learning_rate", 0.125);
    edit(*other, edited, "objective.label_smoothing", 0.25);
    edit(*other, edited, "training.discriminator_steps", 5);
    CheckpointData checkpoint = saved(*other, edited);
    Json& state = checkpoint.state;
    TensorMap& tensors = checkpoint.tensors;
    QVERIFY(tensors.contains("discriminator/0.weight"));
    if (damage == "missing tensor")
        tensors.erase("discriminator/0.weight");
    else if (damage == "missing average")
        tensors.erase("ema/0.weight");
    else if (damage == "missing optimiser state")
        tensors.erase("optimiser/generator/exp_avg_sq/0.weight");
    else if (damage == "another shape")
        std::swap(tensors.at("generator/0.weight").shape[0], tensors.at("generator/0.weight").shape[1]);
    else if (damage == "another type")
        tensors.at("generator/0.weight").dtype = DType::I32;
    else if (damage == "short data")
        tensors.at("generator/0.weight").data.pop_back();
    else if (damage == "no step")
        state.erase("step");
    else if (damage == "no batches")
        state.erase("batches");
    else if (damage == "no round")
        state.erase("round");
    else if (damage == "no updates")
        state.erase("updates");
    else if (damage == "no updates of one phase")
        state["updates"].erase("generator");
    else if (damage == "text for a number")
        state["updates"]["generator"] = "three";
    else if (damage == "phase out of range")
        state["round"]["phase"] = 2;
    else if (damage == "phase below zero")
        state["round"]["phase"] = -1;
    else if (damage == "only out of range")
        state["round"]["only"] = 7;
    else if (damage == "negative step")
        state["step"] = -3;
    else if (damage == "unknown column")
        state["cells"] = Json::array({Json::array({"e_loss", 1.0})});
    else if (damage == "cells of another form")
        state["cells"] = Json::array({3});
    else if (damage == "not an object")
        state = 7;
    else if (damage == "unknown setting")
        state["experiment"]["training"]["speed"] = 3;
    else if (damage == "setting out of range")
        state["experiment"]["training"]["ema_decay"] = 3;
    else if (damage == "another objective")
        state["experiment"]["objective"] = {{"kind", "lsgan"}};
    else
        QFAIL("unknown damage");

    const Status restored = trainer->restore(checkpoint);
    QVERIFY(!restored.ok());
    QVERIFY(!restored.error().what.empty() && !restored.error().where.empty());
    QCOMPARE(trainer->progress().step, untouched->progress().step);
    QCOMPARE(trainer->progress().inRound, untouched->progress().inRound);
    QVERIFY_SAME_TENSORS(tensorsOf(*trainer), tensorsOf(*untouched));
    // Neither weights nor settings nor counters changed.
    QCOMPARE(exactly(trainSteps(*trainer, 3)), exactly(trainSteps(*untouched, 3)));
    QVERIFY_SAME_TENSORS(tensorsOf(*trainer), tensorsOf(*untouched));
}

void TestCheckpoint::anotherExperiment()
{
    const auto narrow = makeOpenTrainer(document(false));
    const auto wide = makeOpenTrainer(document(false, {{"generator.width", 9}}));
    const auto deep = makeOpenTrainer(document(false, {{"generator.depth", 2}}));
    const auto images = makeOpenTrainer(document(true));
    const auto rmsprop = makeOpenTrainer(document(false, {{"optimisers.generator.kind", "rmsprop"}}));
    trainSteps(*narrow, 1);
    const Result<CheckpointData> checkpoint = narrow->save();
    QVERIFY_OK(checkpoint);
    for (OpenTrainer* trainer : {wide.get(), deep.get(), images.get(), rmsprop.get()}) {
        const TensorMap before = tensorsOf(*trainer);
        QVERIFY(!trainer->restore(*checkpoint).ok());
        QVERIFY_SAME_TENSORS(before, tensorsOf(*trainer));
    }
}

QTEST_GUILESS_MAIN(TestCheckpoint)
#include "checkpoint.moc"
