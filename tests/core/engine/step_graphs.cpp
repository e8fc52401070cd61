// SPDX-License-Identifier: GPL-3.0-or-later
// Updates that a device repeats by itself are those of the ordinary way to the last bit, whatever changes meanwhile.
// The device is a tape of operators on the CPU.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/runs/presets.h"

#include "tests/support/small_presets.h"
#include "tests/support/small_runs.h"
#include "tests/support/tape.h"
#endif

using namespace saddle;
using namespace saddle::test;

TORCH_LIBRARY_IMPL(_, Fake, m)
{
    m.fallback(torch::CppFunction::makeFromBoxedFunction<&Tape::intercept>());
}

namespace {

using Settings = std::vector<std::pair<std::string, Json>>;

/// Refuses to be recorded, as a device does when a step waits for it.
class NoGraphs : public StepGraphMaker {
    class NoGraph : public StepGraph {
        void record(const std::function<void()>& /*work*/) override
        {
            throw std::runtime_error("operation not permitted when stream is capturing\nand more");
        }
        void replay() override { throw std::logic_error("nothing was recorded"); }
    };

public:
    std::unique_ptr<StepGraph> make() override
    {
        ++asked;
        return std::make_unique<NoGraph>();
    }
    int asked = 0;
};

/// Two trainers of one experiment, of which one records its updates.
struct Twins {
    /// `refuser`: what the plain one is given, since Adam with an annealed β₂ is rounded in another way where updates
    /// are to be recorded.
    explicit Twins(const Json& document, std::shared_ptr<StepGraphMaker> refuser = nullptr)
        : plain(makeOpenTrainer(document, torch::kFloat, std::move(refuser)))
        , recorded(makeOpenTrainer(document, torch::kFloat, maker))
    {
    }

    void train(std::int64_t steps, const std::string& only = {})
    {
        const std::vector<MetricRow> one = trainSteps(*plain, steps, only);
        const std::vector<MetricRow> other = trainSteps(*recorded, steps, only);
        for (std::size_t i = 0; i < one.size() && fault.isEmpty(); ++i) {
            for (std::size_t column = 0; column < one[i].values.size() && fault.isEmpty(); ++column) {
                const double a = one[i].values[column];
                const double b = other[i].values[column];
                if (a != b && !(std::isnan(a) && std::isnan(b)))
                    fault = QStringLiteral("step %1, %2: %3 and %4")
                                .arg(one[i].step)
                                .arg(QString::fromStdString(plain->info().columns[column].key))
                                .arg(a)
                                .arg(b);
            }
            if (one[i].images != other[i].images)
                fault = QStringLiteral("step %1: other batches").arg(one[i].step);
        }
        if (const std::vector<std::string> names = differing(tensorsOf(*plain), tensorsOf(*recorded));
            fault.isEmpty() && !names.empty())
            fault = QString::fromStdString(names.front()) + QStringLiteral(" differs");
    }

    void set(const std::string& path, const Json& value)
    {
        for (OpenTrainer* trainer : {plain.get(), recorded.get()}) {
            if (const Status applied = trainer->apply(path, value); !applied)
                throw std::runtime_error(applied.error().sentence());
        }
    }

    std::shared_ptr<TapeMaker> maker = std::make_shared<TapeMaker>();
    std::unique_ptr<OpenTrainer> plain;
    std::unique_ptr<OpenTrainer> recorded;
    QString fault; ///< the first difference
};

} // namespace

class TestStepGraphs : public QObject {
    Q_OBJECT

private slots:
    void everyPreset_data();
    void everyPreset();
    void liveValuesNeedNoNewRecording();
    void anAnnealedBeta2NeedsNoNewRecording();
    void whatNoTensorHoldsIsRecordedAnew();
    void severalBatchesAndUpdates();
    void epochsEndAndCheckpointsAreTaken();
    void whereItCannotBe();
    void whatCannotBeRecordedIsTrainedAsEver();
    void aTapeRepeatsWhatTheHostDidNot();

private:
    Scratch m_scratch;
    SmallPresets m_small;
};

void TestStepGraphs::everyPreset_data()
{
    addShippedPresets();
}

void TestStepGraphs::everyPreset()
{
    QFETCH(QString, preset);
    Json document = m_small.scaledDown(*loadExperiment(preset.toStdString(), builtinCatalog()));
    document["training"]["memory_format"] = "contiguous"; // else convolutions pass the tape by
    Twins twins(document, std::make_shared<NoGraphs>());
    twins.train(6);
    QCOMPARE(twins.fault, QString());
    QCOMPARE(twins.plain->recordedPhases(), 0);
    QCOMPARE(twins.recorded->recordedPhases(), std::ssize(twins.recorded->info().phases));
    QCOMPARE(QString::fromStdString(twins.recorded->takeNote()), QString());
}

void TestStepGraphs::liveValuesNeedNoNewRecording()
{
    Twins twins(with(pointsExperiment(),
        {{"training.ema_decay", 0.9}, {"training.label_flipping", 0.1}, {"instance_noise.start", 0.5},
            {"instance_noise.end", 0.1}, {"instance_noise.steps", 20},
            {"regularisers.gradient_penalty", {{"enabled", true}}}, {"schedules.halve_every", 5}}));
    twins.train(4);
    const std::size_t recordings = twins.maker->tapes.size();
    QCOMPARE(recordings, std::size_t{2});
    twins.set("optimisers.generator.learning_rate", 0.01);
    twins.train(2);
    twins.set("regularisers.gradient_penalty.weight", 3.0);
    twins.train(2);
    twins.set("training.label_flipping", 0.3);
    twins.train(6);
    QCOMPARE(twins.fault, QString());
    QCOMPARE(twins.maker->tapes.size(), recordings);
}

void TestStepGraphs::anAnnealedBeta2NeedsNoNewRecording()
{
    const Json annealing = with(pointsExperiment(),
        {{"schedules.beta2_end", 0.5}, {"schedules.anneal", "linear"}, {"schedules.anneal_steps", 10},
            {"optimisers.generator.weight_decay", 0.1}});
    Twins twins(annealing, std::make_shared<NoGraphs>());
    twins.train(8);
    QCOMPARE(twins.fault, QString());
    QCOMPARE(twins.maker->tapes.size(), std::size_t{2});
    // No longer annealed, it is what it is set to.
    twins.set("schedules.beta2_end", 0.0);
    twins.train(2);
    const std::unique_ptr<OpenTrainer> steady = makeOpenTrainer(with(annealing, {{"schedules.beta2_end", 0.0}}));
    QVERIFY(steady->restore(*twins.recorded->save()));
    twins.train(6);
    trainSteps(*steady, 6);
    QCOMPARE(differing(tensorsOf(*steady), tensorsOf(*twins.recorded)).size(), std::size_t{0});
    QCOMPARE(twins.maker->tapes.size(), std::size_t{4});
}

void TestStepGraphs::whatNoTensorHoldsIsRecordedAnew()
{
    Twins twins(pointsExperiment());
    twins.train(4);
    const Settings edits{{"instance_noise.manual", true}, {"instance_noise.level", 0.3},
        {"optimisers.discriminator.beta1", 0.9}, {"training.ema_decay", 0.99}, {"training.label_flipping", 0.2},
        {"training.ema_decay", 0.0}, {"instance_noise.level", 0.0}};
    for (const auto& [path, value] : edits) {
        twins.set(path, value);
        twins.train(5);
        QVERIFY2(twins.fault.isEmpty(), qPrintable(QString::fromStdString(path) + ": " + twins.fault));
        QCOMPARE(twins.recorded->recordedPhases(), 2);
    }
    QVERIFY(twins.maker->tapes.size() > 2 * 5);
}

void TestStepGraphs::severalBatchesAndUpdates()
{
    for (const int accumulate : {1, 3}) {
        Twins twins(with(imagesExperiment(m_scratch),
            {{"training.accumulate", accumulate}, {"training.discriminator_steps", 2}, {"training.generator_steps", 3},
                {"discriminator.dropout", 0.2}}));
        twins.train(5);
        twins.train(2, "generator");
        twins.train(2, "discriminator");
        twins.train(2);
        QCOMPARE(twins.fault, QString());
        QCOMPARE(twins.recorded->recordedPhases(), 2);
    }
}

void TestStepGraphs::epochsEndAndCheckpointsAreTaken()
{
    // 40 images, 8 a batch: an order of its own every 5 steps; mirrored or not.
    Twins twins(with(imagesExperiment(m_scratch), {{"data.flip", true}}));
    twins.train(13);
    QCOMPARE(twins.fault, QString());
    const CheckpointData kept = *twins.recorded->save();
    twins.train(4);
    for (OpenTrainer* trainer : {twins.plain.get(), twins.recorded.get()})
        QVERIFY(trainer->restore(kept));
    twins.train(9);
    QCOMPARE(twins.fault, QString());
    QCOMPARE(twins.recorded->progress().step, 22);
}

void TestStepGraphs::whereItCannotBe()
{
    Twins off(with(pointsExperiment(), {{"training.graphs", false}}));
    off.train(5);
    QCOMPARE(off.recorded->recordedPhases(), 0);
    // A trace holds single draws, so that step is made the ordinary way; the next one is repeated again.
    Twins traced(pointsExperiment());
    traced.train(4);
    const int before = traced.maker->tapes.front()->replays;
    QVERIFY(traced.plain->trace());
    QVERIFY(traced.recorded->trace());
    QCOMPARE(traced.maker->tapes.front()->replays, before);
    traced.train(2);
    QCOMPARE(traced.maker->tapes.front()->replays, before + 2);
    QCOMPARE(traced.fault, QString());
}

void TestStepGraphs::whatCannotBeRecordedIsTrainedAsEver()
{
    const auto refusing = std::make_shared<NoGraphs>();
    const std::unique_ptr<OpenTrainer> plain = makeOpenTrainer(pointsExperiment());
    const std::unique_ptr<OpenTrainer> refused = makeOpenTrainer(pointsExperiment(), torch::kFloat, refusing);
    trainSteps(*plain, 8);
    trainSteps(*refused, 8);
    QCOMPARE(refusing->asked, 1); // and not again in every step
    QCOMPARE(differing(tensorsOf(*plain), tensorsOf(*refused)).size(), std::size_t{0});
    const QString note = QString::fromStdString(refused->takeNote());
    QVERIFY2(note.contains(QStringLiteral("not permitted when stream is capturing")), qPrintable(note));
    QVERIFY(!note.contains(QLatin1Char('\n')));
    QVERIFY(refused->takeNote().empty());
    // One phase that waits for the device takes the other's recording with it: its memory is wanted.
    const auto maker = std::make_shared<TapeMaker>();
    const std::unique_ptr<OpenTrainer> waits = makeOpenTrainer(pointsExperiment(), torch::kFloat, maker);
    waits->onLatents = [](const std::string& phase, std::int64_t, torch::Tensor value) {
        return phase == "generator" ? value * (1 + 0 * value.sum().item<float>()) : value;
    };
    trainSteps(*waits, 8);
    QCOMPARE(maker->tapes.size(), std::size_t{2});
    QCOMPARE(waits->recordedPhases(), 0);
    QCOMPARE(differing(tensorsOf(*plain), tensorsOf(*waits)).size(), std::size_t{0});
}

/// The tape is a measure only if it shows what a GPU would do: numbers of the host stay as they were.
void TestStepGraphs::aTapeRepeatsWhatTheHostDidNot()
{
    torch::Tensor state = torch::zeros({3});
    torch::Tensor live = torch::ones({});
    double host = 1;
    Tape tape;
    tape.record([&] {
        const torch::Tensor made = at::zeros({3});
        made.add_(live * 2);
        state.add_(made.view({1, 3}).squeeze(0)).add_(host);
    });
    QCOMPARE(state.sum().item<double>(), 0.); // recording changes nothing
    tape.replay();
    QCOMPARE(state.sum().item<double>(), 9.);
    host = 100;
    live.fill_(2);
    tape.replay();
    QCOMPARE(state.sum().item<double>(), 9. + 15.); // 2 · 2 + 1, three times
    // What a GPU would have to wait for is no part of a recording, and one that fails leaves no trace.
    QVERIFY_THROWS_EXCEPTION(std::runtime_error, tape.record([&] {
        state.add_(1);
        host = state.sum().item<double>();
    }));
    QCOMPARE(state.sum().item<double>(), 9. + 15.);
}

QTEST_GUILESS_MAIN(TestStepGraphs)
#include "step_graphs.moc"
