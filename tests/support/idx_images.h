// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace saddle::test {

inline std::string bigEndian32(std::uint32_t value)
{
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes += static_cast<char>(value >> shift & 0xff);
    return bytes;
}

/// An IDX file of images: soft slopes, each image another.
inline std::string idxImages(std::uint32_t count, std::uint32_t side)
{
    std::string bytes = bigEndian32(0x803) + bigEndian32(count) + bigEndian32(side) + bigEndian32(side);
    for (std::uint32_t i = 0; i < count; ++i) {
        for (std::uint32_t pixel = 0; pixel < side * side; ++pixel)
            bytes += static_cast<char>((pixel % side * (i % 5 + 1) + pixel / side * (i % 3) + 7 * i) & 0xff);
    }
    return bytes;
}

} // namespace saddle::test
