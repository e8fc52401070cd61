// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"
#include "core/base/whole_file.h"
#include "core/io/csv.h"
#include "core/runs/export/metrics_export.h"
#include "core/runs/lineage.h"
#include "core/runs/metrics_text.h"

#include <algorithm>

namespace saddle {

namespace fs = std::filesystem;

namespace {

/// A stretch of a run's life with its numbers.
struct Stretch {
    LineagePart part;
    std::string metrics;
};

constexpr std::size_t pieceSize = std::size_t{1} << 18;

/// The eldest first. What is not there any more ends it.
Result<std::vector<Stretch>> stretchesOf(const fs::path& runFolder)
{
    const Lineage lineage = lineageOf(namedPath(runFolder));
    std::vector<Stretch> stretches;
    for (auto part = lineage.parts.rbegin(); part != lineage.parts.rend(); ++part) {
        Result<std::string> metrics = readMetrics(part->folder);
        if (!metrics && stretches.empty())
            return metrics.error();
        if (!metrics)
            break;
        stretches.push_back({*part, *std::move(metrics)});
    }
    std::reverse(stretches.begin(), stretches.end());
    return stretches;
}

} // namespace

Status exportMetricsCsv(const fs::path& runFolder, const fs::path& file, const LoadMonitor& monitor)
{
    const Result<std::vector<Stretch>> stretches = stretchesOf(runFolder);
    if (!stretches)
        return stretches.error();
    const bool alone = stretches->size() == 1;
    std::vector<std::string> columns;
    std::size_t total = 0;
    for (const Stretch& one : *stretches) {
        total += one.metrics.size();
        const MetricsText text(one.metrics);
        for (const std::string_view column : text.columns()) {
            if (std::find(columns.begin(), columns.end(), column) == columns.end())
                columns.emplace_back(column);
        }
    }
    Result<WholeFile> written = WholeFile::create(file);
    if (!written)
        return written.error();
    std::string piece = alone ? "" : "run,";
    for (std::size_t i = 0; i < columns.size(); ++i)
        piece += (i > 0 ? "," : "") + quoteCell(columns[i]);
    piece += "\n";
    std::size_t done = 0;
    for (const Stretch& one : *stretches) {
        MetricsText rows(one.metrics);
        std::vector<std::size_t> place;
        for (const std::string_view column : rows.columns()) {
            place.push_back(
                static_cast<std::size_t>(std::find(columns.begin(), columns.end(), column) - columns.begin()));
        }
        std::vector<std::string_view> ordered(columns.size());
        while (!rows.atEnd()) {
            const std::string_view line = rows.next();
            const std::vector<std::string_view> cells = cellsOf(line);
            const std::optional<std::int64_t> step = stepOfRow(line);
            if (!step || cells.size() != place.size())
                return Error{"a row of it is damaged: “" + std::string(line.substr(0, 40)) + "”",
                    (one.part.folder / "metrics.csv").string(), "mend or remove that row"};
            if (*step > one.part.upTo)
                break;
            std::fill(ordered.begin(), ordered.end(), std::string_view());
            for (std::size_t i = 0; i < cells.size(); ++i)
                ordered[place[i]] = cells[i];
            if (!alone)
                piece += quoteCell(one.part.folder.filename().string()) + ",";
            for (std::size_t i = 0; i < ordered.size(); ++i) {
                piece += i > 0 ? "," : "";
                piece += ordered[i];
            }
            piece += "\n";
            if (piece.size() < pieceSize)
                continue;
            if (Status appended = written->append(piece.data(), piece.size()); !appended)
                return appended;
            piece.clear();
            const std::size_t here = one.metrics.size() - rows.rest();
            if (!monitor(static_cast<double>(done + here) / static_cast<double>(total), "Writing numbers"))
                return Error{"the export was cancelled", file.string(), ""};
        }
        done += one.metrics.size();
    }
    if (!monitor(1, "Writing numbers"))
        return Error{"the export was cancelled", file.string(), ""};
    if (Status appended = written->append(piece.data(), piece.size()); !appended)
        return appended;
    return written->commit();
}

} // namespace saddle
