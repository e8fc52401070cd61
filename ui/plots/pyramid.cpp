// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/pyramid.h"

#include <algorithm>
#include <array>

namespace saddle {

/// A block (or, at level -1, a row) that holds the extreme found so far.
struct Pyramid::Candidate {
    double value = 0;
    std::size_t row = noRow;
    int level = -1;
};

Pyramid::Pyramid(std::size_t blockRows)
    : m_blockRows(std::min(std::max<std::size_t>(blockRows, 1), maxBlockRows))
    , m_levels(1)
{
}

void Pyramid::append(const Extremes& block)
{
    m_levels[0].push(block);
    for (std::size_t level = 0; m_levels[level].size() % fanOut == 0; ++level) {
        if (level + 1 == m_levels.size())
            m_levels.emplace_back();
        const Level& below = m_levels[level];
        Extremes sum;
        for (std::size_t child = below.size() - fanOut; child < below.size(); ++child)
            sum.add(below[child]);
        m_levels[level + 1].push(sum);
    }
}

std::size_t Pyramid::rowsOf(int level) const
{
    std::size_t rows = m_blockRows;
    for (int i = 0; i < level; ++i)
        rows *= fanOut;
    return rows;
}

int Pyramid::levelAt(std::size_t row, std::size_t last) const
{
    int found = -1;
    std::size_t size = m_blockRows;
    for (std::size_t level = 0; level < m_levels.size(); ++level, size *= fanOut) {
        if (row % size != 0 || row + size > last || row / size >= m_levels[level].size())
            break;
        found = static_cast<int>(level);
    }
    return found;
}

std::optional<ExtremeRows> Pyramid::find(const RowReader& rows, std::size_t first, std::size_t last) const
{
    Candidate low;
    Candidate high;
    low.value = std::numeric_limits<double>::infinity();
    high.value = -low.value;
    std::array<double, maxBlockRows> buffer;
    std::size_t row = first;
    while (row < last) {
        const int level = levelAt(row, last);
        if (level >= 0) {
            const std::size_t size = rowsOf(level);
            const Extremes& block = m_levels[static_cast<std::size_t>(level)][row / size];
            if (block.low < low.value)
                low = {block.low, row, level};
            if (block.high > high.value)
                high = {block.high, row, level};
            row += size;
            continue;
        }
        const std::size_t count = std::min(m_blockRows - row % m_blockRows, last - row);
        rows.read(row, count, buffer.data());
        for (std::size_t i = 0; i < count; ++i) {
            if (!std::isfinite(buffer[i]))
                continue;
            if (buffer[i] < low.value)
                low = {buffer[i], row + i, -1};
            if (buffer[i] > high.value)
                high = {buffer[i], row + i, -1};
        }
        row += count;
    }
    if (low.row == noRow)
        return std::nullopt;
    return ExtremeRows{descend(rows, low, true), descend(rows, high, false), low.value, high.value};
}

std::size_t Pyramid::descend(const RowReader& rows, const Candidate& candidate, bool wantLow) const
{
    // The best child is looked for, not the equal one: a reader that computes its values may differ in the last bit.
    if (candidate.level < 0)
        return candidate.row;
    std::size_t index = candidate.row / rowsOf(candidate.level);
    for (int level = candidate.level; level > 0; --level) {
        const Level& below = m_levels[static_cast<std::size_t>(level - 1)];
        std::size_t best = index * fanOut;
        for (std::size_t child = best + 1; child < (index + 1) * fanOut; ++child) {
            if (wantLow ? below[child].low < below[best].low : below[child].high > below[best].high)
                best = child;
        }
        index = best;
    }
    std::array<double, maxBlockRows> buffer;
    rows.read(index * m_blockRows, m_blockRows, buffer.data());
    std::size_t best = noRow;
    for (std::size_t i = 0; i < m_blockRows; ++i) {
        if (!std::isfinite(buffer[i]))
            continue;
        if (best == noRow || (wantLow ? buffer[i] < buffer[best] : buffer[i] > buffer[best]))
            best = i;
    }
    return index * m_blockRows + (best == noRow ? 0 : best);
}

std::size_t Pyramid::emptyFrom(std::size_t row, std::size_t last) const
{
    std::size_t found = 0;
    std::size_t size = m_blockRows;
    for (const Level& level : m_levels) {
        if (row % size != 0 || row + size > last || row / size >= level.size() || !level[row / size].empty())
            break;
        found = size;
        size *= fanOut;
    }
    return found;
}

std::size_t Pyramid::emptyBefore(std::size_t row, std::size_t first) const
{
    std::size_t found = 0;
    std::size_t size = m_blockRows;
    for (const Level& level : m_levels) {
        if (row % size != 0 || row < first + size || row / size > level.size() || !level[row / size - 1].empty())
            break;
        found = size;
        size *= fanOut;
    }
    return found;
}

std::size_t Pyramid::bytes() const
{
    std::size_t sum = m_levels.capacity() * sizeof(Level);
    for (const Level& level : m_levels)
        sum += level.bytes();
    return sum;
}

} // namespace saddle
