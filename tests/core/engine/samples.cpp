// SPDX-License-Identifier: GPL-3.0-or-later
// What a trainer shows of D over the plane.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "tests/support/small_runs.h"

#include <torch/csrc/autograd/grad_mode.h>
#endif

using namespace saddle;
using namespace saddle::test;

class TestSamples : public QObject {
    Q_OBJECT

private slots:
    void heatIsWhatDSays_data();
    void heatIsWhatDSays();
    void noHeatWhereSamplesAreCompared();
};

void TestSamples::heatIsWhatDSays_data()
{
    QTest::addColumn<QString>("objective");
    QTest::newRow("by itself") << "non-saturating";
    QTest::newRow("by what is in view") << "wgan"; // its range is that of all places together
}

void TestSamples::heatIsWhatDSays()
{
    QFETCH(QString, objective);
    const auto trainer = makeOpenTrainer(with(pointsExperiment(), {{"objective.kind", objective.toStdString()}}));
    const Result<Samples> samples = trainer->sample();
    QVERIFY_OK(samples);
    QVERIFY(samples->heat);
    const HeatMap& heat = *samples->heat;
    std::vector<float> places;
    for (int row = 0; row < heat.rows; ++row) {
        for (int column = 0; column < heat.columns; ++column) {
            const double cell = (heat.high - heat.low) / heat.columns;
            places.push_back(static_cast<float>(heat.low + cell * (column + 0.5)));
            places.push_back(static_cast<float>(heat.low + cell * (row + 0.5)));
        }
    }
    QCOMPARE(heat.values.size() * 2, places.size());
    const torch::NoGradGuard guard;
    const torch::Tensor points = torch::tensor(places).view({-1, 2});
    torch::Tensor wanted =
        trainer->network("discriminator").forward(points, ForwardMode::Evaluate).flatten().to(torch::kDouble);
    wanted = objective == QStringLiteral("wgan") ? (wanted - wanted.min()) / (wanted.max() - wanted.min())
                                                 : wanted.sigmoid();
    const torch::Tensor found = torch::tensor(heat.values).to(torch::kDouble);
    QVERIFY((found - wanted).abs().max().item<double>() < 1e-5);
}

void TestSamples::noHeatWhereSamplesAreCompared()
{
    const auto noted = [](const Engine& engine) {
        const std::vector<std::string>& notes = engine.info().notes;
        return std::any_of(notes.begin(), notes.end(),
            [](const std::string& note) { return note.find("No heat map") != std::string::npos; });
    };
    const Json comparing = Json::parse(R"({"kind": "minibatch_discrimination", "features": 1, "kernel_dims": 1})");
    const Json deviating = Json::parse(R"({"kind": "minibatch_stddev"})");
    const Json normed = Json::parse(R"({"kind": "linear", "out": 4, "norm": "batch"})"); // while training alone
    for (const auto& [layer, drawn] : {std::pair{comparing, false}, {deviating, false}, {normed, true}}) {
        Json document = pointsExperiment();
        document["discriminator"] = {{"layers", {layer, {{"kind", "linear"}, {"out", 1}}}}};
        const auto trainer = makeOpenTrainer(document);
        const Result<Samples> samples = trainer->sample();
        QVERIFY_OK(samples);
        QCOMPARE(samples->heat.has_value(), drawn);
        QCOMPARE(noted(*trainer), !drawn);
        QVERIFY(!samples->points.empty());
    }
}

QTEST_GUILESS_MAIN(TestSamples)
#include "samples.moc"
