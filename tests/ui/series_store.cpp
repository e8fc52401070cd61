// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/series_csv.h"

#include "ui/plots/smoothed_series.h"

#include <QtTest>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <random>

namespace saddle {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// step and one column.
SeriesStore storeOf(const std::vector<double>& values)
{
    SeriesStore store({"step", "y"});
    std::vector<double> cells;
    cells.reserve(values.size() * 2);
    for (std::size_t i = 0; i < values.size(); ++i) {
        cells.push_back(static_cast<double>(i));
        cells.push_back(values[i]);
    }
    store.appendCells(cells);
    return store;
}

std::vector<double> noise(std::size_t count, unsigned seed)
{
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    std::vector<double> values(count);
    for (double& value : values)
        value = normal(random);
    return values;
}

std::string csvOf(const SeriesStore& store, std::vector<CsvEvent> events = {})
{
    std::string text;
    for (CsvWriter writer(store, {}, std::move(events)); !writer.isDone();)
        text += writer.next(7);
    return text;
}

bool sameBits(double a, double b)
{
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) || (std::isnan(a) && std::isnan(b));
}

} // namespace

class SeriesStoreTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void appendsRowsOfAnyLength()
    {
        SeriesStore store({"step", "a", "b"});
        store.appendRows(std::vector<SeriesStore::Row>{{0, 1, 2}, {1, 5}, {2, 6, 7, 8}});
        QCOMPARE(store.rowCount(), std::size_t(3));
        QCOMPARE(store.value(1, 1), 5.0);
        QVERIFY(std::isnan(store.value(2, 1)));
        QCOMPARE(store.value(2, 2), 7.0);
        QVERIFY(!store.columnIndex("c"));
        const unsigned before = store.generation();
        store.reset({"step"});
        QCOMPARE(store.rowCount(), std::size_t(0));
        QVERIFY(store.generation() != before);
    }

    void keepsOneSpikeAmongTenMillion()
    {
        constexpr std::size_t rows = 10'000'000;
        std::vector<double> values(rows);
        for (std::size_t i = 0; i < rows; ++i)
            values[i] = std::sin(static_cast<double>(i) * 1e-5);
        values[7'654'321] = 42;
        values[1'234'567] = -42;
        const SeriesStore store = storeOf(values);
        for (const std::size_t pixels : {1, 2, 37, 600, 2400}) {
            const std::vector<Point> points = store.decimate(1, 0, 0, rows - 1, pixels);
            QVERIFY(points.size() <= 4 * pixels + 2);
            const auto has = [&points](double x, double y) {
                return std::any_of(
                    points.begin(), points.end(), [x, y](const Point& point) { return point.x == x && point.y == y; });
            };
            QVERIFY(has(7'654'321, 42));
            QVERIFY(has(1'234'567, -42));
            QVERIFY(
                std::is_sorted(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.x < b.x; }));
        }
    }

    void holdsLittleMoreThanItsValues()
    {
        constexpr std::size_t rows = 1'000'000;
        const SeriesStore store = storeOf(noise(rows, 1));
        qInfo("memory: %.4f of the bare values", store.overhead());
        QVERIFY(store.overhead() < 1.14);
        QVERIFY(store.bytes() > rows * 2 * sizeof(double));
        SmoothedSeries smoothed(store.column(1), 0.9);
        smoothed.advance(rows);
        qInfo("smoothing: %.4f of the column", static_cast<double>(smoothed.bytes()) / (rows * sizeof(double)));
        QVERIFY(smoothed.bytes() < rows * sizeof(double) * 7 / 100);
    }

    void matchesBruteForce()
    {
        std::mt19937 random(7);
        for (int round = 0; round < 60; ++round) {
            const std::size_t rows = 1 + random() % 20000;
            std::vector<double> values = noise(rows, static_cast<unsigned>(round));
            for (double& value : values) {
                if (round % 3 == 1 && random() % 4 == 0)
                    value = random() % 2 ? nan : infinity;
                if (round % 3 == 2 && random() % 100 != 0)
                    value = nan;
            }
            const SeriesStore store = storeOf(values);
            const std::size_t pixels = 1 + random() % 300;
            const double low = static_cast<double>(random() % rows) - 10.25;
            const double high = low + 1 + static_cast<double>(random() % rows) * 1.3;
            const PixelRows buckets = store.pixelRows(0, low, high, pixels);
            QCOMPARE(buckets.pixels(), pixels);
            const std::vector<Point> points = store.decimate(1, buckets);
            std::size_t inside = 0;
            for (std::size_t p = 0; p < pixels; ++p) {
                const double left = low + (high - low) * static_cast<double>(p) / static_cast<double>(pixels);
                const double right = low + (high - low) * static_cast<double>(p + 1) / static_cast<double>(pixels);
                Extremes expected;
                double first = nan;
                double last = nan;
                for (std::size_t row = 0; row < rows; ++row) {
                    const auto x = static_cast<double>(row);
                    const bool edge = p + 1 == pixels && x == high;
                    if (x < left || (x >= right && !edge) || !std::isfinite(values[row]))
                        continue;
                    expected.add(values[row]);
                    first = std::isnan(first) ? values[row] : first;
                    last = values[row];
                }
                Extremes drawn;
                double drawnFirst = nan;
                double drawnLast = nan;
                for (const Point& point : points) {
                    const bool edge = p + 1 == pixels && point.x == high;
                    if (point.x < left || (point.x >= right && !edge) || std::isnan(point.y))
                        continue;
                    ++inside;
                    QVERIFY(point.y == values[static_cast<std::size_t>(point.x)]);
                    drawn.add(point.y);
                    drawnFirst = std::isnan(drawnFirst) ? point.y : drawnFirst;
                    drawnLast = point.y;
                }
                QVERIFY(drawn.low == expected.low && drawn.high == expected.high);
                QVERIFY(sameBits(drawnFirst, first) && sameBits(drawnLast, last));
            }
            QVERIFY(inside <= 4 * pixels);
        }
    }

    void breaksAtGaps()
    {
        const SeriesStore store = storeOf({1, 2, nan, nan, 3, nan, 4, 5});
        const std::vector<Point> points = store.decimate(1, 0, 0, 7, 100);
        std::string shape;
        for (const Point& point : points)
            shape += std::isnan(point.y) ? '|' : static_cast<char>('0' + static_cast<int>(point.y));
        QCOMPARE(shape, std::string("12|3|45"));
        QCOMPARE(store.decimate(1, 0, 0, 7, 100, Gaps::Join).size(), std::size_t(5));

        // Decimated, a gap wider than a pixel is still one, at any level of the pyramid.
        std::vector<double> values(1'000'000, 1.0);
        std::fill(values.begin() + 300'007, values.begin() + 600'011, nan);
        const std::vector<Point> wide = storeOf(values).decimate(1, 0, 0, 999'999, 500);
        QCOMPARE(std::count_if(wide.begin(), wide.end(), [](const Point& p) { return std::isnan(p.y); }), 1);
        QVERIFY(std::any_of(wide.begin(), wide.end(), [](const Point& p) { return p.x == 300'006; }));
        QVERIFY(std::any_of(wide.begin(), wide.end(), [](const Point& p) { return p.x == 600'011; }));

        const std::vector<Point> none = storeOf(std::vector<double>(100'000, nan)).decimate(1, 0, 0, 99'999, 50);
        QVERIFY(none.empty());
    }

    void goesOnToTheEdgesOfTheView()
    {
        const SeriesStore store = storeOf({0, 1, 2, 3, 4, 5, 6, 7});
        const std::vector<Point> points = store.decimate(1, 0, 2.5, 4.5, 10);
        QCOMPARE(points.front().x, 2.0);
        QCOMPARE(points.back().x, 5.0);
        QCOMPARE(points.size(), std::size_t(4));
    }

    void refusesAnXThatGoesBack()
    {
        SeriesStore store({"step", "seconds"});
        store.appendRows(std::vector<SeriesStore::Row>{{0, 0}, {1, 5}, {2, 3}});
        QVERIFY(store.column(0).isMonotone());
        QVERIFY(!store.column(1).isMonotone());
        QVERIFY(store.decimate(0, 1, 0, 5, 10).empty());
        QVERIFY(!store.nearestRow(1, 3));
    }

    void smoothsAsADirectComputation()
    {
        for (const double weight : {0.0, 0.3, 0.9, 0.99, 0.999}) {
            std::vector<double> values = noise(5000, 3);
            values[17] = nan;
            std::fill(values.begin() + 1000, values.begin() + 1200, nan);
            const SeriesStore store = storeOf(values);
            SmoothedSeries smoothed(store.column(1), weight);
            // In uneven pieces: where a call ends must not matter.
            for (std::size_t piece = 1; smoothed.advance(piece) > 0; piece = piece * 3 % 701)
                ;
            QCOMPARE(smoothed.rows(), store.rowCount());
            double average = 0;
            int seen = 0;
            for (std::size_t row = 0; row < values.size(); ++row) {
                if (std::isnan(values[row])) {
                    QVERIFY(std::isnan(smoothed.value(row)));
                    continue;
                }
                average = weight * average + (1 - weight) * values[row];
                ++seen;
                const double direct = average / (1 - std::pow(weight, seen));
                QVERIFY(std::abs(smoothed.value(row) - direct) <= 1e-12 * std::max(1.0, std::abs(direct)));
            }
        }
    }

    void smoothedCurveKeepsItsExtremes()
    {
        const std::size_t rows = 100'000;
        const SeriesStore store = storeOf(noise(rows, 5));
        SmoothedSeries smoothed(store.column(1), 0.6);
        smoothed.advance(rows);
        const PixelRows buckets = store.pixelRows(0, 0, rows - 1, 211);
        const std::vector<Point> points = smoothed.decimate(store.column(0), buckets);
        QVERIFY(points.size() <= 4 * 211 + 2);
        for (std::size_t p = 0; p < 211; ++p) {
            Extremes expected;
            for (std::size_t row = buckets.first[p]; row < buckets.first[p + 1]; ++row)
                expected.add(smoothed.value(row));
            Extremes drawn;
            for (const Point& point : points) {
                const auto row = static_cast<std::size_t>(point.x);
                if (row >= buckets.first[p] && row < buckets.first[p + 1])
                    drawn.add(point.y);
            }
            QCOMPARE(drawn.low, expected.low);
            QCOMPARE(drawn.high, expected.high);
        }
    }

    void smoothingFollowsNewRows()
    {
        SeriesStore store({"step", "y"});
        SmoothedSeries smoothed(store.column(1), 0.9);
        QCOMPARE(smoothed.advance(10), std::size_t(0));
        for (int i = 0; i < 300; ++i)
            store.appendRows(std::vector<SeriesStore::Row>{{double(i), 2.5}});
        QCOMPARE(smoothed.advance(100), std::size_t(100));
        QCOMPARE(smoothed.advance(1000), std::size_t(200));
        for (std::size_t row = 0; row < 300; ++row)
            QVERIFY(std::abs(smoothed.value(row) - 2.5) < 1e-14);
    }

    void findsTheNearestRow()
    {
        SeriesStore store({"x"});
        QVERIFY(!store.nearestRow(0, 1));
        store.appendRows(std::vector<SeriesStore::Row>{{0}, {10}, {10}, {30}});
        QCOMPARE(*store.nearestRow(0, -5), std::size_t(0));
        QCOMPARE(*store.nearestRow(0, 4.9), std::size_t(0));
        QCOMPARE(*store.nearestRow(0, 5.1), std::size_t(1));
        QCOMPARE(*store.nearestRow(0, 21), std::size_t(3));
        QCOMPARE(*store.nearestRow(0, 1e9), std::size_t(3));
        QVERIFY(!store.nearestRow(0, nan));
    }

    void convertsBetweenAxes()
    {
        SeriesStore store({"step", "images"});
        store.appendRows(std::vector<SeriesStore::Row>{{10, 640}, {20, 1280}, {40, 5120}});
        QCOMPARE(store.convert(0, 20, 1), 1280.0);
        QCOMPARE(store.convert(0, 30, 1), 3200.0);
        QCOMPARE(store.convert(0, 5, 1), 640.0);
        QCOMPARE(store.convert(0, 99, 1), 5120.0);
        QCOMPARE(store.convert(1, 3200, 0), 30.0);
    }

    void csvReadsBackExactly()
    {
        std::mt19937_64 random(11);
        const std::vector<std::string> names{"step", "a", "b"};
        SeriesStore store(names);
        for (int row = 0; row < 3000; ++row) {
            // Any bits that make a number.
            auto any = std::bit_cast<double>(random());
            if (std::isnan(any))
                any = -0.0;
            store.appendRows(std::vector<SeriesStore::Row>{{row * 100.0, any, row % 3 == 0 ? nan : 1.0 / (row + 1)}});
        }
        const std::string text = csvOf(store);
        std::size_t at = text.find('\n');
        QCOMPARE(text.substr(0, at), std::string("step,a,b,events"));
        QVERIFY(text.find("\n1000000,") == std::string::npos || text.find("e+") != std::string::npos);
        ++at;
        for (std::size_t row = 0; row < store.rowCount(); ++row) {
            for (std::size_t column = 0; column < 3; ++column) {
                const std::size_t end = text.find(',', at);
                double value = nan;
                if (end > at) {
                    const auto parsed = std::from_chars(text.data() + at, text.data() + end, value);
                    QVERIFY(parsed.ec == std::errc() && parsed.ptr == text.data() + end);
                }
                QVERIFY(sameBits(value, store.value(column, row)));
                at = end + 1;
            }
            QCOMPARE(text[at], '\n');
            ++at;
        }
        QCOMPARE(at, text.size());
    }

    void csvHoldsTheEvents()
    {
        SeriesStore store({"step", "y"});
        store.appendRows(std::vector<SeriesStore::Row>{{0, 1}, {100, 2}, {200, 3}});
        const std::string text =
            csvOf(store, {{150, "said \"stop\""}, {100, "lr 0.0001"}, {100, "noise 0, off"}, {900, "late"}});
        QCOMPARE(text,
            std::string("step,y,events\n0,1,\n100,2,\"lr 0.0001; noise 0, off\"\n"
                        "200,3,\"step 150: said \"\"stop\"\"; step 900: late\"\n"));
    }

    void csvIsOfTheRowsThatWereThere()
    {
        SeriesStore store({"step", "y"});
        store.appendRows(std::vector<SeriesStore::Row>{{0, 1}, {1, 2}});
        CsvWriter writer(store, {1}, {});
        QCOMPARE(writer.next(1), std::string("y,events\n1,\n"));
        store.appendRows(std::vector<SeriesStore::Row>{{2, 3}});
        QVERIFY(!writer.isDone() && !writer.isVoid());
        QCOMPARE(writer.next(100), std::string("2,\n"));
        QVERIFY(writer.isDone());
        store.reset({"step", "y"});
        QVERIFY(writer.isVoid());
        // Without a row there are names alone.
        CsvWriter empty(store, {}, {});
        QVERIFY(!empty.isDone());
        QCOMPARE(empty.next(100), std::string("step,y,events\n"));
        QVERIFY(empty.isDone());
    }
};

} // namespace saddle

QTEST_APPLESS_MAIN(saddle::SeriesStoreTest)
#include "series_store.moc"
