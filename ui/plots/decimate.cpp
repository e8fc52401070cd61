// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/series_store.h"

#include <algorithm>
#include <array>

namespace saddle {
namespace {

/// Collects points and puts breaks between them.
class Line {
public:
    Line(const SeriesColumn& x, Gaps gaps, double widest)
        : m_x(x)
        , m_gaps(gaps)
        , m_widest(widest)
    {
    }

    void add(std::size_t row, double y)
    {
        const double x = m_x[row];
        if (m_gaps == Gaps::Break && m_previous != noRow && m_emptySince && x - m_x[m_previous] > m_widest)
            points.push_back({(x + m_x[m_previous]) / 2, std::numeric_limits<double>::quiet_NaN()});
        points.push_back({x, y});
        m_previous = row;
        m_emptySince = false;
    }
    /// The rows between the last point and `row` are all empty.
    void nextFinite(std::size_t row) { m_emptySince = m_previous != noRow && row > m_previous + 1; }

    std::vector<Point> points;

private:
    const SeriesColumn& m_x;
    Gaps m_gaps;
    double m_widest; ///< a gap of up to this width is not broken
    std::size_t m_previous = noRow;
    bool m_emptySince = false;
};

double valueAt(const RowReader& curve, std::size_t row)
{
    double value = 0;
    curve.read(row, 1, &value);
    return value;
}

} // namespace

std::vector<Point> decimateCurve(const RowReader& curve, const Pyramid& pyramid, std::size_t rows,
    const SeriesColumn& source, const SeriesColumn& x, const PixelRows& pixelRows, Gaps gaps)
{
    const std::size_t pixels = pixelRows.pixels();
    if (pixels == 0 || rows == 0)
        return {};
    const std::size_t begin = std::min(pixelRows.first.front(), rows);
    const std::size_t end = std::min(pixelRows.first.back(), rows);
    const bool whole = end - begin <= 4 * pixels;
    const double pixelWidth = (pixelRows.high - pixelRows.low) / static_cast<double>(pixels);
    Line line(x, gaps, whole ? -1.0 : pixelWidth);
    line.points.reserve(whole ? end - begin + 2 : 4 * pixels + 2);

    if (const std::size_t before = source.lastFinite(0, begin); before != noRow)
        line.add(before, valueAt(curve, before));

    if (whole) {
        std::array<double, Pyramid::maxBlockRows> values;
        for (std::size_t row = begin; row < end;) {
            const std::size_t count = std::min(values.size() - row % values.size(), end - row);
            curve.read(row, count, values.data());
            for (std::size_t i = 0; i < count; ++i) {
                if (!std::isfinite(values[i]))
                    continue;
                line.nextFinite(row + i);
                line.add(row + i, values[i]);
            }
            row += count;
        }
    } else {
        for (std::size_t p = 0; p < pixels; ++p) {
            const std::size_t from = std::min(pixelRows.first[p], rows);
            const std::size_t to = std::min(pixelRows.first[p + 1], rows);
            const std::size_t first = source.firstFinite(from, to);
            if (first == noRow)
                continue;
            const std::size_t last = source.lastFinite(first, to);
            line.nextFinite(first);
            const std::optional<ExtremeRows> extremes = pyramid.find(curve, first, last + 1);
            if (!extremes)
                continue;
            std::array<std::size_t, 4> chosen{first, extremes->lowRow, extremes->highRow, last};
            std::sort(chosen.begin(), chosen.end());
            const auto chosenEnd = std::unique(chosen.begin(), chosen.end());
            for (auto row = chosen.begin(); row != chosenEnd; ++row)
                line.add(*row, valueAt(curve, *row));
        }
    }

    if (const std::size_t after = source.firstFinite(end, rows); after != noRow) {
        line.nextFinite(after);
        line.add(after, valueAt(curve, after));
    }
    return std::move(line.points);
}

} // namespace saddle
