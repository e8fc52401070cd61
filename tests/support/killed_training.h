// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/columns.h"
#include "core/training/builtin.h"
#include "tests/support/cli_process.h"
#include "tests/support/killed_run.h"

#include <algorithm>
#include <random>

namespace saddle::test {

/// A run of the command line's own, on points, with an average and noise; a few hundred steps a second at least.
inline std::filesystem::path killedExperiment(const Scratch& scratch)
{
    return scratch.write("killed.json", R"({
        "data": {"source": "gaussians-8", "count": 500}, "latent": {"dimensions": 4},
        "generator": {"architecture": "mlp", "width": 8, "depth": 1, "initialisation": "default"},
        "discriminator": {"architecture": "mlp", "width": 8, "depth": 1, "activation": "leaky_relu",
                          "initialisation": "default"},
        "instance_noise": {"schedule": "linear", "start": 0.3, "end": 0, "steps": 5000},
        "training": {"batch_size": 16, "threads": 1, "device": "cpu", "ema_decay": 0.9},
        "sampling": {"keep_every": 37, "checkpoint_every": 11, "checkpoint_gigabytes": 0.001}})");
}

/// Kills such a run `kills` times at random moments; each time it goes on. Then compares it with one that was never
/// killed. Empty, or what is wrong.
inline QString faultOfKills(const QString& program, const Scratch& scratch, int kills, unsigned seed)
{
    const std::filesystem::path experiment = killedExperiment(scratch);
    const std::filesystem::path folder = scratch.path("killed");
    const auto train = [&](const std::filesystem::path& run, const QStringList& more) {
        const QString path = QString::fromStdString(run.string());
        return std::filesystem::exists(run / "metrics.csv")
            ? QStringList{QStringLiteral("train"), QStringLiteral("--resume"), path} + more
            : QStringList{QStringLiteral("train"), QString::fromStdString(experiment.string()), QStringLiteral("--out"),
                  path}
                + more;
    };
    std::mt19937 random(seed);
    std::uniform_int_distribution<int> moment(0, 400); // milliseconds
    std::vector<ColumnInfo> columns;
    std::int64_t furthest = 0;
    for (int kill = 0; kill < kills; ++kill) {
        QProcess process;
        process.setProcessEnvironment(environmentIn(scratch));
        process.setReadChannel(QProcess::StandardError);
        process.start(program, train(folder, {}));
        // Most while it trains, which the first figures tell; some while it begins.
        QByteArray said;
        while (kill % 5 != 4 && !said.contains("ms/step")) {
            if (!process.waitForReadyRead(patience) && process.state() == QProcess::NotRunning)
                return QStringLiteral("kill %1: it did not train: ").arg(kill) + QString::fromUtf8(said);
            said += process.readAllStandardError();
        }
        if (process.waitForFinished(moment(random)))
            return QStringLiteral("kill %1: it ended by itself: ").arg(kill)
                + QString::fromUtf8(process.readAllStandardError());
        process.kill();
        process.waitForFinished(patience);
        if (!std::filesystem::exists(folder / "metrics.csv"))
            continue; // it had not begun
        if (columns.empty())
            columns = columnsOf(*readExperiment(folder), builtinCatalog());
        const QString fault = faultOfKilled(folder, builtinCatalog(), columns);
        if (!fault.isEmpty())
            return QStringLiteral("after kill %1: ").arg(kill) + fault;
        const auto complete = completeCheckpoints(folder);
        const std::int64_t reached = complete.empty() ? 0 : complete.back().first;
        if (reached < furthest)
            return QStringLiteral("after kill %1 there is no checkpoint of step %2").arg(kill).arg(furthest);
        furthest = reached;
    }
    if (furthest == 0)
        return QStringLiteral("it never got to a checkpoint");
    // Both to the same step, one of them in one go.
    const QString steps = QString::number(furthest + 50);
    for (const char* name : {"killed", "whole"}) {
        const Run run = runCli(program, train(scratch.path(name), {QStringLiteral("--steps"), steps}), scratch);
        if (run.status != 0)
            return run.err;
    }
    const auto table = [&scratch](const char* name) { return readCsv(scratch.path(name) / "metrics.csv"); };
    const Result<CsvTable> killed = table("killed");
    const Result<CsvTable> whole = table("whole");
    if (!killed || !whole || killed->rows.size() != whole->rows.size())
        return QStringLiteral("they have not the same number of rows");
    constexpr std::size_t seconds = 3; // the column of the time it took
    for (std::size_t row = 0; row < whole->rows.size(); ++row) {
        for (std::size_t column = 0; column < whole->rows[row].size(); ++column) {
            if (column != seconds && killed->rows[row][column] != whole->rows[row][column])
                return QStringLiteral("step %1 is not the same").arg(row + 1);
        }
    }
    const auto last = [&scratch](const char* name) { return readCheckpoint(*latestCheckpoint(scratch.path(name))); };
    const Result<CheckpointData> one = last("killed");
    const Result<CheckpointData> other = last("whole");
    if (!one || !other || one->tensors != other->tensors)
        return QStringLiteral("the last checkpoints are not the same to the last bit");
    return {};
}

} // namespace saddle::test
