// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/series_store.h"

namespace saddle {

/// A text that stands in a table beside the row of its step.
struct CsvEvent {
    double step = 0;
    std::string text;
};

/// The rows a store has, as CSV text, piece by piece. Numbers read back are bit for bit those stored (NaN is an empty
/// cell). A last column `events` holds, quoted, the texts of the events at that row: an event between two rows goes to
/// the next one and says its own step.
///
/// The store must outlive the writer. Rows appended later are left out; a reset ends it.
class CsvWriter {
public:
    /// `columns` empty means all.
    CsvWriter(const SeriesStore& store, std::vector<std::size_t> columns, std::vector<CsvEvent> events);

    std::size_t rowCount() const { return m_rows; }
    std::size_t rowsWritten() const { return m_row; }
    bool isDone() const { return m_begun && m_row == m_rows; }
    /// Whether the store was reset since: there is nothing to go on with.
    bool isVoid() const { return m_store.generation() != m_generation; }

    /// The text of so many more rows; the names of the columns come before the first.
    std::string next(std::size_t rows);

private:
    void writeRow(std::string& text);

    const SeriesStore& m_store;
    unsigned m_generation;
    std::vector<std::size_t> m_columns;
    std::vector<CsvEvent> m_events;
    std::size_t m_nextEvent = 0;
    std::size_t m_rows;
    std::size_t m_row = 0;
    bool m_begun = false;
};

} // namespace saddle
