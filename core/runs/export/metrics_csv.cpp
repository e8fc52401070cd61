// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/whole_file.h"
#include "core/io/csv.h"
#include "core/runs/export/metrics_export.h"
#include "core/runs/metrics_text.h"
#include "core/runs/run_origin.h"

#include <algorithm>
#include <limits>

namespace saddle {

namespace fs = std::filesystem;

namespace {

/// A run and how much of it counts.
struct Ancestor {
    fs::path folder;
    std::string name;
    std::string metrics;
    std::int64_t lastStep = std::numeric_limits<std::int64_t>::max();
};

constexpr std::size_t pieceSize = std::size_t{1} << 18;
constexpr std::size_t longestLineage = 1000; ///< runs; more can only be links that go round

/// A run and those it came from, the oldest first. What is not there any more ends it.
Result<std::vector<Ancestor>> lineageOf(const fs::path& runFolder)
{
    const fs::path whole = fs::absolute(runFolder).lexically_normal();
    fs::path folder = whole.has_filename() ? whole : whole.parent_path();
    std::vector<Ancestor> lineage;
    std::int64_t lastStep = std::numeric_limits<std::int64_t>::max();
    while (lineage.size() < longestLineage) {
        Result<std::string> metrics = readMetrics(folder);
        if (!metrics) {
            if (lineage.empty())
                return metrics.error();
            break;
        }
        lineage.insert(lineage.begin(), {folder, folder.filename().string(), *std::move(metrics), lastStep});
        const Result<RunOrigin> origin = readOrigin(folder);
        if (!origin || !origin->parent)
            break;
        // A run of a run goes back no further than that one did.
        lastStep = std::min(lastStep, origin->parent->step);
        folder = folder.parent_path() / origin->parent->run;
    }
    return lineage;
}

} // namespace

Status exportMetricsCsv(const fs::path& runFolder, const fs::path& file, const LoadMonitor& monitor)
{
    const Result<std::vector<Ancestor>> lineage = lineageOf(runFolder);
    if (!lineage)
        return lineage.error();
    const bool alone = lineage->size() == 1;
    std::vector<std::string> columns;
    std::size_t total = 0;
    for (const Ancestor& one : *lineage) {
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
    for (const Ancestor& one : *lineage) {
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
                    (one.folder / "metrics.csv").string(), "mend or remove that row"};
            if (*step > one.lastStep)
                break;
            std::fill(ordered.begin(), ordered.end(), std::string_view());
            for (std::size_t i = 0; i < cells.size(); ++i)
                ordered[place[i]] = cells[i];
            if (!alone)
                piece += quoteCell(one.name) + ",";
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
