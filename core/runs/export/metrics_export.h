// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/load_monitor.h"
#include "core/runs/catalog.h"

#include <filesystem>

namespace saddle {

/// All numbers of a run as one CSV file, written whole or not at all: metrics.csv as it is. Of a run that began from a
/// checkpoint of another, whose folder lies beside its own, the other's rows up to there come first, and so on back;
/// the column "run" then names the folder that each row is from, and columns that some of them lack are empty there.
Status exportMetricsCsv(
    const std::filesystem::path& runFolder, const std::filesystem::path& file, const LoadMonitor& monitor);

/// A run for TensorBoard: a folder, new or empty, with one event file, written whole or not at all. Each column is a
/// series GROUP/LABEL, as the window shows it, of the rows that have a number there, as float32; the kept grids are the
/// images "samples". Times are those of the run.
Status exportTensorBoard(const std::filesystem::path& runFolder, const std::filesystem::path& folder,
    const Catalog& catalog, const LoadMonitor& monitor);

} // namespace saddle
