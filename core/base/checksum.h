// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace saddle {

/// What tells that a file is as it was written. CRC-32 finds every flipped bit and every burst of up to 32 of them; it
/// guards against accidents, not against forgers.
struct Checksum {
    std::uint64_t bytes = 0;
    std::uint32_t crc = 0;

    bool operator==(const Checksum&) const = default;
};

Checksum checksumOf(std::string_view bytes);
/// Reads the file piece by piece; a link or a missing file is an Error that names it.
Result<Checksum> checksumOfFile(const std::filesystem::path& path);

/// "1a2b3c4d"
std::string crcText(std::uint32_t crc);

} // namespace saddle
