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
    void ringIsAsItWas();
    void gridHasItsModes();
    void moonsLieOnTheirHalfCircles();
    void spiralLiesOnItsArms();
    void lineLiesOnItsLine();
    void pointsLieAboutTheirPlaces();
    void pointsNeedSome();
    void headersAgree();
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
    const SourceInfo source = ringSource();
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
    const SourceInfo source = ringSource();
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
    const SourceInfo source = ringSource();
    const Result<Dataset> once = source.load(resolved(source, {{"count", 100}}), unwatched);
    const Result<Dataset> more = source.load(resolved(source, {{"count", 200}}), unwatched);
    QVERIFY_OK(once);
    QVERIFY_OK(more);
    QVERIFY(std::equal(once->values.begin(), once->values.end(), more->values.begin()));
}

void TestDataToys::ringOfOnePoint()
{
    const SourceInfo source = ringSource();
    const Result<Dataset> data = source.load(resolved(source, {{"count", 1}, {"deviation", 0}}), unwatched);
    QVERIFY_OK(data);
    QCOMPARE(data->values, (std::vector<float>{1, 0}));
}

/// Runs made earlier must find the same points again: numbers of the first release.
void TestDataToys::ringIsAsItWas()
{
    const SourceInfo source = ringSource();
    const Result<Dataset> data = source.load(resolved(source, {{"count", 3}}), unwatched);
    QVERIFY_OK(data);
    QCOMPARE(data->values,
        (std::vector<float>{1.00766981f, 0.00447879639f, 0.696423352f, 0.699802041f, 0.00810275134f, 1.00719023f}));
}

void TestDataToys::gridHasItsModes()
{
    const SourceInfo source = gridSource();
    const Result<Dataset> data = source.load(resolved(source, {{"count", 25000}}), unwatched);
    QVERIFY_OK(data);
    QCOMPARE(data->classes, 25);
    std::map<int, int> counts;
    double square = 0;
    for (std::size_t i = 0; i < 25000; ++i) {
        const int label = data->labels[i];
        ++counts[label];
        const double dx = static_cast<double>(data->values[2 * i]) - (label % 5 * 2 - 4);
        const double dy = static_cast<double>(data->values[2 * i + 1]) - (label / 5 * 2 - 4);
        QVERIFY(std::hypot(dx, dy) < 0.05 * 6);
        square += (dx * dx + dy * dy) / 50000;
    }
    QCOMPARE(counts.size(), std::size_t{25});
    for (const auto& [label, count] : counts)
        QCOMPARE(count, 1000);
    QVERIFY(std::abs(std::sqrt(square) / 0.05 - 1) < 5 / std::sqrt(100000.0)); // 5 deviations of the estimate
}

void TestDataToys::moonsLieOnTheirHalfCircles()
{
    const SourceInfo source = moonsSource();
    const Result<Dataset> data = source.load(resolved(source, {{"count", 4000}, {"deviation", 0}}), unwatched);
    QVERIFY_OK(data);
    double mean[2]{};
    for (std::size_t i = 0; i < 4000; ++i) {
        const double x = static_cast<double>(data->values[2 * i]);
        const double y = static_cast<double>(data->values[2 * i + 1]);
        QCOMPARE(data->labels[i], static_cast<int>(i % 2));
        // Centres (-½, -¼), upper half, and (½, ¼), lower half.
        const double sign = i % 2 == 0 ? 1 : -1;
        QVERIFY(std::abs(std::hypot(x + sign * 0.5, y + sign * 0.25) - 1) < 1e-6);
        QVERIFY(sign * (y + sign * 0.25) >= -1e-6);
        mean[0] += x / 4000;
        mean[1] += y / 4000;
    }
    // A moon's x has deviation 0.71 about its centre, its y 0.31 about 2/π above it.
    QVERIFY(std::abs(mean[0]) < 5 * 0.87 / std::sqrt(4000.0));
    QVERIFY(std::abs(mean[1]) < 5 * 0.5 / std::sqrt(4000.0));
}

void TestDataToys::spiralLiesOnItsArms()
{
    const SourceInfo source = spiralSource();
    const Json options =
        resolved(source, {{"count", 3000}, {"arms", 3}, {"turns", 1.5}, {"radius", 2}, {"deviation", 0}});
    QCOMPARE(source.header(options)->classes, 3);
    const Result<Dataset> data = source.load(options, unwatched);
    QVERIFY_OK(data);
    double farthest = 0;
    for (std::size_t i = 0; i < 3000; ++i) {
        const double x = static_cast<double>(data->values[2 * i]);
        const double y = static_cast<double>(data->values[2 * i + 1]);
        const double t = std::hypot(x, y) / 2;
        farthest = std::max(farthest, t);
        const double angle = 2 * std::numbers::pi * (1.5 * t + data->labels[i] / 3.0);
        QVERIFY(std::hypot(x - 2 * t * std::cos(angle), y - 2 * t * std::sin(angle)) < 1e-5);
    }
    QVERIFY(farthest <= 1 && farthest > 0.99);
    const Json one = resolved(source, {{"count", 10}});
    QCOMPARE(source.header(one)->classes, 0);
    QVERIFY(source.load(one, unwatched)->labels.empty());
}

void TestDataToys::lineLiesOnItsLine()
{
    const SourceInfo source = lineSource();
    const Result<Dataset> data =
        source.load(resolved(source, {{"count", 1000}, {"angle", 30}, {"length", 4}, {"deviation", 0}}), unwatched);
    QVERIFY_OK(data);
    double low = 0;
    double high = 0;
    for (std::size_t i = 0; i < 1000; ++i) {
        const double x = static_cast<double>(data->values[2 * i]);
        const double y = static_cast<double>(data->values[2 * i + 1]);
        QVERIFY(std::abs(y - x / std::sqrt(3.0)) < 1e-6);
        const double along = x * std::sqrt(3.0) / 2 + y / 2;
        low = std::min(low, along);
        high = std::max(high, along);
    }
    QVERIFY(low >= -2 && low < -1.97);
    QVERIFY(high <= 2 && high > 1.97);
}

void TestDataToys::pointsLieAboutTheirPlaces()
{
    const SourceInfo source = pointsSource();
    const Result<Dataset> data =
        source.load(resolved(source, {{"points", {{1, 2}, {-3, 0.5}}}, {"count", 5}, {"deviation", 0}}), unwatched);
    QVERIFY_OK(data);
    QCOMPARE(data->values, (std::vector<float>{1, 2, -3, 0.5, 1, 2, -3, 0.5, 1, 2}));
    QVERIFY(data->labels.empty());
    const Result<Dataset> off = source.load(
        resolved(source, {{"points", Json::array({Json::array({1, 2})})}, {"count", 20000}, {"deviation", 0.1}}),
        unwatched);
    QVERIFY_OK(off);
    double square = 0;
    for (std::size_t i = 0; i < 20000; ++i)
        square += std::pow(static_cast<double>(off->values[2 * i]) - 1, 2) / 20000;
    QVERIFY(std::abs(std::sqrt(square) / 0.1 - 1) < 5 / std::sqrt(40000.0));
}

void TestDataToys::pointsNeedSome()
{
    const SourceInfo source = pointsSource();
    const Json none = resolved(source, {{"points", Json::array()}});
    SAYS(source.header(none), "data.points", "no points", "[[-1, 0]");
    SAYS(source.load(none, unwatched), "data.points", "no points");
    QVERIFY_OK(source.header(resolved(source, Json::object())));
}

void TestDataToys::headersAgree()
{
    for (const SourceInfo& source :
        {ringSource(), gridSource(), moonsSource(), spiralSource(), lineSource(), pointsSource()}) {
        const Json options = resolved(source, {{"count", 77}});
        const Result<DataHeader> header = source.header(options);
        QVERIFY_OK(header);
        const Result<Dataset> data = source.load(options, unwatched);
        QVERIFY_OK(data);
        QCOMPARE(data->shape, header->shape);
        QCOMPARE(data->count, header->count);
        QCOMPARE(data->classes, header->classes);
        QCOMPARE(data->labels.size(), header->classes > 0 ? std::size_t{77} : std::size_t{0});
        QCOMPARE(data->values.size(), std::size_t{154});
        QVERIFY(!data->description.empty());
    }
}

QTEST_GUILESS_MAIN(TestDataToys)
#include "data_toys.moc"
