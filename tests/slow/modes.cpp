// SPDX-License-Identifier: GPL-3.0-or-later
// The presets on Gaussians find all modes: of 2,500 samples of the averaged generator at least 20 lie within 3 σ of
// each mode, and at least 90 % within 3 σ of some mode.
#include "tests/support/scratch.h"
#include "tests/support/training_run.h"

#include <array>
#include <cmath>
#include <numbers>

using namespace saddle;

namespace {

struct Modes {
    std::vector<std::array<double, 2>> centres;
    double deviation;
};

Modes ring()
{
    Modes modes{{}, 0.01};
    for (int i = 0; i < 8; ++i)
        modes.centres.push_back({std::cos(2 * std::numbers::pi * i / 8), std::sin(2 * std::numbers::pi * i / 8)});
    return modes;
}

Modes grid()
{
    Modes modes{{}, 0.05};
    for (int row = -2; row <= 2; ++row) {
        for (int column = -2; column <= 2; ++column)
            modes.centres.push_back({2.0 * row, 2.0 * column});
    }
    return modes;
}

} // namespace

class TestModes : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsAllModes_data()
    {
        QTest::addColumn<QString>("preset");
        QTest::addColumn<int>("steps");
        QTest::addColumn<int>("seed");
        for (const auto& [preset, steps] :
            {std::pair{"ring-gan", 12000}, {"ring-r3gan", 12000}, {"grid-r3gan", 15000}}) {
            for (const int seed : {1, 2, 3})
                QTest::addRow("%s, seed %d", preset, seed) << QString::fromLatin1(preset) << steps << seed;
        }
    }

    void findsAllModes()
    {
        QFETCH(QString, preset);
        QFETCH(int, steps);
        QFETCH(int, seed);
        constexpr int wanted = 2500;
        auto engine = test::presetEngine(preset.toStdString(),
            {{"training.seed", seed}, {"training.threads", 1}, {"training.device", "cpu"},
                {"sampling.points", wanted}});
        QVERIFY_OK(engine);
        QVERIFY_OK(test::trainSteps(**engine, steps));
        const Result<Samples> samples = (*engine)->sample();
        QVERIFY_OK(samples);
        QVERIFY(samples->ema);
        QCOMPARE(samples->points.size(), std::size_t{2 * wanted});

        const Modes modes = preset.startsWith(QLatin1String("ring")) ? ring() : grid();
        int found = 0;
        int good = 0;
        for (const std::array<double, 2>& centre : modes.centres) {
            int hits = 0;
            for (std::size_t i = 0; i < samples->points.size(); i += 2)
                hits += std::hypot(samples->points[i] - centre[0], samples->points[i + 1] - centre[1])
                    < 3 * modes.deviation;
            found += hits >= 20;
            good += hits;
        }
        qInfo("%d of %zu modes, %.1f %% of samples within 3 sigma", found, modes.centres.size(), 100.0 * good / wanted);
        QCOMPARE(found, static_cast<int>(modes.centres.size()));
        QVERIFY2(good >= wanted * 9 / 10, qPrintable(QString::number(good)));
    }
};

QTEST_GUILESS_MAIN(TestModes)
#include "modes.moc"
