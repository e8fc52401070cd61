// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace saddle {

inline constexpr std::size_t cifarPixels = 3 * 32 * 32; ///< bytes of a picture: planes of red, green and blue, 32 x 32
inline constexpr std::size_t cifarRecord = 1 + cifarPixels; ///< its label in front

/// Pictures of CIFAR-10's binary files (Krizhevsky 2009, "Learning multiple layers of features from tiny images").
struct CifarImages {
    std::vector<std::uint8_t> pixels; ///< count x 3 x 32 x 32, 0 to 255
    std::vector<std::uint8_t> labels; ///< one a picture, 0 to 9
};

/// How many pictures a file of that format holds, by its size: at least 1. An Error when the size is no multiple of
/// 3,073 bytes or above 8 GiB.
Result<std::int64_t> countCifar10(const std::filesystem::path& path);

/// Appends the pictures of a file. An Error names the file and the record that has no label 0 to 9.
Status readCifar10(const std::filesystem::path& path, CifarImages& images);

} // namespace saddle
