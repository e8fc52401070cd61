// SPDX-License-Identifier: GPL-3.0-or-later
// What a training step asks of the library, counted and not timed: numbers that a busy machine does not change. They
// depend on the layers alone, so the presets are scaled down.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/models/layers/winograd_kernels.h"
#include "core/runs/presets.h"
#include "core/training/builtin.h"
#include "core/training/operator_log.h"

#include "tests/support/counted_memory.h"
#include "tests/support/small_presets.h"
#include "tests/support/small_runs.h"
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

/// So many that no step measured here comes to the end of the data, where there is a new order to draw.
constexpr int images = 160;
constexpr int warmup = 2;

struct Counts {
    std::int64_t operators = 0; ///< calls, those that operators make among them
    std::int64_t allocations = 0; ///< tensors that got memory
    std::int64_t hostReads = 0;
    std::int64_t deviceCopies = 0;
};

struct Bound {
    const char* preset;
    std::int64_t operators;
    std::int64_t allocations;
};

/// Of one step, as measured with LibTorch 2.11. A change that needs fewer lowers them here; one that needs more must be
/// worth it.
constexpr Bound bounds[] = {
    {"celeba-began-05", 3485, 1622},
    {"celeba-began-075", 3485, 1622},
    {"celeba-dcgan", 2357, 1036},
    {"celeba-ebgan", 3619, 1657},
    {"celeba-vae", 1676, 647},
    {"celeba-wgan", 10245, 4663},
    {"dcgan-paper", 2085, 754},
    {"dragan", 2589, 951},
    {"fashion-dcgan", 1399, 408},
    {"fashion-dcgan-noise", 1516, 441},
    {"fashion-lsgan", 1431, 416},
    {"grid-gan", 1227, 266},
    {"grid-r3gan", 1554, 319},
    {"grid-wgan-gp", 5578, 1144},
    {"mnist-cgan", 1532, 443},
    {"mnist-cs231n", 1510, 469},
    {"mnist-cs231n-lsgan", 1542, 477},
    {"mnist-dcgan", 1399, 408},
    {"mnist-lsgan", 1431, 416},
    {"mnist-vae", 1007, 281},
    {"mnist-vanilla", 906, 204},
    {"mnist-wgan", 5048, 1700},
    {"mnist-wgan-gp", 6860, 2229},
    {"patches-dcgan-smooth", 2779, 1015},
    {"patches-lsgan", 2811, 1023},
    {"r3gan-32", 8428, 2487},
    {"ring-gan", 1227, 266},
    {"ring-r3gan", 1554, 319},
    {"ring-wgan-gp", 5578, 1144},
    {"sngan-hinge", 12533, 4586},
    {"wgan-gp", 23477, 9369},
};

/// Of the step after a few others.
Counts countStep(OpenTrainer& trainer)
{
    trainSteps(trainer, warmup);
    const CountedMemory memory;
    const OperatorLog log;
    while (!trainer.advance().stepDone) { }
    return {log.calls(), memory.count(), log.hostReads(), log.deviceCopies()};
}

/// Fails in a sentence where a number is not its bound.
void verifyBound(const char* what, std::int64_t counted, std::int64_t bound)
{
    const QString numbers =
        QStringLiteral("%1 %2 a step, the bound is %3").arg(counted).arg(QLatin1String(what)).arg(bound);
    QVERIFY2(counted <= bound, qPrintable(QStringLiteral("A step got dearer: ") + numbers));
    QVERIFY2(counted >= bound, qPrintable(QStringLiteral("A step got cheaper; lower the bound: ") + numbers));
}

} // namespace

class TestCounts : public QObject {
    Q_OBJECT

private slots:
    void everyPresetHasBounds();
    void aStepStaysWithinItsBounds_data();
    void aStepStaysWithinItsBounds();
    void wasteIsSeen();
    void arithmeticIsThatOfTheNetworks();

private:
    std::unique_ptr<OpenTrainer> trainerOf(const std::string& preset) const;

    Scratch m_scratch;
    SmallPresets m_small{images};
};

std::unique_ptr<OpenTrainer> TestCounts::trainerOf(const std::string& preset) const
{
    const Result<Json> document = loadExperiment(preset, builtinCatalog());
    if (!document)
        throw std::runtime_error(document.error().sentence());
    return makeOpenTrainer(m_small.scaledDown(*document));
}

void TestCounts::everyPresetHasBounds()
{
    QStringList bounded;
    for (const Bound& bound : bounds)
        bounded << QString::fromLatin1(bound.preset);
    QStringList shipped;
    for (const PresetFile& preset : presetFiles())
        shipped << QString::fromStdString(preset.name);
    bounded.sort();
    shipped.sort();
    QCOMPARE(bounded, shipped);
}

void TestCounts::aStepStaysWithinItsBounds_data()
{
    QTest::addColumn<qint64>("operators");
    QTest::addColumn<qint64>("allocations");
    for (const Bound& bound : bounds)
        QTest::newRow(bound.preset) << qint64{bound.operators} << qint64{bound.allocations};
}

void TestCounts::aStepStaysWithinItsBounds()
{
    QFETCH(qint64, operators);
    QFETCH(qint64, allocations);
    const Counts counts = countStep(*trainerOf(QTest::currentDataTag()));
    QCOMPARE(counts.hostReads, 0);
    QCOMPARE(counts.deviceCopies, 0);
    if (!libtorchVersion().starts_with("2.11.") || !winograd::supported())
        QSKIP("the bounds are those of LibTorch 2.11 on a processor with AVX2");
    verifyBound("operators", counts.operators, operators);
    verifyBound("allocations", counts.allocations, allocations);
}

/// The numbers move with the smallest thing that a step does beside its work.
void TestCounts::wasteIsSeen()
{
    const Counts lean = countStep(*trainerOf("fashion-dcgan"));
    const auto copying = trainerOf("fashion-dcgan");
    copying->onReal = [](const torch::Tensor& real) { return real.clone(); };
    const Counts copied = countStep(*copying);
    QVERIFY(copied.operators > lean.operators);
    QCOMPARE(copied.allocations, lean.allocations + 1);
    const auto reading = trainerOf("fashion-dcgan");
    reading->onReal = [](torch::Tensor real) {
        static_cast<void>(real.sum().item<float>());
        return real;
    };
    QCOMPARE(countStep(*reading).hostReads, 1);
}

/// Convolutions and products of one step, counted here layer by layer.
void TestCounts::arithmeticIsThatOfTheNetworks()
{
    const Json document = imagesExperiment(m_scratch);
    const Result<Experiment> experiment = buildExperiment(document, builtinCatalog());
    QVERIFY_OK(experiment);
    const auto flops = [&](const std::string& role) {
        double sum = 0; // norms and activations are no part of it
        for (const LayerReport& layer : experiment->reports.at(role).layers) {
            if (layer.kind.starts_with("conv") || layer.kind == "linear")
                sum += static_cast<double>(layer.shape.flops);
        }
        return sum;
    };
    const auto trainer = makeOpenTrainer(document);
    trainSteps(*trainer, 1);
    const OperatorLog log;
    while (!trainer->advance().stepDone) { }
    double counted = 0;
    for (const OperatorUse& use : log.uses())
        counted += use.arithmetic;
    // D's phase: G forward, D forward and backward on two batches; G's: G and D forward, G's gradients of inputs and
    // weights, D's of inputs. The first layers need no gradient of their inputs, and D's is the only one that has one.
    const double g = flops("generator");
    const double d = flops("discriminator");
    const double expected = 8 * (g + 2 * 3 * d + 3 * g + 2 * d);
    QVERIFY2(
        std::abs(counted / expected - 1) < 0.25, qPrintable(QStringLiteral("%1 for %2").arg(counted).arg(expected)));
}

QTEST_GUILESS_MAIN(TestCounts)
#include "counts.moc"
