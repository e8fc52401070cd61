// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace saddle {

/// Which checkpoints of a run go along.
enum class CheckpointChoice { None, Last, All };

/// A file of a run.
struct RunFile {
    std::string name; ///< from the run's folder on, with slashes: "samples/00000500.png"
    std::uint64_t size = 0; ///< bytes
};

/// Whether a run may hold a file of that name, as it is in an archive: one of those that a run is known to consist of,
/// with no way out of its folder.
bool belongsToRun(std::string_view name);

/// The files of a run that go into an archive, by name. What is no part of a run is left out. An Error where the folder
/// holds no run, and for a link: what it leads to may not be meant to be given away.
Result<std::vector<RunFile>> filesOfRun(const std::filesystem::path& runFolder, CheckpointChoice checkpoints);

} // namespace saddle
