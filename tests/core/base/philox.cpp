// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/philox.h"

#include <QtTest>

#include <cmath>
#include <set>
#include <string>

using namespace saddle;

class TestPhilox : public QObject {
    Q_OBJECT

private slots:
    void publishedVectors();
    void everyCounterWordMatters();
    void keysOfStreams();
    void streamsAreIndependent();
    void uniformStaysInside();
    void uniformIsFlat();
};

void TestPhilox::publishedVectors()
{
    // Known answers of the authors (Random123, kat_vectors, philox4x32 10).
    QCOMPARE(philox({0, 0, 0, 0}, {0, 0}), (PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    QCOMPARE(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
        (PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    // Digits of pi.
    QCOMPARE(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
        (PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

void TestPhilox::everyCounterWordMatters()
{
    std::set<PhiloxBlock> seen{philox({0, 0, 0, 0}, {1, 2})};
    for (std::size_t word = 0; word < 4; ++word) {
        for (int bit = 0; bit < 32; ++bit) {
            PhiloxBlock counter{0, 0, 0, 0};
            counter[word] = 1u << bit;
            QVERIFY(seen.insert(philox(counter, {1, 2})).second);
        }
    }
}

void TestPhilox::keysOfStreams()
{
    std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
    for (const std::uint64_t seed : {0ull, 1ull, 2ull, 0xffffffffull, 0x100000000ull, ~0ull}) {
        for (const char* stream : {"", "a", "b", "ab", "ba", "latents/generator", "latents/discriminator", "noise"}) {
            const PhiloxKey key = philoxKey(seed, stream);
            const PhiloxKey again = philoxKey(seed, std::string(stream));
            QCOMPARE(key.low, again.low);
            QCOMPARE(key.high, again.high);
            QVERIFY2(seen.emplace(key.low, key.high).second, stream);
        }
    }
}

void TestPhilox::streamsAreIndependent()
{
    // The correlation of two streams of n uniforms has a standard deviation of 1 / √n.
    constexpr int count = 40000;
    const auto correlation = [](PhiloxKey a, PhiloxKey b) {
        double sum = 0;
        for (std::uint32_t i = 0; i < count / 4; ++i) {
            const PhiloxBlock x = philox({i, 0, 0, 0}, a);
            const PhiloxBlock y = philox({i, 0, 0, 0}, b);
            for (std::size_t lane = 0; lane < 4; ++lane)
                sum += (static_cast<double>(philoxUniform(x[lane])) - 0.5)
                    * (static_cast<double>(philoxUniform(y[lane])) - 0.5);
        }
        return 12 * sum / count;
    };
    const double limit = 5 / std::sqrt(double{count});
    QVERIFY(std::abs(correlation(philoxKey(1, "latents"), philoxKey(1, "noise"))) < limit);
    QVERIFY(std::abs(correlation(philoxKey(1, "latents"), philoxKey(2, "latents"))) < limit);
    QVERIFY(std::abs(correlation(philoxKey(0, "a"), philoxKey(0, "b"))) < limit);
    QVERIFY(correlation(philoxKey(1, "latents"), philoxKey(1, "latents")) > 0.9);
}

void TestPhilox::uniformStaysInside()
{
    // Every one of the 2^24 values, the last 8 bits being dropped.
    float last = 0;
    for (std::uint32_t high = 0; high < (1u << 24); ++high) {
        const float value = philoxUniform(high << 8 | 0xff);
        if (!(value > 0.0f && value < 1.0f && value >= last))
            QFAIL(qPrintable(QString::number(high)));
        last = value;
    }
    QCOMPARE(philoxUniform(0), 0x1p-25f);
    QCOMPARE(philoxUniform(0xffffffff), 0x1.fffffep-1f);
    QVERIFY(std::log(philoxUniform(0xffffffff)) < 0);
}

void TestPhilox::uniformIsFlat()
{
    constexpr std::uint32_t blocks = 25000;
    const PhiloxKey key = philoxKey(7, "flat");
    std::array<int, 10> bins{};
    for (std::uint32_t i = 0; i < blocks; ++i) {
        for (const std::uint32_t bits : philox({i, 0, 0, 0}, key))
            ++bins[static_cast<std::size_t>(philoxUniform(bits) * 10)];
    }
    double chiSquare = 0;
    for (const int bin : bins)
        chiSquare += (bin - blocks * 0.4) * (bin - blocks * 0.4) / (blocks * 0.4);
    QVERIFY2(chiSquare < 30, qPrintable(QString::number(chiSquare))); // 9 degrees of freedom: p < 0.0005 beyond
}

QTEST_GUILESS_MAIN(TestPhilox)
#include "philox.moc"
