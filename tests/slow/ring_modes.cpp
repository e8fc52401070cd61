// SPDX-License-Identifier: GPL-3.0-or-later
// The preset ring-gan finds all eight modes: at least 20 of 2,500 samples of the averaged generator within 3 σ of each,
// and at least 90 % of all samples within 3 σ of some mode.
#include "tests/support/scratch.h"
#include "tests/support/training_run.h"

#include <array>
#include <cmath>
#include <numbers>

using namespace saddle;

class RingModes : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsAllModes_data()
    {
        QTest::addColumn<int>("seed");
        for (const int seed : {1, 2, 3})
            QTest::addRow("seed %d", seed) << seed;
    }

    void findsAllModes()
    {
        QFETCH(int, seed);
        constexpr std::int64_t steps = 12000;
        constexpr double deviation = 0.01;
        constexpr int wanted = 2500;
        auto engine = test::presetEngine("ring-gan",
            {{"training.seed", seed}, {"training.threads", 1}, {"training.device", "cpu"},
                {"sampling.points", wanted}});
        QVERIFY_OK(engine);
        QVERIFY_OK(test::trainSteps(**engine, steps));
        const Result<Samples> samples = (*engine)->sample();
        QVERIFY_OK(samples);
        QVERIFY(samples->ema);
        QCOMPARE(samples->points.size(), std::size_t{2 * wanted});

        std::array<int, 8> hits{};
        for (std::size_t i = 0; i < samples->points.size(); i += 2) {
            for (std::size_t mode = 0; mode < hits.size(); ++mode) {
                const double angle = 2 * std::numbers::pi * static_cast<double>(mode) / 8;
                if (std::hypot(samples->points[i] - std::cos(angle), samples->points[i + 1] - std::sin(angle))
                    < 3 * deviation)
                    ++hits[mode];
            }
        }
        int modes = 0;
        int good = 0;
        for (const int count : hits) {
            modes += count >= 20;
            good += count;
        }
        qInfo("seed %d: %d of 8 modes, %.1f %% of samples within 3 sigma", seed, modes, 100.0 * good / wanted);
        QCOMPARE(modes, 8);
        QVERIFY2(good >= wanted * 9 / 10, qPrintable(QString::number(good)));
    }
};

QTEST_GUILESS_MAIN(RingModes)
#include "ring_modes.moc"
