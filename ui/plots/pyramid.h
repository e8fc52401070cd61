// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/chunked.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

namespace saddle {

/// No such row.
inline constexpr std::size_t noRow = std::numeric_limits<std::size_t>::max();

/// The lowest and highest finite value of some rows; empty when there was none.
struct Extremes {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();

    bool empty() const { return low > high; }
    /// Takes a value in; NaN and infinities, which no axis can show, are passed over.
    void add(double value)
    {
        if (!std::isfinite(value))
            return;
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    void add(const Extremes& other)
    {
        low = other.low < low ? other.low : low;
        high = other.high > high ? other.high : high;
    }
};

/// Where the lowest and the highest value of a range are, and what they are.
struct ExtremeRows {
    std::size_t lowRow = 0;
    std::size_t highRow = 0;
    double low = 0;
    double high = 0;
};

/// Something that can give the values of a few rows in a row.
class RowReader {
public:
    virtual ~RowReader() = default;
    /// Writes the values of rows [first, first + count) to `out`.
    virtual void read(std::size_t first, std::size_t count, double* out) const = 0;
};

/// Minima and maxima over blocks of rows, over 16 blocks, over 256 blocks and so on. It answers where the extremes of
/// any range are by looking at some hundred numbers, whatever the length of the range. Values themselves stay with
/// their owner, who appends one block at a time and lends a RowReader for the rows at the edges.
class Pyramid {
public:
    static constexpr std::size_t fanOut = 16;
    static constexpr std::size_t maxBlockRows = 64;

    /// `blockRows` (at most maxBlockRows) is how many rows one block of the lowest level stands for.
    explicit Pyramid(std::size_t blockRows);

    /// Adds the next whole block of rows.
    void append(const Extremes& block);

    std::size_t blockRows() const { return m_blockRows; }
    /// Where the extremes of rows [first, last) are; nothing when no row is finite.
    std::optional<ExtremeRows> find(const RowReader& rows, std::size_t first, std::size_t last) const;
    /// How many rows from `row` on (a whole block that starts there) are known to hold nothing; 0 when not known.
    std::size_t emptyFrom(std::size_t row, std::size_t last) const;
    /// The same backwards: of the rows that end before `row`.
    std::size_t emptyBefore(std::size_t row, std::size_t first) const;
    /// Memory held.
    std::size_t bytes() const;

private:
    using Level = Chunked<Extremes, 256>;
    struct Candidate;

    /// The highest level with a whole block that starts at `row` and ends by `last`; -1 when there is none.
    int levelAt(std::size_t row, std::size_t last) const;
    std::size_t rowsOf(int level) const;
    std::size_t descend(const RowReader& rows, const Candidate& candidate, bool wantLow) const;

    std::size_t m_blockRows;
    std::vector<Level> m_levels;
};

} // namespace saddle
