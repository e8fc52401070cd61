// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace saddle {

/// Grey pictures of an IDX file (MNIST's format).
struct IdxImages {
    std::int64_t count = 0; ///< at least 1
    int height = 0; ///< pixels, 1 to 4096
    int width = 0; ///< pixels, 1 to 4096
    std::vector<std::uint8_t> pixels; ///< count x height x width, row-major, 0 to 255
};

/// What the header of a file of images says: no pixel is read.
struct IdxSize {
    std::int64_t count = 0;
    int height = 0;
    int width = 0;
};

/// Reads the header of a file of images, with the same errors as readIdxImages.
Result<IdxSize> readIdxSize(const std::filesystem::path& path);

/// Reads an IDX file of pictures (3 dimensions of unsigned bytes, magic number 0x00000803), plain or gzip-compressed
/// whatever its name. Memory grows with the bytes that really arrive, never with what the header claims, up to 8 GiB.
/// An Error for anything else than exactly what the header says, with what was found in its place.
Result<IdxImages> readIdxImages(const std::filesystem::path& path);

/// Reads an IDX file of labels (1 dimension of unsigned bytes, magic number 0x00000801): one value 0 to 255 a picture.
Result<std::vector<std::uint8_t>> readIdxLabels(const std::filesystem::path& path);

/// An Error naming both files when they do not hold equally many pictures and labels.
Status checkCounts(const IdxImages& images, const std::filesystem::path& imagesPath,
    const std::vector<std::uint8_t>& labels, const std::filesystem::path& labelsPath);

} // namespace saddle
