// SPDX-License-Identifier: GPL-3.0-or-later
// Whole training steps against plain PyTorch: the same weights, data, latents and noise, then three steps of the real
// trainer in float64 (reference/training.py).
#ifndef Q_MOC_RUN // moc would read all of torch
#include "tests/support/small_runs.h"

#include <algorithm>
#include <cmath>
#include <set>
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

/// What is left of two implementations in float64: sums in another order, and learning rates that are kept in float32
/// because the fused kernels of a GPU take no other.
constexpr double tolerance = 1e-9;

Json optimiser(const Json& recorded)
{
    if (recorded["kind"] == "adam") {
        return {{"kind", "adam"}, {"learning_rate", recorded["lr"]}, {"beta1", recorded["beta1"]},
            {"beta2", recorded["beta2"]}, {"epsilon", recorded["eps"]}};
    }
    return {{"kind", "rmsprop"}, {"learning_rate", recorded["lr"]}, {"alpha", recorded["alpha"]},
        {"epsilon", recorded["eps"]}};
}

Json objective(const Json& options)
{
    Json json = {{"kind", options["objective"]}};
    for (const char* key : {"label_smoothing", "a", "b", "c", "scale"}) {
        if (options.contains(key))
            json[key] = options[key];
    }
    return json;
}

} // namespace

class TestTrainingParity : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void steps_data();
    void steps();

private:
    const HostTensor& recorded(const std::string& name) const { return m_tensors.at(name); }
    void put(const std::string& from, BuiltNetwork& network) const;
    QString compare(const std::string& reference, BuiltNetwork& network) const;
    Json experiment(const Json& setup) const;

    Scratch m_scratch;
    Json m_setups;
    TensorMap m_tensors;
};

void TestTrainingParity::initTestCase()
{
    const Result<Json> description = readJson(SADDLE_TEST_DATA "/reference/training.json");
    QVERIFY_OK(description);
    m_setups = (*description)["setups"];
    QVERIFY(!m_setups.empty());
    Result<TensorFile> file = readSafetensors(SADDLE_TEST_DATA "/reference/training.safetensors");
    QVERIFY_OK(file);
    m_tensors = std::move(file->tensors);
}

Json TestTrainingParity::experiment(const Json& setup) const
{
    const Json& options = setup["options"];
    const Shape data = setup["discriminator"]["input"];
    Json json = {{"latent", {{"dimensions", setup["generator"]["input"][0]}}},
        {"generator", {{"layers", setup["generator"]["layers"]}}},
        {"discriminator", {{"layers", setup["discriminator"]["layers"]}}}, {"objective", objective(options)},
        {"instance_noise", {{"start", options["instance_noise"]}}},
        {"training",
            {{"batch_size", options["batch"]}, {"discriminator_steps", options["d_updates"]},
                {"ema_decay", options["ema_decay"]}, {"threads", 1}, {"device", "cpu"}}},
        {"optimisers",
            {{"generator", optimiser(options["g_optimizer"])}, {"discriminator", optimiser(options["d_optimizer"])}}}};
    if (data.size() == 1) {
        json["data"] = {{"source", "gaussians-8"}, {"count", 16}};
    } else {
        const auto side = static_cast<std::uint32_t>(data[1]);
        json["data"] = {{"source", "idx"}, {"images", m_scratch.write("images", idxImages(9, side)).string()}};
    }
    return json;
}

void TestTrainingParity::put(const std::string& from, BuiltNetwork& network) const
{
    const torch::NoGradGuard guard;
    for (const NamedTensor& tensor : network.tensors())
        tensor.tensor.copy_(tensorFrom(recorded(from + tensor.name)));
}

QString TestTrainingParity::compare(const std::string& reference, BuiltNetwork& network) const
{
    const torch::NoGradGuard guard;
    std::size_t count = 0;
    for (const NamedTensor& tensor : network.tensors()) {
        const torch::Tensor expected = tensorFrom(recorded(reference + tensor.name));
        if (expected.sizes() != tensor.tensor.sizes())
            return QString::fromStdString(reference + tensor.name + " has another shape");
        const torch::Tensor wide = expected.to(torch::kDouble);
        const torch::Tensor error = (tensor.tensor.to(torch::kDouble) - wide).abs() / wide.abs().clamp_min(1);
        const double largest = error.max().item<double>();
        if (!(largest <= tolerance))
            return QString::fromStdString(reference + tensor.name) + QStringLiteral(" is off by %1").arg(largest);
        ++count;
    }
    // Whatever PyTorch has more of is missing here.
    for (const auto& [name, tensor] : m_tensors) {
        if (name.compare(0, reference.size(), reference) == 0)
            --count;
    }
    return count == 0 ? QString() : QString::fromStdString(reference + ": another number of tensors");
}

void TestTrainingParity::steps_data()
{
    QTest::addColumn<QString>("setup");
    for (const auto& [name, setup] : m_setups.items())
        QTest::addRow("%s", name.c_str()) << QString::fromStdString(name);
}

void TestTrainingParity::steps()
{
    QFETCH(QString, setup);
    const std::string name = setup.toStdString();
    const Json& recordedSetup = m_setups[name];
    const std::int64_t updates = recordedSetup["options"]["d_updates"];
    const std::unique_ptr<OpenTrainer> trainer = makeOpenTrainer(experiment(recordedSetup), torch::kDouble);
    QVERIFY(trainer->averagedGenerator());
    put(name + "/init/generator/", trainer->network("generator"));
    put(name + "/init/generator/", *trainer->averagedGenerator());
    put(name + "/init/discriminator/", trainer->network("discriminator"));

    const auto prefix = [&](const std::string& phase, std::int64_t update) {
        const bool critic = phase == "discriminator";
        const std::string step = name + "/step" + std::to_string(critic ? update / updates : update);
        return step + (critic ? "/d" + std::to_string(update % updates) : "/g") + "/";
    };
    const auto feed = [&](const std::string& key, const torch::Tensor& drawn) {
        const torch::Tensor given = tensorFrom(recorded(key));
        // What the trainer would have drawn must fit in its place.
        if (given.sizes() != drawn.sizes() || given.scalar_type() != drawn.scalar_type())
            throw std::runtime_error(key + " has another shape or type than the trainer draws");
        return given;
    };
    std::int64_t reals = 0;
    std::set<std::string> noises;
    trainer->onReal = [&](const torch::Tensor& drawn) {
        return feed(prefix("discriminator", reals++) + "real", drawn);
    };
    trainer->onLatents = [&](const std::string& phase, std::int64_t update, const torch::Tensor& drawn) {
        return feed(prefix(phase, update) + "latent", drawn);
    };
    trainer->onNoise = [&](const std::string& phase, const std::string& which, std::int64_t update,
                           const torch::Tensor& drawn) {
        const std::string key = prefix(phase, update) + "noise_" + which;
        noises.insert(key);
        return feed(key, drawn);
    };

    const Json& expected = recordedSetup["steps"];
    QCOMPARE(expected.size(), std::size_t{3});
    for (std::size_t step = 0; step < expected.size(); ++step) {
        const std::vector<MetricRow> rows = trainSteps(*trainer, 1);
        QCOMPARE(rows.size(), std::size_t{1});
        for (const auto& [column, value] : expected[step].items()) {
            const double reference = value.get<double>();
            const double given = cell(*trainer, rows.front(), column);
            QVERIFY2(std::abs(given - reference) <= tolerance * std::max(1.0, std::abs(reference)),
                qPrintable(QStringLiteral("step %1, %2: %3 instead of %4")
                               .arg(step)
                               .arg(QString::fromStdString(column))
                               .arg(given, 0, 'g', 17)
                               .arg(reference, 0, 'g', 17)));
        }
        const std::string after = name + "/step" + std::to_string(step) + "/after/";
        for (const QString& wrong : {compare(after + "generator/", trainer->network("generator")),
                 compare(after + "discriminator/", trainer->network("discriminator")),
                 compare(after + "ema/", *trainer->averagedGenerator())}) {
            QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
        }
    }
    // Every recorded draw was asked for, no more and no less.
    QCOMPARE(reals, static_cast<std::int64_t>(expected.size()) * updates);
    std::size_t recordedNoises = 0;
    for (const auto& [key, tensor] : m_tensors)
        recordedNoises += key.compare(0, name.size() + 1, name + "/") == 0 && key.find("/noise_") != std::string::npos;
    QCOMPARE(noises.size(), recordedNoises);
}

QTEST_GUILESS_MAIN(TestTrainingParity)
#include "training_parity.moc"
