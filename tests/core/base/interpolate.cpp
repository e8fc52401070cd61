// SPDX-License-Identifier: GPL-3.0-or-later
// Interpolation of latents against the formulas of the papers, at its ends, and where those formulas have no answer.
#include "core/latent/interpolate.h"

#include "tests/support/says.h"
#include "tests/support/scratch.h"

#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>

using namespace saddle;
using namespace saddle::test;

namespace {

using Floats = std::vector<float>;

constexpr auto linear = Interpolation::Linear;
constexpr auto spherical = Interpolation::Spherical;

Floats normal(std::size_t dimensions, unsigned seed, float scale = 1)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> draw(0, scale);
    Floats values(dimensions);
    for (float& value : values)
        value = draw(random);
    return values;
}

long double dotOf(const Floats& a, const Floats& b)
{
    long double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += static_cast<long double>(a[i]) * static_cast<long double>(b[i]);
    return sum;
}

double lengthOf(const Floats& a)
{
    return static_cast<double>(std::sqrt(dotOf(a, a)));
}

double angleBetween(const Floats& a, const Floats& b)
{
    return static_cast<double>(std::acos(dotOf(a, b) / std::sqrt(dotOf(a, a) * dotOf(b, b))));
}

bool sameBits(const Floats& a, const Floats& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
        [](float x, float y) { return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y); });
}

/// The largest difference between two vectors, in parts of the longer one's length.
double apart(const Floats& a, const Floats& b)
{
    double most = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        most = std::max(most, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    return most / std::max({lengthOf(a), lengthOf(b), 1e-300});
}

constexpr double rounding = 1e-7; ///< of float32, relative to a vector's length

} // namespace

class TestInterpolate : public QObject {
    Q_OBJECT

private slots:
    void endsAreExact_data();
    void endsAreExact();
    void straightLines();
    void quarterCircle();
    void formulaOfThePaper_data();
    void formulaOfThePaper();
    void even();
    void nearlyParallel();
    void antipodes_data();
    void antipodes();
    void withoutDirection();
    void extremes();
    void choice();
    void sheets();
    void sheetLabels();
    void refusedSheets();
};

void TestInterpolate::endsAreExact_data()
{
    QTest::addColumn<int>("dimensions");
    for (const int dimensions : {1, 2, 3, 100})
        QTest::addRow("%d", dimensions) << dimensions;
}

void TestInterpolate::endsAreExact()
{
    QFETCH(int, dimensions);
    for (unsigned seed = 0; seed < 50; ++seed) {
        const Floats a = normal(static_cast<std::size_t>(dimensions), seed, 1e-3f);
        const Floats b = normal(static_cast<std::size_t>(dimensions), seed + 1000, 1e3f);
        for (const Interpolation kind : {linear, spherical}) {
            QVERIFY(sameBits(interpolate(kind, a, b, 0), a));
            QVERIFY(sameBits(interpolate(kind, a, b, 1), b));
            QVERIFY(sameBits(interpolate(kind, a, b, -2), a));
            QVERIFY(sameBits(interpolate(kind, a, b, 3), b));
            QVERIFY(sameBits(interpolate(kind, a, b, std::numeric_limits<double>::quiet_NaN()), a));
            // What does not move does not shiver.
            for (const double t : {0.1, 1.0 / 3, 0.5, 0.9})
                QVERIFY(sameBits(interpolate(kind, a, a, t), a));
        }
    }
    const Floats zeros{0.0f, -0.0f};
    QVERIFY(sameBits(interpolate(spherical, zeros, Floats{1, 1}, 0), zeros));
}

void TestInterpolate::straightLines()
{
    QCOMPARE(interpolate(linear, Floats{0, 4, -1}, Floats{1, 0, 1}, 0.25), (Floats{0.25f, 3, -0.5f}));
    const Floats a = normal(100, 1);
    const Floats b = normal(100, 2);
    const Floats third = interpolate(linear, a, b, 1.0 / 3);
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double exact = (2 * static_cast<double>(a[i]) + static_cast<double>(b[i])) / 3;
        QVERIFY(std::abs(static_cast<double>(third[i]) - exact) <= 1e-7 * (1 + std::abs(exact)));
    }
}

void TestInterpolate::quarterCircle()
{
    const Floats a{1, 0, 0};
    const Floats b{0, 1, 0};
    const auto root3 = static_cast<float>(std::numbers::sqrt3 / 2);
    QVERIFY(apart(interpolate(spherical, a, b, 1.0 / 3), {root3, 0.5f, 0}) < rounding);
    QVERIFY(apart(interpolate(spherical, a, b, 2.0 / 3), {0.5f, root3, 0}) < rounding);
    // The length goes evenly while the direction goes round: half-way from 1 to 3 it is 2.
    const auto root2 = static_cast<float>(std::numbers::sqrt2);
    QVERIFY(apart(interpolate(spherical, a, Floats{0, 3, 0}, 0.5), {root2, root2, 0}) < rounding);
}

void TestInterpolate::formulaOfThePaper_data()
{
    QTest::addColumn<int>("dimensions");
    for (const int dimensions : {2, 3, 16, 512})
        QTest::addRow("%d", dimensions) << dimensions;
}

void TestInterpolate::formulaOfThePaper()
{
    QFETCH(int, dimensions);
    for (unsigned seed = 0; seed < 20; ++seed) {
        const Floats a = normal(static_cast<std::size_t>(dimensions), 2 * seed + 1);
        const Floats b = normal(static_cast<std::size_t>(dimensions), 2 * seed + 2, 2);
        const long double lengthA = std::sqrt(dotOf(a, a));
        const long double lengthB = std::sqrt(dotOf(b, b));
        const long double omega = std::acos(dotOf(a, b) / (lengthA * lengthB));
        for (const long double t : {0.125L, 0.5L, 0.7L}) {
            Floats expected(a.size());
            for (std::size_t i = 0; i < a.size(); ++i) {
                const long double direction = std::sin((1 - t) * omega) / std::sin(omega) * a[i] / lengthA
                    + std::sin(t * omega) / std::sin(omega) * b[i] / lengthB;
                expected[i] = static_cast<float>(((1 - t) * lengthA + t * lengthB) * direction);
            }
            QVERIFY(apart(interpolate(spherical, a, b, static_cast<double>(t)), expected) < rounding);
        }
    }
}

/// Equal steps are equal angles, and the length never falls below both ends'.
void TestInterpolate::even()
{
    const Floats a = normal(64, 5);
    const Floats b = normal(64, 6);
    const double whole = angleBetween(a, b);
    Floats before = a;
    for (int i = 1; i <= 10; ++i) {
        const Floats now = interpolate(spherical, a, b, i / 10.0);
        QVERIFY(std::abs(angleBetween(before, now) - whole / 10) < 1e-5);
        QVERIFY(std::abs(lengthOf(now) - (lengthOf(a) + (lengthOf(b) - lengthOf(a)) * i / 10)) < 1e-5);
        before = now;
    }
}

void TestInterpolate::nearlyParallel()
{
    const Floats a = normal(20, 9);
    for (const float small : {1e-3f, 1e-5f, 1e-7f, 0.0f}) {
        Floats b = a;
        b[3] += small;
        b[4] = std::nextafter(b[4], 10.0f);
        // So short an arc is its chord, but for the square of the angle.
        const Floats middle = interpolate(spherical, a, b, 0.5);
        const double tolerance = rounding + static_cast<double>(small) * static_cast<double>(small);
        QVERIFY(apart(middle, interpolate(linear, a, b, 0.5)) < tolerance);
    }
    // Parallel but of another length.
    const Floats twice = [&a] {
        Floats doubled = a;
        for (float& value : doubled)
            value *= 2;
        return doubled;
    }();
    QVERIFY(apart(interpolate(spherical, a, twice, 0.25), interpolate(linear, a, twice, 0.25)) < rounding);
}

void TestInterpolate::antipodes_data()
{
    QTest::addColumn<int>("dimensions");
    QTest::addColumn<float>("scale");
    for (const int dimensions : {2, 3, 100}) {
        for (const float scale : {1.0f, 3.0f, 0.1f})
            QTest::addRow("%d, %g times as long", dimensions, static_cast<double>(scale)) << dimensions << scale;
    }
}

void TestInterpolate::antipodes()
{
    QFETCH(int, dimensions);
    QFETCH(float, scale);
    const Floats a = normal(static_cast<std::size_t>(dimensions), 12);
    Floats b = a;
    for (float& value : b)
        value *= -scale;
    const double shorter = lengthOf(a) * std::min(1.0, static_cast<double>(scale));
    Floats before = a;
    for (int i = 1; i <= 8; ++i) {
        const Floats now = interpolate(spherical, a, b, i / 8.0);
        for (const float value : now)
            QVERIFY(std::isfinite(value));
        // A half circle, evenly: not through the origin.
        QVERIFY(lengthOf(now) > 0.999 * shorter);
        QVERIFY(std::abs(angleBetween(before, now) - std::numbers::pi / 8) < 1e-3);
        before = now;
    }
    // By way of the axis the farthest from a, made perpendicular to it, and the same each time.
    std::size_t axis = 0;
    for (std::size_t i = 1; i < a.size(); ++i)
        axis = std::abs(a[i]) < std::abs(a[axis]) ? i : axis;
    const Floats middle = interpolate(spherical, a, b, 0.5);
    QVERIFY(std::abs(static_cast<double>(dotOf(middle, a))) < 1e-5);
    const double share = lengthOf(a) * (1 + static_cast<double>(scale)) / 2;
    const double along = static_cast<double>(a[axis]) / lengthOf(a);
    QVERIFY(std::abs(static_cast<double>(middle[axis]) - share * std::sqrt(1 - along * along)) < 1e-5 * share);
    QVERIFY(sameBits(middle, interpolate(spherical, a, b, 0.5)));
}

/// Zero vectors and one dimension: in a straight line.
void TestInterpolate::withoutDirection()
{
    const Floats zero{0, 0, 0};
    const Floats a{3, 0, -4};
    QCOMPARE(interpolate(spherical, zero, a, 0.5), (Floats{1.5f, 0, -2}));
    QCOMPARE(interpolate(spherical, a, zero, 0.25), (Floats{2.25f, 0, -3}));
    QCOMPARE(interpolate(spherical, zero, zero, 0.5), zero);
    QCOMPARE(interpolate(spherical, Floats{-2}, Floats{2}, 0.25), (Floats{-1}));
}

void TestInterpolate::extremes()
{
    constexpr float largest = std::numeric_limits<float>::max();
    constexpr float smallest = std::numeric_limits<float>::denorm_min();
    for (const Floats& a : {Floats{largest, largest, -largest}, Floats{smallest, 0, 0}, Floats{1, largest, smallest}}) {
        for (const Floats& b : {Floats{-largest, largest, largest}, Floats{0, smallest, -smallest}, Floats{1, 0, 0}}) {
            for (const Interpolation kind : {linear, spherical}) {
                for (const double t : {1e-300, 0.3, 0.5, 1 - 1e-16}) {
                    for (const float value : interpolate(kind, a, b, t))
                        QVERIFY(std::isfinite(value));
                }
            }
        }
    }
}

void TestInterpolate::choice()
{
    QCOMPARE(interpolationFor(LatentDistribution::Normal), spherical);
    QCOMPARE(interpolationFor(LatentDistribution::Uniform), linear);
}

void TestInterpolate::sheets()
{
    const Latents corners{2, {0, 0, 4, 0, 0, 2, 4, 2}, {}};
    const Result<Latents> plane = latentSheet(corners, 3, 5, linear);
    QVERIFY_OK(plane);
    QCOMPARE(plane->count(), std::int64_t{15});
    for (int row = 0; row < 3; ++row) {
        for (int column = 0; column < 5; ++column) {
            QCOMPARE(
                plane->rows(row * 5 + column, 1).values, (Floats{static_cast<float>(column), static_cast<float>(row)}));
        }
    }
    Latents random{7, {}, {}};
    for (unsigned corner = 0; corner < 4; ++corner) {
        const Floats one = normal(7, 40 + corner);
        random.values.insert(random.values.end(), one.begin(), one.end());
    }
    const Result<Latents> sheet = latentSheet(random, 4, 3, spherical);
    QVERIFY_OK(sheet);
    const auto at = [&sheet](int row, int column) { return sheet->rows(row * 3 + column, 1).values; };
    const auto corner = [&random](int number) { return random.rows(number, 1).values; };
    QVERIFY(sameBits(at(0, 0), corner(0)));
    QVERIFY(sameBits(at(0, 2), corner(1)));
    QVERIFY(sameBits(at(3, 0), corner(2)));
    QVERIFY(sameBits(at(3, 2), corner(3)));
    const Floats left = interpolate(spherical, corner(0), corner(2), 2.0 / 3);
    const Floats right = interpolate(spherical, corner(1), corner(3), 2.0 / 3);
    QVERIFY(sameBits(at(2, 1), interpolate(spherical, left, right, 0.5)));
    // A sheet of one is its first corner.
    QCOMPARE(latentSheet(random, 1, 1, spherical)->values, corner(0));
    QCOMPARE(latentSheet(random, 1, 2, spherical)->rows(1, 1).values, corner(1));
}

void TestInterpolate::sheetLabels()
{
    const Result<Latents> sheet = latentSheet({1, {0, 1, 2, 3}, {10, 11, 12, 13}}, 3, 4, linear);
    QVERIFY_OK(sheet);
    QCOMPARE(sheet->labels, (std::vector<std::int64_t>{10, 10, 11, 11, 12, 12, 13, 13, 12, 12, 13, 13}));
}

void TestInterpolate::refusedSheets()
{
    const Latents four{1, {0, 1, 2, 3}, {}};
    SAYS(latentSheet({1, {0, 1, 2}, {}}, 2, 2, linear), "sheet", "four", "3");
    SAYS(latentSheet(four, 0, 2, linear), "0 × 2");
    SAYS(latentSheet(four, 2, -1, linear), "2 × -1");
    SAYS(latentSheet(four, 1000, 1000, linear), "100,000");
    SAYS(latentSheet(four, std::numeric_limits<std::int64_t>::max(), 3, linear), "100,000");
}

QTEST_GUILESS_MAIN(TestInterpolate)
#include "interpolate.moc"
