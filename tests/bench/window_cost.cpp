// SPDX-License-Identifier: GPL-3.0-or-later
// What the window costs training: the same preset trained without a window and with one, in turn, in one process.
//     saddle_window_cost [PRESET] [--rounds N] [--steps N] [--recorded N] [--max-cost PERCENT] [--json]
//         [--set key=value]...
// Sample grids are set aside (refreshed once an hour): their cost is a setting of the user's. With --recorded, the
// window's curves hold that many points before training begins.
#include "core/base/statistics.h"
#include "core/commands/commands.h"
#include "core/training/builtin.h"
#include "ui/main_window.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QEventLoop>
#include <QTemporaryDir>
#include <QTimer>

#include <cstdio>
#include <utility>

using namespace saddle;

namespace {

/// Milliseconds between steps, the first few left out.
void addTimes(std::vector<double>& times, const std::vector<MetricRow>& rows)
{
    constexpr std::size_t warmup = 5;
    for (std::size_t i = warmup; i < rows.size(); ++i)
        times.push_back((rows[i].seconds - rows[i - 1].seconds) * 1000);
}

std::vector<MetricRow> withoutWindow(const Json& document)
{
    SessionPlan plan;
    plan.document = document;
    plan.catalog = &builtinCatalog();
    plan.factory = makeTrainer;
    plan.renderSamples = false;
    Session session(std::move(plan), {});
    session.post(command::Play{});
    std::vector<MetricRow> rows;
    QEventLoop loop;
    QTimer look;
    QObject::connect(&look, &QTimer::timeout, &loop, [&] {
        SessionUpdate update = session.drain();
        rows.insert(rows.end(), update.rows.begin(), update.rows.end());
        if (update.state == SessionState::Finished || update.state == SessionState::Failed)
            loop.quit();
    });
    look.start(500);
    loop.exec();
    return rows;
}

/// Rows as a long training would have left them; they come before step 1.
std::vector<MetricRow> pastRows(std::int64_t count, std::size_t columns)
{
    std::vector<MetricRow> rows(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) {
        MetricRow& row = rows[static_cast<std::size_t>(i)];
        row.step = i - count;
        row.values.assign(columns, static_cast<double>(i * 7919 % 101) / 100);
    }
    return rows;
}

std::vector<MetricRow> withWindow(const Json& document, std::int64_t recorded)
{
    Workbench bench(builtinCatalog(), makeTrainer);
    bench.setRunsFolder({});
    MainWindow window(&bench);
    window.resize(1280, 800);
    bench.document()->adopt(document, QStringLiteral("bench"));
    bench.restart();
    window.show();
    bench.playWhenReady();
    std::vector<MetricRow> rows;
    QEventLoop loop;
    QObject::connect(bench.bridge(), &Bridge::rowsAppended, &loop,
        [&rows](const std::vector<MetricRow>& more) { rows.insert(rows.end(), more.begin(), more.end()); });
    bool fresh = true;
    QObject::connect(bench.bridge(), &Bridge::stateChanged, &loop, [&] {
        if (bench.bridge()->state() == SessionState::Running && std::exchange(fresh, false) && recorded > 0) {
            Q_EMIT bench.bridge()->rowsAppended(pastRows(recorded, bench.bridge()->now().info->columns.size()));
            rows.clear(); // they are not measured
        }
        if (bench.bridge()->state() == SessionState::Finished || bench.bridge()->state() == SessionState::Failed)
            loop.quit();
    });
    loop.exec();
    return rows;
}

} // namespace

int main(int argc, char** argv)
{
    QTemporaryDir home;
    qputenv("XDG_CONFIG_HOME", home.path().toUtf8());
    QApplication application(argc, argv);
    QCommandLineParser parser;
    parser.addPositionalArgument(QStringLiteral("preset"), QStringLiteral("Preset (fashion-dcgan)"));
    const QCommandLineOption rounds(
        QStringLiteral("rounds"), QStringLiteral("Rounds"), QStringLiteral("N"), QStringLiteral("3"));
    const QCommandLineOption steps(
        QStringLiteral("steps"), QStringLiteral("Steps a round"), QStringLiteral("N"), QStringLiteral("60"));
    const QCommandLineOption most(
        QStringLiteral("max-cost"), QStringLiteral("Fail above this"), QStringLiteral("PERCENT"));
    const QCommandLineOption recorded(
        QStringLiteral("recorded"), QStringLiteral("Points recorded before"), QStringLiteral("N"), QStringLiteral("0"));
    const QCommandLineOption json(QStringLiteral("json"), QStringLiteral("Print one JSON object"));
    const QCommandLineOption set(QStringLiteral("set"), QStringLiteral("Setting"), QStringLiteral("key=value"));
    parser.addHelpOption();
    parser.addOptions({rounds, steps, recorded, most, json, set});
    parser.process(application);
    theme::apply(theme::Choice::Light);

    SettingChanges changes;
    changes.assignments = {"training.steps=" + parser.value(steps).toStdString(), "sampling.refresh_seconds=3600",
        "sampling.keep_every=0", "sampling.checkpoint_every=0"};
    for (const QString& setting : parser.values(set))
        changes.assignments.push_back(setting.toStdString());
    Result<Json> document =
        loadChanged(parser.positionalArguments().value(0, QStringLiteral("fashion-dcgan")).toStdString(),
            builtinCatalog(), changes);
    if (!document) {
        std::fprintf(stderr, "%s\n", document.error().sentence().c_str());
        return 2;
    }
    std::vector<double> closed;
    std::vector<double> open;
    for (int round = 0; round < parser.value(rounds).toInt(); ++round) {
        addTimes(closed, withoutWindow(*document));
        addTimes(open, withWindow(*document, parser.value(recorded).toLongLong()));
        if (parser.isSet(json))
            continue;
        std::printf(
            "round %d: %.2f ms/step without the window, %.2f with it\n", round + 1, median(closed), median(open));
        std::fflush(stdout);
    }
    if (closed.empty() || open.empty()) {
        std::fprintf(stderr, "nothing was trained\n");
        return 2;
    }
    const double cost = (median(open) / median(closed) - 1) * 100;
    if (parser.isSet(json)) {
        const Json result = {{"closed_ms", median(closed)}, {"window_ms", median(open)}, {"torch", libtorchVersion()}};
        std::printf("%s\n", result.dump().c_str());
    } else {
        std::printf("steps/s: %.2f without, %.2f with the window; the window costs %.1f %%\n", 1000 / median(closed),
            1000 / median(open), cost);
    }
    return parser.isSet(most) && cost > parser.value(most).toDouble() ? 1 : 0;
}
