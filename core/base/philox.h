// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace saddle {

/// Philox 4×32 with 10 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): a random function
/// from a counter, so that any draw can be made again, in any order, on any device.
using PhiloxBlock = std::array<std::uint32_t, 4>;

struct PhiloxKey {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
};

inline PhiloxBlock philox(PhiloxBlock counter, PhiloxKey key)
{
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = std::uint64_t{0xD2511F53u} * counter[0];
        const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * counter[2];
        counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key.low, static_cast<std::uint32_t>(b),
            static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key.high, static_cast<std::uint32_t>(a)};
        key.low += 0x9E3779B9u;
        key.high += 0xBB67AE85u;
    }
    return counter;
}

/// The key of a named stream: FNV-1a of the name, mixed with the seed (the finaliser of SplitMix64).
inline PhiloxKey philoxKey(std::uint64_t seed, std::string_view stream)
{
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const char c : stream)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    hash ^= seed * 0x9e3779b97f4a7c15u;
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
    hash ^= hash >> 31;
    return {static_cast<std::uint32_t>(hash), static_cast<std::uint32_t>(hash >> 32)};
}

/// A number strictly between 0 and 1, from the upper 24 bits. The half cannot be told in the upper half of the range,
/// where the very last value would be rounded to 1.
inline float philoxUniform(std::uint32_t bits)
{
    return std::min((static_cast<float>(bits >> 8) + 0.5f) * 0x1p-24f, 0x1.fffffep-1f);
}

} // namespace saddle
