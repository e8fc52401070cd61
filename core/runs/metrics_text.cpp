// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/metrics_text.h"

#include "core/base/files.h"

#include <algorithm>
#include <charconv>

namespace saddle {

Result<std::string> readMetrics(const std::filesystem::path& runFolder)
{
    constexpr std::size_t longest = std::size_t{1} << 30;
    const std::filesystem::path file = runFolder / "metrics.csv";
    Result<std::string> text = readFile(file, longest);
    if (!text)
        return text;
    text->erase(text->rfind('\n') + 1);
    if (text->empty())
        return Error{"there are no columns in it", file.string(), "this run has no numbers that can be read"};
    return text;
}

std::vector<std::string_view> cellsOf(std::string_view line)
{
    std::vector<std::string_view> cells;
    cells.reserve(static_cast<std::size_t>(std::count(line.begin(), line.end(), ',')) + 1);
    for (std::size_t begin = 0;;) {
        const std::size_t end = std::min(line.find(',', begin), line.size());
        cells.push_back(line.substr(begin, end - begin));
        if (end == line.size())
            return cells;
        begin = end + 1;
    }
}

MetricsText::MetricsText(std::string_view metrics)
    : m_rest(metrics)
    , m_columns(cellsOf(next()))
{
}

std::string_view MetricsText::next()
{
    const std::size_t end = std::min(m_rest.find('\n'), m_rest.size());
    const std::string_view line = m_rest.substr(0, end);
    m_rest.remove_prefix(std::min(end + 1, m_rest.size()));
    return line;
}

std::optional<std::int64_t> stepOfRow(std::string_view line)
{
    std::int64_t step = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), step);
    const bool whole = error == std::errc() && (end == line.data() + line.size() || *end == ',');
    return whole ? std::optional(step) : std::nullopt;
}

} // namespace saddle
