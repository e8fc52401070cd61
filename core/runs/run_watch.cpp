// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/run_watch.h"

#include "core/io/csv.h"
#include "core/runs/event_log.h"
#include "core/runs/metrics_text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace saddle {

namespace {

/// Read at once: more waits for the next look.
constexpr std::uint64_t mostBytes = std::uint64_t{256} << 20;

double cellAt(const std::vector<std::string_view>& cells, std::ptrdiff_t place)
{
    const bool there = place >= 0 && place < std::ssize(cells);
    const std::optional<double> value =
        there ? parseNumber(std::string(cells[static_cast<std::size_t>(place)])) : std::nullopt;
    return value.value_or(std::numeric_limits<double>::quiet_NaN());
}

} // namespace

RunWatch::RunWatch(std::filesystem::path folder, std::vector<std::string> columns)
    : m_folder(std::move(folder))
    , m_columns(std::move(columns))
{
}

std::optional<std::string> RunWatch::newLines(Growing& file) const
{
    const int opened = ::open((m_folder / file.name).c_str(), O_RDONLY | O_CLOEXEC);
    if (opened < 0)
        return file.read > 0 ? std::nullopt : std::optional<std::string>("");
    struct stat info = {};
    const bool known = ::fstat(opened, &info) == 0;
    // A run that goes on from an earlier step has files of their own put in their place, which may have grown again.
    const bool another = file.read > 0 && (info.st_ino != file.inode || std::cmp_less(info.st_size, file.read));
    if (!known || another) {
        ::close(opened);
        return std::nullopt;
    }
    file.inode = info.st_ino;
    const std::uintmax_t fresh = static_cast<std::uintmax_t>(info.st_size) - file.read;
    std::string lines(static_cast<std::size_t>(std::min<std::uintmax_t>(fresh, mostBytes)), '\0');
    const ssize_t got = ::pread(opened, lines.data(), lines.size(), static_cast<off_t>(file.read));
    ::close(opened);
    lines.resize(static_cast<std::size_t>(std::max<ssize_t>(0, got)));
    lines.erase(lines.rfind('\n') + 1);
    file.read += lines.size();
    return lines;
}

MetricRow RunWatch::rowOf(std::string_view line) const
{
    const std::vector<std::string_view> cells = cellsOf(line);
    const auto head = [&](std::size_t index) { return cellAt(cells, m_heads[index]); };
    const auto whole = [](double value) { return std::isfinite(value) ? static_cast<std::int64_t>(value) : 0; };
    MetricRow row;
    row.step = whole(head(0));
    row.epoch = head(1);
    row.images = whole(head(2));
    row.seconds = head(3);
    for (const std::ptrdiff_t place : m_places)
        row.values.push_back(cellAt(cells, place));
    return row;
}

RunWatch::News RunWatch::look()
{
    News news;
    // Asked first: what is written between the two is read, and a run that ends meanwhile is looked at once more.
    news.trained = runIsLocked(m_folder);
    const bool fresh = m_metrics.read == 0;
    const std::optional<std::string> metrics = newLines(m_metrics);
    const std::optional<std::string> events = newLines(m_events);
    if (!metrics || !events) {
        news.rewritten = true;
        return news;
    }
    std::string_view rest = *metrics;
    const auto next = [&rest] {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        return line;
    };
    if (fresh && !rest.empty()) {
        const std::vector<std::string_view> names = cellsOf(next());
        const auto placeOf = [&names](std::string_view name) {
            const auto found = std::find(names.begin(), names.end(), name);
            return found == names.end() ? std::ptrdiff_t{-1} : found - names.begin();
        };
        m_heads = {placeOf("step"), placeOf("epoch"), placeOf("images"), placeOf("seconds")};
        for (const std::string& column : m_columns)
            m_places.push_back(placeOf(column));
    }
    while (!rest.empty())
        news.rows.push_back(rowOf(next()));
    rest = *events;
    while (!rest.empty()) {
        if (std::optional<RunEvent> event = eventIn(next()))
            news.events.push_back(*std::move(event));
    }
    for (const DiversityPoint& point : readDiversity(m_folder)) {
        if (point.step > m_measured)
            news.diversity.push_back(point);
    }
    if (!news.diversity.empty())
        m_measured = news.diversity.back().step;
    return news;
}

} // namespace saddle
