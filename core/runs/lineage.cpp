// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/lineage.h"

#include "core/io/csv.h"
#include "core/runs/event_log.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

namespace saddle {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t longestChain = 1000;

using StepFiles = std::vector<std::pair<std::int64_t, fs::path>>;

/// Whether a parent's folder can be followed: a folder, not a link to one elsewhere.
Status checkParent(const fs::path& folder)
{
    std::error_code error;
    const fs::file_status status = fs::symlink_status(folder, error);
    if (fs::is_symlink(status))
        return Error{"it is a link, and links are not followed", folder.string(), "put the folder itself there"};
    if (!fs::is_directory(status))
        return Error{"it is not there", folder.string(), "put it back beside this run to see the time before"};
    return {};
}

std::string missing(const std::string& why)
{
    return "The part of the run before its parent's step cannot be shown: " + why;
}

StepFiles overParts(const Lineage& lineage, StepFiles (*list)(const fs::path& runFolder))
{
    std::map<std::int64_t, fs::path> found;
    for (const LineagePart& part : lineage.parts) {
        for (auto& [step, file] : list(part.folder)) {
            if (part.holds(step) || step == part.after)
                found[step] = std::move(file);
        }
    }
    return {std::make_move_iterator(found.begin()), std::make_move_iterator(found.end())};
}

} // namespace

Lineage lineageOf(const fs::path& runFolder)
{
    const Result<RunOrigin> origin = readOrigin(runFolder);
    Lineage lineage = lineageOf(runFolder, origin ? origin->parent : std::nullopt);
    if (!origin)
        lineage.problem = missing(origin.error().sentence());
    return lineage;
}

Lineage lineageOf(const fs::path& runFolder, const std::optional<RunParent>& parent)
{
    Lineage lineage;
    // A path that ends in a slash has no name of its own.
    fs::path folder = runFolder.has_filename() ? runFolder : runFolder.parent_path();
    std::optional<RunParent> origin = parent;
    std::set<std::string> seen;
    std::int64_t limit = std::numeric_limits<std::int64_t>::max();
    while (true) {
        LineagePart part;
        part.folder = folder;
        part.upTo = limit;
        if (origin) {
            part.begunBy = origin->how;
            part.after = std::min(origin->step, limit);
        }
        lineage.parts.push_back(part);
        seen.insert(folder.filename().string());
        if (!origin)
            break;
        limit = part.after;
        folder = folder.parent_path() / origin->run;
        if (seen.contains(origin->run) || lineage.parts.size() == longestChain) {
            lineage.problem = missing("its parents go in a circle at " + origin->run + ".");
            break;
        }
        if (const Status usable = checkParent(folder); !usable) {
            lineage.problem = missing(usable.error().sentence());
            break;
        }
        Result<RunOrigin> next = readOrigin(folder);
        if (!next) {
            // The parent's own rows and pictures are still good.
            lineage.parts.push_back({folder, -1, limit, std::nullopt});
            lineage.problem = missing(next.error().sentence());
            break;
        }
        origin = next->parent;
    }
    std::reverse(lineage.parts.begin(), lineage.parts.end());
    return lineage;
}

std::vector<std::string> lineageColumns(const Lineage& lineage)
{
    std::vector<std::string> columns;
    for (auto part = lineage.parts.rbegin(); part != lineage.parts.rend(); ++part) {
        // The names alone; whether the rest can be read is told where it is.
        constexpr std::size_t longest = 1u << 16;
        std::ifstream file(part->folder / "metrics.csv", std::ios::binary);
        std::string line(longest, '\0');
        file.read(line.data(), static_cast<std::streamsize>(line.size()));
        line.resize(static_cast<std::size_t>(file.gcount()));
        const std::size_t end = line.find('\n');
        if (end == std::string::npos)
            continue;
        const Result<CsvTable> table = splitCsv(line.substr(0, end + 1), "metrics.csv");
        if (!table)
            continue;
        for (const std::string& name : table->header) {
            if (std::find(columns.begin(), columns.end(), name) == columns.end())
                columns.push_back(name);
        }
    }
    return columns;
}

std::vector<double> lineageRows(
    const Lineage& lineage, const std::vector<std::string>& columns, std::vector<std::string>& problems)
{
    std::vector<double> cells;
    for (const LineagePart& part : lineage.parts) {
        std::error_code ignored;
        if (!fs::exists(part.folder, ignored)) // a run that has not begun
            continue;
        const Result<CsvTable> table = readCsv(part.folder / "metrics.csv");
        if (!table) {
            problems.push_back(table.error().sentence());
            continue;
        }
        const std::optional<std::size_t> step = table->column("step");
        if (!step) {
            problems.push_back(Error{"it has no column “step”", (part.folder / "metrics.csv").string(), ""}.sentence());
            continue;
        }
        std::vector<std::optional<std::size_t>> places;
        places.reserve(columns.size());
        for (const std::string& column : columns)
            places.push_back(table->column(column));
        for (const std::vector<std::string>& row : table->rows) {
            const double at = parseNumber(row[*step]).value_or(std::nan(""));
            if (!(at > static_cast<double>(part.after) && at <= static_cast<double>(part.upTo)))
                continue;
            for (const std::optional<std::size_t>& place : places)
                cells.push_back(place ? parseNumber(row[*place]).value_or(std::nan("")) : std::nan(""));
        }
    }
    return cells;
}

std::vector<RunEvent> lineageEvents(const Lineage& lineage)
{
    std::vector<RunEvent> events;
    for (const LineagePart& part : lineage.parts) {
        for (RunEvent& event : readEvents(part.folder)) {
            // What a run did before its first step of its own, like an edit, stands at the step it began with.
            if (part.holds(event.step) || event.step == part.after)
                events.push_back(std::move(event));
        }
    }
    std::stable_sort(
        events.begin(), events.end(), [](const RunEvent& a, const RunEvent& b) { return a.step < b.step; });
    return events;
}

StepFiles lineageSamples(const Lineage& lineage)
{
    return overParts(lineage, keptSamples);
}

StepFiles lineageCheckpoints(const Lineage& lineage)
{
    return overParts(lineage, completeCheckpoints);
}

} // namespace saddle
