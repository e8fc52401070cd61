// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace saddle {

/// A growing array in pieces of `Size` elements: appending never copies what is there, so a run of ten million rows
/// has neither the pause of a vector that doubles nor its half-empty capacity.
template <typename T, std::size_t Size>
class Chunked {
    static_assert(Size > 0 && (Size & (Size - 1)) == 0, "a power of two: an index is a shift and a mask");

public:
    std::size_t size() const { return m_size; }
    const T& operator[](std::size_t index) const { return m_chunks[index / Size][index % Size]; }

    void push(const T& value)
    {
        if (m_size == m_chunks.size() * Size)
            m_chunks.push_back(std::make_unique<T[]>(Size));
        m_chunks[m_size / Size][m_size % Size] = value;
        ++m_size;
    }

    /// Memory held, the bookkeeping included.
    std::size_t bytes() const
    {
        return m_chunks.size() * Size * sizeof(T) + m_chunks.capacity() * sizeof(std::unique_ptr<T[]>);
    }

private:
    std::vector<std::unique_ptr<T[]>> m_chunks;
    std::size_t m_size = 0;
};

} // namespace saddle
