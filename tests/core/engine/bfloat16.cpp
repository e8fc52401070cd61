// SPDX-License-Identifier: GPL-3.0-or-later
// Training whose networks multiply in bfloat16: near to float32, whole where it must be, and off unless asked for.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/runs/presets.h"

#include "tests/support/small_presets.h"
#include "tests/support/small_runs.h"

#include <cmath>
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

Json rounded(const Json& document)
{
    return with(document, {{"training.bfloat16", true}});
}

double valueOf(const OpenTrainer& trainer, const MetricRow& row, const std::string& key)
{
    const std::vector<ColumnInfo>& columns = trainer.info().columns;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].key == key)
            return row.values[i];
    }
    throw std::runtime_error("there is no column " + key);
}

} // namespace

class TestBfloat16 : public QObject {
    Q_OBJECT

private slots:
    void everyPreset_data();
    void everyPreset();
    void penaltiesAreWhole();
    void spectralNormsAreWhole();
    void resumesExactly();
    void samplesAreWhole();

private:
    SmallPresets m_small;
};

void TestBfloat16::everyPreset_data()
{
    addShippedPresets();
}

/// Losses of the first step are those of float32 but for roundings, and all that is kept is float32.
void TestBfloat16::everyPreset()
{
    QFETCH(QString, preset);
    const Json document = m_small.scaledDown(*loadExperiment(preset.toStdString(), builtinCatalog()));
    const std::unique_ptr<OpenTrainer> whole = makeOpenTrainer(document);
    const std::unique_ptr<OpenTrainer> coarse = makeOpenTrainer(rounded(document));
    const MetricRow expected = trainSteps(*whole, 1).front();
    const MetricRow found = trainSteps(*coarse, 1).front();
    bool differs = false;
    for (const PhaseInfo& phase : whole->info().phases) {
        const double a = valueOf(*whole, expected, phase.lossColumn);
        const double b = valueOf(*coarse, found, phase.lossColumn);
        differs = differs || a != b;
        QVERIFY2(std::abs(a - b) <= 0.03 * std::max(1.0, std::abs(a)),
            qPrintable(QStringLiteral("%1: %2 and %3").arg(QString::fromStdString(phase.lossColumn)).arg(a).arg(b)));
    }
    QVERIFY(differs);
    trainSteps(*coarse, 2);
    for (const auto& [name, tensor] : tensorsOf(*coarse))
        QVERIFY2(tensor.dtype != DType::BF16, name.c_str());
}

/// R1 differentiates D by real samples, which do not depend on what G's roundings do.
void TestBfloat16::penaltiesAreWhole()
{
    const Json document =
        with(pointsExperiment(), {{"regularisers.r1.enabled", true}, {"regularisers.r2.enabled", true}});
    const std::unique_ptr<OpenTrainer> whole = makeOpenTrainer(document);
    const std::unique_ptr<OpenTrainer> coarse = makeOpenTrainer(rounded(document));
    const MetricRow expected = trainSteps(*whole, 1, "discriminator").front();
    const MetricRow found = trainSteps(*coarse, 1, "discriminator").front();
    QCOMPARE(valueOf(*coarse, found, "d_real"), valueOf(*whole, expected, "d_real"));
    QCOMPARE(valueOf(*coarse, found, "r1"), valueOf(*whole, expected, "r1"));
    QVERIFY(valueOf(*coarse, found, "d_fake") != valueOf(*whole, expected, "d_fake")); // G rounds
    QVERIFY(std::abs(valueOf(*coarse, found, "r2") / valueOf(*whole, expected, "r2") - 1) < 0.05);
    // Without a penalty D rounds too.
    const std::unique_ptr<OpenTrainer> plain = makeOpenTrainer(pointsExperiment());
    const std::unique_ptr<OpenTrainer> quick = makeOpenTrainer(rounded(pointsExperiment()));
    QVERIFY(valueOf(*plain, trainSteps(*plain, 1).front(), "d_real")
        != valueOf(*quick, trainSteps(*quick, 1).front(), "d_real"));
}

void TestBfloat16::spectralNormsAreWhole()
{
    const Json document = with(pointsExperiment(), {{"discriminator.spectral_norm", true}});
    const std::unique_ptr<OpenTrainer> whole = makeOpenTrainer(document);
    const std::unique_ptr<OpenTrainer> coarse = makeOpenTrainer(rounded(document));
    trainSteps(*whole, 1, "discriminator");
    trainSteps(*coarse, 1, "discriminator");
    int seen = 0;
    for (const NamedTensor& buffer : whole->network("discriminator").buffers()) {
        for (const NamedTensor& other : coarse->network("discriminator").buffers()) {
            if (other.name == buffer.name) {
                ++seen;
                QVERIFY2(torch::equal(buffer.tensor, other.tensor), buffer.name.c_str());
            }
        }
    }
    QVERIFY(seen >= 4);
}

void TestBfloat16::resumesExactly()
{
    const Json document = rounded(m_small.scaledDown(*loadExperiment("fashion-dcgan", builtinCatalog())));
    const std::unique_ptr<OpenTrainer> on = makeOpenTrainer(document);
    trainSteps(*on, 3);
    const std::unique_ptr<OpenTrainer> resumed = makeOpenTrainer(document);
    QVERIFY(resumed->restore(*on->save()));
    trainSteps(*on, 3);
    trainSteps(*resumed, 3);
    QCOMPARE(differing(tensorsOf(*on), tensorsOf(*resumed)).size(), std::size_t{0});
}

/// Samples are drawn as they will be once the weights are exported: in float32.
void TestBfloat16::samplesAreWhole()
{
    const std::unique_ptr<OpenTrainer> whole = makeOpenTrainer(pointsExperiment());
    const std::unique_ptr<OpenTrainer> coarse = makeOpenTrainer(rounded(pointsExperiment()));
    const Result<Samples> expected = whole->sample();
    const Result<Samples> found = coarse->sample();
    QVERIFY(expected && found);
    QVERIFY(expected->points == found->points);
}

QTEST_GUILESS_MAIN(TestBfloat16)
#include "bfloat16.moc"
