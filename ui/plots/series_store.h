// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/pyramid.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace saddle {

/// A point of a curve; a y of NaN breaks the line there.
struct Point {
    double x = 0;
    double y = 0;
};

/// What an empty cell does to a line: break it, or be passed over (for columns that are recorded now and then).
enum class Gaps { Break, Join };

/// One recorded quantity, append-only, with its pyramid.
class SeriesColumn final : public RowReader {
public:
    explicit SeriesColumn(std::string name);

    const std::string& name() const { return m_name; }
    std::size_t size() const { return m_values.size(); }
    double operator[](std::size_t row) const { return m_values[row]; }
    void read(std::size_t first, std::size_t count, double* out) const override;
    const Pyramid& pyramid() const { return m_pyramid; }
    /// Whether every value is finite and none is smaller than the one before, as an x axis needs.
    bool isMonotone() const { return m_monotone; }
    /// The first (last) finite row of [first, last), noRow when there is none.
    std::size_t firstFinite(std::size_t first, std::size_t last) const;
    std::size_t lastFinite(std::size_t first, std::size_t last) const;
    std::size_t bytes() const;

    void append(double value);

private:
    std::string m_name;
    Chunked<double, 4096> m_values;
    Pyramid m_pyramid{16};
    Extremes m_block;
    bool m_monotone = true;
};

/// Which rows fall on which pixel column of a plot: column p shows rows [first[p], first[p + 1]).
struct PixelRows {
    std::size_t xColumn = 0;
    double low = 0;
    double high = 0;
    std::vector<std::size_t> first;

    std::size_t pixels() const { return first.empty() ? 0 : first.size() - 1; }
};

/// The recorded scalars of a run, shared by all plots: named columns, rows appended in batches, NaN for an empty cell.
///
/// Drawing asks for `decimate`, which looks at some hundred numbers for each pixel column however many rows there are,
/// and returns at most four points for each: first, lowest, highest, last. So a spike of one sample among ten million
/// is always drawn. The pyramids for this cost 13 to 14 % on top of the values; `overhead` says how much exactly.
///
/// Not a QObject and not thread-safe: it lives where it is drawn.
class SeriesStore {
public:
    using Row = std::vector<double>;

    SeriesStore() = default;
    explicit SeriesStore(std::vector<std::string> columns);

    /// Drops everything and starts again with these columns.
    void reset(std::vector<std::string> columns);
    /// Changes with every reset: what was computed from the columns before is void.
    unsigned generation() const { return m_generation; }

    /// Appends rows; cells that a row lacks are empty, cells beyond the last column are dropped.
    void appendRows(std::span<const Row> rows);
    /// The same from one array, row after row; its length is a multiple of columnCount().
    void appendCells(std::span<const double> cells);

    std::size_t rowCount() const { return m_rows; }
    std::size_t columnCount() const { return m_columns.size(); }
    std::optional<std::size_t> columnIndex(std::string_view name) const;
    const SeriesColumn& column(std::size_t index) const { return *m_columns[index]; }
    double value(std::size_t column, std::size_t row) const { return (*m_columns[column])[row]; }

    /// Divides [xLow, xHigh] into pixel columns. Empty when the x column is not monotone or there is no range.
    PixelRows pixelRows(std::size_t xColumn, double xLow, double xHigh, std::size_t pixels) const;
    /// At most four points for each pixel column (and a break where cells are empty), with one point beyond either
    /// edge so that the line goes on to it. Few enough rows come whole. A gap narrower than a pixel column is not seen
    /// and therefore not broken, unless the rows come whole.
    std::vector<Point> decimate(std::size_t column, const PixelRows& rows, Gaps gaps = Gaps::Break) const;
    std::vector<Point> decimate(std::size_t column, std::size_t xColumn, double xLow, double xHigh, std::size_t pixels,
        Gaps gaps = Gaps::Break) const;

    /// The row whose x is nearest to `x`; nothing without rows or when the x column is not monotone.
    std::optional<std::size_t> nearestRow(std::size_t xColumn, double x) const;
    /// What column `to` is where column `from` is `value`, linear between rows and constant beyond the ends.
    double convert(std::size_t from, double value, std::size_t to) const;

    /// Memory held, and how many times the bare values that is.
    std::size_t bytes() const;
    double overhead() const;

private:
    std::vector<std::unique_ptr<SeriesColumn>> m_columns;
    std::size_t m_rows = 0;
    unsigned m_generation = 0;
};

/// The decimation itself, for any curve over the rows of `source` (its raw values or a smoothing of them): `rows` of it
/// exist, and the cells of `source` say where it has gaps.
std::vector<Point> decimateCurve(const RowReader& curve, const Pyramid& pyramid, std::size_t rows,
    const SeriesColumn& source, const SeriesColumn& x, const PixelRows& pixelRows, Gaps gaps);

} // namespace saddle
