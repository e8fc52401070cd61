// SPDX-License-Identifier: GPL-3.0-or-later
// What checkpoints cost training: the same preset trained with a checkpoint every so many steps and with none, in turn.
//     saddle_checkpoint_cost [PRESET] [--rounds N] [--steps N] [--every N] [--max-cost PERCENT] [--set key=value]...
// Times are those of whole runs after the first steps, so that copies on the training thread and the writing beside it
// both count. CPU time is told as well: on a machine that others use it is the steadier of the two.
#include "core/base/notice.h"
#include "core/base/statistics.h"
#include "core/commands/commands.h"
#include "core/runs/experiment.h"
#include "core/session/play_to_end.h"
#include "core/training/builtin.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QTemporaryDir>

#include <cstdio>

#include <sys/resource.h>

using namespace saddle;

namespace {

struct Cost {
    double seconds = 0; ///< of a step
    double cpuSeconds = 0; ///< of a step, all threads
};

double cpuSeconds()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * time.tv_usec; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Trains in a folder of its own; nothing when that fails, which is told.
std::optional<Cost> train(const Json& document)
{
    constexpr std::int64_t warmup = 10; // steps
    const QTemporaryDir folder;
    SessionPlan plan;
    plan.document = document;
    plan.catalog = &builtinCatalog();
    plan.factory = makeTrainer;
    plan.renderSamples = false;
    plan.runFolder = std::filesystem::path(folder.path().toStdString()) / "run";
    std::vector<MetricRow> rows;
    double cpuBegan = -1;
    std::int64_t cpuStep = 0;
    Attendance attendance;
    attendance.stop = [] { return false; };
    attendance.watch = [&](const SessionUpdate& update, Session&) {
        rows.insert(rows.end(), update.rows.begin(), update.rows.end());
        if (cpuBegan < 0 && update.progress.step >= warmup) {
            cpuBegan = cpuSeconds();
            cpuStep = update.progress.step;
        }
    };
    const PlayedRun run = playToEnd(std::move(plan), attendance);
    if (run.fault || cpuBegan < 0 || rows.size() <= static_cast<std::size_t>(warmup)) {
        std::fprintf(stderr, "%s\n", run.fault ? run.fault->error.sentence().c_str() : "too few steps");
        return std::nullopt;
    }
    const double cpu = cpuSeconds() - cpuBegan;
    const MetricRow& first = rows[static_cast<std::size_t>(warmup)];
    const MetricRow& last = rows.back();
    return Cost{(last.seconds - first.seconds) / static_cast<double>(last.step - first.step),
        cpu / static_cast<double>(last.step - cpuStep)};
}

} // namespace

int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    QCommandLineParser parser;
    parser.addPositionalArgument(QStringLiteral("preset"), QStringLiteral("Preset (fashion-dcgan)"));
    const QCommandLineOption rounds(
        QStringLiteral("rounds"), QStringLiteral("Rounds"), QStringLiteral("N"), QStringLiteral("6"));
    const QCommandLineOption steps(
        QStringLiteral("steps"), QStringLiteral("Steps a round"), QStringLiteral("N"), QStringLiteral("210"));
    const QCommandLineOption every(QStringLiteral("every"), QStringLiteral("Steps between checkpoints"),
        QStringLiteral("N"), QStringLiteral("50"));
    const QCommandLineOption most(
        QStringLiteral("max-cost"), QStringLiteral("Fail above this"), QStringLiteral("PERCENT"));
    const QCommandLineOption set(QStringLiteral("set"), QStringLiteral("Setting"), QStringLiteral("key=value"));
    parser.addHelpOption();
    parser.addOptions({rounds, steps, every, most, set});
    parser.process(application);

    SettingChanges changes;
    changes.assignments = {"training.steps=" + parser.value(steps).toStdString(), "sampling.keep_every=0",
        "sampling.checkpoint_minutes=0"};
    for (const QString& setting : parser.values(set))
        changes.assignments.push_back(setting.toStdString());
    Result<Json> document =
        loadChanged(parser.positionalArguments().value(0, QStringLiteral("fashion-dcgan")).toStdString(),
            builtinCatalog(), changes);
    if (!document) {
        std::fprintf(stderr, "%s\n", document.error().sentence().c_str());
        return 2;
    }
    const int count = parser.value(rounds).toInt();
    std::vector<double> ratios;
    Cost with;
    Cost without;
    for (int round = 0; round < count; ++round) {
        Cost both[2]; // without, with
        for (int turn = 0; turn < 2; ++turn) {
            const int kind = (turn + round) % 2; // neither is always the first
            Json own = *document;
            setPath(own, "sampling.checkpoint_every", kind == 1 ? parser.value(every).toLongLong() : 0);
            const std::optional<Cost> cost = train(own);
            if (!cost)
                return 2;
            both[kind] = *cost;
        }
        ratios.push_back(both[1].seconds / both[0].seconds);
        without.seconds += both[0].seconds / count;
        without.cpuSeconds += both[0].cpuSeconds / count;
        with.seconds += both[1].seconds / count;
        with.cpuSeconds += both[1].cpuSeconds / count;
        std::printf("round %d: %.2f ms/step without checkpoints, %.2f with\n", round + 1, both[0].seconds * 1000,
            both[1].seconds * 1000);
        std::fflush(stdout);
    }
    if (ratios.empty())
        return 2;
    const double cost = (median(ratios) - 1) * 100;
    std::printf("median of the rounds: checkpoints cost %.2f %% (means %.2f %%, CPU time %.2f %%)\n", cost,
        (with.seconds / without.seconds - 1) * 100, (with.cpuSeconds / without.cpuSeconds - 1) * 100);
    return parser.isSet(most) && cost > parser.value(most).toDouble() ? 1 : 0;
}
