// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/files.h"
#include "core/io/csv.h"
#include "core/runs/resume.h"
#include "core/runs/run_folder.h"

#include <QString>
#include <QStringList>

namespace saddle::test {

/// Empty, or what is wrong with a run that was killed.
inline QString faultOfKilled(
    const std::filesystem::path& folder, const Catalog& catalog, const std::vector<ColumnInfo>& columns)
{
    const Result<ResumePoint> point = findResumePoint(folder, catalog);
    if (!point)
        return QString::fromStdString(point.error().sentence());
    for (const std::string& warning : point->beginning.warnings)
        return QString::fromStdString(warning);
    std::int64_t saved = 0;
    if (!point->beginning.checkpoint.empty()) {
        const Result<CheckpointData> checkpoint = readCheckpoint(point->beginning.checkpoint);
        if (!checkpoint)
            return QString::fromStdString(checkpoint.error().sentence());
        saved = checkpoint->state["step"];
    }
    // Opening it as a session would cuts torn ends off and sets later rows aside.
    if (const auto opened = RunFolder::resume(folder, saved, columns); !opened)
        return QString::fromStdString(opened.error().sentence());
    const Result<CsvTable> table = readCsv(folder / "metrics.csv");
    if (!table || table->tornTail)
        return QStringLiteral("metrics.csv is torn");
    if (table->rows.size() != static_cast<std::size_t>(saved))
        return QStringLiteral("%1 rows before the checkpoint of step %2").arg(table->rows.size()).arg(saved);
    for (std::size_t i = 0; i < table->rows.size(); ++i) {
        if (table->rows[i][0] != std::to_string(i + 1))
            return QStringLiteral("a gap in metrics.csv at row %1").arg(i + 1);
    }
    const Result<std::string> events = readFile(folder / "events.jsonl", std::size_t{64} << 20);
    const QStringList lines = QString::fromStdString(events ? *events : std::string()).split(u'\n');
    if (!lines.last().isEmpty())
        return QStringLiteral("events.jsonl is torn");
    for (qsizetype i = 0; i + 1 < lines.size(); ++i) {
        if (!parseJson(lines[i].toStdString(), "events.jsonl"))
            return QStringLiteral("a torn event: ") + lines[i];
    }
    return {};
}

} // namespace saddle::test
