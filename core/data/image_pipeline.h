// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/image_decoder.h"
#include "core/data/image_files.h"

#include <functional>
#include <span>

namespace saddle {

/// Decodes files on as many threads as there are cores and hands the pixels to `take` in the files' order, on the
/// caller's thread. A file that cannot be read or decoded is skipped with its reason. An Error when it was cancelled,
/// or the one that `take` gave.
Status decodeInOrder(const std::filesystem::path& folder, const std::vector<ImageFile>& files,
    const ImageDecoder& decoder, const DecodeSettings& settings, const LoadMonitor& monitor,
    const std::function<Status(const ImageFile& file, std::span<const std::uint8_t> pixels)>& take,
    std::vector<SkippedFile>& skipped);

} // namespace saddle
