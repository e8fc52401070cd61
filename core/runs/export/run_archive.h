// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/load_monitor.h"
#include "core/runs/export/run_files.h"

#include <filesystem>
#include <string>

namespace saddle {

/// Packs a run into one zip archive, whole or not at all: all its files under a folder of the run's name, with the
/// checkpoints chosen. What was in its place stays until then. A run that is being trained is packed as it is at that
/// moment. An Error when the monitor says so, of a disk that is full, of a link in the run's folder.
Status packRun(const std::filesystem::path& runFolder, const std::filesystem::path& archive,
    CheckpointChoice checkpoints, const LoadMonitor& monitor);

/// Unpacks an archive of packRun() into a folder of runs, whole or not at all, and returns the new run's folder: that
/// of the archive, with a number behind it if there is one already. Everything the archive says is checked before: it
/// holds the files of one run and nothing else, by no name that leads out, no links, no more than there is room for.
/// An Error names what is wrong.
Result<std::filesystem::path> unpackRun(
    const std::filesystem::path& archive, const std::filesystem::path& runs, const LoadMonitor& monitor);

} // namespace saddle
