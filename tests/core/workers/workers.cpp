// SPDX-License-Identifier: GPL-3.0-or-later
// Several workers of one run against one worker with the whole batch: the same losses, for whatever mixes the samples
// of a batch; the same weights on all workers, to the last bit; and what is said when one of them is gone.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/workers/group/worker_group.h"
#include "core/workers/processes.h"

#include "tests/support/small_runs.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/distributed/c10d/Backend.hpp>

#include <barrier>
#include <cmath>
#include <functional>
#include <future>
#include <thread>
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

/// Runs `work` for each of so many workers, every one on a thread of its own; what they throw is handed on.
void together(int workers, const std::function<void(const WorkerPlace&, std::shared_ptr<WorkerGroup>)>& work,
    std::chrono::milliseconds patience = std::chrono::minutes(2))
{
    const Result<WorkerPlace> first = placeOfTheFirst(workers);
    if (!first)
        throw std::runtime_error(first.error().sentence());
    std::vector<std::string> problems(static_cast<std::size_t>(workers));
    const auto begin = [&](int rank) {
        WorkerPlace place = *first;
        place.patience = patience;
        if (rank > 0) {
            place.rank = place.localRank = rank;
            place.hostsStore = false;
            place.listener = -1;
        }
        try {
            Result<std::unique_ptr<WorkerGroup>> met = connectWorkers(place, [](int) { return Status(); });
            if (!met)
                throw std::runtime_error(met.error().sentence());
            const std::shared_ptr<WorkerGroup> group = *std::move(met);
            work(place, group);
            group->leave();
        } catch (const std::exception& thrown) {
            problems[static_cast<std::size_t>(rank)] = thrown.what();
        }
    };
    {
        std::vector<std::jthread> threads;
        for (int rank = 0; rank < workers; ++rank)
            threads.emplace_back(begin, rank);
    }
    for (const std::string& problem : problems) {
        if (!problem.empty())
            throw std::runtime_error(problem);
    }
}

struct Trained {
    std::vector<ColumnInfo> columns;
    std::vector<MetricRow> rows;
    TensorMap tensors;
};

Trained trainedBy(Result<std::unique_ptr<Engine>> engine, std::int64_t steps)
{
    if (!engine)
        throw std::runtime_error(engine.error().sentence());
    Trained trained;
    trained.columns = (*engine)->info().columns;
    trained.rows = trainSteps(**engine, steps);
    trained.tensors = tensorsOf(**engine);
    return trained;
}

Trained trainedAlone(const Json& document, std::int64_t steps, Precision precision)
{
    return trainedBy(makeSharingTrainer(document, unwatched, WorkerPlace(), nullptr, precision), steps);
}

std::vector<Trained> trainedTogether(const Json& document, int workers, std::int64_t steps, Precision precision)
{
    std::vector<Trained> trained(static_cast<std::size_t>(workers));
    together(workers, [&](const WorkerPlace& place, std::shared_ptr<WorkerGroup> group) {
        trained[static_cast<std::size_t>(place.rank)] =
            trainedBy(makeSharingTrainer(document, unwatched, place, std::move(group), precision), steps);
    });
    return trained;
}

/// The largest difference of any number of any row, relative where numbers are large, and its place.
std::pair<double, QString> largestDifference(const Trained& one, const Trained& other)
{
    std::pair<double, QString> largest{0, {}};
    if (one.rows.size() != other.rows.size())
        return {HUGE_VAL, QStringLiteral("another number of rows")};
    for (std::size_t row = 0; row < one.rows.size(); ++row) {
        for (std::size_t column = 0; column < one.columns.size(); ++column) {
            const double a = one.rows[row].values[column];
            const double b = other.rows[row].values[column];
            if (std::isnan(a) && std::isnan(b))
                continue;
            const double difference = std::abs(a - b) / std::max(1.0, std::abs(a));
            if (!(difference <= largest.first)) {
                largest = {std::isnan(difference) ? HUGE_VAL : difference,
                    QStringLiteral("step %1, %2: %3 and %4")
                        .arg(row + 1)
                        .arg(QString::fromStdString(one.columns[column].key))
                        .arg(a, 0, 'g', 17)
                        .arg(b, 0, 'g', 17)};
            }
        }
    }
    return largest;
}

/// GPUs that reach each other, as threads of this process: how often their sums were taken.
struct LinkedThreads {
    explicit LinkedThreads(int size)
        : meeting(size)
        , given(static_cast<std::size_t>(size))
    {
    }
    std::barrier<> meeting;
    std::vector<torch::Tensor> given;
    std::atomic<int> sums = 0;
};

class LinkedThread : public c10d::Backend {
    class Done : public c10d::Work {
        bool isCompleted() override { return true; }
        bool wait(std::chrono::milliseconds /*timeout*/) override { return true; }
    };

public:
    LinkedThread(LinkedThreads& all, const WorkerPlace& place)
        : Backend(place.rank, place.size)
        , m_all(all)
    {
    }
    c10::intrusive_ptr<c10d::Work> allreduce(
        std::vector<at::Tensor>& tensors, const c10d::AllreduceOptions& /*options*/) override
    {
        m_all.given[static_cast<std::size_t>(getRank())] = tensors.front();
        m_all.meeting.arrive_and_wait();
        torch::Tensor sum = torch::zeros_like(tensors.front());
        for (const torch::Tensor& one : m_all.given)
            sum = sum + one;
        m_all.meeting.arrive_and_wait();
        tensors.front().copy_(sum);
        ++m_all.sums;
        return c10::make_intrusive<Done>();
    }

private:
    LinkedThreads& m_all;
};

GpuLink linkOf(LinkedThreads& all, const WorkerPlace& place)
{
    GpuLink link;
    link.gpu = "GPU " + std::to_string(place.rank);
    link.connect = [&all](const c10::intrusive_ptr<c10d::Store>& /*store*/, const WorkerPlace& own) {
        return c10::intrusive_ptr<c10d::Backend>(c10::make_intrusive<LinkedThread>(all, own));
    };
    return link;
}

constexpr std::int64_t steps = 12;
/// What a sum in another order may change, after as many steps.
constexpr double toleranceOfDoubles = 1e-12;
constexpr double toleranceOfFloats = 1e-5;

} // namespace

class TestWorkers : public QObject {
    Q_OBJECT

private slots:
    void sameAsOne_data();
    void sameAsOne();
    void threeWorkers();
    void singlePrecision();
    void checkpointsGoBothWays();
    void bfloat16();
    void notFinite();
    void wholeBatchAndItsGradients();
    void messages();
    void agreement();
    void linkedGpus();
    void gpusThatCannotBeLinked_data();
    void gpusThatCannotBeLinked();
    void gone();
    void silent();
    void sharesThatDoNotFit();
    void places_data();
    void places();

private:
    Json images(const std::vector<std::pair<std::string, Json>>& changes = {}) const
    {
        return with(imagesExperiment(m_scratch), changes);
    }

    Scratch m_scratch;
};

void TestWorkers::sameAsOne_data()
{
    QTest::addColumn<QString>("document");

    const auto row = [](const char* name, const Json& document) {
        QTest::newRow(name) << QString::fromStdString(document.dump());
    };
    const Json points = pointsExperiment();
    row("ring", points);
    Json normed = points;
    for (const char* role : {"generator", "discriminator"}) {
        normed[role] = {{"layers",
            {{{"kind", "linear"}, {"out", 8}, {"norm", "batch"}, {"activation", "leaky_relu"}},
                {{"kind", "linear"}, {"out", role == std::string("generator") ? 2 : 1}}}}};
    }
    row("ring, batch norm", normed);
    row("DCGAN with batch norm", images());
    row("DCGAN, mirrored, average, noise",
        images({{"data.flip", true}, {"training.ema_decay", 0.9}, {"instance_noise.schedule", "linear"},
            {"instance_noise.start", 0.3}, {"instance_noise.steps", 20}, {"training.label_flipping", 0.2}}));
    row("several batches an update, channels last",
        images({{"training.accumulate", 2}, {"training.memory_format", "channels_last"}}));
    row("dropout, minibatch discrimination",
        images({{"discriminator.dropout", 0.3}, {"discriminator.minibatch", "tensor"}}));
    row("minibatch map", images({{"discriminator.minibatch", "map"}}));
    Json spread = images();
    spread["discriminator"] = {{"layers",
        {{{"kind", "conv"}, {"out", 4}, {"activation", "leaky_relu"}}, {{"kind", "minibatch_stddev"}},
            {{"kind", "flatten"}}, {{"kind", "linear"}, {"out", 1}}}}};
    row("minibatch deviation", spread);
    row("WGAN-GP",
        with(points,
            {{"objective.kind", "wgan"}, {"regularisers.gradient_penalty.enabled", true},
                {"training.discriminator_steps", 3}}));
    row("WGAN, clipped weights, RMSProp",
        with(points,
            {{"objective.kind", "wgan"}, {"regularisers.weight_clipping.enabled", true},
                {"optimisers.discriminator.kind", "rmsprop"}, {"optimisers.generator.kind", "rmsprop"}}));
    row("DRAGAN", with(points, {{"regularisers.dragan.enabled", true}}));
    row("DRAGAN through batch norm", images({{"regularisers.dragan.enabled", true}}));
    row("R1 and R2, relativistic",
        with(points,
            {{"objective.kind", "relativistic"}, {"regularisers.r1.enabled", true},
                {"regularisers.r2.enabled", true}}));
    const auto rebuilding = [&](const char* objective) {
        Json document = images({{"objective.kind", objective}});
        document["discriminator"] = {{"layers",
            {{{"kind", "flatten"}}, {{"kind", "linear"}, {"out", 8}, {"activation", "elu"}, {"id", "code"}},
                {{"kind", "linear"}, {"out", 256}}, {{"kind", "reshape"}, {"shape", {1, 16, 16}}}}}};
        return document;
    };
    row("BEGAN with its controller", with(rebuilding("began"), {{"objective.lambda_k", 0.1}}));
    row("EBGAN, pull-away term", with(rebuilding("ebgan"), {{"regularisers.pull_away.enabled", true}}));
    Json vae = images({{"objective.kind", "vae"}});
    vae.erase("discriminator");
    vae["encoder"] = {{"architecture", "dcgan"}, {"width", 4}};
    row("VAE", vae);
    row("DiffAugment", images({{"regularisers.diffaugment.enabled", true}}));
}

void TestWorkers::sameAsOne()
{
    QFETCH(QString, document);

    const Json experiment = Json::parse(document.toStdString());
    const Trained alone = trainedAlone(experiment, steps, Precision::Float64);
    const std::vector<Trained> both = trainedTogether(experiment, 2, steps, Precision::Float64);
    const auto [difference, place] = largestDifference(alone, both[0]);
    qInfo("largest difference %.2g", difference);
    QVERIFY2(difference < toleranceOfDoubles, qPrintable(place));
    QCOMPARE(exactly(both[0].rows), exactly(both[1].rows));
    QVERIFY_SAME_TENSORS(both[0].tensors, both[1].tensors);
}

void TestWorkers::threeWorkers()
{
    const Json experiment = images({{"training.batch_size", 9}, {"discriminator.minibatch", "tensor"}});
    const Trained alone = trainedAlone(experiment, steps, Precision::Float64);
    const std::vector<Trained> all = trainedTogether(experiment, 3, steps, Precision::Float64);
    const auto [difference, place] = largestDifference(alone, all[1]);
    QVERIFY2(difference < toleranceOfDoubles, qPrintable(place));
    QVERIFY_SAME_TENSORS(all[0].tensors, all[1].tensors);
    QVERIFY_SAME_TENSORS(all[0].tensors, all[2].tensors);
}

void TestWorkers::singlePrecision()
{
    const Trained alone = trainedAlone(images(), steps, Precision::Float32);
    const std::vector<Trained> both = trainedTogether(images(), 2, steps, Precision::Float32);
    const auto [difference, place] = largestDifference(alone, both[0]);
    qInfo("largest difference %.2g", difference);
    QVERIFY2(difference < toleranceOfFloats, qPrintable(place));
    QVERIFY_SAME_TENSORS(both[0].tensors, both[1].tensors);
}

/// What two workers saved, one goes on with, and the other way round.
void TestWorkers::checkpointsGoBothWays()
{
    const Json experiment = images();
    const Trained alone = trainedAlone(experiment, 2 * steps, Precision::Float64);
    CheckpointData halfway;
    together(2, [&](const WorkerPlace& place, std::shared_ptr<WorkerGroup> group) {
        Result<std::unique_ptr<Engine>> engine =
            makeSharingTrainer(experiment, unwatched, place, std::move(group), Precision::Float64);
        trainSteps(**engine, steps);
        if (place.leads())
            halfway = *(*engine)->save();
    });
    const auto goesOn = [&](Engine& engine) {
        if (Status restored = engine.restore(halfway); !restored)
            throw std::runtime_error(restored.error().sentence());
        Trained later{engine.info().columns, trainSteps(engine, steps), {}};
        later.rows.insert(later.rows.begin(), alone.rows.begin(), alone.rows.begin() + steps);
        return largestDifference(alone, later);
    };
    const Result<std::unique_ptr<Engine>> one =
        makeSharingTrainer(experiment, unwatched, WorkerPlace(), nullptr, Precision::Float64);
    const auto [difference, place] = goesOn(**one);
    QVERIFY2(difference < toleranceOfDoubles, qPrintable(place));
    halfway = {};
    {
        const Result<std::unique_ptr<Engine>> first =
            makeSharingTrainer(experiment, unwatched, WorkerPlace(), nullptr, Precision::Float64);
        trainSteps(**first, steps);
        halfway = *(*first)->save();
    }
    std::pair<double, QString> shared;
    together(2, [&](const WorkerPlace& where, std::shared_ptr<WorkerGroup> group) {
        const Result<std::unique_ptr<Engine>> engine =
            makeSharingTrainer(experiment, unwatched, where, std::move(group), Precision::Float64);
        const auto found = goesOn(**engine);
        if (where.leads())
            shared = found;
    });
    QVERIFY2(shared.first < toleranceOfDoubles, qPrintable(shared.second));
}

/// Networks that round to bfloat16: batch norm's statistics are whole, and losses those of one worker but for
/// roundings.
void TestWorkers::bfloat16()
{
    Json document = with(pointsExperiment(), {{"training.bfloat16", true}});
    for (const char* role : {"generator", "discriminator"}) {
        document[role] = {{"layers",
            {{{"kind", "linear"}, {"out", 8}, {"norm", "batch"}, {"activation", "leaky_relu"}},
                {{"kind", "linear"}, {"out", std::string(role) == "generator" ? 2 : 1}}}}};
    }
    const auto trained = [&](std::shared_ptr<WorkerGroup> group) {
        return trainedBy(
            std::unique_ptr<Engine>(makeOpenTrainer(document, torch::kFloat, nullptr, std::move(group))), 4);
    };
    const Trained alone = trained(nullptr);
    std::vector<Trained> both(2);
    together(2, [&](const WorkerPlace& place, std::shared_ptr<WorkerGroup> group) {
        both[static_cast<std::size_t>(place.rank)] = trained(std::move(group));
    });
    QVERIFY(differing(both[0].tensors, both[1].tensors).empty());
    const auto [off, where] = largestDifference(alone, both[0]);
    QVERIFY2(off < 0.02, qPrintable(where));
}

/// A number that is none on one worker alone makes all of them leave the update out, and all go on alike.
void TestWorkers::notFinite()
{
    std::vector<TensorMap> tensors(2);
    std::vector<int> faults(2);
    together(2, [&](const WorkerPlace& place, std::shared_ptr<WorkerGroup> group) {
        const auto trainer = makeOpenTrainer(pointsExperiment(), torch::kDouble, nullptr, std::move(group));
        trainer->onLatents = [&](const std::string& phase, std::int64_t update, torch::Tensor latents) {
            return phase == "generator" && update == 3 && faults[1] == 0 && place.rank == 1 ? latents * NAN : latents;
        };
        const auto rank = static_cast<std::size_t>(place.rank);
        for (int phases = 0; phases < 20; ++phases)
            faults[rank] += trainer->advance().fault.has_value();
        tensors[rank] = tensorsOf(*trainer);
    });
    QCOMPARE(faults, (std::vector<int>{1, 1}));
    QVERIFY_SAME_TENSORS(tensors[0], tensors[1]);
}

/// Against one process that holds all rows; twice differentiated, as a gradient penalty does.
void TestWorkers::wholeBatchAndItsGradients()
{
    const auto rows = at::arange(12, torch::kDouble).view({6, 2}) / 7 + 0.3;
    /// A penalty on the slope of scores that depend on all rows.
    const auto penalty = [](const torch::Tensor& own, const torch::Tensor& every) {
        const torch::Tensor scores = (own.unsqueeze(1) * every.unsqueeze(0)).sum(2).sin().sum(1);
        const torch::Tensor slope = torch::autograd::grad({scores.sum()}, {own}, {}, true, true).front();
        return slope.pow(3).sum();
    };
    const torch::Tensor whole = rows.clone().requires_grad_(true);
    const torch::Tensor expected = torch::autograd::grad({penalty(whole, whole)}, {whole}).front();
    std::vector<torch::Tensor> gathered(2);
    std::vector<torch::Tensor> gradients(2);
    together(2, [&](const WorkerPlace& place, const std::shared_ptr<WorkerGroup>& group) {
        const torch::Tensor own = rows.narrow(0, 3 * place.rank, 3).clone().requires_grad_(true);
        const torch::Tensor every = wholeBatch(own, *group);
        const auto rank = static_cast<std::size_t>(place.rank);
        gathered[rank] = every.detach();
        gradients[rank] = torch::autograd::grad({penalty(own, every)}, {own}).front();
    });
    QVERIFY(at::equal(gathered[0], rows) && at::equal(gathered[1], rows));
    QVERIFY(at::allclose(at::cat(gradients), expected, 1e-12, 1e-12));
}

void TestWorkers::messages()
{
    const std::string shortOne = "advance";
    std::string longOne(100000, '\0');
    for (std::size_t i = 0; i < longOne.size(); ++i)
        longOne[i] = static_cast<char>(i * 31);
    const std::vector<std::string> all{shortOne, longOne, "", std::string(240, 'a'), std::string(241, 'b')};
    std::vector<std::string> heard;
    together(2, [&](const WorkerPlace& place, const std::shared_ptr<WorkerGroup>& group) {
        for (const std::string& message : all) {
            if (place.leads())
                group->tell(message);
            else
                heard.push_back(group->hear());
        }
    });
    QVERIFY(heard == all);
}

void TestWorkers::agreement()
{
    std::vector<std::string> said(3);
    together(3, [&](const WorkerPlace& place, const std::shared_ptr<WorkerGroup>& group) {
        QVERIFY(group->agree("").empty());
        said[static_cast<std::size_t>(place.rank)] = group->agree(place.rank == 1 ? "no data" : "");
    });
    QCOMPARE(said, (std::vector<std::string>(3, "worker 1: no data")));
}

/// What lies on linked devices goes from one to the other, and training gives what it gives by way of the host.
void TestWorkers::linkedGpus()
{
    const Json document = pointsExperiment();
    const std::vector<Trained> byHost = trainedTogether(document, 2, 4, Precision::Float64);
    LinkedThreads all(2);
    std::vector<Trained> linked(2);
    together(2, [&](const WorkerPlace& place, const std::shared_ptr<WorkerGroup>& group) {
        const std::string reason = group->linkGpus(torch::kCPU, linkOf(all, place));
        if (!reason.empty())
            throw std::runtime_error(reason);
        linked[static_cast<std::size_t>(place.rank)] =
            trainedBy(makeSharingTrainer(document, unwatched, place, group, Precision::Float64), 4);
        if (!group->agree("").empty()) // messages go their own way
            throw std::runtime_error("something was said");
    });
    QVERIFY(all.sums >= 2 * (1 + 2 * 4)); // a trial and two phases of four steps, on each of two
    for (std::size_t worker = 0; worker < 2; ++worker)
        QVERIFY(differing(byHost[worker].tensors, linked[worker].tensors).empty());
}

void TestWorkers::gpusThatCannotBeLinked_data()
{
    QTest::addColumn<QString>("first");
    QTest::addColumn<QString>("second");
    QTest::addColumn<QString>("problem"); ///< of the second
    QTest::addColumn<QString>("said");
    QTest::newRow("CPUs") << ""
                          << ""
                          << ""
                          << "";
    QTest::newRow("a CPU among them") << "a"
                                      << ""
                                      << ""
                                      << "worker 1 has no GPU";
    QTest::newRow("a shared GPU") << "a"
                                  << "a"
                                  << ""
                                  << "worker 1 has no GPU of its own";
    QTest::newRow("built without") << "a"
                                   << "b"
                                   << "not built in"
                                   << "worker 1: not built in";
    QTest::newRow("they do not meet") << "a"
                                      << "b"
                                      << "throws"
                                      << "worker 1: no way to worker 0 and more";
}

void TestWorkers::gpusThatCannotBeLinked()
{
    QFETCH(QString, first);
    QFETCH(QString, second);
    QFETCH(QString, problem);
    QFETCH(QString, said);
    LinkedThreads all(2);
    std::vector<std::string> reasons(2);
    std::vector<double> sums(2);
    together(2, [&](const WorkerPlace& place, const std::shared_ptr<WorkerGroup>& group) {
        GpuLink link = linkOf(all, place);
        link.gpu = (place.rank == 0 ? first : second).toStdString();
        if (place.rank == 1 && problem == QStringLiteral("throws")) {
            link.connect = [](const auto&, const auto&) -> c10::intrusive_ptr<c10d::Backend> {
                throw std::runtime_error("no way to worker 0\nand more");
            };
        } else if (place.rank == 1 && !problem.isEmpty()) {
            link.connect = nullptr;
            link.problem = problem.toStdString();
        }
        const auto own = static_cast<std::size_t>(place.rank);
        reasons[own] = group->linkGpus(torch::kCPU, link);
        const torch::Tensor one = torch::ones({3});
        group->sum(one);
        sums[own] = one.sum().item<double>();
    });
    for (std::size_t worker = 0; worker < 2; ++worker) {
        QCOMPARE(QString::fromStdString(reasons[worker]), said);
        QCOMPARE(sums[worker], 6.);
    }
    QCOMPARE(all.sums.load(), 0);
}

void TestWorkers::gone()
{
    std::string words;
    together(2, [&](const WorkerPlace& place, const std::shared_ptr<WorkerGroup>& group) {
        if (!place.leads())
            return; // and leaves
        try {
            group->sum(at::ones({4}));
        } catch (const WorkerGone& gone) {
            words = gone.what();
        }
    });
    QCOMPARE(QString::fromStdString(words), QStringLiteral("another worker has ended"));
}

void TestWorkers::silent()
{
    std::string words;
    std::promise<void> told;
    together(
        2,
        [&](const WorkerPlace& place, const std::shared_ptr<WorkerGroup>& group) {
            if (!place.leads()) {
                told.get_future().wait();
                return;
            }
            try {
                group->sum(at::ones({4}));
            } catch (const WorkerGone& gone) {
                words = gone.what();
            }
            told.set_value();
        },
        std::chrono::seconds(2));
    QCOMPARE(QString::fromStdString(words), QStringLiteral("another worker gives no sign of life"));
}

void TestWorkers::sharesThatDoNotFit()
{
    WorkerPlace place;
    place.size = 3;
    const Result<std::unique_ptr<Engine>> engine = makeSharingTrainer(images(), unwatched, place, nullptr);
    QVERIFY(!engine);
    const QString words = QString::fromStdString(engine.error().sentence());
    QVERIFY2(words.contains("training.batch_size") && words.contains("3 workers"), qPrintable(words));
}

void TestWorkers::places_data()
{
    QTest::addColumn<QString>("variables");
    QTest::addColumn<QString>("expected"); ///< rank, size, local rank, port; or the name in the Error

    QTest::newRow("none") << ""
                          << "none";
    QTest::newRow("second of four") << "RANK=1 WORLD_SIZE=4 LOCAL_RANK=1 LOCAL_WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=9"
                                    << "1 4 1 9";
    QTest::newRow("alone") << "RANK=0 WORLD_SIZE=1"
                           << "0 1 0 0";
    QTest::newRow("no size") << "RANK=1"
                             << "WORLD_SIZE";
    QTest::newRow("no rank") << "WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=9"
                             << "RANK";
    QTest::newRow("no address") << "RANK=0 WORLD_SIZE=2 MASTER_PORT=9"
                                << "MASTER_ADDR";
    QTest::newRow("no port") << "RANK=0 WORLD_SIZE=2 MASTER_ADDR=a"
                             << "MASTER_PORT";
    QTest::newRow("rank too high") << "RANK=2 WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=9"
                                   << "RANK";
    QTest::newRow("no number") << "RANK=first WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=9"
                               << "RANK";
}

void TestWorkers::places()
{
    QFETCH(QString, variables);
    QFETCH(QString, expected);

    for (const char* name : {"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"})
        qunsetenv(name);
    for (const QString& variable : variables.split(QLatin1Char(' '), Qt::SkipEmptyParts))
        qputenv(variable.section('=', 0, 0).toUtf8().constData(), variable.section('=', 1).toUtf8());
    const Result<std::optional<WorkerPlace>> place = workerPlaceFromEnvironment();
    if (!place)
        QCOMPARE(QString::fromStdString(place.error().where), expected);
    else if (!*place)
        QCOMPARE(QStringLiteral("none"), expected);
    else
        QCOMPARE(QStringLiteral("%1 %2 %3 %4")
                     .arg((*place)->rank)
                     .arg((*place)->size)
                     .arg((*place)->localRank)
                     .arg((*place)->port),
            expected);
    for (const QString& variable : variables.split(QLatin1Char(' '), Qt::SkipEmptyParts))
        qunsetenv(variable.section('=', 0, 0).toUtf8().constData());
}

QTEST_GUILESS_MAIN(TestWorkers)
#include "workers.moc"
