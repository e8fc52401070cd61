// SPDX-License-Identifier: GPL-3.0-or-later
// The trainer: the same seed gives the same bits, phases touch only what they should, edits take effect at the next
// step, a bad update leaves no trace, and a step costs what it must.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/training/philox_on_device.h"

#include "tests/support/small_runs.h"

#include <ATen/record_function.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <new>
#include <numbers>
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

std::atomic<int> hostReads{0};
std::atomic<int> convolutionGradients{0};
std::atomic<int> weightGradients{0};
std::atomic<int> inputGradients{0};

/// Counts operators while it lives: reads of one number by the host, and convolutions' gradients by what they compute.
class OperatorCount {
public:
    OperatorCount()
    {
        hostReads = convolutionGradients = weightGradients = inputGradients = 0;
        auto callback =
            at::RecordFunctionCallback([](const at::RecordFunction& function) -> std::unique_ptr<at::ObserverContext> {
                const std::string_view name = function.name();
                if (name == "aten::_local_scalar_dense") {
                    ++hostReads;
                } else if (name == "aten::convolution_backward") {
                    ++convolutionGradients;
#ifdef NDEBUG // without it, arguments may be looked at only where LibTorch too was built without
              // The last one says what is wanted: input, weight, bias.
                    const auto wanted = function.inputs().back().toBoolList();
                    inputGradients += wanted.get(0);
                    weightGradients += wanted.get(1);
#endif
                }
                return nullptr;
            })
                .needsInputs(true)
                .scopes({at::RecordScope::FUNCTION});
        m_handle = at::addGlobalCallback(callback);
    }
    OperatorCount(const OperatorCount&) = delete;
    OperatorCount& operator=(const OperatorCount&) = delete;
    ~OperatorCount()
    {
        at::removeCallback(m_handle);
    }

private:
    at::CallbackHandle m_handle;
};

/// Names that begin with one of the prefixes.
bool only(const std::vector<std::string>& names, const std::vector<std::string>& prefixes)
{
    return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
        return std::any_of(prefixes.begin(), prefixes.end(),
            [&](const std::string& prefix) { return name.compare(0, prefix.size(), prefix) == 0; });
    });
}

bool some(const std::vector<std::string>& names, const std::string& prefix)
{
    return std::any_of(names.begin(), names.end(),
        [&](const std::string& name) { return name.compare(0, prefix.size(), prefix) == 0; });
}

torch::Tensor tensorNamed(Engine& engine, const std::string& name)
{
    return tensorFrom(tensorsOf(engine).at(name));
}

/// Distance of a sample's distribution from a given one (Kolmogorov and Smirnov).
double largestGap(const torch::Tensor& sample, double (*distribution)(double))
{
    const torch::Tensor sorted = std::get<0>(sample.flatten().to(torch::kDouble).sort());
    const double* values = sorted.const_data_ptr<double>();
    const auto count = static_cast<double>(sorted.numel());
    double gap = 0;
    for (std::int64_t i = 0; i < sorted.numel(); ++i) {
        const double expected = distribution(values[i]);
        gap = std::max({gap, expected - static_cast<double>(i) / count, static_cast<double>(i + 1) / count - expected});
    }
    return gap;
}

double normalDistribution(double x)
{
    return std::erfc(-x / std::numbers::sqrt2) / 2;
}
double uniformDistribution(double x)
{
    return std::clamp(x, 0.0, 1.0);
}

} // namespace

class TestTrainer : public QObject {
    Q_OBJECT

private slots:
    void sameSeedSameBits_data();
    void sameSeedSameBits();
    void anotherSeedAnotherRun();
    void lookingChangesNothing();
    void rowsAndProgress();
    void discriminatorAlone();
    void generatorAlone();
    void severalDiscriminatorSteps();
    void liveRates();
    void liveMomentum();
    void liveObjective();
    void liveDiscriminatorSteps();
    void noiseByScheduleAndByHand();
    void noiseReachesBothBatches();
    void halvedRates();
    void average();
    void averageSwitchedWhileTraining();
    void frozenDiscriminator();
    void hostReadsPerStep();
    void nonFinite_data();
    void nonFinite();
    void outOfMemory();
    void failuresWhileComputing();
    void evaluatedSamples();
    void nothingToLearn();
    void normals();
    void uniforms();
    void samplesAreKeyedOneByOne();
    void philoxOfTensors();
    void permutations();
    void epochs();

private:
    Json images(const std::vector<std::pair<std::string, Json>>& changes = {}) const
    {
        return with(imagesExperiment(m_scratch), changes);
    }

    Scratch m_scratch;
};

void TestTrainer::sameSeedSameBits_data()
{
    QTest::addColumn<bool>("pictures");
    QTest::addColumn<QString>("optimiser");
    QTest::addColumn<QString>("format");
    QTest::addRow("points") << false << "adam"
                            << "contiguous";
    QTest::addRow("images") << true << "adam"
                            << "contiguous";
    QTest::addRow("images, channels last, RMSProp") << true << "rmsprop"
                                                    << "channels_last";
}

void TestTrainer::sameSeedSameBits()
{
    QFETCH(bool, pictures);
    QFETCH(QString, optimiser);
    QFETCH(QString, format);
    const Json document = with(pictures ? images() : pointsExperiment(),
        {{"training.memory_format", format.toStdString()}, {"training.ema_decay", 0.9},
            {"optimisers.discriminator.kind", optimiser.toStdString()}, {"instance_noise.start", 0.1}});
    const auto one = makeOpenTrainer(document);
    const auto other = makeOpenTrainer(document);
    QVERIFY_SAME_TENSORS(tensorsOf(*one), tensorsOf(*other));
    QCOMPARE(exactly(trainSteps(*one, 6)), exactly(trainSteps(*other, 6)));
    QVERIFY_SAME_TENSORS(tensorsOf(*one), tensorsOf(*other));
}

void TestTrainer::anotherSeedAnotherRun()
{
    const auto one = makeOpenTrainer(pointsExperiment());
    const auto other = makeOpenTrainer(with(pointsExperiment(), {{"training.seed", 2}}));
    const std::vector<std::string> names = differing(tensorsOf(*one), tensorsOf(*other));
    QVERIFY(some(names, "generator/") && some(names, "discriminator/"));
    QVERIFY(exactly(trainSteps(*one, 2)) != exactly(trainSteps(*other, 2)));
}

void TestTrainer::lookingChangesNothing()
{
    for (const Json& document : {pointsExperiment(), images({{"training.ema_decay", 0.9}})}) {
        const auto one = makeOpenTrainer(document);
        const auto other = makeOpenTrainer(document);
        QStringList rows;
        for (int i = 0; i < 4; ++i) {
            rows += exactly(trainSteps(*one, 1));
            QVERIFY_OK(one->sample());
            QVERIFY_OK(one->realSamples());
            QVERIFY_OK(one->save());
        }
        QCOMPARE(rows, exactly(trainSteps(*other, 4)));
        QVERIFY_SAME_TENSORS(tensorsOf(*one), tensorsOf(*other));
    }
}

void TestTrainer::rowsAndProgress()
{
    const auto trainer = makeOpenTrainer(with(pointsExperiment(), {{"training.discriminator_steps", 2}}));
    std::vector<std::string> keys;
    for (const ColumnInfo& column : trainer->info().columns)
        keys.push_back(column.key);
    const std::vector<std::string> expected{
        "d_loss", "g_loss", "d_real", "d_fake", "noise_std", "d_lr", "g_lr", "d_grad_norm", "g_grad_norm"};
    QCOMPARE(joined(keys), joined(expected));
    QVERIFY(trainer->progress().inRound.empty());
    QVERIFY(!trainer->advance().stepDone);
    QCOMPARE(trainer->progress().inRound, std::string("D 2 of 2"));
    QVERIFY(!trainer->advance().stepDone);
    QCOMPARE(trainer->progress().inRound, std::string("G"));
    QCOMPARE(trainer->pendingRows(), 0);
    QVERIFY(trainer->advance().stepDone);
    QVERIFY(trainer->progress().inRound.empty());
    QCOMPARE(trainer->pendingRows(), 1);
    QCOMPARE(trainer->progress().step, std::int64_t{1});
    QCOMPARE(trainer->progress().images, std::int64_t{32});
    QCOMPARE(trainer->progress().epoch, 32.0 / 200);
    std::vector<MetricRow> rows;
    QVERIFY(!trainer->takeRows(rows));
    QCOMPARE(trainer->pendingRows(), 0);
    QCOMPARE(rows.size(), std::size_t{1});
    QCOMPARE(rows[0].step, std::int64_t{1});
    QCOMPARE(rows[0].images, std::int64_t{32});
    QCOMPARE(rows[0].values.size(), expected.size());
    for (const double value : rows[0].values)
        QVERIFY(std::isfinite(value));
    // Many at once.
    for (int i = 0; i < 5; ++i) {
        while (!trainer->advance().stepDone) { }
    }
    rows.clear();
    QVERIFY(!trainer->takeRows(rows));
    QCOMPARE(rows.size(), std::size_t{5});
    for (std::size_t i = 0; i < rows.size(); ++i)
        QCOMPARE(rows[i].step, static_cast<std::int64_t>(i) + 2);
}

// D's fakes are made in training mode, so G's running statistics follow them, as in plain PyTorch. All else of G stays.
void TestTrainer::discriminatorAlone()
{
    const auto trainer = makeOpenTrainer(images({{"training.ema_decay", 0.9}}));
    trainSteps(*trainer, 2);
    const TensorMap before = tensorsOf(*trainer);
    const std::vector<MetricRow> rows = trainSteps(*trainer, 1, "discriminator");
    const std::vector<std::string> changed = differing(before, tensorsOf(*trainer));
    for (const torch::Tensor& parameter : trainer->network("generator").parameters().tensors)
        QVERIFY(!parameter.requires_grad());
    for (const std::string& name : changed) {
        const bool statistics =
            name.find(".running_") != std::string::npos || name.find(".num_batches") != std::string::npos;
        QVERIFY2(only({name}, {"discriminator/", "optimiser/discriminator/"})
                || (only({name}, {"generator/"}) && statistics),
            name.c_str());
    }
    // Every weight of D moved, and G's statistics did.
    for (const std::string& name : trainer->network("discriminator").parameters().names)
        QVERIFY2(std::find(changed.begin(), changed.end(), "discriminator/" + name) != changed.end(), name.c_str());
    QVERIFY(some(changed, "generator/"));
    QVERIFY(std::isfinite(cell(*trainer, rows.front(), "d_loss")));
    QVERIFY(std::isnan(cell(*trainer, rows.front(), "g_loss")));
    QVERIFY(std::isnan(cell(*trainer, rows.front(), "g_grad_norm")));
    QCOMPARE(trainer->progress().step, std::int64_t{3});
    // The next round is a whole one again.
    QVERIFY(std::isfinite(cell(*trainer, trainSteps(*trainer, 1).front(), "g_loss")));
}

void TestTrainer::generatorAlone()
{
    const auto trainer = makeOpenTrainer(images({{"training.ema_decay", 0.9}}));
    trainSteps(*trainer, 2);
    const TensorMap before = tensorsOf(*trainer);
    const std::int64_t images = trainer->progress().images;
    const std::vector<MetricRow> rows = trainSteps(*trainer, 1, "generator");
    const std::vector<std::string> changed = differing(before, tensorsOf(*trainer));
    for (const std::string& name : changed) {
        const bool statistics =
            name.find(".running_") != std::string::npos || name.find(".num_batches") != std::string::npos;
        QVERIFY2(only({name}, {"generator/", "ema/", "optimiser/generator/"})
                || (only({name}, {"discriminator/"}) && statistics),
            name.c_str());
    }
    for (const std::string& name : trainer->network("generator").parameters().names)
        QVERIFY2(std::find(changed.begin(), changed.end(), "generator/" + name) != changed.end(), name.c_str());
    QVERIFY(some(changed, "ema/"));
    QCOMPARE(trainer->progress().images, images);
    QVERIFY(std::isnan(cell(*trainer, rows.front(), "d_loss")));
    QVERIFY(std::isnan(cell(*trainer, rows.front(), "d_real")));
    QVERIFY(std::isfinite(cell(*trainer, rows.front(), "g_loss")));
}

void TestTrainer::severalDiscriminatorSteps()
{
    const auto trainer = makeOpenTrainer(
        with(pointsExperiment(), {{"training.discriminator_steps", 3}, {"training.generator_steps", 2}}));
    std::vector<std::pair<std::string, std::int64_t>> draws;
    std::vector<torch::Tensor> latents;
    std::vector<torch::Tensor> reals;
    trainer->onLatents = [&](const std::string& phase, std::int64_t update, torch::Tensor drawn) {
        draws.emplace_back(phase, update);
        latents.push_back(drawn);
        return drawn;
    };
    trainer->onReal = [&](torch::Tensor drawn) {
        reals.push_back(drawn);
        return drawn;
    };
    trainSteps(*trainer, 2);
    const std::string d = "discriminator";
    const std::string g = "generator";
    const std::vector<std::pair<std::string, std::int64_t>> expected{
        {d, 0}, {d, 1}, {d, 2}, {g, 0}, {g, 1}, {d, 3}, {d, 4}, {d, 5}, {g, 2}, {g, 3}};
    QVERIFY(draws == expected);
    QCOMPARE(reals.size(), std::size_t{6});
    for (const std::vector<torch::Tensor>& drawn : {latents, reals}) {
        for (std::size_t i = 0; i < drawn.size(); ++i) {
            for (std::size_t j = 0; j < i; ++j)
                QVERIFY(!at::equal(drawn[i], drawn[j]));
        }
    }
    // Adam counts its updates.
    QCOMPARE(tensorNamed(*trainer, "optimiser/discriminator/step/0.weight").item<float>(), 6.0f);
    QCOMPARE(tensorNamed(*trainer, "optimiser/generator/step/0.weight").item<float>(), 4.0f);
}

void TestTrainer::liveRates()
{
    for (const char* kind : {"adam", "rmsprop"}) {
        const Json document = with(pointsExperiment(),
            {{"optimisers.generator", {{"kind", kind}, {"learning_rate", 1e-3}}},
                {"optimisers.discriminator", {{"kind", kind}, {"learning_rate", 1e-3}}}});
        const auto edited = makeOpenTrainer(document);
        const auto plain = makeOpenTrainer(document);
        trainSteps(*edited, 3);
        trainSteps(*plain, 3);
        const TensorMap before = tensorsOf(*edited);
        QVERIFY_OK(edited->apply("optimisers.generator.learning_rate", 4e-3));
        QVERIFY_SAME_TENSORS(before, tensorsOf(*edited)); // an edit alone moves nothing, the optimiser's state least
        const MetricRow row = trainSteps(*edited, 1).front();
        trainSteps(*plain, 1);
        QCOMPARE(cell(*edited, row, "g_lr"), 4e-3);
        QCOMPARE(cell(*edited, row, "d_lr"), 1e-3);
        // The same gradients and the same state: the step is four times as long, the state the same.
        const TensorMap far = tensorsOf(*edited);
        const TensorMap near = tensorsOf(*plain);
        QVERIFY(only(differing(far, near), {"generator/"}));
        const torch::Tensor start = tensorFrom(before.at("generator/0.weight"));
        const torch::Tensor longStep = tensorFrom(far.at("generator/0.weight")) - start;
        const torch::Tensor shortStep = tensorFrom(near.at("generator/0.weight")) - start;
        QVERIFY(shortStep.abs().max().item<float>() > 1e-5f);
        QVERIFY(at::allclose(longStep, 4 * shortStep, 1e-3, 1e-7));
    }
    // At a rate of 0 the weights stand still.
    const auto still = makeOpenTrainer(pointsExperiment());
    trainSteps(*still, 1);
    const TensorMap before = tensorsOf(*still);
    QVERIFY_OK(still->apply("optimisers.generator.learning_rate", 0));
    trainSteps(*still, 1, "generator");
    QVERIFY(only(differing(before, tensorsOf(*still)), {"optimiser/generator/"}));
}

void TestTrainer::liveMomentum()
{
    const auto trainer = makeOpenTrainer(pointsExperiment(), torch::kDouble);
    trainSteps(*trainer, 2);
    const TensorMap before = tensorsOf(*trainer);
    QVERIFY_OK(trainer->apply("optimisers.generator.beta1", 0.25));
    QVERIFY_OK(trainer->apply("optimisers.generator.beta2", 0.75));
    QVERIFY_SAME_TENSORS(before, tensorsOf(*trainer));
    trainSteps(*trainer, 1, "generator");
    const TensorMap after = tensorsOf(*trainer);
    // g from the first moment, then the second must agree: m' = β₁ m + (1-β₁) g, v' = β₂ v + (1-β₂) g².
    for (const std::string& name : trainer->network("generator").parameters().names) {
        const auto state = [&name](const TensorMap& tensors, const char* moment) {
            return tensorFrom(tensors.at("optimiser/generator/" + std::string(moment) + "/" + name));
        };
        const torch::Tensor gradient = (state(after, "exp_avg") - 0.25 * state(before, "exp_avg")) / 0.75;
        const torch::Tensor square = 0.75 * state(before, "exp_avg_sq") + 0.25 * gradient.square();
        QVERIFY2(at::allclose(state(after, "exp_avg_sq"), square, 1e-9, 1e-15), name.c_str());
        QCOMPARE(state(after, "step").item<float>(), 3.0f);
        // w' = w - η (m' / (1-β₁³)) / (√(v' / (1-β₂³)) + ε)
        const torch::Tensor first = state(after, "exp_avg") / (1 - std::pow(0.25, 3));
        const torch::Tensor second = state(after, "exp_avg_sq") / (1 - std::pow(0.75, 3));
        const torch::Tensor weight = tensorFrom(before.at("generator/" + name)) - 2e-4 * first / (second.sqrt() + 1e-8);
        QVERIFY2(at::allclose(tensorFrom(after.at("generator/" + name)), weight, 1e-9, 1e-12), name.c_str());
    }
}

void TestTrainer::liveObjective()
{
    const auto edited = makeOpenTrainer(pointsExperiment(), torch::kDouble);
    const auto given = makeOpenTrainer(with(pointsExperiment(), {{"objective.label_smoothing", 0.2}}), torch::kDouble);
    const auto plain = makeOpenTrainer(pointsExperiment(), torch::kDouble);
    QVERIFY_OK(edited->apply("objective.label_smoothing", 0.2));
    const MetricRow row = trainSteps(*edited, 1).front();
    QCOMPARE(exactly({row}), exactly(trainSteps(*given, 1)));
    QVERIFY_SAME_TENSORS(tensorsOf(*edited), tensorsOf(*given));
    // Smoothing a adds a E[D(x)] to D's loss, and nothing to the side of the generated.
    const MetricRow without = trainSteps(*plain, 1).front();
    const double added = cell(*edited, row, "d_loss") - cell(*plain, without, "d_loss");
    QVERIFY(std::abs(added - 0.2 * cell(*plain, without, "d_real")) < 1e-12);
}

void TestTrainer::liveDiscriminatorSteps()
{
    const auto trainer = makeOpenTrainer(pointsExperiment());
    trainSteps(*trainer, 1);
    QVERIFY_OK(trainer->apply("training.discriminator_steps", 3));
    trainSteps(*trainer, 1);
    QCOMPARE(trainer->progress().images, std::int64_t{4 * 16});
    // Lowered in the middle of a round, the round ends with the update under way.
    trainer->advance();
    trainer->advance();
    QVERIFY_OK(trainer->apply("training.discriminator_steps", 1));
    trainSteps(*trainer, 2);
    QVERIFY(trainer->progress().images <= std::int64_t{(4 + 3 + 1) * 16});
    const std::int64_t images = trainer->progress().images;
    trainSteps(*trainer, 1);
    QCOMPARE(trainer->progress().images, images + 16);
}

void TestTrainer::noiseByScheduleAndByHand()
{
    const auto trainer = makeOpenTrainer(with(pointsExperiment(),
        {{"instance_noise", {{"schedule", "linear"}, {"start", 0.8}, {"end", 0.0}, {"steps", 8}}}}));
    const auto noise = [&] { return cell(*trainer, trainSteps(*trainer, 1).front(), "noise_std"); };
    QCOMPARE(noise(), 0.8);
    QCOMPARE(noise(), 0.7);
    QVERIFY_OK(trainer->apply("instance_noise.level", 0.33));
    QCOMPARE(noise(), 0.6); // prepared, not yet in force
    QVERIFY_OK(trainer->apply("instance_noise.manual", true));
    QCOMPARE(noise(), 0.33);
    QVERIFY_OK(trainer->apply("instance_noise.level", 0.0));
    QCOMPARE(noise(), 0.0);
    QVERIFY_OK(trainer->apply("instance_noise.manual", false));
    QVERIFY(std::abs(noise() - 0.3) < 1e-12); // where the schedule has come to in the meantime
    trainSteps(*trainer, 2);
    QCOMPARE(noise(), 0.0);
    QCOMPARE(noise(), 0.0);
}

void TestTrainer::noiseReachesBothBatches()
{
    const auto trainer = makeOpenTrainer(with(pointsExperiment(), {{"instance_noise.start", 0.25}}), torch::kDouble);
    QStringList draws;
    std::vector<torch::Tensor> noises;
    trainer->onNoise = [&](const std::string& phase, const std::string& which, std::int64_t update,
                           torch::Tensor drawn) {
        draws << QString::fromStdString(phase + " " + which + " " + std::to_string(update));
        noises.push_back(drawn);
        return drawn;
    };
    trainSteps(*trainer, 2);
    QCOMPARE(draws,
        QStringList({"discriminator real 0", "discriminator fake 0", "generator fake 0", "discriminator real 1",
            "discriminator fake 1", "generator fake 1"}));
    for (std::size_t i = 0; i < noises.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j)
            QVERIFY(!at::equal(noises[i], noises[j]));
    }
    // Its scale: fed to a D that is linear, unit noise moves the mean output by σ times the weights.
    const auto measured = [](double level) {
        const auto linear =
            makeOpenTrainer(with(pointsExperiment(),
                                {{"discriminator", {{"layers", Json::array({{{"kind", "linear"}, {"out", 1}}})}}},
                                    {"instance_noise.start", level}}),
                torch::kDouble);
        linear->onNoise = [](const auto&, const auto&, std::int64_t, const torch::Tensor& drawn) {
            return torch::ones_like(drawn);
        };
        const double sum = linear->network("discriminator").parameters().tensors[0].sum().item<double>();
        const MetricRow row = trainSteps(*linear, 1).front();
        return std::pair(cell(*linear, row, "d_real"), sum);
    };
    const auto [quiet, sum] = measured(0.0);
    QVERIFY(std::abs(measured(0.25).first - quiet - 0.25 * sum) < 1e-12);
}

void TestTrainer::halvedRates()
{
    const auto trainer = makeOpenTrainer(with(pointsExperiment(),
        {{"schedules", {{"halve_every", 2}, {"minimum", 2e-4}}}, {"optimisers.generator.learning_rate", 1e-3},
            {"optimisers.discriminator.learning_rate", 1e-4}}));
    std::vector<double> rates;
    for (const MetricRow& row : trainSteps(*trainer, 8)) {
        rates.push_back(cell(*trainer, row, "g_lr"));
        QCOMPARE(cell(*trainer, row, "d_lr"), 1e-4); // below the floor already: never raised to it
    }
    QVERIFY(rates == std::vector<double>({1e-3, 1e-3, 5e-4, 5e-4, 2.5e-4, 2.5e-4, 2e-4, 2e-4}));
    QVERIFY_OK(trainer->apply("schedules.halve_every", 0));
    QCOMPARE(cell(*trainer, trainSteps(*trainer, 1).front(), "g_lr"), 1e-3);
    // A rate set by hand is halved as well.
    QVERIFY_OK(trainer->apply("schedules.halve_every", 9));
    QVERIFY_OK(trainer->apply("optimisers.generator.learning_rate", 8e-3));
    QCOMPARE(cell(*trainer, trainSteps(*trainer, 1).front(), "g_lr"), 4e-3);
}

void TestTrainer::average()
{
    const auto trainer = makeOpenTrainer(images({{"training.ema_decay", 0.75}}), torch::kDouble);
    const auto part = [](const TensorMap& tensors, const std::string& prefix) {
        std::map<std::string, torch::Tensor> found;
        for (const auto& [name, tensor] : tensors) {
            if (name.compare(0, prefix.size(), prefix) == 0)
                found[name.substr(prefix.size())] = tensorFrom(tensor);
        }
        return found;
    };
    auto expected = part(tensorsOf(*trainer), "generator/");
    QVERIFY(expected.size() > 5);
    for (int i = 0; i < 4; ++i) {
        trainSteps(*trainer, 1);
        const TensorMap tensors = tensorsOf(*trainer);
        const auto weights = part(tensors, "generator/");
        for (auto& [name, value] : expected) {
            const bool buffer =
                name.find("running_") != std::string::npos || name.find("num_batches") != std::string::npos;
            value = buffer ? weights.at(name) : 0.75 * value + 0.25 * weights.at(name);
        }
        const auto given = part(tensors, "ema/");
        QCOMPARE(given.size(), expected.size());
        for (const auto& [name, value] : expected)
            QVERIFY2(at::allclose(given.at(name), value, 1e-12, 1e-14), name.c_str());
    }
    // Samples come from the average, and from the generator where that is asked for.
    const Result<Samples> averaged = trainer->sample();
    QVERIFY_OK(averaged);
    QVERIFY(averaged->ema);
    QVERIFY_OK(trainer->apply("sampling.ema", false));
    const Result<Samples> plain = trainer->sample();
    QVERIFY_OK(plain);
    QVERIFY(!plain->ema);
    QVERIFY(plain->pixels != averaged->pixels);
}

void TestTrainer::averageSwitchedWhileTraining()
{
    const auto trainer = makeOpenTrainer(pointsExperiment());
    trainSteps(*trainer, 2);
    QVERIFY(!trainer->averagedGenerator());
    QVERIFY_OK(trainer->apply("training.ema_decay", 0.5));
    TensorMap tensors = tensorsOf(*trainer);
    QVERIFY(tensors.at("ema/0.weight") == tensors.at("generator/0.weight"));
    const torch::Tensor start = tensorFrom(tensors.at("ema/0.weight"));
    trainSteps(*trainer, 1);
    tensors = tensorsOf(*trainer);
    QVERIFY(at::allclose(tensorFrom(tensors.at("ema/0.weight")),
        (start + tensorFrom(tensors.at("generator/0.weight"))) / 2, 1e-6, 1e-8));
    const torch::Tensor middle = tensorFrom(tensors.at("ema/0.weight"));
    QVERIFY_OK(trainer->apply("training.ema_decay", 0.9));
    trainSteps(*trainer, 1);
    tensors = tensorsOf(*trainer);
    QVERIFY(at::allclose(tensorFrom(tensors.at("ema/0.weight")),
        0.9 * middle + 0.1 * tensorFrom(tensors.at("generator/0.weight")), 1e-6, 1e-8));
    QVERIFY_OK(trainer->apply("training.ema_decay", 0.0));
    QVERIFY(!trainer->averagedGenerator());
    QVERIFY(!some(differing(tensorsOf(*trainer), {}), "ema/"));
    trainSteps(*trainer, 1);
}

void TestTrainer::frozenDiscriminator()
{
    const auto trainer = makeOpenTrainer(images());
    trainSteps(*trainer, 1);
    const auto convolutions = [](BuiltNetwork& network) {
        int count = 0;
        for (const torch::Tensor& parameter : network.parameters().tensors)
            count += parameter.dim() == 4;
        return count;
    };
    const int inD = convolutions(trainer->network("discriminator"));
    QVERIFY(inD > 1);
    // Whose weights ask for gradients while a phase computes.
    bool learning[2]{};
    const auto look = [&] {
        for (int i = 0; i < 2; ++i) {
            const auto& parameters = trainer->network(i ? "generator" : "discriminator").parameters().tensors;
            learning[i] = std::any_of(parameters.begin(), parameters.end(),
                [](const torch::Tensor& parameter) { return parameter.requires_grad(); });
        }
    };
    trainer->onLatents = [&](const std::string&, std::int64_t, torch::Tensor drawn) {
        look();
        return drawn;
    };
    {
        const OperatorCount count;
        trainSteps(*trainer, 1, "discriminator");
        QVERIFY(learning[0] && !learning[1]);
        QCOMPARE(convolutionGradients.load(), 2 * inD);
#ifdef NDEBUG
        QCOMPARE(weightGradients.load(), 2 * inD); // a real and a generated batch
        QCOMPARE(inputGradients.load(), 2 * (inD - 1)); // the first layer's input is data
#endif
    }
    {
        const OperatorCount count;
        trainSteps(*trainer, 1, "generator");
        QVERIFY(!learning[0] && learning[1]);
#ifdef NDEBUG
        // D's convolutions pass a gradient on and have none of their own. (Not all of G's need be such operators.)
        QCOMPARE(convolutionGradients - weightGradients, inD);
        QCOMPARE(inputGradients.load(), convolutionGradients.load());
#endif
    }
    for (const torch::Tensor& parameter : trainer->network("discriminator").parameters().tensors) {
        QVERIFY(!parameter.requires_grad());
        QVERIFY(!parameter.grad().defined());
    }
    for (const torch::Tensor& parameter : trainer->network("generator").parameters().tensors)
        QVERIFY(parameter.requires_grad() && !parameter.grad().defined());
}

// On the CPU a phase reads one number: whether its update was bad. There the fused Adam reads its rate and each
// parameter's count of updates besides, which lie in host memory too. On a GPU none of them is read.
void TestTrainer::hostReadsPerStep()
{
    const auto reads = [](Trainer& trainer) {
        trainSteps(trainer, 2);
        constexpr int steps = 5;
        const OperatorCount count;
        for (int done = 0; done < steps;)
            done += trainer.advance().stepDone;
        const int read = hostReads;
        std::vector<MetricRow> rows;
        trainer.takeRows(rows);
        if (hostReads != read)
            throw std::runtime_error("rows are brought over number by number");
        return static_cast<double>(read) / steps;
    };
    for (const Json& document :
        {pointsExperiment(), images({{"training.ema_decay", 0.9}, {"instance_noise.start", 0.1}})}) {
        const auto adam = makeOpenTrainer(document);
        const std::size_t parameters = adam->network("generator").parameters().tensors.size()
            + adam->network("discriminator").parameters().tensors.size();
        QVERIFY2(reads(*adam) <= static_cast<double>(2 + 2 + parameters), qPrintable(QString::number(reads(*adam))));
        const auto rmsprop = makeOpenTrainer(with(document,
            {{"optimisers", {{"generator", {{"kind", "rmsprop"}}}, {"discriminator", {{"kind", "rmsprop"}}}}}}));
        QVERIFY2(reads(*rmsprop) <= 2 * 1, qPrintable(QString::number(reads(*rmsprop))));
    }
}

void TestTrainer::nonFinite_data()
{
    QTest::addColumn<QString>("phase");
    QTest::addColumn<QString>("optimiser");
    QTest::addColumn<double>("poison");
    for (const char* phase : {"discriminator", "generator"}) {
        for (const char* optimiser : {"adam", "rmsprop"}) {
            for (const double poison :
                {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
                QTest::addRow("%s, %s, %f", phase, optimiser, poison) << phase << optimiser << poison;
        }
    }
}

void TestTrainer::nonFinite()
{
    QFETCH(QString, phase);
    QFETCH(QString, optimiser);
    QFETCH(double, poison);
    const Json document = images({{"training.ema_decay", 0.9}, {"training.discriminator_steps", 2},
        {"optimisers",
            {{"generator", {{"kind", optimiser.toStdString()}}},
                {"discriminator", {{"kind", optimiser.toStdString()}}}}}});
    const auto trainer = makeOpenTrainer(document);
    const auto untouched = makeOpenTrainer(document);
    trainSteps(*trainer, 3);
    trainSteps(*untouched, 3);
    // As far as the phase's last repeat.
    const auto lead = [&](Engine& engine) {
        engine.advance();
        if (phase == "generator")
            engine.advance();
    };
    lead(*trainer);
    lead(*untouched);
    trainer->onLatents = [poison](
                             const std::string&, std::int64_t, const torch::Tensor& drawn) { return drawn * poison; };
    const TensorMap before = tensorsOf(*trainer);
    const EngineProgress progress = trainer->progress();
    for (int attempt = 0; attempt < 2; ++attempt) {
        const Engine::Advance advanced = trainer->advance();
        QVERIFY(!advanced.stepDone);
        QVERIFY(advanced.fault.has_value());
        QCOMPARE(advanced.fault->kind, Fault::Kind::NonFinite);
        QCOMPARE(advanced.fault->step, std::int64_t{4});
        const QString sentence = QString::fromStdString(advanced.fault->error.sentence());
        QVERIFY2(sentence.contains("step 4") && sentence.contains(phase), qPrintable(sentence));
        QVERIFY(!advanced.fault->error.remedy.empty());
        QVERIFY_SAME_TENSORS(before, tensorsOf(*trainer));
        QCOMPARE(trainer->progress().images, progress.images);
        QCOMPARE(trainer->progress().inRound, progress.inRound);
    }
    // A checkpoint of this moment holds no trace of it either.
    const Result<CheckpointData> saved = trainer->save();
    QVERIFY_OK(saved);
    QVERIFY2(saved->state.dump().find("null") == std::string::npos, saved->state.dump().c_str());
    // The cause gone, training goes on as if nothing had been.
    trainer->onLatents = nullptr;
    QCOMPARE(exactly(trainSteps(*trainer, 3)), exactly(trainSteps(*untouched, 3)));
    QVERIFY_SAME_TENSORS(tensorsOf(*trainer), tensorsOf(*untouched));

    // Without any poison: a rate far too high is found out.
    const auto wild = makeOpenTrainer(with(pointsExperiment(),
        {{"objective.kind", "lsgan"}, {"optimisers.discriminator.learning_rate", 10},
            {"optimisers.discriminator.kind", "rmsprop"}, {"optimisers.generator.kind", "rmsprop"},
            {"optimisers.generator.learning_rate", 10}}));
    QVERIFY_OK(wild->apply("optimisers.discriminator.learning_rate", 1e30));
    std::optional<Fault> fault;
    for (int i = 0; i < 20 && !fault; ++i)
        fault = wild->advance().fault;
    QVERIFY(fault.has_value());
}

void TestTrainer::outOfMemory()
{
    const auto trainer = makeOpenTrainer(images({{"training.ema_decay", 0.9}}));
    trainSteps(*trainer, 1);
    const TensorMap before = tensorsOf(*trainer);
    int kind = 0;
    trainer->onReal = [&kind](torch::Tensor drawn) -> torch::Tensor {
        if (kind == 0)
            return torch::empty({std::int64_t{1} << 55});
        if (kind == 1)
            throw std::bad_alloc();
        TORCH_CHECK_WITH(OutOfMemoryError, kind != 2, "CUDA out of memory. Tried to allocate 2.00 GiB.");
        return drawn;
    };
    for (kind = 0; kind < 3; ++kind) {
        const Engine::Advance advanced = trainer->advance();
        QVERIFY(advanced.fault.has_value());
        QVERIFY2(advanced.fault->kind == Fault::Kind::OutOfMemory, advanced.fault->error.sentence().c_str());
        QVERIFY(advanced.fault->error.remedy.find("batch") != std::string::npos);
        QVERIFY_SAME_TENSORS(before, tensorsOf(*trainer));
    }
    QVERIFY(!trainer->advance().fault);
}

void TestTrainer::failuresWhileComputing()
{
    const auto trainer = makeOpenTrainer(pointsExperiment());
    trainSteps(*trainer, 1);
    const TensorMap before = tensorsOf(*trainer);
    const std::int64_t images = trainer->progress().images;
    trainer->onReal = [](const torch::Tensor&) { return torch::zeros({16, 3}); };
    const Engine::Advance advanced = trainer->advance();
    QVERIFY(advanced.fault.has_value());
    QCOMPARE(advanced.fault->kind, Fault::Kind::Other);
    QVERIFY(advanced.fault->error.what.find('\n') == std::string::npos);
    QVERIFY_SAME_TENSORS(before, tensorsOf(*trainer));
    QCOMPARE(trainer->progress().images, images);
    // A phase asked for alone that fails leaves the trainer between rounds.
    trainer->onLatents = [](const std::string&, std::int64_t, const torch::Tensor& drawn) { return drawn * NAN; };
    trainer->onReal = nullptr;
    QVERIFY(trainer->advance("generator").fault.has_value());
    QVERIFY(trainer->progress().inRound.empty());
    trainer->onLatents = nullptr;
    const MetricRow row = trainSteps(*trainer, 1, "discriminator").front();
    QVERIFY(std::isfinite(cell(*trainer, row, "d_loss")) && std::isnan(cell(*trainer, row, "g_loss")));
}

void TestTrainer::evaluatedSamples()
{
    const auto trainer = makeOpenTrainer(images({{"sampling.rows", 2}, {"sampling.columns", 3}}));
    trainSteps(*trainer, 3);
    const Result<Samples> six = trainer->sample();
    QVERIFY_OK(six);
    QCOMPARE(six->count, std::int64_t{6});
    QCOMPARE(six->pixels.size(), std::size_t{6 * 16 * 16});
    QVERIFY_OK(trainer->apply("sampling.rows", 5));
    const Result<Samples> fifteen = trainer->sample();
    QVERIFY_OK(fifteen);
    QCOMPARE(fifteen->count, std::int64_t{15});
    // The same latents give the same pictures among more neighbours (but for the rounding of sums in another order).
    int off = 0;
    for (std::size_t i = 0; i < six->pixels.size(); ++i)
        off = std::max(off, std::abs(six->pixels[i] - fifteen->pixels[i]));
    QVERIFY2(off <= 1, qPrintable(QString::number(off)));
    const Result<Samples> again = trainer->sample();
    QVERIFY_OK(again);
    QVERIFY(again->pixels == fifteen->pixels);
}

void TestTrainer::nothingToLearn()
{
    const Json layers = Json::array({{{"kind", "activation"}, {"activation", "tanh"}}});
    const Result<std::unique_ptr<Engine>> made =
        makeTrainer(with(pointsExperiment(), {{"latent.dimensions", 2}, {"generator", {{"layers", layers}}}}),
            [](double, const std::string&) { return true; });
    QVERIFY(!made.ok());
    QVERIFY2(made.error().sentence().find("generator") != std::string::npos, made.error().sentence().c_str());
}

void TestTrainer::normals()
{
    const RandomStreams streams(1, torch::kCPU);
    const torch::Tensor values = streams.normal("test", 3, {2000, 50});
    const auto count = static_cast<double>(values.numel());
    QVERIFY(values.isfinite().all().item<bool>());
    QVERIFY(std::abs(values.mean().item<double>()) < 4 / std::sqrt(count));
    QVERIFY(std::abs(values.var().item<double>() - 1) < 4 * std::sqrt(2 / count));
    QVERIFY(std::abs(values.pow(3).mean().item<double>()) < 4 * std::sqrt(15 / count));
    QVERIFY(std::abs(values.pow(4).mean().item<double>() - 3) < 4 * std::sqrt(96 / count));
    // Kolmogorov's distance stays below 1.95 / √n in 99.9 % of all cases.
    QVERIFY(largestGap(values, normalDistribution) < 1.95 / std::sqrt(count));
    // The two halves of a pair know nothing of each other, nor do neighbours.
    const torch::Tensor pairs = values.narrow(1, 0, 25) * values.narrow(1, 25, 25);
    QVERIFY(std::abs(pairs.mean().item<double>()) < 4 / std::sqrt(count / 2));
    const torch::Tensor rows = values.narrow(0, 0, 1999) * values.narrow(0, 1, 1999);
    QVERIFY(std::abs(rows.mean().item<double>()) < 4 / std::sqrt(count));
    const torch::Tensor columns = values.narrow(1, 0, 49) * values.narrow(1, 1, 49);
    QVERIFY(std::abs(columns.mean().item<double>()) < 4 / std::sqrt(count));
}

void TestTrainer::uniforms()
{
    const RandomStreams streams(1, torch::kCPU);
    const torch::Tensor values = streams.uniform("test", 0, {1000, 101});
    const auto count = static_cast<double>(values.numel());
    QVERIFY(values.min().item<float>() > 0 && values.max().item<float>() < 1);
    QVERIFY(std::abs(values.mean().item<double>() - 0.5) < 4 / std::sqrt(12 * count));
    QVERIFY(std::abs(values.var().item<double>() - 1.0 / 12) < 4 * std::sqrt(1.0 / 180 / count));
    QVERIFY(largestGap(values, uniformDistribution) < 1.95 / std::sqrt(count));
}

void TestTrainer::samplesAreKeyedOneByOne()
{
    const RandomStreams streams(5, torch::kCPU);
    for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{1}, {3}, {100}, {3, 5, 7}}) {
        const auto sized = [&shape](std::int64_t count) {
            std::vector<std::int64_t> sizes{count};
            sizes.insert(sizes.end(), shape.begin(), shape.end());
            return sizes;
        };
        for (const std::int64_t few : {1, 5, 16}) {
            QVERIFY(
                at::equal(streams.uniform("u", 9, sized(64)).narrow(0, 0, few), streams.uniform("u", 9, sized(few))));
            QVERIFY(at::equal(streams.normal("n", 9, sized(64)).narrow(0, 0, few), streams.normal("n", 9, sized(few))));
        }
        // Another name, counter or seed: other numbers.
        const torch::Tensor one = streams.uniform("u", 9, sized(8));
        QVERIFY(!at::equal(one, streams.uniform("v", 9, sized(8))));
        QVERIFY(!at::equal(one, streams.uniform("u", 10, sized(8))));
        QVERIFY(!at::equal(one, streams.uniform("u", 9 + (std::uint64_t{1} << 32), sized(8))));
        QVERIFY(!at::equal(one, RandomStreams(6, torch::kCPU).uniform("u", 9, sized(8))));
    }
}

void TestTrainer::philoxOfTensors()
{
    for (const std::uint64_t counter :
        {std::uint64_t{0}, std::uint64_t{1234567}, ~std::uint64_t{0}, std::uint64_t{0x80000000ffffffff}}) {
        for (const std::uint64_t seed : {0u, 1u, 0xffffffffu}) {
            const PhiloxKey key = philoxKey(seed, "device");
            const torch::Tensor given = philoxOnDevice(key, counter, 37, 11, torch::kCPU).contiguous();
            QCOMPARE(given.numel(), std::int64_t{37 * 44});
            const float* values = given.const_data_ptr<float>();
            for (std::uint32_t sample = 0; sample < 37; ++sample) {
                for (std::uint32_t block = 0; block < 11; ++block) {
                    const PhiloxBlock bits = philox(
                        {block, sample, static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32)},
                        key);
                    for (std::size_t lane = 0; lane < 4; ++lane)
                        QCOMPARE(*values++, philoxUniform(bits[lane]));
                }
            }
        }
    }
}

void TestTrainer::permutations()
{
    const RandomStreams streams(1, torch::kCPU);
    for (const std::int64_t count : {1, 2, 7, 1000}) {
        const torch::Tensor order = streams.permutation("data", 0, count);
        QVERIFY(at::equal(std::get<0>(order.sort()), at::arange(count, torch::kLong)));
    }
    QVERIFY(!at::equal(streams.permutation("data", 0, 100), streams.permutation("data", 1, 100)));
    // Each of the 6 orders of 3 things comes up about as often.
    std::map<std::string, int> seen;
    for (std::uint64_t i = 0; i < 6000; ++i) {
        const torch::Tensor order = streams.permutation("data", i, 3);
        std::string text;
        for (int j = 0; j < 3; ++j)
            text += std::to_string(order[j].item<std::int64_t>());
        ++seen[text];
    }
    QCOMPARE(seen.size(), std::size_t{6});
    for (const auto& [order, times] : seen)
        QVERIFY2(std::abs(times - 1000) < 4 * 29, order.c_str());
}

void TestTrainer::epochs()
{
    // 40 images in batches of 8 and of 12: each image once an epoch, also where a batch reaches into the next one.
    for (const std::int64_t size : {8, 12}) {
        const auto trainer = makeOpenTrainer(images({{"training.batch_size", size}}));
        std::map<std::string, int> seen;
        std::vector<std::string> order;
        trainer->onReal = [&](torch::Tensor drawn) {
            const torch::Tensor plain = drawn.contiguous();
            for (std::int64_t i = 0; i < plain.size(0); ++i) {
                const auto* bytes = reinterpret_cast<const char*>(plain.const_data_ptr<float>() + i * 256);
                order.emplace_back(bytes, 256 * sizeof(float));
            }
            return drawn;
        };
        while (trainer->progress().images < 120)
            trainSteps(*trainer, 1, "discriminator");
        for (std::size_t epoch = 0; epoch < 3; ++epoch) {
            seen.clear();
            for (std::size_t i = 0; i < 40; ++i)
                ++seen[order[epoch * 40 + i]];
            QCOMPARE(seen.size(), std::size_t{40});
        }
        QVERIFY(!std::equal(order.begin(), order.begin() + 40, order.begin() + 40));
        QCOMPARE(trainer->progress().epoch, 3.0);
    }
}

QTEST_GUILESS_MAIN(TestTrainer)
#include "trainer.moc"
