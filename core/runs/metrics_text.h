// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace saddle {

/// metrics.csv of a run, of at most 1 GiB: whole lines, the first of them the names of the columns. A last line without
/// its end, which a crash has cut, is left out.
Result<std::string> readMetrics(const std::filesystem::path& runFolder);

/// The cells of one line; those of a run's metrics are never quoted.
std::vector<std::string_view> cellsOf(std::string_view line);

/// What readMetrics() gave, row by row. The text must outlive this.
class MetricsText {
public:
    explicit MetricsText(std::string_view metrics);

    const std::vector<std::string_view>& columns() const { return m_columns; }
    bool atEnd() const { return m_rest.empty(); }
    /// Bytes that are still to come.
    std::size_t rest() const { return m_rest.size(); }
    /// The next line without its end.
    std::string_view next();

private:
    std::string_view m_rest;
    std::vector<std::string_view> m_columns;
};

/// The step that a row begins with, or nothing.
std::optional<std::int64_t> stepOfRow(std::string_view line);

} // namespace saddle
