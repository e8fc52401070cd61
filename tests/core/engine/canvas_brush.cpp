// SPDX-License-Identifier: GPL-3.0-or-later
// The brush on a canvas: part of the map is drawn again, and only what changes is painted again.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/latent/network/generate.h"

#include "tests/support/hand_made.h"
#include "tests/support/says.h"

#include <ATen/Parallel.h>
#endif

#include <algorithm>
#include <cmath>

using namespace saddle;
using namespace saddle::test;

namespace {

/// 16 pixels a latent, and some around it.
GeneratorModel convolutions()
{
    return handMadeModel(Json::parse(R"([{"kind": "reshape", "shape": [4, 1, 1]}, {"kind": "upsample", "factor": 4},
        {"kind": "conv", "out": 6, "kernel": 3, "stride": 1, "norm": "batch", "activation": "relu"},
        {"kind": "upsample", "factor": 4}, {"kind": "conv", "out": 1, "kernel": 3, "stride": 1,
         "activation": "tanh"}])"),
        4);
}

/// One pixel a latent, .25 z: what is painted tells the map.
GeneratorModel pixels(LatentDistribution distribution = LatentDistribution::Normal)
{
    return handMadeModel(Json::parse(R"([{"kind": "reshape", "shape": [1, 1, 1]},
        {"kind": "conv", "out": 1, "kernel": 1, "stride": 1, "padding": 0}])"),
        1, {{"1.weight", torch::full({1, 1, 1, 1}, 0.25)}, {"1.bias", torch::zeros({1})}}, distribution);
}

int byteOf(double latent)
{
    return static_cast<int>(std::clamp(std::nearbyint((0.25 * latent + 1) * 127.5), 0.0, 255.0));
}

/// A latent of a map of one number, as it is drawn.
double drawnAt(std::uint64_t seed, const char* stream, const LatentOptions& latent, std::int64_t x, std::int64_t y)
{
    return drawLatents(RandomStreams(seed, torch::kCPU), stream, static_cast<std::uint64_t>(y), latent, x + 1)[x]
        .item<double>();
}

CanvasRequest with(CanvasRequest request, std::vector<CanvasStroke> strokes)
{
    request.strokes = std::move(strokes);
    return request;
}

} // namespace

class TestCanvasBrush : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); }
    void placesOfACircle_data();
    void placesOfACircle();
    void strengths();
    void distributionIsKept();
    void repaintedIsPainted_data();
    void repaintedIsPainted();
    void onlyWhatChanges();
    void goesOnBeyondTheEdge();
    void patches();
    void refused();
    void text();
};

void TestCanvasBrush::placesOfACircle_data()
{
    QTest::addColumn<double>("column");
    QTest::addColumn<double>("row");
    QTest::addColumn<double>("radius");
    QTest::addRow("large") << 7.3 << 5.1 << 3.4;
    QTest::addRow("at a corner") << 0.2 << 11.9 << 2.5;
    QTest::addRow("between places") << 6.0 << 6.0 << 0.8;
    QTest::addRow("smaller than a place") << 4.9 << 3.1 << 0.01;
    QTest::addRow("half outside") << -1.0 << 4.0 << 3.0;
    QTest::addRow("all of it") << 8.0 << 6.0 << 100.0;
    QTest::addRow("outside") << 100.0 << 100.0 << 2.0;
}

void TestCanvasBrush::placesOfACircle()
{
    QFETCH(double, column);
    QFETCH(double, row);
    QFETCH(double, radius);
    const GeneratorModel model = pixels();
    const auto generator = handMade(model);
    const CanvasRequest request{.width = 16, .height = 12, .seed = 3};
    const Image before = valueOf(generator->paint(request, {}));
    const Image after = valueOf(generator->paint(with(request, {{column, row, radius, 9, 1}}), {}));
    int changed = 0;
    for (std::int64_t y = 0; y < 12; ++y) {
        for (std::int64_t x = 0; x < 16; ++x) {
            const double dx = static_cast<double>(x) + 0.5 - column;
            const double dy = static_cast<double>(y) + 0.5 - row;
            const bool own =
                static_cast<std::int64_t>(std::floor(column)) == x && static_cast<std::int64_t>(std::floor(row)) == y;
            const bool within = own || dx * dx + dy * dy <= radius * radius;
            const double latent =
                within ? drawnAt(9, "brush", model.head.latent, x, y) : drawnAt(3, "canvas", model.head.latent, x, y);
            const auto at = static_cast<std::size_t>(16 * y + x);
            QCOMPARE(int{after.pixels[at]}, byteOf(latent));
            changed += before.pixels[at] != after.pixels[at];
        }
    }
    QCOMPARE(changed > 0, radius < 2 || column < 50);
}

/// Strokes one over the other, each turning from what was there to what it draws.
void TestCanvasBrush::strengths()
{
    for (const auto distribution : {LatentDistribution::Normal, LatentDistribution::Uniform}) {
        const GeneratorModel model = pixels(distribution);
        const auto generator = handMade(model);
        const CanvasRequest request{.width = 8, .height = 8, .seed = 3};
        const Image plain = valueOf(generator->paint(request, {}));
        QVERIFY(valueOf(generator->paint(with(request, {{4, 4, 100, 9, 0}}), {})) == plain);
        const Image two = valueOf(generator->paint(with(request, {{4, 4, 100, 9, 0.3}, {4, 4, 100, 8, 0.5}}), {}));
        for (std::int64_t y = 0; y < 8; ++y) {
            for (std::int64_t x = 0; x < 8; ++x) {
                double latent = drawnAt(3, "canvas", model.head.latent, x, y);
                for (const auto& [seed, strength] : {std::pair{9u, 0.3}, {8u, 0.5}}) {
                    const double drawn = drawnAt(seed, "brush", model.head.latent, x, y);
                    latent = distribution == LatentDistribution::Normal
                        ? std::cos(strength * M_PI / 2) * latent + std::sin(strength * M_PI / 2) * drawn
                        : (1 - strength) * latent + strength * drawn;
                }
                // On the edge between two bytes float32 may fall to either side.
                QVERIFY(std::abs(two.pixels[static_cast<std::size_t>(8 * y + x)] - byteOf(latent)) <= 1);
            }
        }
    }
}

/// Normal latents stay as varied as they were, whatever the strength: 64 × 64 places, five standard errors.
void TestCanvasBrush::distributionIsKept()
{
    const auto generator = handMade(pixels());
    for (const double strength : {0.25, 0.5, 0.75}) {
        const Image image = valueOf(
            generator->paint({.width = 64, .height = 64, .seed = 3, .strokes = {{32, 32, 100, 9, strength}}}, {}));
        double squares = 0;
        for (const std::uint8_t pixel : image.pixels)
            squares += std::pow((pixel / 127.5 - 1) / 0.25, 2);
        QVERIFY(std::abs(squares / 4096 - 1) < 5 * std::sqrt(2.0 / 4096));
    }
}

void TestCanvasBrush::repaintedIsPainted_data()
{
    QTest::addColumn<double>("column");
    QTest::addColumn<double>("row");
    QTest::addColumn<double>("radius");
    QTest::addColumn<int>("parts"); // of 3 × 2
    // Tiles are 16 latents wide, and see one beyond their edge.
    QTest::addRow("inside a tile") << 8.0 << 8.0 << 2.0 << 1;
    QTest::addRow("beside an edge") << 17.5 << 8.0 << 0.5 << 1;
    QTest::addRow("at an edge") << 16.5 << 8.0 << 0.5 << 2;
    QTest::addRow("at a corner") << 16.0 << 16.0 << 1.5 << 4;
    QTest::addRow("a circle's empty corner") << 13.0 << 13.0 << 3.0 << 3;
    QTest::addRow("everywhere") << 20.0 << 15.0 << 60.0 << 6;
    QTest::addRow("nowhere") << -20.0 << 15.0 << 5.0 << 0;
}

void TestCanvasBrush::repaintedIsPainted()
{
    QFETCH(double, column);
    QFETCH(double, row);
    QFETCH(double, radius);
    QFETCH(int, parts);
    const auto generator = handMade(convolutions());
    QCOMPARE(generator->info().canvas->growth, std::int64_t{16});
    QCOMPARE(generator->info().canvas->margin(), std::int64_t{1});
    CanvasRequest request{.width = 40 * 16, .height = 30 * 16, .seed = 5};
    request.strokes = {{20, 14, 6, 77, 0.4}}; // what was there before
    Image image = valueOf(generator->paint(request, {}));
    const Image before = image;
    request.strokes.push_back({column, row, radius, 78, 0.9});
    int told = 0;
    const std::vector<CanvasPatch> changed =
        valueOf(generator->repaint(request, [&](std::int64_t done, std::int64_t all) {
            ++told;
            return done == told && all == parts;
        }));
    QCOMPARE(static_cast<int>(changed.size()), parts);
    QCOMPARE(told, parts);
    for (const CanvasPatch& patch : changed)
        putPatch(image, patch);
    QVERIFY(image == valueOf(generator->paint(request, {})));
    QCOMPARE(image == before, parts == 0);
}

/// No pixel changes that is further from the circle than the plan says.
void TestCanvasBrush::onlyWhatChanges()
{
    const auto generator = handMade(convolutions());
    const CanvasRequest request{.width = 320, .height = 320, .seed = 5};
    const Image before = valueOf(generator->paint(request, {}));
    const Image after = valueOf(generator->paint(with(request, {{9.5, 6.5, 1, 4, 1}}), {}));
    const std::int64_t reach = generator->info().canvas->reach;
    int changed = 0;
    for (std::int64_t y = 0; y < 320; ++y) {
        for (std::int64_t x = 0; x < 320; ++x) {
            const auto at = static_cast<std::size_t>(320 * y + x);
            if (before.pixels[at] == after.pixels[at])
                continue;
            ++changed;
            // The circle holds the places 8 to 10 and 5 to 7 at most.
            QVERIFY(x >= 8 * 16 - reach && x < 11 * 16 + reach && y >= 5 * 16 - reach && y < 8 * 16 + reach);
        }
    }
    QVERIFY(changed > 500);
}

/// What a place gets does not depend on the canvas around it.
void TestCanvasBrush::goesOnBeyondTheEdge()
{
    const auto generator = handMade(pixels());
    const std::vector<CanvasStroke> strokes{{7, 7, 4, 6, 1}};
    const Image small = valueOf(generator->paint({.width = 8, .height = 8, .seed = 1, .strokes = strokes}, {}));
    const Image large = valueOf(generator->paint({.width = 20, .height = 20, .seed = 1, .strokes = strokes}, {}));
    for (std::size_t y = 0; y < 8; ++y) {
        for (std::size_t x = 0; x < 8; ++x)
            QCOMPARE(small.pixels[8 * y + x], large.pixels[20 * y + x]);
    }
}

void TestCanvasBrush::patches()
{
    Image image{3, 2, 1, {0, 1, 2, 3, 4, 5}};
    putPatch(image, {2, 1, {2, 2, 1, {10, 11, 12, 13}}});
    QCOMPARE(image.pixels, (std::vector<std::uint8_t>{0, 1, 2, 3, 4, 10}));
    putPatch(image, {-1, -1, {2, 2, 1, {20, 21, 22, 23}}});
    QCOMPARE(image.pixels, (std::vector<std::uint8_t>{23, 1, 2, 3, 4, 10}));
    putPatch(image, {5, 0, {1, 1, 1, {9}}});
    putPatch(image, {0, 0, {1, 1, 3, {9, 9, 9}}});
    QCOMPARE(image.pixels, (std::vector<std::uint8_t>{23, 1, 2, 3, 4, 10}));
}

void TestCanvasBrush::refused()
{
    const auto generator = handMade(pixels());
    const CanvasRequest request{.width = 8, .height = 8};
    for (const CanvasStroke& wrong :
        {CanvasStroke{1, 1, 0, 1, 1}, {1, 1, -1, 1, 1}, {std::nan(""), 1, 1, 1, 1}, {1, 1e300, 1, 1, 1},
            {1, 1, std::nan(""), 1, 1}, {1, 1, 1e9, 1, 1}, {1, 1, 1, 1, 1.5}, {1, 1, 1, 1, std::nan("")}}) {
        SAYS(generator->paint(with(request, {{1, 1, 1, 1, 1}, wrong}), {}), "stroke 2", "radius");
        SAYS(generator->repaint(with(request, {wrong}), {}), "stroke 1");
    }
    SAYS(generator->repaint(with(request, {{1, 1, 1, 1, 1}}), [](std::int64_t, std::int64_t) { return false; }),
        "cancelled");
    QVERIFY(valueOf(generator->repaint(request, {})).empty());
    const auto fixed = handMade(handMadeModel(Json::parse(R"([{"kind": "linear", "out": 16},
        {"kind": "reshape", "shape": [1, 4, 4]}])"),
        2));
    SAYS(fixed->repaint({.width = 8, .height = 8}, {}), "layer 0");
}

void TestCanvasBrush::text()
{
    const auto generator = handMade(pixels());
    const CanvasRequest request{
        .width = 8, .height = 8, .seed = 1, .strokes = {{1.5, 2, 0.5, 18446744073709551615u, 1}}};
    QCOMPARE(
        pictureText(generator->info(), request).at("Strokes"), std::string("[[1.5,2.0,0.5,18446744073709551615,1.0]]"));
    QVERIFY(!pictureText(generator->info(), with(request, {})).contains("Strokes"));
}

QTEST_GUILESS_MAIN(TestCanvasBrush)
#include "canvas_brush.moc"
