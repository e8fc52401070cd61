// SPDX-License-Identifier: GPL-3.0-or-later
// The nearest real images to a picture, against a loop over all of them.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/latent/neighbours.h"
#include "core/latent/network/open_discriminator.h"

#include "tests/support/says.h"
#include "tests/support/small_checkpoints.h"
#endif

#include <algorithm>
#include <cmath>

using namespace saddle;
using namespace saddle::test;

namespace {

/// Images of noise and slopes: no two alike.
Dataset imagesOf(std::int64_t count, const Shape& shape, bool flip = false)
{
    Dataset data;
    data.shape = shape;
    data.count = count;
    data.flip = flip;
    std::vector<std::uint8_t> pixels;
    std::uint32_t state = 12345;
    for (std::int64_t i = 0; i < count * elementCount(shape); ++i) {
        state = state * 1664525 + 1013904223;
        pixels.push_back(static_cast<std::uint8_t>(((state >> 24) + 40 * (i / elementCount(shape) % 7)) / 2));
    }
    data.pixels = std::move(pixels);
    for (std::int64_t i = 0; i < count; ++i)
        data.labels.push_back(static_cast<std::int32_t>(i % 3));
    data.classes = 3;
    data.classNames = {"Zero", "One"};
    return data;
}

/// A pixel of image i of the data, as it lies there.
double pixelAt(const Dataset& data, std::int64_t i, std::int64_t channel, std::int64_t y, std::int64_t x)
{
    const Shape& shape = data.shape;
    return data.pixels[static_cast<std::size_t>(((i * shape[0] + channel) * shape[1] + y) * shape[2] + x)] / 255.0;
}

double pixelAt(const Samples& picture, std::int64_t channel, std::int64_t y, std::int64_t x)
{
    return picture.pixels[static_cast<std::size_t>((y * picture.width + x) * picture.channels + channel)] / 255.0;
}

double distanceTo(const Dataset& data, std::int64_t i, const Samples& picture, bool mirrored)
{
    double sum = 0;
    for (std::int64_t channel = 0; channel < data.shape[0]; ++channel) {
        for (std::int64_t y = 0; y < data.shape[1]; ++y) {
            for (std::int64_t x = 0; x < data.shape[2]; ++x) {
                const double difference = pixelAt(data, i, channel, y, x)
                    - pixelAt(picture, channel, y, mirrored ? data.shape[2] - 1 - x : x);
                sum += difference * difference;
            }
        }
    }
    return std::sqrt(sum);
}

Samples pictureOf(const Shape& shape, unsigned start)
{
    Samples picture;
    picture.count = 1;
    picture.channels = static_cast<int>(shape[0]);
    picture.height = static_cast<int>(shape[1]);
    picture.width = static_cast<int>(shape[2]);
    for (std::int64_t i = 0; i < elementCount(shape); ++i)
        picture.pixels.push_back(static_cast<std::uint8_t>(start + 13 * static_cast<unsigned>(i)));
    return picture;
}

Samples mirrored(const Samples& picture)
{
    Samples other = picture;
    for (int y = 0; y < picture.height; ++y) {
        for (int x = 0; x < picture.width; ++x) {
            for (int channel = 0; channel < picture.channels; ++channel) {
                other.pixels[static_cast<std::size_t>((y * picture.width + x) * picture.channels + channel)] =
                    picture.pixels[static_cast<std::size_t>(
                        (y * picture.width + picture.width - 1 - x) * picture.channels + channel)];
            }
        }
    }
    return other;
}

double distanceOf(const std::vector<float>& one, const std::vector<float>& other)
{
    double sum = 0;
    for (std::size_t i = 0; i < one.size(); ++i)
        sum += (one[i] - other[i]) * (one[i] - other[i]);
    return std::sqrt(sum);
}

double middle(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

} // namespace

class TestNeighbours : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); }
    void pixelsOneByOne_data();
    void pixelsOneByOne();
    void plantedCopy();
    void largeImages();
    void typicalOfAll();
    void equals();
    void featuresOneByOne();
    void featuresOfLabels();
    void cancelled();
    void dataOfARun();
    void refused();

private:
    Scratch m_scratch;
};

void TestNeighbours::pixelsOneByOne_data()
{
    QTest::addColumn<int>("channels");
    QTest::addColumn<bool>("flip");
    QTest::addRow("grey") << 1 << false;
    QTest::addRow("colour") << 3 << false;
    QTest::addRow("mirrored in training") << 3 << true;
}

void TestNeighbours::pixelsOneByOne()
{
    QFETCH(int, channels);
    QFETCH(bool, flip);
    const Shape shape{channels, 6, 5};
    const Dataset data = imagesOf(600, shape, flip);
    const Neighbours neighbours = good(Neighbours::of(data, unwatched));
    for (const unsigned start : {0u, 100u}) {
        const Samples picture = pictureOf(shape, start);
        const Nearest nearest = good(neighbours.inPixels(picture, 9, unwatched));
        std::vector<std::pair<double, std::int64_t>> all;
        for (std::int64_t i = 0; i < data.count; ++i) {
            const double straight = distanceTo(data, i, picture, false);
            all.emplace_back(flip ? std::min(straight, distanceTo(data, i, picture, true)) : straight, i);
        }
        std::sort(all.begin(), all.end());
        QCOMPARE(nearest.neighbours.size(), std::size_t{9});
        for (std::size_t i = 0; i < 9; ++i) {
            const Neighbour& found = nearest.neighbours[i];
            QCOMPARE(found.index, all[i].second);
            QVERIFY(std::abs(found.distance - all[i].first) < 1e-12);
            QVERIFY(std::abs(found.rms - all[i].first / std::sqrt(30.0 * channels)) < 1e-12);
            QCOMPARE(found.label, found.index % 3);
            QCOMPARE(found.mirrored,
                distanceTo(data, found.index, picture, true) < found.distance + 1e-9 && flip
                    && distanceTo(data, found.index, picture, false) > found.distance + 1e-9);
            for (std::int64_t channel = 0; channel < channels; ++channel) {
                const auto at =
                    static_cast<std::size_t>(((static_cast<std::int64_t>(i) * 6 + 4) * 5 + 2) * channels + channel);
                QCOMPARE(nearest.pictures.pixels[at] / 255.0, pixelAt(data, found.index, channel, 4, 2));
            }
        }
        QVERIFY(nearest.pictures.real);
        QCOMPARE(nearest.pictures.count, std::int64_t{9});
        // As many as there are, and no more.
        QCOMPARE(good(neighbours.inPixels(picture, 1000, unwatched)).neighbours.size(), std::size_t{600});
    }
    QCOMPARE(neighbours.labelName(1), std::string("One"));
    QCOMPARE(neighbours.labelName(2), std::string("2"));
    QCOMPARE(neighbours.labelName(-1), std::string());
}

void TestNeighbours::plantedCopy()
{
    for (const bool flip : {false, true}) {
        const Neighbours neighbours = good(Neighbours::of(imagesOf(500, {3, 8, 8}, flip), unwatched));
        const Samples copy = neighbours.pictures({321});
        const Neighbour found = good(neighbours.inPixels(copy, 3, unwatched)).neighbours.front();
        QCOMPARE(found.index, std::int64_t{321});
        QCOMPARE(found.distance, 0.0);
        QVERIFY(!found.mirrored);
        const Nearest turned = good(neighbours.inPixels(mirrored(copy), 3, unwatched));
        QCOMPARE(turned.neighbours.front().distance == 0, flip);
        QCOMPARE(turned.neighbours.front().mirrored, flip);
        // What is no copy is as far as real images are.
        QVERIFY(turned.neighbours[1].distance > 0.5 * turned.typical);
    }
}

/// More numbers than one sum of bytes holds.
void TestNeighbours::largeImages()
{
    Dataset data;
    data.shape = {1, 300, 300};
    data.count = 2;
    std::vector<std::uint8_t> pixels(180'000, 0);
    std::fill(pixels.begin() + 90'000, pixels.end(), std::uint8_t{255});
    data.pixels = std::move(pixels);
    const Neighbours neighbours = good(Neighbours::of(data, unwatched));
    const Nearest nearest = good(neighbours.inPixels(neighbours.pictures({1}), 2, unwatched));
    QCOMPARE(nearest.neighbours[0].index, std::int64_t{1});
    QVERIFY(std::abs(nearest.neighbours[1].distance - 300) < 1e-9);
    QVERIFY(std::abs(nearest.neighbours[1].rms - 1) < 1e-12);
    QVERIFY(std::abs(nearest.typical - 300) < 1e-9);
    QCOMPARE(nearest.neighbours[0].label, std::int64_t{-1});
}

/// Of 150 images each is in the sample.
void TestNeighbours::typicalOfAll()
{
    const Dataset data = imagesOf(150, {1, 4, 4});
    const Neighbours neighbours = good(Neighbours::of(data, unwatched));
    std::vector<double> least;
    for (std::int64_t i = 0; i < 150; ++i) {
        double nearest = 1e9;
        for (std::int64_t j = 0; j < 150; ++j) {
            if (i != j)
                nearest = std::min(nearest, distanceTo(data, j, neighbours.pictures({i}), false));
        }
        least.push_back(nearest);
    }
    const Nearest nearest = good(neighbours.inPixels(pictureOf({1, 4, 4}, 1), 1, unwatched));
    QVERIFY(std::abs(nearest.typical - middle(least)) < 1e-12);
    const Neighbours single = good(Neighbours::of(imagesOf(1, {1, 4, 4}), unwatched));
    QCOMPARE(good(single.inPixels(pictureOf({1, 4, 4}, 1), 1, unwatched)).typical, 0.0);
}

/// The same image twice: the first one comes first.
void TestNeighbours::equals()
{
    Dataset data = imagesOf(3, {1, 2, 2});
    data.pixels = std::vector<std::uint8_t>{9, 9, 9, 9, 1, 2, 3, 4, 1, 2, 3, 4};
    const Neighbours neighbours = good(Neighbours::of(data, unwatched));
    const Nearest nearest = good(neighbours.inPixels(neighbours.pictures({2}), 3, unwatched));
    QCOMPARE(nearest.neighbours[0].index, std::int64_t{1});
    QCOMPARE(nearest.neighbours[1].index, std::int64_t{2});
    QCOMPARE(nearest.neighbours[2].index, std::int64_t{0});
}

void TestNeighbours::featuresOneByOne()
{
    for (const bool flip : {false, true}) {
        const Json document = imagesExperiment(m_scratch);
        const auto trainer = makeOpenTrainer(document);
        trainSteps(*trainer, 3);
        const Scratch place;
        const auto discriminator =
            good(openDiscriminator(addCheckpoint(place.path("run"), *trainer, document), builtinCatalog()));
        const Shape shape{1, 16, 16};
        Neighbours neighbours = good(Neighbours::of(imagesOf(300, shape, flip), unwatched));
        const Samples picture = pictureOf(shape, 3);
        SAYS(neighbours.inFeatures(*discriminator, picture, {}, 5, unwatched), "not known yet");
        QVERIFY(!neighbours.hasFeatures());
        QVERIFY_OK(neighbours.learnFeatures(*discriminator, unwatched));
        QVERIFY(neighbours.hasFeatures());
        QCOMPARE(neighbours.featureStep(), std::int64_t{3});

        std::vector<std::vector<float>> features;
        for (std::int64_t i = 0; i < 300; ++i)
            features.push_back(good(discriminator->features(neighbours.pictures({i}), {})));
        const std::vector<float> query = good(discriminator->features(picture, {}));
        const std::vector<float> turned = good(discriminator->features(mirrored(picture), {}));
        std::vector<std::pair<double, std::int64_t>> all;
        for (std::int64_t i = 0; i < 300; ++i) {
            const std::vector<float>& own = features[static_cast<std::size_t>(i)];
            all.emplace_back(
                flip ? std::min(distanceOf(own, query), distanceOf(own, turned)) : distanceOf(own, query), i);
        }
        std::sort(all.begin(), all.end());
        const Nearest nearest = good(neighbours.inFeatures(*discriminator, picture, {}, 5, unwatched));
        // 16 bits a number: 32 of them off by a 65,534th of their range each make less than 1e-4 of the distance.
        for (std::size_t i = 0; i < 5; ++i) {
            QCOMPARE(nearest.neighbours[i].index, all[i].second);
            QVERIFY(std::abs(nearest.neighbours[i].distance / all[i].first - 1) < 1e-4);
            QVERIFY(std::abs(nearest.neighbours[i].rms / all[i].first * std::sqrt(32.0) - 1) < 1e-4);
        }
        if (!flip) {
            std::vector<double> least;
            for (std::size_t i : {0u, 1u, 3u, 4u}) // 200 of 300, evenly: only whether it is of this size
                least.push_back(distanceOf(features[i], features[i + 7]));
            QVERIFY(nearest.typical > 0 && nearest.typical < 10 * middle(least));
        }
        const Nearest copy = good(neighbours.inFeatures(*discriminator, neighbours.pictures({77}), {}, 2, unwatched));
        QCOMPARE(copy.neighbours[0].index, std::int64_t{77});
        QVERIFY(copy.neighbours[0].distance < 1e-3 * copy.typical);
        QVERIFY(copy.neighbours[1].distance > 0.1 * copy.typical);
    }
}

void TestNeighbours::featuresOfLabels()
{
    const Json document = labelledExperiment(m_scratch);
    const auto trainer = makeOpenTrainer(document);
    const Scratch place;
    const auto discriminator =
        good(openDiscriminator(addCheckpoint(place.path("run"), *trainer, document), builtinCatalog()));
    Neighbours neighbours = good(Neighbours::of(imagesOf(60, {1, 16, 16}), unwatched));
    QVERIFY_OK(neighbours.learnFeatures(*discriminator, unwatched));
    const Samples copy = neighbours.pictures({17});
    const Nearest own = good(neighbours.inFeatures(*discriminator, copy, {17 % 3}, 1, unwatched));
    QCOMPARE(own.neighbours[0].index, std::int64_t{17});
    QVERIFY(own.neighbours[0].distance < 1e-3 * own.typical);
    const Nearest other = good(neighbours.inFeatures(*discriminator, copy, {0}, 1, unwatched));
    QVERIFY(other.neighbours[0].distance > own.neighbours[0].distance);
    SAYS(neighbours.inFeatures(*discriminator, copy, {}, 1, unwatched), "label");
    Dataset without = imagesOf(60, {1, 16, 16});
    without.labels.clear();
    Neighbours bare = good(Neighbours::of(without, unwatched));
    SAYS(bare.learnFeatures(*discriminator, unwatched), "labels");
}

void TestNeighbours::cancelled()
{
    const auto never = [](double, const std::string&) { return false; };
    SAYS(Neighbours::of(imagesOf(600, {1, 16, 16}), never), "cancelled");
    Neighbours neighbours = good(Neighbours::of(imagesOf(600, {1, 16, 16}), unwatched));
    SAYS(neighbours.inPixels(pictureOf({1, 16, 16}, 0), 2, never), "cancelled");
    const auto trainer = makeOpenTrainer(imagesExperiment(m_scratch));
    const Scratch place;
    const auto discriminator = good(
        openDiscriminator(addCheckpoint(place.path("run"), *trainer, imagesExperiment(m_scratch)), builtinCatalog()));
    QVERIFY_OK(neighbours.learnFeatures(*discriminator, unwatched));
    double last = 0;
    int told = 0;
    SAYS(neighbours.learnFeatures(*discriminator,
             [&](double fraction, const std::string& what) {
                 if (fraction < last || fraction > 1 || what.empty())
                     throw std::runtime_error("progress goes back");
                 last = fraction;
                 return ++told < 5;
             }),
        "cancelled");
    QVERIFY(!neighbours.hasFeatures());
}

void TestNeighbours::dataOfARun()
{
    const Json document = imagesExperiment(m_scratch);
    const auto trainer = makeOpenTrainer(document);
    const Scratch place;
    addCheckpoint(place.path("run"), *trainer, document);
    const Dataset data = good(loadDataOf(place.path("run"), builtinCatalog(), unwatched));
    QCOMPARE(data.count, std::int64_t{40});
    QCOMPARE(data.shape, (Shape{1, 16, 16}));
    const Neighbours neighbours = good(Neighbours::of(data, unwatched));
    const Samples shown = good(trainer->realSamples());
    QVERIFY(std::equal(shown.pixels.begin(), shown.pixels.begin() + 256, neighbours.pictures({0}).pixels.begin()));
    SAYS(loadDataOf(place.path("none"), builtinCatalog(), unwatched), "none");
    std::filesystem::remove(m_scratch.path("small-images"));
    SAYS(loadDataOf(place.path("run"), builtinCatalog(), unwatched), "small-images");
}

void TestNeighbours::refused()
{
    const auto points = makeOpenTrainer(pointsExperiment());
    const Scratch place;
    addCheckpoint(place.path("run"), *points, pointsExperiment());
    const auto discriminator = good(openDiscriminator(place.path("run"), builtinCatalog()));
    SAYS(Neighbours::of(good(loadDataOf(place.path("run"), builtinCatalog(), unwatched)), unwatched), "no images");
    Dataset empty;
    empty.shape = {1, 4, 4};
    SAYS(Neighbours::of(empty, unwatched), "no image");
    Neighbours neighbours = good(Neighbours::of(imagesOf(5, {1, 4, 4}), unwatched));
    SAYS(neighbours.inPixels(pictureOf({1, 4, 5}, 0), 2, unwatched), "1 × 4 × 4");
    SAYS(neighbours.inPixels({}, 2, unwatched), "1 × 4 × 4");
    SAYS(neighbours.inPixels(pictureOf({1, 4, 4}, 0), 0, unwatched), "count");
    SAYS(neighbours.learnFeatures(*discriminator, unwatched), "1 × 4 × 4");
}

QTEST_GUILESS_MAIN(TestNeighbours)
#include "neighbours.moc"
