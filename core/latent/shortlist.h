// SPDX-License-Identifier: GPL-3.0-or-later
// Distances between rows of numbers, and the rows that are nearest.
#pragma once

#include "core/latent/neighbours.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace saddle {

inline constexpr double noDistance = std::numeric_limits<double>::infinity();

/// Sum of squared differences. Once it passes `bound` it is only known to do so: the rest is left out.
inline double squaredDistance(const std::uint8_t* one, const std::uint8_t* other, std::size_t size, double bound)
{
    constexpr std::size_t block = 4'096; // sums of squares of bytes stay within 32 bits
    double sum = 0;
    for (std::size_t begin = 0; begin < size && sum <= bound; begin += block) {
        const std::size_t end = std::min(size, begin + block);
        std::uint32_t part = 0;
        for (std::size_t i = begin; i < end; ++i) {
            const int difference = int{one[i]} - int{other[i]};
            part += static_cast<std::uint32_t>(difference * difference);
        }
        sum += part;
    }
    return sum;
}

/// Features as they are kept: numbers times a scale.
struct Row {
    const std::int16_t* numbers;
    float scale;
};

inline double squaredDistance(const Row& row, const float* other, std::size_t size)
{
    constexpr std::size_t lanes = 16; // sums of their own, which the compiler may keep side by side
    std::array<float, lanes> sums{};
    std::size_t i = 0;
    for (; i + lanes <= size; i += lanes) {
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            const float difference = static_cast<float>(row.numbers[i + lane]) * row.scale - other[i + lane];
            sums[lane] += difference * difference;
        }
    }
    double sum = 0;
    for (const float part : sums)
        sum += part;
    for (; i < size; ++i) {
        const double difference = static_cast<double>(row.numbers[i]) * row.scale - other[i];
        sum += difference * difference;
    }
    return sum;
}

inline std::vector<float> widened(const Row& row, std::size_t size)
{
    std::vector<float> wide(size);
    for (std::size_t i = 0; i < size; ++i)
        wide[i] = static_cast<float>(row.numbers[i]) * row.scale;
    return wide;
}

/// The nearest seen so far, at most `wanted`. Distances are squared.
class Shortlist {
public:
    explicit Shortlist(std::int64_t wanted)
        : m_wanted(static_cast<std::size_t>(wanted))
    {
    }

    /// What a candidate must be below to come in.
    double bound() const { return m_list.size() < m_wanted ? noDistance : m_list.back().distance; }
    void add(std::int64_t index, double squared, bool mirrored)
    {
        if (squared >= bound())
            return;
        Neighbour candidate;
        candidate.index = index;
        candidate.distance = squared;
        candidate.mirrored = mirrored;
        // Behind its equals: they came first.
        const auto place = std::upper_bound(m_list.begin(), m_list.end(), candidate,
            [](const Neighbour& one, const Neighbour& other) { return one.distance < other.distance; });
        m_list.insert(place, candidate);
        if (m_list.size() > m_wanted)
            m_list.pop_back();
    }
    std::vector<Neighbour> take() { return std::move(m_list); }

private:
    std::size_t m_wanted;
    std::vector<Neighbour> m_list;
};

} // namespace saddle
