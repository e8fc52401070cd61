// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/csv.h"

#include "core/base/files.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <new>
#include <utility>

namespace saddle {

namespace {

struct Record {
    std::vector<std::string> cells;
    bool whole = false; ///< ended by a newline
};

/// Reads records one after the other and counts lines on the way.
class Splitter {
public:
    explicit Splitter(std::string_view text)
        : m_text(text)
    {
    }

    bool atEnd() const { return m_position == m_text.size(); }
    std::size_t position() const { return m_position; }
    std::size_t line() const { return m_line; }
    /// The text ended inside a quoted cell.
    bool openQuote() const { return m_openQuote; }

    /// The next record, or nothing at a quote where none may be.
    std::optional<Record> next()
    {
        Record record;
        while (true) {
            std::string& cell = record.cells.emplace_back();
            if (!(peek() == '"' ? quoted(cell) : bare(cell)))
                return std::nullopt;
            if (atEnd())
                return record;
            const char end = m_text[m_position++];
            if (end == ',')
                continue;
            m_position += end == '\r' ? 1 : 0; // both scanners stop at \r only where \n follows
            ++m_line;
            record.whole = true;
            return record;
        }
    }

private:
    int peek(std::size_t ahead = 0) const
    {
        return m_text.size() - m_position > ahead ? static_cast<unsigned char>(m_text[m_position + ahead]) : -1;
    }

    bool atBreak() const { return peek() == '\n' || (peek() == '\r' && peek(1) == '\n'); }

    bool bare(std::string& cell)
    {
        const std::size_t start = m_position;
        while (!atEnd() && peek() != ',' && !atBreak()) {
            if (peek() == '"')
                return false;
            ++m_position;
        }
        cell = m_text.substr(start, m_position - start);
        return true;
    }

    bool quoted(std::string& cell)
    {
        ++m_position;
        while (!atEnd()) {
            const char c = m_text[m_position++];
            if (c == '"' && peek() != '"')
                return atEnd() || peek() == ',' || atBreak();
            m_position += c == '"' ? 1 : 0;
            m_line += c == '\n' ? 1 : 0;
            cell += c;
        }
        m_openQuote = true;
        return true;
    }

    std::string_view m_text;
    std::size_t m_position = 0;
    std::size_t m_line = 1;
    bool m_openQuote = false;
};

std::string place(const std::string& where, std::size_t line)
{
    return where + ", line " + std::to_string(line);
}

Result<CsvTable> split(std::string_view text, const std::string& where)
{
    if (text.empty())
        return Error{"the file is empty", where, "give a table with a header line"};
    constexpr std::string_view byteOrderMark = "\xef\xbb\xbf"; // spreadsheets put it in front
    const std::size_t skipped = text.starts_with(byteOrderMark) ? byteOrderMark.size() : 0;
    Splitter splitter(text.substr(skipped));
    CsvTable table;
    while (!splitter.atEnd()) {
        const std::size_t line = splitter.line();
        std::optional<Record> record = splitter.next();
        if (!record) {
            // What a crash leaves in the last line may hold anything.
            const bool lastLine = text.find('\n', skipped + splitter.position()) == std::string_view::npos;
            if (!lastLine)
                return Error{
                    "there is a stray quote", place(where, splitter.line()), "write quotes inside a cell as \"\""};
            table.tornTail = true;
            break;
        }
        if (!record->whole) {
            // A quote that swallows whole lines is damage in the middle of the file rather than a line cut short.
            if (splitter.openQuote() && splitter.line() != line)
                return Error{"a quote is opened and never closed", place(where, line), "close or remove it"};
            table.tornTail = true;
            break;
        }
        if (table.header.empty()) {
            table.header = std::move(record->cells);
        } else if (record->cells.size() != table.header.size()) {
            return Error{"there are " + std::to_string(record->cells.size()) + " cells where the header has "
                    + std::to_string(table.header.size()),
                place(where, line), "correct or remove that line"};
        } else {
            table.rows.push_back(std::move(record->cells));
        }
        table.completeBytes = skipped + splitter.position();
    }
    if (table.header.empty())
        return Error{"there is no whole header line", place(where, 1), "the file is cut off: use another copy"};
    return table;
}

} // namespace

std::string formatNumber(double value)
{
    if (std::isnan(value))
        return {};
    char text[32]; // the longest shortest form is 24 characters
    const std::to_chars_result end = std::to_chars(text, text + sizeof text, value);
    return std::string(text, end.ptr);
}

std::optional<double> parseNumber(std::string_view cell)
{
    if (cell.empty())
        return std::numeric_limits<double>::quiet_NaN();
    double value = 0;
    const std::from_chars_result end = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (end.ec != std::errc() || end.ptr != cell.data() + cell.size())
        return std::nullopt;
    return value;
}

std::string quoteCell(std::string_view cell)
{
    if (cell.find_first_of(",\"\r\n") == std::string_view::npos)
        return std::string(cell);
    std::string quoted = "\"";
    for (const char c : cell) {
        quoted += c;
        if (c == '"')
            quoted += c;
    }
    quoted += '"';
    return quoted;
}

std::string csvRow(std::span<const std::string> cells)
{
    std::string row;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i > 0)
            row += ',';
        row += quoteCell(cells[i]);
    }
    row += '\n';
    return row;
}

std::optional<std::size_t> CsvTable::column(std::string_view name) const
{
    const auto found = std::find(header.begin(), header.end(), name);
    if (found == header.end())
        return std::nullopt;
    return static_cast<std::size_t>(found - header.begin());
}

Result<CsvTable> splitCsv(std::string_view text, const std::string& where)
{
    try {
        return split(text, where);
    } catch (const std::bad_alloc&) {
        return Error{"there is not enough memory for this table", where, "use a shorter one"};
    }
}

Result<CsvTable> readCsv(const std::filesystem::path& path)
{
    constexpr std::size_t limit = 1u << 30;
    const Result<std::string> text = readFile(path, limit);
    if (!text)
        return text.error();
    return splitCsv(*text, path.string());
}

} // namespace saddle
