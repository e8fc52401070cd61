// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/series_store.h"

#include <algorithm>
#include <cassert>

namespace saddle {
namespace {

/// The first row of [first, size) whose x is not below `value`; `stride` is a guess at how far away that is.
std::size_t lowerBound(const SeriesColumn& x, double value, std::size_t first, std::size_t stride)
{
    // Pixel columns mostly hold alike numbers of rows: galloping from the last one stays near, in cached memory.
    std::size_t low = first;
    std::size_t step = std::max<std::size_t>(stride, 1);
    std::size_t high = first;
    while (high < x.size() && x[high] < value) {
        low = high + 1;
        high = std::min(x.size(), high + step);
        step *= 2;
    }
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (x[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

} // namespace

SeriesColumn::SeriesColumn(std::string name)
    : m_name(std::move(name))
{
}

void SeriesColumn::read(std::size_t first, std::size_t count, double* out) const
{
    for (std::size_t i = 0; i < count; ++i)
        out[i] = m_values[first + i];
}

void SeriesColumn::append(double value)
{
    const std::size_t row = m_values.size();
    if (m_monotone && (!std::isfinite(value) || (row > 0 && value < m_values[row - 1])))
        m_monotone = false;
    m_values.push(value);
    m_block.add(value);
    if (m_values.size() % m_pyramid.blockRows() == 0) {
        m_pyramid.append(m_block);
        m_block = {};
    }
}

std::size_t SeriesColumn::firstFinite(std::size_t first, std::size_t last) const
{
    for (std::size_t row = first; row < last;) {
        if (std::isfinite(m_values[row]))
            return row;
        row += std::max<std::size_t>(m_pyramid.emptyFrom(row, last), 1);
    }
    return noRow;
}

std::size_t SeriesColumn::lastFinite(std::size_t first, std::size_t last) const
{
    for (std::size_t row = last; row > first;) {
        if (std::isfinite(m_values[row - 1]))
            return row - 1;
        row -= std::max<std::size_t>(m_pyramid.emptyBefore(row, first), 1);
    }
    return noRow;
}

std::size_t SeriesColumn::bytes() const
{
    return m_values.bytes() + m_pyramid.bytes() + sizeof(*this) + m_name.capacity();
}

SeriesStore::SeriesStore(std::vector<std::string> columns)
{
    reset(std::move(columns));
}

void SeriesStore::reset(std::vector<std::string> columns)
{
    m_columns.clear();
    for (std::string& name : columns)
        m_columns.push_back(std::make_unique<SeriesColumn>(std::move(name)));
    m_rows = 0;
    ++m_generation;
}

void SeriesStore::appendRows(std::span<const Row> rows)
{
    for (std::size_t c = 0; c < m_columns.size(); ++c) {
        for (const Row& row : rows)
            m_columns[c]->append(c < row.size() ? row[c] : std::numeric_limits<double>::quiet_NaN());
    }
    m_rows += rows.size();
}

void SeriesStore::appendCells(std::span<const double> cells)
{
    if (m_columns.empty())
        return;
    assert(cells.size() % m_columns.size() == 0);
    const std::size_t rows = cells.size() / m_columns.size();
    for (std::size_t c = 0; c < m_columns.size(); ++c) {
        for (std::size_t r = 0; r < rows; ++r)
            m_columns[c]->append(cells[r * m_columns.size() + c]);
    }
    m_rows += rows;
}

std::optional<std::size_t> SeriesStore::columnIndex(std::string_view name) const
{
    for (std::size_t c = 0; c < m_columns.size(); ++c) {
        if (m_columns[c]->name() == name)
            return c;
    }
    return std::nullopt;
}

PixelRows SeriesStore::pixelRows(std::size_t xColumn, double xLow, double xHigh, std::size_t pixels) const
{
    PixelRows result{xColumn, xLow, xHigh, {}};
    const SeriesColumn& x = column(xColumn);
    if (!x.isMonotone() || pixels == 0 || !(xLow < xHigh))
        return result;
    result.first.reserve(pixels + 1);
    std::size_t stride = m_rows / pixels;
    for (std::size_t p = 0; p < pixels; ++p) {
        const std::size_t from = p == 0 ? 0 : result.first.back();
        const double edge = xLow + (xHigh - xLow) * static_cast<double>(p) / static_cast<double>(pixels);
        result.first.push_back(lowerBound(x, edge, from, stride));
        if (p > 0)
            stride = result.first.back() - from;
    }
    // The right edge belongs to the view.
    result.first.push_back(
        lowerBound(x, std::nextafter(xHigh, std::numeric_limits<double>::infinity()), result.first.back(), stride));
    return result;
}

std::vector<Point> SeriesStore::decimate(std::size_t column, const PixelRows& rows, Gaps gaps) const
{
    const SeriesColumn& source = this->column(column);
    return decimateCurve(source, source.pyramid(), m_rows, source, this->column(rows.xColumn), rows, gaps);
}

std::vector<Point> SeriesStore::decimate(
    std::size_t column, std::size_t xColumn, double xLow, double xHigh, std::size_t pixels, Gaps gaps) const
{
    return decimate(column, pixelRows(xColumn, xLow, xHigh, pixels), gaps);
}

std::optional<std::size_t> SeriesStore::nearestRow(std::size_t xColumn, double x) const
{
    const SeriesColumn& values = column(xColumn);
    if (m_rows == 0 || !values.isMonotone() || std::isnan(x))
        return std::nullopt;
    const std::size_t after = lowerBound(values, x, 0, m_rows / 2);
    if (after == 0)
        return after;
    if (after == m_rows || x - values[after - 1] <= values[after] - x)
        return after - 1;
    return after;
}

double SeriesStore::convert(std::size_t from, double value, std::size_t to) const
{
    const SeriesColumn& source = column(from);
    const SeriesColumn& target = column(to);
    if (from == to)
        return value;
    if (m_rows == 0 || !source.isMonotone())
        return std::numeric_limits<double>::quiet_NaN();
    const std::size_t after = lowerBound(source, value, 0, m_rows / 2);
    if (after == 0 || after == m_rows)
        return target[after == 0 ? 0 : m_rows - 1];
    const double share = (value - source[after - 1]) / (source[after] - source[after - 1]);
    return target[after - 1] + share * (target[after] - target[after - 1]);
}

std::size_t SeriesStore::bytes() const
{
    std::size_t sum = sizeof(*this) + m_columns.capacity() * sizeof(m_columns[0]);
    for (const std::unique_ptr<SeriesColumn>& column : m_columns)
        sum += column->bytes();
    return sum;
}

double SeriesStore::overhead() const
{
    const double bare = static_cast<double>(m_rows * m_columns.size() * sizeof(double));
    return bare > 0 ? static_cast<double>(bytes()) / bare : 1.0;
}

} // namespace saddle
