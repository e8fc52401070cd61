// SPDX-License-Identifier: GPL-3.0-or-later
// Latents found for a picture: a generated one is made again.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/latent/inversion.h"
#include "core/latent/network/open_discriminator.h"

#include "tests/support/hand_made.h"
#include "tests/support/says.h"
#include "tests/support/small_checkpoints.h"
#endif

#include <cmath>

using namespace saddle;
using namespace saddle::test;

namespace {

Image imageOf(const Samples& samples)
{
    return {samples.width, samples.height, samples.channels, samples.pixels};
}

double variance(const Image& image)
{
    double sum = 0;
    double squares = 0;
    for (const std::uint8_t pixel : image.pixels) {
        sum += pixel / 255.0;
        squares += pixel / 255.0 * pixel / 255.0;
    }
    const auto count = static_cast<double>(image.pixels.size());
    return squares / count - sum / count * (sum / count);
}

/// Mean squared difference, pixels in 0 .. 1.
double difference(const Image& one, const std::vector<std::uint8_t>& other)
{
    double sum = 0;
    for (std::size_t i = 0; i < other.size(); ++i)
        sum += (one.pixels[i] - other[i]) / 255.0 * (one.pixels[i] - other[i]) / 255.0;
    return sum / static_cast<double>(other.size());
}

double squaredLength(const Latents& latents)
{
    double sum = 0;
    for (const float value : latents.values)
        sum += value * value;
    return sum;
}

/// A generator with its own draws for weights, scaled up so that its pictures have contrast.
GeneratorModel vivid(
    const Json& layers, std::int64_t dimensions, LatentDistribution distribution, std::int64_t classes = 0)
{
    GeneratorModel model = handMadeModel(layers, dimensions, {}, distribution, classes);
    for (auto& [name, tensor] : model.tensors) {
        if (name.size() > 7 && name.compare(name.size() - 7, 7, ".weight") == 0)
            tensor = toHost(tensorFrom(tensor) * 2.5);
    }
    return model;
}

const Json convolutions = Json::parse(R"([{"kind": "linear", "out": 64}, {"kind": "reshape", "shape": [4, 4, 4]},
    {"kind": "activation", "activation": "leaky_relu"},
    {"kind": "conv_transpose", "out": 4, "activation": "leaky_relu"},
    {"kind": "conv_transpose", "out": 1, "activation": "tanh"}])");

} // namespace

class TestInversion : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); }
    void generatedTargets_data();
    void generatedTargets();
    void trainedGenerator();
    void byFeatures();
    void labelIsFound();
    void sameForASeed();
    void cancelledKeepsTheBest();
    void improbableIsHeldBack();
    void refused();

private:
    Scratch m_scratch;
};

void TestInversion::generatedTargets_data()
{
    QTest::addColumn<int>("distribution");
    QTest::addColumn<QString>("layers");
    const QString network = QString::fromStdString(convolutions.dump());
    QTest::addRow("normal") << static_cast<int>(LatentDistribution::Normal) << network;
    QTest::addRow("uniform") << static_cast<int>(LatentDistribution::Uniform) << network;
    QTest::addRow("colour, linear") << static_cast<int>(LatentDistribution::Normal)
                                    << R"([{"kind": "linear", "out": 192, "activation": "tanh"},
        {"kind": "reshape", "shape": [3, 8, 8]}])";
}

/// What a generator made lies in its range, so the error can fall to that of rounding pixels to bytes: below 1e-4,
/// some 2.5 grey levels, a hundredth and less of what the pictures themselves vary by.
void TestInversion::generatedTargets()
{
    QFETCH(int, distribution);
    QFETCH(QString, layers);
    const auto generator =
        handMade(vivid(Json::parse(layers.toStdString()), 6, static_cast<LatentDistribution>(distribution)));
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        const Image target = imageOf(valueOf(generator->make(valueOf(generator->draw({.seed = seed, .count = 1})))));
        QVERIFY(variance(target) > 0.01);
        const Inversion found = valueOf(generator->invert({.target = target, .seed = 7}, {}));
        QVERIFY2(found.error < 1e-4, qPrintable(QString::number(found.error)));
        QCOMPARE(found.losses.size(), std::size_t{300});
        QVERIFY(found.losses.front() > 10 * found.losses.back());
        QVERIFY(!found.cancelled);
        QCOMPARE(found.latents.count(), std::int64_t{1});
        QVERIFY(found.picture.pixels == valueOf(generator->make(found.latents)).pixels);
        QVERIFY(std::abs(found.error - difference(target, found.picture.pixels)) < 1e-12);
        if (static_cast<LatentDistribution>(distribution) == LatentDistribution::Uniform) {
            for (const float value : found.latents.values)
                QVERIFY(std::abs(value) <= 1);
        }
    }
}

/// With batch norm's running statistics, and with the features of the discriminator that was trained beside it.
void TestInversion::trainedGenerator()
{
    const Json document = imagesExperiment(m_scratch);
    const auto trainer = makeOpenTrainer(document);
    trainSteps(*trainer, 300);
    const Scratch place;
    const std::filesystem::path checkpoint = addCheckpoint(place.path("run"), *trainer, document);
    const auto generator = good(openGenerator(checkpoint, builtinCatalog()));
    const auto discriminator = good(openDiscriminator(checkpoint, builtinCatalog()));
    const Image target = imageOf(good(generator->make(good(generator->draw({.seed = 21, .count = 1})))));
    QVERIFY(variance(target) > 0.01);
    for (Discriminator* features : {static_cast<Discriminator*>(nullptr), discriminator.get()}) {
        const Inversion found = good(generator->invert({.target = target}, {}, features));
        QVERIFY2(found.error < 1e-3, qPrintable(QString::number(found.error)));
    }
}

/// Features alone, all but: they are what is minimised, and a discriminator of other pictures is refused.
void TestInversion::byFeatures()
{
    const Json document = imagesExperiment(m_scratch);
    const auto trainer = makeOpenTrainer(document);
    trainSteps(*trainer, 50);
    const Scratch place;
    const std::filesystem::path checkpoint = addCheckpoint(place.path("run"), *trainer, document);
    const auto generator = good(openGenerator(checkpoint, builtinCatalog()));
    const auto discriminator = good(openDiscriminator(checkpoint, builtinCatalog()));
    const Image target = imageOf(good(generator->make(good(generator->draw({.seed = 5, .count = 1})))));
    const InversionRequest request{.target = target, .steps = 60, .featureWeight = 1000};
    const Inversion with = good(generator->invert(request, {}, discriminator.get()));
    const Inversion without = good(generator->invert(request, {}));
    QVERIFY(with.latents.values != without.latents.values);
    QVERIFY(with.losses.back() < 0.2 * with.losses.front());
    const auto other = handMade(vivid(Json::parse(R"([{"kind": "linear", "out": 64, "activation": "tanh"},
        {"kind": "reshape", "shape": [1, 8, 8]}])"),
        3, LatentDistribution::Normal));
    const Image small = imageOf(valueOf(other->make(valueOf(other->draw({.seed = 5, .count = 1})))));
    SAYS(other->invert({.target = small}, {}, discriminator.get()), "discriminator", "none");
}

void TestInversion::labelIsFound()
{
    const Json layers = Json::parse(R"([{"kind": "concat", "inputs": ["input", "label"]},
        {"kind": "linear", "out": 64, "activation": "tanh"}, {"kind": "reshape", "shape": [1, 8, 8]}])");
    const auto generator = handMade(vivid(layers, 4, LatentDistribution::Normal, 3));
    const Latents latents = valueOf(generator->draw({.seed = 3, .count = 1, .label = 2}));
    const Image target = imageOf(valueOf(generator->make(latents)));
    const Inversion tried = valueOf(generator->invert({.target = target}, {}));
    QVERIFY2(tried.error < 1e-4, qPrintable(QString::number(tried.error)));
    QCOMPARE(tried.latents.labels, (std::vector<std::int64_t>{2}));
    const Inversion fixed = valueOf(generator->invert({.target = target, .label = 1}, {}));
    QCOMPARE(fixed.latents.labels, (std::vector<std::int64_t>{1}));
    QVERIFY(fixed.error > tried.error);
    SAYS(generator->invert({.target = target, .label = 3}, {}), "0 to 2");
}

void TestInversion::sameForASeed()
{
    const auto generator = handMade(vivid(convolutions, 6, LatentDistribution::Normal));
    const Image target = imageOf(valueOf(generator->make(valueOf(generator->draw({.seed = 4, .count = 1})))));
    const InversionRequest request{.target = target, .steps = 20, .seed = 5};
    const Inversion once = valueOf(generator->invert(request, {}));
    const Inversion again = valueOf(generator->invert(request, {}));
    QVERIFY(once.latents.values == again.latents.values);
    QVERIFY(once.losses == again.losses);
    InversionRequest other = request;
    other.seed = 6;
    QVERIFY(valueOf(generator->invert(other, {})).latents.values != once.latents.values);
}

void TestInversion::cancelledKeepsTheBest()
{
    const auto generator = handMade(vivid(convolutions, 6, LatentDistribution::Normal));
    const Image target = imageOf(valueOf(generator->make(valueOf(generator->draw({.seed = 4, .count = 1})))));
    Latents told;
    std::int64_t steps = 0;
    double first = 0;
    double last = 0;
    const Inversion found =
        valueOf(generator->invert({.target = target, .steps = 100}, [&](const InversionProgress& progress) {
            if (progress.step != ++steps || progress.steps != 100)
                throw std::runtime_error("steps are told in order");
            first = steps == 1 ? progress.error : first;
            last = progress.error;
            told = progress.latents;
            return progress.step < 30;
        }));
    QCOMPARE(steps, std::int64_t{30});
    QVERIFY(found.cancelled);
    QCOMPARE(found.losses.size(), std::size_t{30});
    QVERIFY(found.latents.values == told.values);
    QVERIFY(last < first);
    QVERIFY(std::abs(found.error - last) < 1e-3 * 1e-1 + 0.05 * last); // pixels were not rounded there
    QVERIFY(found.picture.pixels == valueOf(generator->make(told)).pixels);
}

/// A picture that no likely latent makes: the prior keeps ‖z‖² within reach of what it is for random ones.
void TestInversion::improbableIsHeldBack()
{
    const auto generator = handMade(vivid(convolutions, 8, LatentDistribution::Normal));
    Latents far = valueOf(generator->draw({.seed = 4, .count = 1}));
    for (float& value : far.values)
        value *= 6;
    const Image target = imageOf(valueOf(generator->make(far)));
    const Inversion held = valueOf(generator->invert({.target = target, .steps = 150, .priorWeight = 10}, {}));
    const Inversion free = valueOf(generator->invert({.target = target, .steps = 150, .priorWeight = 0}, {}));
    const double likely = 8 * (1 + 2 * std::sqrt(2.0 / 8));
    QVERIFY(squaredLength(held.latents) < 1.2 * likely);
    QVERIFY(squaredLength(free.latents) > 1.2 * likely);
    QVERIFY(free.error < held.error);
}

void TestInversion::refused()
{
    const auto generator = handMade(vivid(convolutions, 6, LatentDistribution::Normal));
    const Image target = imageOf(valueOf(generator->make(valueOf(generator->draw({.seed = 4, .count = 1})))));
    SAYS(generator->invert({}, {}), "1 × 16 × 16");
    Image wrong = target;
    wrong.pixels.pop_back();
    SAYS(generator->invert({.target = wrong}, {}), "1 × 16 × 16");
    SAYS(generator->invert({.target = target, .steps = 0}, {}), "steps", "100,000");
    SAYS(generator->invert({.target = target, .candidates = 0}, {}), "candidates");
    SAYS(generator->invert({.target = target, .starts = 65}, {}), "starts");
    SAYS(generator->invert({.target = target, .label = 1}, {}), "no labels");
    SAYS(generator->invert({.target = target, .learningRate = std::nan("")}, {}), "learning rate");
    const auto points = handMade(handMadeModel(Json::parse(R"([{"kind": "linear", "out": 2}])"), 2));
    SAYS(points->invert({.target = target}, {}), "no images");
}

QTEST_GUILESS_MAIN(TestInversion)
#include "inversion.moc"
