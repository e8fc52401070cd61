// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/sources.h"
#include "tests/core/base/data_options.h"
#include "tests/support/says.h"
#include "tests/support/scratch.h"

#include <cmath>
#include <map>
#include <numbers>

using namespace saddle;
using namespace saddle::test;

class TestDataToys : public QObject {
    Q_OBJECT

private slots:
    void ringHasItsModes_data();
    void ringHasItsModes();
    void ringSpreads();
    void ringIsTheSameEachTime();
    void ringOfOnePoint();
};

void TestDataToys::ringHasItsModes_data()
{
    QTest::addColumn<int>("modes");
    QTest::addColumn<double>("radius");
    QTest::newRow("the usual ring") << 8 << 1.0;
    QTest::newRow("three, far out") << 3 << 20.0;
    QTest::newRow("as many as there are labels") << 255 << 100.0;
}

void TestDataToys::ringHasItsModes()
{
    QFETCH(int, modes);
    QFETCH(double, radius);
    const SourceInfo source = gaussiansSource();
    const Json options = resolved(source, {{"modes", modes}, {"radius", radius}, {"count", modes * 1000}});
    QCOMPARE(source.header(options)->shape, (Shape{2}));
    const Result<Dataset> data = source.load(options, unwatched);
    QVERIFY_OK(data);
    QCOMPARE(data->count, std::int64_t{modes} * 1000);
    QVERIFY(data->isPoints());
    QCOMPARE(data->values.size(), static_cast<std::size_t>(modes) * 2000);
    QVERIFY(data->pixels.empty());
    std::map<int, std::pair<double, double>> sums;
    std::map<int, int> counts;
    for (std::size_t i = 0; i < data->labels.size(); ++i) {
        auto& [x, y] = sums[data->labels[i]];
        x += static_cast<double>(data->values[2 * i]);
        y += static_cast<double>(data->values[2 * i + 1]);
        ++counts[data->labels[i]];
    }
    // As many modes as asked for, equally often, each at its own angle: the last is not the first again.
    QCOMPARE(sums.size(), static_cast<std::size_t>(modes));
    for (const auto& [mode, sum] : sums) {
        QCOMPARE(counts[mode], 1000);
        const double angle = 2 * std::numbers::pi * mode / modes;
        const double distance =
            std::hypot(sum.first / 1000 - radius * std::cos(angle), sum.second / 1000 - radius * std::sin(angle));
        QVERIFY2(distance < 0.003, qPrintable(QString::number(mode))); // the mean of 1000 with σ 0.01: 0.0003
    }
}

void TestDataToys::ringSpreads()
{
    const SourceInfo source = gaussiansSource();
    for (const double deviation : {0.01, 0.5}) {
        const Result<Dataset> data =
            source.load(resolved(source, {{"modes", 1}, {"deviation", deviation}, {"count", 40000}}), unwatched);
        QVERIFY_OK(data);
        double mean[2]{};
        double square[2]{};
        double product = 0;
        for (std::size_t i = 0; i < 40000; ++i) {
            const double x = static_cast<double>(data->values[2 * i]) - 1;
            const double y = static_cast<double>(data->values[2 * i + 1]);
            mean[0] += x / 40000;
            mean[1] += y / 40000;
            square[0] += x * x / 40000;
            square[1] += y * y / 40000;
            product += x * y / 40000;
        }
        for (const int axis : {0, 1}) {
            QVERIFY(std::abs(mean[axis]) < 5 * deviation / 200);
            // The sample's deviation is within σ / √(2n) of the true one.
            QVERIFY(std::abs(std::sqrt(square[axis]) / deviation - 1) < 5 / std::sqrt(80000.0));
        }
        QVERIFY(std::abs(product) < 5 * deviation * deviation / 200);
    }
}

void TestDataToys::ringIsTheSameEachTime()
{
    const SourceInfo source = gaussiansSource();
    const Result<Dataset> once = source.load(resolved(source, {{"count", 100}}), unwatched);
    const Result<Dataset> more = source.load(resolved(source, {{"count", 200}}), unwatched);
    QVERIFY_OK(once);
    QVERIFY_OK(more);
    QVERIFY(std::equal(once->values.begin(), once->values.end(), more->values.begin()));
}

void TestDataToys::ringOfOnePoint()
{
    const SourceInfo source = gaussiansSource();
    const Result<Dataset> data = source.load(resolved(source, {{"count", 1}, {"deviation", 0}}), unwatched);
    QVERIFY_OK(data);
    QCOMPARE(data->values, (std::vector<float>{1, 0}));
}

QTEST_GUILESS_MAIN(TestDataToys)
#include "data_toys.moc"
