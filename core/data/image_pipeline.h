// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/image_decoder.h"
#include "core/data/image_files.h"

#include <functional>
#include <span>

namespace saddle {

/// What decoding may use at once.
struct DecodeLimits {
    unsigned workers = 0; ///< threads; 0: one a core, at most 32
    std::int64_t memory = std::int64_t{1} << 30; ///< bytes of files and of pictures at their full size
};

/// Decodes files on several threads and hands the pixels to `take` in the files' order, on the caller's thread. A file
/// that cannot be read or decoded is skipped with its reason. An Error when it was cancelled, or the one that `take`
/// gave.
Status decodeInOrder(const std::filesystem::path& folder, const std::vector<ImageFile>& files,
    const ImageDecoder& decoder, const DecodeSettings& settings, const LoadMonitor& monitor,
    const std::function<Status(const ImageFile& file, std::span<const std::uint8_t> pixels)>& take,
    std::vector<SkippedFile>& skipped, const DecodeLimits& limits = {});

} // namespace saddle
