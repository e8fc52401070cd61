// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/series_csv.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>

namespace saddle {
namespace {

void appendNumber(std::string& out, double value)
{
    if (std::isnan(value))
        return;
    std::array<char, 32> text;
    // Whole numbers as such: the shortest form of a million steps would be 1e+06.
    constexpr double exact = 9007199254740992.0;
    const bool whole = std::abs(value) < exact && value == std::trunc(value) && !(value == 0 && std::signbit(value));
    const std::to_chars_result result = whole
        ? std::to_chars(text.data(), text.data() + text.size(), static_cast<long long>(value))
        : std::to_chars(text.data(), text.data() + text.size(), value);
    out.append(text.data(), result.ptr);
}

void appendQuoted(std::string& out, std::string_view text)
{
    out += '"';
    for (const char c : text) {
        if (c == '"')
            out += '"';
        out += c;
    }
    out += '"';
}

} // namespace

CsvWriter::CsvWriter(const SeriesStore& store, std::vector<std::size_t> columns, std::vector<CsvEvent> events)
    : m_store(store)
    , m_generation(store.generation())
    , m_columns(std::move(columns))
    , m_events(std::move(events))
    , m_rows(store.rowCount())
{
    if (m_columns.empty()) {
        m_columns.resize(store.columnCount());
        std::iota(m_columns.begin(), m_columns.end(), std::size_t{0});
    }
    std::stable_sort(
        m_events.begin(), m_events.end(), [](const CsvEvent& a, const CsvEvent& b) { return a.step < b.step; });
}

std::string CsvWriter::next(std::size_t rows)
{
    std::string text;
    if (!m_begun) {
        for (const std::size_t c : m_columns)
            text += m_store.column(c).name() + ',';
        text += "events\n";
        m_begun = true;
    }
    for (; rows > 0 && m_row < m_rows; --rows)
        writeRow(text);
    return text;
}

void CsvWriter::writeRow(std::string& text)
{
    for (const std::size_t c : m_columns) {
        appendNumber(text, m_store.value(c, m_row));
        text += ',';
    }
    const std::optional<std::size_t> stepColumn = m_store.columnIndex("step");
    const double step = stepColumn ? m_store.value(*stepColumn, m_row) : static_cast<double>(m_row);
    std::string said;
    ++m_row;
    // The last row takes what comes after it, so that nothing is lost.
    for (; m_nextEvent < m_events.size() && (m_events[m_nextEvent].step <= step || m_row == m_rows); ++m_nextEvent) {
        const CsvEvent& event = m_events[m_nextEvent];
        if (!said.empty())
            said += "; ";
        if (event.step != step) {
            said += "step ";
            appendNumber(said, event.step);
            said += ": ";
        }
        said += event.text;
    }
    if (!said.empty())
        appendQuoted(text, said);
    text += '\n';
}

} // namespace saddle
