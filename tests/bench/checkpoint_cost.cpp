// SPDX-License-Identifier: GPL-3.0-or-later
// What checkpoints cost training: the same preset trained with a checkpoint every so many steps and with none, in turn.
//     saddle_checkpoint_cost [PRESET] [--rounds N] [--steps N] [--every N] [--max-cost PERCENT] [--set key=value]...
// Told twice, for machines that others use as well. Of whole runs after the first steps: so that copies on the training
// thread, the writing beside it and whatever lasts all count, but also how fast the machine was at the time. Of each
// checkpoint: the fifth of an interval that follows it against the fifths on either side, which the machine's moods
// change alike; the same places of the runs without checkpoints tell how far that can be trusted.
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
#include <numeric>

using namespace saddle;

namespace {

struct Cost {
    double seconds = 0; ///< of a step
    std::vector<double> excess; ///< seconds, of each place of a checkpoint
};

/// What the steps after each place of a checkpoint took more than those around them. Seconds, one value a place.
std::vector<double> excesses(const std::vector<MetricRow>& rows, std::size_t every)
{
    const std::size_t fifth = every / 5;
    std::vector<double> all;
    // Row i tells when step i + 1 was done.
    for (std::size_t place = every; fifth > 0 && place - 1 + 2 * fifth < rows.size(); place += every) {
        const auto at = [&](std::size_t done) { return rows[done - 1].seconds; };
        const double before = at(place) - at(place - fifth);
        const double after = at(place + 2 * fifth) - at(place + fifth);
        all.push_back(at(place + fifth) - at(place) - (before + after) / 2);
    }
    return all;
}

/// Trains in a folder of its own; nothing when that fails, which is told.
std::optional<Cost> train(const Json& document, std::int64_t every)
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
    Attendance attendance;
    attendance.stop = [] { return false; };
    attendance.watch = [&](const SessionUpdate& update, Session&) {
        rows.insert(rows.end(), update.rows.begin(), update.rows.end());
    };
    const PlayedRun run = playToEnd(std::move(plan), attendance);
    if (run.fault || rows.size() <= static_cast<std::size_t>(warmup)) {
        std::fprintf(stderr, "%s\n", run.fault ? run.fault->error.sentence().c_str() : "too few steps");
        return std::nullopt;
    }
    const MetricRow& first = rows[static_cast<std::size_t>(warmup)];
    const MetricRow& last = rows.back();
    return Cost{(last.seconds - first.seconds) / static_cast<double>(last.step - first.step),
        excesses(rows, static_cast<std::size_t>(every))};
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
    const std::int64_t interval = parser.value(every).toLongLong();
    std::vector<double> ratios;
    Cost all[2];
    for (int round = 0; round < count; ++round) {
        Cost both[2]; // without, with
        for (int turn = 0; turn < 2; ++turn) {
            const int kind = (turn + round) % 2; // neither is always the first
            Json own = *document;
            setPath(own, "sampling.checkpoint_every", kind == 1 ? interval : 0);
            const std::optional<Cost> cost = train(own, interval);
            if (!cost)
                return 2;
            both[kind] = *cost;
            all[kind].seconds += cost->seconds / count;
            all[kind].excess.insert(all[kind].excess.end(), cost->excess.begin(), cost->excess.end());
        }
        ratios.push_back(both[1].seconds / both[0].seconds);
        std::printf("round %d: %.2f ms/step without checkpoints, %.2f with\n", round + 1, both[0].seconds * 1000,
            both[1].seconds * 1000);
        std::fflush(stdout);
    }
    if (ratios.empty())
        return 2;
    std::printf("whole runs: %.2f %% (median of the rounds), %.2f %% (means)\n", (median(ratios) - 1) * 100,
        (all[1].seconds / all[0].seconds - 1) * 100);
    if (all[1].excess.empty())
        return 2;
    double cost = 0;
    for (const int kind : {0, 1}) {
        const std::vector<double>& excess = all[kind].excess;
        const double mean = std::accumulate(excess.begin(), excess.end(), 0.0) / static_cast<double>(excess.size());
        cost = mean / (static_cast<double>(interval) * all[0].seconds) * 100;
        std::printf("%s: %.1f ms at each of %zu places (median %.1f), %.3f %% of the time\n",
            kind == 1 ? "with checkpoints" : "without", mean * 1000, excess.size(), median(excess) * 1000, cost);
    }
    return parser.isSet(most) && cost > parser.value(most).toDouble() ? 1 : 0;
}
