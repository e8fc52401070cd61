// SPDX-License-Identifier: GPL-3.0-or-later
// The preset fashion-dcgan learns, by number. The distance is the sliced Wasserstein distance of raw pixels (Rabin et
// al. 2011): images as points of 784 dimensions are projected on 128 random directions; along each, the distance of the
// two sorted lists of 1,024 numbers; the mean over directions. It needs no other network, and is 0 only for equal sets.
#include "core/base/philox.h"
#include "tests/support/scratch.h"
#include "tests/support/training_run.h"

#include <algorithm>
#include <cmath>
#include <numbers>

using namespace saddle;

namespace {

constexpr std::size_t directions = 128;

std::vector<double> direction(std::size_t number, std::size_t size)
{
    std::vector<double> values(size);
    double length = 0;
    const PhiloxKey key = philoxKey(7, "directions");
    for (std::size_t i = 0; i < size; ++i) {
        const PhiloxBlock bits = philox({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(number), 0, 0}, key);
        values[i] = std::sqrt(-2 * std::log(static_cast<double>(philoxUniform(bits[0]))))
            * std::cos(2 * std::numbers::pi * static_cast<double>(philoxUniform(bits[1])));
        length += values[i] * values[i];
    }
    for (double& value : values)
        value /= std::sqrt(length);
    return values;
}

std::vector<double> projected(
    const std::vector<std::uint8_t>& pixels, std::size_t size, const std::vector<double>& onto)
{
    std::vector<double> values;
    for (std::size_t begin = 0; begin + size <= pixels.size(); begin += size) {
        double sum = 0;
        for (std::size_t i = 0; i < size; ++i)
            sum += pixels[begin + i] / 127.5 * onto[i];
        values.push_back(sum);
    }
    std::sort(values.begin(), values.end());
    return values;
}

double slicedWasserstein(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b, std::size_t size)
{
    double sum = 0;
    for (std::size_t number = 0; number < directions; ++number) {
        const std::vector<double> onto = direction(number, size);
        const std::vector<double> left = projected(a, size, onto);
        const std::vector<double> right = projected(b, size, onto);
        double distance = 0;
        for (std::size_t i = 0; i < left.size(); ++i)
            distance += std::abs(left[i] - right[i]);
        sum += distance / static_cast<double>(left.size());
    }
    return sum / directions;
}

} // namespace

class FashionLearns : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void comesNearTheData()
    {
        auto engine = test::presetEngine("fashion-dcgan",
            {{"generator.width", 16}, {"discriminator.width", 16}, {"sampling.rows", 32}, {"sampling.columns", 32},
                {"training.ema_decay", 0.99}, {"training.threads", 2}, {"training.device", "cpu"}});
        QVERIFY_OK(engine);
        const Result<Samples> real = (*engine)->realSamples();
        const Result<Samples> before = (*engine)->sample();
        QVERIFY_OK(real);
        QVERIFY_OK(before);
        QCOMPARE(real->count, std::int64_t{1024});
        constexpr std::size_t size = 28 * 28;
        const double start = slicedWasserstein(before->pixels, real->pixels, size);

        QVERIFY_OK(test::trainSteps(**engine, 1500));
        const Result<Samples> after = (*engine)->sample();
        QVERIFY_OK(after);
        const double end = slicedWasserstein(after->pixels, real->pixels, size);
        // Two halves of the real images, for what a perfect generator of as few samples would get.
        const std::size_t half = real->pixels.size() / 2;
        const double floor =
            slicedWasserstein({real->pixels.begin(), real->pixels.begin() + static_cast<std::ptrdiff_t>(half)},
                {real->pixels.begin() + static_cast<std::ptrdiff_t>(half), real->pixels.end()}, size);
        qInfo("sliced Wasserstein distance: %.3f at step 0, %.3f at step 1500, %.3f between real images", start, end,
            floor);
        QVERIFY(end < start / 4);
    }
};

QTEST_GUILESS_MAIN(FashionLearns)
#include "fashion_learns.moc"
