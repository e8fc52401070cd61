// SPDX-License-Identifier: GPL-3.0-or-later
// A generator opened from a run: the pictures of its trainer, one by one, and nothing else of the run needed.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/base/files.h"
#include "core/latent/network/open_generator.h"

#include "tests/support/says.h"
#include "tests/support/small_checkpoints.h"
#endif

#include <cmath>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

std::unique_ptr<Generator> opened(const fs::path& path, Weights weights = Weights::Best)
{
    Result<std::unique_ptr<Generator>> generator = openGenerator(path, builtinCatalog(), weights);
    if (!generator)
        throw std::runtime_error(generator.error().sentence());
    return *std::move(generator);
}

} // namespace

class TestGenerator : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); }
    void picturesOfTheTrainer_data();
    void picturesOfTheTrainer();
    void pointsOfTheTrainer();
    void decoderOfAVae();
    void eachPictureAlone();
    void latentsBySeed();
    void truncationOfNormalLatents();
    void truncationOfUniformLatents();
    void refusedRequests();
    void canvasGoesOn();
    void canvasOfALabel();
    void canvasIsCancelled();
    void boundToASize();
    void whereTheDataIsNot();
    void lastCheckpointOfARun();
    void refusedPaths();
    void refusedWeights();

private:
    Scratch m_scratch;
};

void TestGenerator::picturesOfTheTrainer_data()
{
    QTest::addColumn<double>("decay");
    QTest::addColumn<bool>("shown");
    QTest::addColumn<int>("weights");
    QTest::addColumn<bool>("averaged");
    QTest::addColumn<bool>("labels");
    QTest::addRow("without average") << 0.0 << true << static_cast<int>(Weights::Best) << false << false;
    QTest::addRow("averaged") << 0.5 << true << static_cast<int>(Weights::Best) << true << false;
    QTest::addRow("averaged, asked for") << 0.5 << true << static_cast<int>(Weights::Averaged) << true << false;
    QTest::addRow("plain, as the experiment says") << 0.5 << false << static_cast<int>(Weights::Best) << false << false;
    QTest::addRow("plain, asked for") << 0.5 << false << static_cast<int>(Weights::Plain) << false << false;
    QTest::addRow("labels") << 0.5 << true << static_cast<int>(Weights::Best) << true << true;
}

void TestGenerator::picturesOfTheTrainer()
{
    QFETCH(double, decay);
    QFETCH(bool, shown);
    QFETCH(int, weights);
    QFETCH(bool, averaged);
    QFETCH(bool, labels);
    for (const char* format : {"contiguous", "channels_last"}) {
        const Json document = with(labels ? labelledExperiment(m_scratch) : imagesExperiment(m_scratch),
            {{"training.ema_decay", decay}, {"sampling.ema", shown}, {"training.memory_format", format},
                {"sampling.rows", 3}, {"sampling.columns", 4}, {"training.seed", 9}});
        const auto trainer = makeOpenTrainer(document);
        trainSteps(*trainer, 4);
        const Scratch place;
        addCheckpoint(place.path("run"), *trainer, document);
        const auto generator = opened(place.path("run"), static_cast<Weights>(weights));
        QCOMPARE(generator->info().step, std::int64_t{4});
        QCOMPARE(generator->info().averaged, averaged);
        QCOMPARE(generator->info().shape, (Shape{1, 16, 16}));
        QCOMPARE(generator->info().classes.size(), std::size_t{labels ? 3u : 0u});
        const Samples expected = good(trainer->sample());
        const Samples samples = good(generator->make(good(generator->draw({.seed = 9, .count = 12, .columns = 4}))));
        QCOMPARE(samples.ema, expected.ema);
        QCOMPARE(samples.count, expected.count);
        QCOMPARE(samples.height, 16);
        // Other numbers of samples at once round otherwise: a byte may be its neighbour, here none is.
        QVERIFY(samples.pixels == expected.pixels);
        // The other weights give other pictures.
        if (decay > 0) {
            const auto other = opened(place.path("run"), averaged ? Weights::Plain : Weights::Averaged);
            QVERIFY(other->info().averaged != averaged);
            QVERIFY(
                good(other->make(good(other->draw({.seed = 9, .count = 12, .columns = 4})))).pixels != expected.pixels);
        }
    }
}

void TestGenerator::pointsOfTheTrainer()
{
    const Json document = with(pointsExperiment(), {{"sampling.points", 300}});
    const auto trainer = makeOpenTrainer(document);
    trainSteps(*trainer, 20);
    const Scratch place;
    const auto generator = opened(addCheckpoint(place.path("run"), *trainer, document));
    const Samples expected = good(trainer->sample());
    const Samples samples = good(generator->make(good(generator->draw({.seed = 1, .count = 300}))));
    QVERIFY(samples.isPoints());
    QCOMPARE(samples.points.size(), expected.points.size());
    for (std::size_t i = 0; i < samples.points.size(); ++i)
        QVERIFY(std::abs(samples.points[i] - expected.points[i]) < 1e-6f);
}

void TestGenerator::decoderOfAVae()
{
    const Json document = with(imagesExperiment(m_scratch),
        {{"objective", {{"kind", "vae"}}}, {"encoder", {{"architecture", "dcgan"}, {"width", 4}}},
            {"discriminator", nullptr}, {"sampling.rows", 2}, {"sampling.columns", 3}});
    Json kept = document;
    kept.erase("discriminator");
    const auto trainer = makeOpenTrainer(kept);
    trainSteps(*trainer, 2);
    const Scratch place;
    const auto generator = opened(addCheckpoint(place.path("run"), *trainer, kept));
    QVERIFY(
        good(generator->make(good(generator->draw({.seed = 1, .count = 6})))).pixels == good(trainer->sample()).pixels);
}

/// Evaluation mode: no sample knows of the others, to the last bit, in images and in points.
void TestGenerator::eachPictureAlone()
{
    for (const bool points : {false, true}) {
        const Json document = points ? pointsExperiment() : imagesExperiment(m_scratch);
        const auto trainer = makeOpenTrainer(document);
        trainSteps(*trainer, 3);
        const Scratch place;
        const auto generator = opened(addCheckpoint(place.path("run"), *trainer, document));
        const Latents latents = good(generator->draw({.seed = 5, .count = 33}));
        const Samples together = good(generator->make(latents));
        const std::size_t size = points ? 2 : 16 * 16;
        for (std::int64_t i = 0; i < latents.count(); ++i) {
            const Samples alone = good(generator->make(latents.rows(i, 1)));
            const auto begin = static_cast<std::ptrdiff_t>(static_cast<std::size_t>(i) * size);
            const auto end = begin + static_cast<std::ptrdiff_t>(size);
            if (points)
                QVERIFY(std::equal(alone.points.begin(), alone.points.end(), together.points.begin() + begin,
                    together.points.begin() + end));
            else
                QVERIFY(std::equal(alone.pixels.begin(), alone.pixels.end(), together.pixels.begin() + begin,
                    together.pixels.begin() + end));
        }
    }
}

void TestGenerator::latentsBySeed()
{
    const auto trainer = makeOpenTrainer(pointsExperiment());
    const Scratch place;
    const auto generator = opened(addCheckpoint(place.path("run"), *trainer, pointsExperiment()));
    const Latents few = good(generator->draw({.seed = 3, .count = 5}));
    const Latents many = good(generator->draw({.seed = 3, .count = 1000}));
    QCOMPARE(few.count(), std::int64_t{5});
    QVERIFY(std::equal(few.values.begin(), few.values.end(), many.values.begin()));
    QVERIFY(many.rows(2, 3).values == few.rows(2, 3).values);
    QVERIFY(good(generator->draw({.seed = 4, .count = 5})).values != few.values);
    QVERIFY(few.labels.empty());
    double sum = 0;
    double squares = 0;
    for (const float value : many.values) {
        sum += value;
        squares += value * value;
    }
    // Of 4,000 numbers: four standard errors.
    QVERIFY(std::abs(sum / 4000) < 4 / std::sqrt(4000.0));
    QVERIFY(std::abs(squares / 4000 - 1) < 4 * std::sqrt(2.0 / 4000));
}

void TestGenerator::truncationOfNormalLatents()
{
    const Json document = with(pointsExperiment(), {{"latent.dimensions", 50}});
    const auto trainer = makeOpenTrainer(document);
    const Scratch place;
    const auto generator = opened(addCheckpoint(place.path("run"), *trainer, document));
    const Latents whole = good(generator->draw({.seed = 3, .count = 400}));
    for (const double limit : {0.02, 0.5, 1.0, 2.0, 6.0}) {
        const Latents cut = good(generator->draw({.seed = 3, .count = 400, .truncation = limit}));
        double squares = 0;
        for (std::size_t i = 0; i < cut.values.size(); ++i) {
            QVERIFY(std::abs(cut.values[i]) <= static_cast<float>(limit));
            if (std::abs(whole.values[i]) <= limit)
                QCOMPARE(cut.values[i], whole.values[i]); // what is within stays
            squares += cut.values[i] * cut.values[i];
        }
        // The variance of a normal distribution cut at ±T: 1 - 2 T φ(T) / (2 Φ(T) - 1).
        const double density = std::exp(-limit * limit / 2) / std::sqrt(2 * M_PI);
        const double variance = 1 - 2 * limit * density / std::erf(limit / M_SQRT2);
        const double measured = squares / static_cast<double>(cut.values.size());
        QVERIFY2(std::abs(measured / variance - 1) < 0.04, qPrintable(QString::number(measured / variance)));
        const Latents first = good(generator->draw({.seed = 3, .count = 1, .truncation = limit}));
        QVERIFY(first.values == cut.rows(0, 1).values);
    }
}

void TestGenerator::truncationOfUniformLatents()
{
    const Json document = with(pointsExperiment(), {{"latent.distribution", "uniform"}});
    const auto trainer = makeOpenTrainer(document);
    const Scratch place;
    const auto generator = opened(addCheckpoint(place.path("run"), *trainer, document));
    const Latents whole = good(generator->draw({.seed = 3, .count = 20}));
    const Latents half = good(generator->draw({.seed = 3, .count = 20, .truncation = 0.5}));
    for (std::size_t i = 0; i < whole.values.size(); ++i) {
        QVERIFY(std::abs(whole.values[i]) < 1);
        QCOMPARE(half.values[i], whole.values[i] / 2);
    }
    SAYS(generator->draw({.seed = 3, .count = 1, .truncation = 1.5}), "at most 1");
}

void TestGenerator::refusedRequests()
{
    const Json document = labelledExperiment(m_scratch);
    const auto trainer = makeOpenTrainer(document);
    const Scratch place;
    const auto generator = opened(addCheckpoint(place.path("run"), *trainer, document));
    SAYS(generator->draw({.count = 0}), "count");
    SAYS(generator->draw({.count = 100'000'000}), "1,000,000");
    for (const double truncation : {0.0, -1.0, std::nan("")})
        SAYS(generator->draw({.count = 1, .truncation = truncation}), "truncation");
    for (const std::int64_t label : {std::int64_t{-1}, std::int64_t{3}})
        SAYS(generator->draw({.count = 1, .label = label}), "0 to 2");
    const Latents latents = good(generator->draw({.count = 4}));
    QCOMPARE(latents.labels, (std::vector<std::int64_t>{0, 1, 2, 0}));
    QCOMPARE(good(generator->draw({.count = 3, .label = 2})).labels, (std::vector<std::int64_t>{2, 2, 2}));
    QCOMPARE(good(generator->draw({.count = 4, .columns = 2})).labels, (std::vector<std::int64_t>{0, 1, 0, 1}));
    Latents wrong = latents;
    wrong.labels.pop_back();
    SAYS(generator->make(wrong), "label");
    wrong = latents;
    wrong.labels[1] = 3;
    SAYS(generator->make(wrong), "label 3");
    wrong = latents;
    wrong.values[5] = std::nanf("");
    SAYS(generator->make(wrong), "finite");
    wrong = latents;
    wrong.values.pop_back();
    SAYS(generator->make(wrong), "4 numbers");
    wrong.dimensions = 3;
    SAYS(generator->make(wrong), "4 numbers");
    SAYS(generator->make({}), "4 numbers");
}

/// The same seed on a larger canvas shows the same picture where the smaller one was, but for its margin.
void TestGenerator::canvasGoesOn()
{
    const Json document = canvasExperiment(m_scratch);
    const auto trainer = makeOpenTrainer(document);
    trainSteps(*trainer, 3);
    const Scratch place;
    const auto generator = opened(addCheckpoint(place.path("run"), *trainer, document));
    QVERIFY_OK(generator->info().canvas);
    QCOMPARE(generator->info().canvas->growth, std::int64_t{16});
    int told = 0;
    const auto monitor = [&told](std::int64_t done, std::int64_t parts) {
        ++told;
        return done <= parts;
    };
    const Image small = good(generator->paint({.width = 64, .height = 48, .seed = 4}, monitor));
    QCOMPARE(told, 1);
    const Image large = good(generator->paint({.width = 320, .height = 96, .seed = 4}, monitor));
    QVERIFY(told > 2);
    QCOMPARE(small.width, 64);
    QCOMPARE(small.height, 48);
    QCOMPARE(small.channels, 1);
    QCOMPARE(static_cast<int>(small.pixels.size()), 64 * 48);
    const int margin = static_cast<int>(generator->info().canvas->reach);
    QVERIFY(margin > 0 && margin <= 16);
    int differences = 0;
    for (int y = 0; y < 48 - margin; ++y) {
        for (int x = 0; x < 64 - margin; ++x) {
            const int here = small.pixels[static_cast<std::size_t>(y * 64 + x)];
            const int there = large.pixels[static_cast<std::size_t>(y * 320 + x)];
            QVERIFY(std::abs(here - there) <= 1); // tiles round otherwise
            differences += here != there;
        }
    }
    QVERIFY(differences < 20);
    QVERIFY(good(generator->paint({.width = 64, .height = 48, .seed = 4}, monitor)) == small);
    QVERIFY(!(good(generator->paint({.width = 64, .height = 48, .seed = 5}, monitor)) == small));
    QVERIFY(!(good(generator->paint({.width = 64, .height = 48, .seed = 4, .truncation = 0.3}, monitor)) == small));

    SAYS(generator->paint({.width = 70, .height = 40}, monitor), "16 pixels", "64x48");
    SAYS(generator->paint({.width = 0, .height = -16}, monitor), "16x16");
    SAYS(generator->paint({.width = 1'000'000'000'000, .height = 16}, monitor), "4096");
    SAYS(generator->paint({.width = 16, .height = 16, .truncation = -1.0}, monitor), "truncation");
}

void TestGenerator::canvasOfALabel()
{
    const Json document =
        with(labelledExperiment(m_scratch), {{"generator", {{"architecture", "upsample"}, {"width", 2}}}});
    const auto trainer = makeOpenTrainer(document);
    trainSteps(*trainer, 3);
    const Scratch place;
    const auto generator = opened(addCheckpoint(place.path("run"), *trainer, document));
    const Image first = good(generator->paint({.width = 64, .height = 64, .label = 0}, {}));
    const Image second = good(generator->paint({.width = 64, .height = 64, .label = 2}, {}));
    QVERIFY(!first.empty() && !(first == second));
    SAYS(generator->paint({.width = 64, .height = 64, .label = 3}, {}), "0 to 2");
}

void TestGenerator::canvasIsCancelled()
{
    const Json document = canvasExperiment(m_scratch);
    const auto trainer = makeOpenTrainer(document);
    const Scratch place;
    const auto generator = opened(addCheckpoint(place.path("run"), *trainer, document));
    int told = 0;
    const Result<Image> image =
        generator->paint({.width = 1024, .height = 1024}, [&told](std::int64_t done, std::int64_t parts) {
            ++told;
            return done < 2 && parts == 16;
        });
    SAYS(image, "cancelled");
    QCOMPARE(told, 2);
}

void TestGenerator::boundToASize()
{
    const auto trainer = makeOpenTrainer(imagesExperiment(m_scratch));
    const Scratch place;
    const auto generator = opened(addCheckpoint(place.path("run"), *trainer, imagesExperiment(m_scratch)));
    SAYS(generator->paint({.width = 64, .height = 64}, {}), "layer", "upsampling");
}

/// What a checkpoint says is enough: no file of the data is touched.
void TestGenerator::whereTheDataIsNot()
{
    const Scratch gone;
    const Json document = labelledExperiment(gone);
    const auto trainer = makeOpenTrainer(document);
    const Scratch place;
    const fs::path checkpoint = addCheckpoint(place.path("run"), *trainer, document);
    fs::remove(gone.path("small-images"));
    QVERIFY(!buildExperiment(document, builtinCatalog()).ok());
    const auto generator = opened(place.path("run"));
    QCOMPARE(generator->info().classes, (std::vector<std::string>{"0", "1", "2"}));

    // A checkpoint that says nothing of it needs the data.
    Json state = good(readJson(checkpoint / "state.json"));
    state.erase("data");
    state.erase("crc32");
    QVERIFY_OK(writeFileWhole(checkpoint / "state.json", state.dump()));
    SAYS(openGenerator(checkpoint, builtinCatalog()), "small-images");
    gone.write("small-images", idxImages(40, 16));
    QCOMPARE(opened(checkpoint)->info().classes, generator->info().classes);
    for (const Json& nonsense : {Json(3), Json({{"shape", {1, 0, 4}}, {"classes", Json::array()}}),
             Json({{"shape", {1, 4}}, {"classes", Json::array()}}), Json({{"shape", "wide"}, {"classes", {1}}})}) {
        state["data"] = nonsense;
        QVERIFY_OK(writeFileWhole(checkpoint / "state.json", state.dump()));
        SAYS(openGenerator(checkpoint, builtinCatalog()), "state.json: data");
    }
}

void TestGenerator::lastCheckpointOfARun()
{
    const auto trainer = makeOpenTrainer(pointsExperiment());
    trainSteps(*trainer, 2);
    const Scratch place;
    const fs::path first = addCheckpoint(place.path("run"), *trainer, pointsExperiment());
    trainSteps(*trainer, 3);
    const Scratch aside;
    const fs::path second = addCheckpoint(aside.path("run"), *trainer, pointsExperiment());
    fs::copy(second, first.parent_path() / second.filename(), fs::copy_options::recursive);
    QCOMPARE(opened(place.path("run"))->info().step, std::int64_t{5});
    QCOMPARE(opened(first)->info().step, std::int64_t{2});
    QVERIFY(opened(place.path("run"))->info().origin == first.parent_path() / second.filename());
}

void TestGenerator::refusedPaths()
{
    const Scratch place;
    const auto open = [](const fs::path& path) { return openGenerator(path, builtinCatalog()); };
    SAYS(open(place.path("none")), "none", "run");
    SAYS(open(place.path()), "neither", "run");
    SAYS(open(place.write("file.txt", "words")), "file.txt", "run");
    place.write("empty/experiment.json", "{}");
    SAYS(open(place.path("empty")), "no checkpoint", "Train");
    place.write("torn/state.json", "{ \"schema\": 1, ");
    SAYS(open(place.path("torn")), "state.json");
    place.write("list/state.json", "[1]");
    SAYS(open(place.path("list")), "state.json");
}

void TestGenerator::refusedWeights()
{
    const Json document = imagesExperiment(m_scratch);
    const auto trainer = makeOpenTrainer(document);
    const Scratch place;
    const fs::path checkpoint = addCheckpoint(place.path("run"), *trainer, document);
    const fs::path file = checkpoint / "tensors.safetensors";
    SAYS(openGenerator(checkpoint, builtinCatalog(), Weights::Averaged), "no averaged weights", "ema_decay");

    const TensorMap whole = good(readSafetensors(file)).tensors;
    const auto holding = [&](const TensorMap& tensors) {
        if (Status written = writeSafetensors(file, tensors); !written)
            throw std::runtime_error(written.error().sentence());
        return openGenerator(checkpoint, builtinCatalog());
    };
    TensorMap changed;
    SAYS(holding(changed), "tensors.safetensors", "missing");
    changed = whole;
    const std::string name = std::find_if(whole.begin(), whole.end(), [](const auto& entry) {
        return entry.first.rfind("generator/", 0) == 0 && entry.first.find("running_mean") != std::string::npos;
    })->first;
    changed.erase(name);
    SAYS(holding(changed), "tensors.safetensors", name.substr(10));
    changed = whole;
    changed[name].shape = {2, static_cast<std::int64_t>(changed[name].data.size() / 8)};
    SAYS(holding(changed), "tensors.safetensors", "another shape");
    changed = whole;
    changed[name].dtype = DType::I32;
    SAYS(holding(changed), "tensors.safetensors", "another shape or type");
    // A wide network is not built on the word of a file that holds a narrow one.
    Json state = good(readJson(checkpoint / "state.json"));
    state["experiment"]["generator"]["width"] = 1024;
    state.erase("crc32");
    QVERIFY_OK(writeFileWhole(checkpoint / "state.json", state.dump()));
    SAYS(holding(whole), "smaller");
    QVERIFY_OK(writeFileWhole(file, "not tensors at all, only words"));
    SAYS(openGenerator(checkpoint, builtinCatalog()), "tensors.safetensors");
}

QTEST_GUILESS_MAIN(TestGenerator)
#include "generator.moc"
