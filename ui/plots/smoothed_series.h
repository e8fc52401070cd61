// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/series_store.h"

namespace saddle {

/// A column smoothed by an exponential moving average without bias at its start, as TensorBoard does it:
/// y_n = sum_i w^(n-i) x_i / sum_i w^(n-i). Empty cells are passed over and stay empty.
///
/// It is computed once, by at most so many rows a call, and then follows new rows. The smoothed values are not kept:
/// only their extremes and the state at the start of each block of 64 rows, from which the rows of a block are computed
/// again when a pixel needs them. That is 6 to 7 % of the column, exact to the last bit, and ten million rows need no
/// second column.
class SmoothedSeries final : public RowReader {
public:
    /// `source` must outlive this; `weight` is in [0, 1).
    SmoothedSeries(const SeriesColumn& source, double weight);

    double weight() const { return m_weight; }
    /// How many rows are smoothed so far.
    std::size_t rows() const { return m_rows; }
    /// Smooths up to `maxRows` further rows and returns how many it was; 0 when it has caught up.
    std::size_t advance(std::size_t maxRows);

    void read(std::size_t first, std::size_t count, double* out) const override;
    double value(std::size_t row) const;
    std::vector<Point> decimate(const SeriesColumn& x, const PixelRows& rows, Gaps gaps = Gaps::Break) const;
    std::size_t bytes() const;

private:
    static constexpr std::size_t blockRows = Pyramid::maxBlockRows;

    struct State {
        double sum = 0; ///< of w^(n-i) x_i
        double norm = 0; ///< of w^(n-i)

        double next(double value, double weight);
    };

    const SeriesColumn& m_source;
    double m_weight;
    std::size_t m_rows = 0;
    State m_state; ///< after row m_rows - 1
    Extremes m_block; ///< of the rows since the last whole block
    Chunked<State, 256> m_starts; ///< the state before each block
    Pyramid m_pyramid{blockRows};
};

} // namespace saddle
