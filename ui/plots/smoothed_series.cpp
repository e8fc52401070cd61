// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/smoothed_series.h"

#include <algorithm>

namespace saddle {

double SmoothedSeries::State::next(double value, double weight)
{
    if (!std::isfinite(value))
        return std::numeric_limits<double>::quiet_NaN();
    sum = weight * sum + value;
    norm = weight * norm + 1.0;
    return sum / norm;
}

SmoothedSeries::SmoothedSeries(const SeriesColumn& source, double weight)
    : m_source(source)
    , m_weight(std::clamp(weight, 0.0, 0.9999))
{
    m_starts.push({});
}

std::size_t SmoothedSeries::advance(std::size_t maxRows)
{
    const std::size_t count = std::min(maxRows, m_source.size() - m_rows);
    for (std::size_t i = 0; i < count; ++i) {
        m_block.add(m_state.next(m_source[m_rows], m_weight));
        ++m_rows;
        if (m_rows % blockRows == 0) {
            m_pyramid.append(m_block);
            m_block = {};
            m_starts.push(m_state);
        }
    }
    return count;
}

void SmoothedSeries::read(std::size_t first, std::size_t count, double* out) const
{
    std::size_t row = first / blockRows * blockRows;
    State state = m_starts[row / blockRows];
    for (; row < first; ++row)
        state.next(m_source[row], m_weight);
    for (std::size_t i = 0; i < count; ++i)
        out[i] = state.next(m_source[first + i], m_weight);
}

double SmoothedSeries::value(std::size_t row) const
{
    double value = 0;
    read(row, 1, &value);
    return value;
}

std::vector<Point> SmoothedSeries::decimate(const SeriesColumn& x, const PixelRows& rows, Gaps gaps) const
{
    return decimateCurve(*this, m_pyramid, m_rows, m_source, x, rows, gaps);
}

std::size_t SmoothedSeries::bytes() const
{
    return sizeof(*this) + m_starts.bytes() + m_pyramid.bytes();
}

} // namespace saddle
