// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace saddle {

/// Which draw of a stream is meant: a number, or, in a step that a device repeats by itself, a 0-dimensional int64 on
/// that device, which is written before each repeat.
struct DrawCounter {
    DrawCounter(std::uint64_t fixed) // NOLINT(google-explicit-constructor): a plain number is one
        : number(fixed)
    {
    }
    explicit DrawCounter(torch::Tensor onDevice)
        : live(std::move(onDevice))
    {
    }

    std::uint64_t number = 0; ///< where `live` is undefined
    torch::Tensor live;
};

/// All random draws of a run. A draw is a function of the run's seed, the stream's name, a counter and the number of
/// the sample in its batch, so it can be made again in any order, and a slice of a batch alone.
class RandomStreams {
public:
    RandomStreams(std::uint64_t seed, torch::Device device)
        : m_seed(seed)
        , m_device(device)
    {
    }

    std::uint64_t seed() const { return m_seed; }

    /// The same streams for the samples of a batch from number `first` on: their sample 0 is that one.
    RandomStreams from(std::int64_t first) const
    {
        RandomStreams streams(*this);
        streams.m_first = first;
        return streams;
    }

    /// float32 on the device; sizes[0] counts samples. N(0, 1) by the method of Box and Muller.
    torch::Tensor normal(
        std::string_view stream, const DrawCounter& counter, const std::vector<std::int64_t>& sizes) const;
    /// float32 strictly between 0 and 1.
    torch::Tensor uniform(
        std::string_view stream, const DrawCounter& counter, const std::vector<std::int64_t>& sizes) const;
    /// A permutation of 0 .. count-1, int64 on the device.
    torch::Tensor permutation(std::string_view stream, std::uint64_t counter, std::int64_t count) const;

private:
    torch::Tensor uniformRows(
        std::string_view stream, const DrawCounter& counter, std::int64_t samples, std::int64_t perSample) const;

    std::uint64_t m_seed;
    torch::Device m_device;
    std::int64_t m_first = 0;
};

} // namespace saddle
