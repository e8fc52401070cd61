// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures brought to the shape a generator makes.
#include "core/io/fit_image.h"

#include "tests/support/says.h"

#include <cmath>
#include <functional>

using namespace saddle;
using namespace saddle::test;

namespace {

Image imageOf(int width, int height, int channels, const std::function<double(int x, int y, int channel)>& value)
{
    Image image{width, height, channels, {}};
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (int channel = 0; channel < channels; ++channel)
                image.pixels.push_back(static_cast<std::uint8_t>(value(x, y, channel)));
        }
    }
    return image;
}

Image fitted(const Image& image, const std::vector<std::int64_t>& shape)
{
    const Result<Image> result = fitImage(image, shape);
    if (!result)
        throw std::runtime_error(result.error().sentence());
    return *result;
}

} // namespace

class TestFitImage : public QObject {
    Q_OBJECT

private slots:
    void sameSize();
    void wholeAreas();
    void partsOfPixels();
    void larger();
    void middle();
    void colours();
    void noAliases();
    void refused();
};

void TestFitImage::sameSize()
{
    const Image image = imageOf(7, 5, 3, [](int x, int y, int channel) { return x * 20 + y * 7 + channel; });
    QVERIFY(fitted(image, {3, 5, 7}) == image);
}

void TestFitImage::wholeAreas()
{
    const Image image = imageOf(6, 4, 1, [](int x, int y, int) { return 10 * x + 40 * y; });
    const Image half = fitted(image, {1, 2, 3});
    // Means of 2 × 2 pixels: 10 (2x + ½) + 40 (2y + ½).
    for (int y = 0; y < 2; ++y) {
        for (int x = 0; x < 3; ++x)
            QCOMPARE(int{half.pixels[static_cast<std::size_t>(3 * y + x)]}, 25 + 20 * x + 80 * y);
    }
}

/// Three pixels to two: each is one and a half of the source.
void TestFitImage::partsOfPixels()
{
    const Image image = imageOf(3, 3, 1, [](int x, int, int) { return 90 * x; });
    const Image two = fitted(image, {1, 2, 2});
    QCOMPARE(two.pixels, (std::vector<std::uint8_t>{30, 150, 30, 150}));
}

/// Between pixels' middles, the outer ones as they are.
void TestFitImage::larger()
{
    const Image image = imageOf(2, 2, 1, [](int x, int, int) { return 100 * x; });
    const Image four = fitted(image, {1, 4, 4});
    for (std::size_t y = 0; y < 4; ++y) {
        for (std::size_t x = 0; x < 4; ++x)
            QCOMPARE(int{four.pixels[4 * y + x]}, (std::vector<int>{0, 25, 75, 100})[x]);
    }
}

void TestFitImage::middle()
{
    const Image wide = imageOf(8, 2, 1, [](int x, int, int) { return x; });
    QCOMPARE(fitted(wide, {1, 2, 2}).pixels, (std::vector<std::uint8_t>{3, 4, 3, 4}));
    const Image high = imageOf(2, 8, 1, [](int, int y, int) { return y; });
    QCOMPARE(fitted(high, {1, 2, 2}).pixels, (std::vector<std::uint8_t>{3, 3, 4, 4}));
    QCOMPARE(fitted(wide, {1, 2, 4}).pixels, (std::vector<std::uint8_t>{2, 3, 4, 5, 2, 3, 4, 5}));
}

void TestFitImage::colours()
{
    const Image image = imageOf(2, 1, 3, [](int x, int, int channel) { return x == 0 ? 50 * channel : 255; });
    QCOMPARE(fitted(image, {1, 1, 2}).pixels,
        (std::vector<std::uint8_t>{static_cast<std::uint8_t>(std::lround(0.587 * 50 + 0.114 * 100)), 255}));
    const Image grey = imageOf(2, 1, 1, [](int x, int, int) { return 9 + x; });
    QCOMPARE(fitted(grey, {3, 1, 2}).pixels, (std::vector<std::uint8_t>{9, 9, 9, 10, 10, 10}));
}

/// A pattern finer than the result becomes its mean.
void TestFitImage::noAliases()
{
    const Image lines = imageOf(640, 640, 1, [](int x, int y, int) { return (x + y) % 2 ? 200 : 0; });
    for (const std::uint8_t pixel : fitted(lines, {1, 28, 28}).pixels)
        QVERIFY(std::abs(int{pixel} - 100) <= 1);
}

void TestFitImage::refused()
{
    const Image image = imageOf(2, 2, 1, [](int, int, int) { return 0; });
    for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{2}, {2, 4, 4}, {1, 0, 4},
             {1, 1 << 30, 1 << 30}, {1, std::int64_t{1} << 62, std::int64_t{1} << 62}})
        SAYS(fitImage(image, shape), "grey or colour");
    Image damaged = image;
    damaged.pixels.pop_back();
    SAYS(fitImage(damaged, {1, 2, 2}), "damaged");
    SAYS(fitImage({}, {1, 2, 2}), "damaged");
}

QTEST_GUILESS_MAIN(TestFitImage)
#include "fit_image.moc"
