// SPDX-License-Identifier: GPL-3.0-or-later
// A discriminator opened from a run: the scores of its trainer, sample by sample.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/latent/network/generate.h"
#include "core/latent/network/open_discriminator.h"
#include "core/latent/network/open_generator.h"

#include "tests/support/says.h"
#include "tests/support/small_checkpoints.h"
#endif

#include <cmath>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

std::unique_ptr<Discriminator> opened(const fs::path& path)
{
    return good(openDiscriminator(path, builtinCatalog()));
}

/// One sample of some.
Samples sampleAt(const Samples& samples, std::int64_t number)
{
    Samples one = samples;
    one.count = 1;
    const auto size = static_cast<std::ptrdiff_t>(samples.pixels.size()) / samples.count;
    one.pixels.assign(samples.pixels.begin() + number * size, samples.pixels.begin() + (number + 1) * size);
    return one;
}

/// The experiment with an auto-encoder for a discriminator.
Json rebuilding(const Scratch& scratch, const Json& objective)
{
    const char* network = objective["kind"] == "began" ? "began" : "ebgan";
    Json document = with(imagesExperiment(scratch), {{"objective", objective}});
    document["discriminator"] = {{"architecture", network}};
    return document;
}

} // namespace

class TestDiscriminator : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); }
    void scoresOfTheNetwork_data();
    void scoresOfTheNetwork();
    void meansOfTheTrainer();
    void energies_data();
    void energies();
    void labels();
    void eachAlone();
    void features();
    void otherWeights();
    void generatorsTakeOnWeights();
    void fromMemory();
    void whatIsNotThere();

private:
    Scratch m_scratch;
};

void TestDiscriminator::scoresOfTheNetwork_data()
{
    QTest::addColumn<QString>("objective");
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("logit");
    QTest::addRow("minimax") << "minimax"
                             << "Logit" << true;
    QTest::addRow("non-saturating") << "non-saturating"
                                    << "Logit" << true;
    QTest::addRow("least squares") << "lsgan"
                                   << "Target" << false;
    QTest::addRow("hinge") << "hinge"
                           << "Side of the hinge" << false;
    QTest::addRow("Wasserstein") << "wgan"
                                 << "Critic's value" << false;
    QTest::addRow("relativistic") << "relativistic"
                                  << "Rank" << false;
}

void TestDiscriminator::scoresOfTheNetwork()
{
    QFETCH(QString, objective);
    QFETCH(QString, name);
    QFETCH(bool, logit);
    for (const char* format : {"contiguous", "channels_last"}) {
        const Json document = with(imagesExperiment(m_scratch),
            {{"objective", {{"kind", objective.toStdString()}}}, {"training.memory_format", format}});
        const auto trainer = makeOpenTrainer(document);
        trainSteps(*trainer, 3);
        const Scratch place;
        const auto discriminator = opened(addCheckpoint(place.path("run"), *trainer, document));
        const DiscriminatorInfo& info = discriminator->info();
        QCOMPARE(info.step, std::int64_t{3});
        QCOMPARE(info.shape, (Shape{1, 16, 16}));
        QCOMPARE(QString::fromStdString(info.meaning.name), name);
        QVERIFY(info.kind == Critic::Score && !info.meaning.lowIsReal && !info.meaning.reading.empty());
        const Samples real = good(trainer->realSamples());
        const Judgement judgement = good(discriminator->judge(real, {}));
        QCOMPARE(static_cast<std::int64_t>(judgement.scores.size()), real.count);
        QCOMPARE(judgement.reconstruction.count, std::int64_t{0});
        // The trainer's own network on the same bytes, scaled by hand.
        const torch::NoGradGuard guard;
        torch::Tensor images = at::empty({real.count, 1, 16, 16}, torch::kFloat);
        for (std::size_t i = 0; i < real.pixels.size(); ++i)
            images.mutable_data_ptr<float>()[i] = static_cast<float>(real.pixels[i]) / 127.5f - 1;
        const torch::Tensor expected =
            trainer->network("discriminator").forward(images, ForwardMode::Evaluate).flatten();
        for (std::int64_t i = 0; i < real.count; ++i) {
            const auto at = static_cast<std::size_t>(i);
            const double score = expected[i].item<double>();
            QVERIFY(std::abs(judgement.scores[at] - score) < 1e-5 * (1 + std::abs(score)));
            if (logit)
                QVERIFY(std::abs(judgement.probabilities[at] - 1 / (1 + std::exp(-score))) < 1e-5);
        }
        QCOMPARE(judgement.probabilities.size(), logit ? judgement.scores.size() : 0u);
    }
}

/// What the curves D(real) and D(fake) show: means of the scores of one update's batches, where nothing depends on the
/// batch.
void TestDiscriminator::meansOfTheTrainer()
{
    const Json document = pointsExperiment();
    const auto trainer = makeOpenTrainer(document);
    trainSteps(*trainer, 5);
    const Scratch place;
    const fs::path checkpoint = addCheckpoint(place.path("run"), *trainer, document);
    const auto discriminator = opened(checkpoint);
    const auto generator = good(openGenerator(checkpoint, builtinCatalog()));
    torch::Tensor real;
    torch::Tensor latents;
    trainer->onReal = [&](torch::Tensor value) { return real = std::move(value); };
    trainer->onLatents = [&](const std::string& phase, std::int64_t, torch::Tensor value) {
        if (phase == "discriminator")
            latents = value;
        return value;
    };
    const MetricRow row = trainSteps(*trainer, 1).front();
    const auto mean = [&](const Samples& samples) {
        double sum = 0;
        for (const float score : good(discriminator->judge(samples, {})).scores)
            sum += score;
        return sum / static_cast<double>(samples.count);
    };
    Samples shown;
    shown.count = real.size(0);
    shown.points = hostFloats(real);
    QVERIFY(std::abs(mean(shown) - cell(*trainer, row, "d_real")) < 1e-6);
    const Samples fake = good(generator->make({latents.size(1), hostFloats(latents), {}}));
    QVERIFY(std::abs(mean(fake) - cell(*trainer, row, "d_fake")) < 1e-6);
    QVERIFY(std::abs(mean(shown) - mean(fake)) > 1e-4); // so that the two are told apart
}

void TestDiscriminator::energies_data()
{
    QTest::addColumn<QString>("objective");
    QTest::addRow("mean") << R"({"kind": "ebgan"})";
    QTest::addRow("sum") << R"({"kind": "ebgan", "energy": "sum", "margin": 10})";
    QTest::addRow("norm") << R"({"kind": "ebgan", "energy": "norm", "margin": 10})";
    QTest::addRow("absolute") << R"({"kind": "began"})";
}

void TestDiscriminator::energies()
{
    QFETCH(QString, objective);
    const Json kind = Json::parse(objective.toStdString());
    const Json document = rebuilding(m_scratch, kind);
    const auto trainer = makeOpenTrainer(document);
    trainSteps(*trainer, 3);
    const Scratch place;
    const auto discriminator = opened(addCheckpoint(place.path("run"), *trainer, document));
    QVERIFY(discriminator->info().kind == Critic::Reconstruction);
    QVERIFY(discriminator->info().meaning.lowIsReal);
    const Samples real = good(trainer->realSamples());
    const Judgement judgement = good(discriminator->judge(real, {}));
    QVERIFY(judgement.probabilities.empty());
    QCOMPARE(judgement.reconstruction.count, real.count);
    const torch::NoGradGuard guard;
    for (std::int64_t i = 0; i < std::min<std::int64_t>(real.count, 5); ++i) {
        const Samples one = sampleAt(real, i);
        const torch::Tensor image = sampleTensor(one, torch::kCPU, torch::MemoryFormat::Contiguous);
        const torch::Tensor rebuilt = trainer->network("discriminator").forward(image, ForwardMode::Evaluate);
        double squares = 0;
        double sizes = 0;
        for (std::int64_t pixel = 0; pixel < 256; ++pixel) {
            const double difference = (rebuilt.flatten()[pixel] - image.flatten()[pixel]).item<double>();
            squares += difference * difference;
            sizes += std::abs(difference);
        }
        const double expected = kind["kind"] == "began"  ? sizes / 256
            : !kind.contains("energy")                   ? squares / 256
            : kind["energy"].get<std::string>() == "sum" ? squares
                                                         : std::sqrt(squares);
        QVERIFY(std::abs(judgement.scores[static_cast<std::size_t>(i)] / expected - 1) < 1e-5);
        Samples shown;
        putSamples(shown, rebuilt);
        QVERIFY(sampleAt(judgement.reconstruction, i).pixels == shown.pixels);
    }
    // The code is what the features are.
    const Samples one = sampleAt(real, 0);
    const torch::Tensor code =
        trainer->network("discriminator")
            .forwardWithCode(sampleTensor(one, torch::kCPU, torch::MemoryFormat::Contiguous), ForwardMode::Evaluate)
            .code.squeeze(0);
    const std::vector<float> features = good(discriminator->features(one, {}));
    QCOMPARE(static_cast<std::int64_t>(features.size()), discriminator->info().featureCount);
    double sum = 0;
    for (const float feature : features)
        sum += feature;
    const double parts = static_cast<double>(features.size()) / static_cast<double>(code.size(0));
    QVERIFY(std::abs(sum / parts - code.view({code.size(0), -1}).mean(1).sum().item<double>()) < 1e-4);
}

void TestDiscriminator::labels()
{
    const Json document = labelledExperiment(m_scratch);
    const auto trainer = makeOpenTrainer(document);
    trainSteps(*trainer, 3);
    const Scratch place;
    const auto discriminator = opened(addCheckpoint(place.path("run"), *trainer, document));
    QCOMPARE(discriminator->info().classes, (std::vector<std::string>{"0", "1", "2"}));
    const Samples one = sampleAt(good(trainer->realSamples()), 0);
    const torch::NoGradGuard guard;
    const torch::Tensor image = sampleTensor(one, torch::kCPU, torch::MemoryFormat::Contiguous);
    for (std::int64_t label = 0; label < 3; ++label) {
        const torch::Tensor expected =
            trainer->network("discriminator").forward({image, at::eye(3).narrow(0, label, 1)}, ForwardMode::Evaluate);
        QVERIFY(std::abs(good(discriminator->judge(one, {label})).scores.front() - expected.item<float>()) < 1e-6f);
    }
    QVERIFY(good(discriminator->judge(one, {0})).scores != good(discriminator->judge(one, {1})).scores);
    SAYS(discriminator->judge(one, {}), "label");
    SAYS(discriminator->judge(one, {3}), "0 to 2");
    SAYS(discriminator->features(one, {0, 1}), "label");
}

/// To the last bit, and where D compares the samples of a batch too.
void TestDiscriminator::eachAlone()
{
    for (const char* comparison : {"none", "map"}) {
        const Json document = with(imagesExperiment(m_scratch), {{"discriminator.minibatch", comparison}});
        const auto trainer = makeOpenTrainer(document);
        const Scratch place;
        const auto discriminator = opened(addCheckpoint(place.path("run"), *trainer, document));
        const Samples real = good(trainer->realSamples());
        const std::vector<float> together = good(discriminator->judge(real, {})).scores;
        for (std::int64_t i = 0; i < 5; ++i) {
            QCOMPARE(good(discriminator->judge(sampleAt(real, i), {})).scores.front(),
                together[static_cast<std::size_t>(i)]);
        }
        QCOMPARE(discriminator->info().comparesSamples, std::string(comparison) == "map");
        QCOMPARE(discriminator->info().notes.empty(), std::string(comparison) == "none");
    }
}

/// The map before the last layer, its quarters averaged, against sums by hand.
void TestDiscriminator::features()
{
    const Json document = imagesExperiment(m_scratch);
    const auto trainer = makeOpenTrainer(document);
    trainSteps(*trainer, 3);
    const Scratch place;
    const auto discriminator = opened(addCheckpoint(place.path("run"), *trainer, document));
    const Samples real = good(trainer->realSamples());
    const std::vector<float> features = good(discriminator->features(real, {}));
    const std::int64_t count = discriminator->info().featureCount;
    QCOMPARE(static_cast<std::int64_t>(features.size()), count * real.count);
    // Of the layers: conv 4, conv 8, flatten, linear. The map before the flatten is 8 × 4 × 4.
    const torch::NoGradGuard guard;
    const torch::Tensor images = sampleTensor(real, torch::kCPU, torch::MemoryFormat::Contiguous);
    const torch::Tensor flat = trainer->network("discriminator").outputsOf({2}, images, ForwardMode::Evaluate).front();
    QCOMPARE(flat.size(1), std::int64_t{8 * 4 * 4});
    QCOMPARE(count, std::int64_t{8 * 2 * 2});
    const torch::Tensor maps = flat.view({-1, 8, 4, 4});
    for (std::int64_t i = 0; i < real.count; i += 7) {
        for (std::int64_t part = 0; part < count; ++part) {
            const std::int64_t y = part / 2 % 2 * 2;
            const std::int64_t x = part % 2 * 2;
            double sum = 0;
            for (const std::int64_t pixel : {0, 1, 2, 3})
                sum += maps[i][part / 4][y + pixel / 2][x + pixel % 2].item<double>();
            QVERIFY(std::abs(features[static_cast<std::size_t>(i * count + part)] - sum / 4) < 1e-5);
        }
    }
    // With the last layer they make the score again where nothing was averaged: a network for points.
    const auto points = makeOpenTrainer(pointsExperiment());
    const auto judge = opened(addCheckpoint(place.path("points"), *points, pointsExperiment()));
    Samples some;
    some.count = 3;
    some.points = {0, 0, 1, -1, 0.3f, 0.2f};
    const std::vector<float> hidden = good(judge->features(some, {}));
    QCOMPARE(judge->info().featureCount, std::int64_t{8});
    const std::vector<float> scores = good(judge->judge(some, {})).scores;
    const std::vector<NamedTensor> tensors = points->network("discriminator").tensors();
    const torch::Tensor weight = tensors[tensors.size() - 2].tensor.flatten();
    for (std::size_t i = 0; i < 3; ++i) {
        double score = tensors.back().tensor.item<double>();
        for (std::size_t j = 0; j < 8; ++j)
            score += hidden[i * 8 + j] * weight[static_cast<std::int64_t>(j)].item<double>();
        QVERIFY(std::abs(scores[i] - score) < 1e-5);
    }
}

void TestDiscriminator::otherWeights()
{
    const Json document = imagesExperiment(m_scratch);
    const auto trainer = makeOpenTrainer(document);
    const Scratch place;
    const auto discriminator = opened(addCheckpoint(place.path("run"), *trainer, document));
    trainSteps(*trainer, 3);
    const auto later = opened(addCheckpoint(place.path("later"), *trainer, document));
    const Samples real = good(trainer->realSamples());
    const std::vector<float> before = good(discriminator->judge(real, {})).scores;
    QVERIFY(good(later->judge(real, {})).scores != before);

    DiscriminatorModel model = good(readDiscriminator(place.path("later"), builtinCatalog()));
    TensorMap broken = model.tensors;
    broken.rbegin()->second.shape.push_back(1);
    SAYS(discriminator->adopt(broken, 9), broken.rbegin()->first, "another shape");
    SAYS(discriminator->adopt({}, 9), "missing");
    QVERIFY(good(discriminator->judge(real, {})).scores == before);
    QCOMPARE(discriminator->info().step, std::int64_t{0});
    QVERIFY_OK(discriminator->adopt(model.tensors, 3));
    QCOMPARE(discriminator->info().step, std::int64_t{3});
    QVERIFY(good(discriminator->judge(real, {})).scores == good(later->judge(real, {})).scores);
}

void TestDiscriminator::generatorsTakeOnWeights()
{
    for (const char* format : {"contiguous", "channels_last"}) {
        const Json document = with(imagesExperiment(m_scratch), {{"training.memory_format", format}});
        const auto trainer = makeOpenTrainer(document);
        const Scratch place;
        const auto generator =
            good(openGenerator(addCheckpoint(place.path("run"), *trainer, document), builtinCatalog()));
        const Latents latents = good(generator->draw({.seed = 2, .count = 4}));
        const Samples before = good(generator->make(latents));
        trainSteps(*trainer, 3);
        const fs::path later = addCheckpoint(place.path("later"), *trainer, document);
        const GeneratorModel model = good(readModel(later, builtinCatalog()));
        TensorMap broken = model.tensors;
        broken.erase(std::prev(broken.end()));
        SAYS(generator->adopt(broken, 9), "missing");
        QVERIFY(good(generator->make(latents)).pixels == before.pixels);
        QCOMPARE(generator->info().step, std::int64_t{0});
        QVERIFY_OK(generator->adopt(model.tensors, 3));
        const Samples after = good(generator->make(latents));
        QCOMPARE(after.step, std::int64_t{3});
        QVERIFY(after.pixels != before.pixels);
        QVERIFY(after.pixels == good(good(openGenerator(later, builtinCatalog()))->make(latents)).pixels);
    }
}

/// What a training run gives at the end of a step is enough; other tensors are not looked at.
void TestDiscriminator::fromMemory()
{
    const Json document = imagesExperiment(m_scratch);
    const auto trainer = makeOpenTrainer(document);
    trainSteps(*trainer, 2);
    CheckpointData data = good(trainer->save());
    data.state["experiment"] = good(resolveDocument(document, builtinCatalog()));
    std::erase_if(data.tensors, [](const auto& entry) { return entry.first.rfind("discriminator/", 0) != 0; });
    const DiscriminatorModel model = good(discriminatorOf(data, "the run", builtinCatalog()));
    const auto discriminator = good(openDiscriminatorModel(model, builtinCatalog()));
    QCOMPARE(discriminator->info().step, std::int64_t{2});
    const Scratch place;
    const Samples real = good(trainer->realSamples());
    QVERIFY(good(discriminator->judge(real, {})).scores
        == good(opened(addCheckpoint(place.path("run"), *trainer, document))->judge(real, {})).scores);
}

void TestDiscriminator::whatIsNotThere()
{
    Json document = with(imagesExperiment(m_scratch),
        {{"objective", {{"kind", "vae"}}}, {"encoder", {{"architecture", "dcgan"}, {"width", 4}}}});
    document.erase("discriminator");
    const auto vae = makeOpenTrainer(document);
    const Scratch place;
    SAYS(openDiscriminator(addCheckpoint(place.path("vae"), *vae, document), builtinCatalog()), "no discriminator",
        "VAE", "adversarial");
    SAYS(openDiscriminator(place.path("none"), builtinCatalog()), "none", "run");

    const auto trainer = makeOpenTrainer(imagesExperiment(m_scratch));
    const fs::path checkpoint = addCheckpoint(place.path("run"), *trainer, imagesExperiment(m_scratch));
    const auto discriminator = opened(checkpoint);
    Samples wrong = good(trainer->realSamples());
    wrong.channels = 3;
    SAYS(discriminator->judge(wrong, {}), "1 × 16 × 16");
    wrong.channels = 0;
    SAYS(discriminator->judge(wrong, {}), "1 × 16 × 16");
    wrong.channels = 1;
    wrong.pixels.pop_back();
    SAYS(discriminator->features(wrong, {}), "1 × 16 × 16");
    SAYS(discriminator->judge({}, {}), "1 × 16 × 16");
    SAYS(discriminator->judge(good(trainer->realSamples()), {0}), "no labels");
    const fs::path file = checkpoint / "tensors.safetensors";
    TensorMap tensors = good(readSafetensors(file)).tensors;
    std::erase_if(tensors, [](const auto& entry) { return entry.first.rfind("discriminator/", 0) == 0; });
    QVERIFY_OK(writeSafetensors(file, tensors));
    SAYS(openDiscriminator(checkpoint, builtinCatalog()), "discriminator are missing", "tensors.safetensors");
}

QTEST_GUILESS_MAIN(TestDiscriminator)
#include "discriminator.moc"
