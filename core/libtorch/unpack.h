// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/libtorch/download.h"

namespace saddle {

/// Unpacks a zip archive into a folder that exists and nobody else writes to. Refuses, before anything is written,
/// names that lead out of it, and more than there is room for. The monitor is told unpacked bytes. What a call that
/// fails or is cancelled leaves in the folder is worth nothing.
Result<Ended> unpackArchive(
    const std::filesystem::path& archive, const std::filesystem::path& folder, const DownloadMonitor& monitor);

/// An Error unless so many bytes have room on the disk of a folder that exists.
Status checkRoom(const std::filesystem::path& folder, std::uint64_t bytes);

} // namespace saddle
