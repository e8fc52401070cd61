// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/run_folder.h"
#include "core/session/engine.h"
#include "ui/plots/plot_types.h"

#include <vector>

namespace saddle {

/// Makes a store ready for a run's rows: step, epoch, images, seconds and what the run has.
void resetSeries(SeriesStore& store, const std::vector<ColumnInfo>& columns);
void appendSeries(SeriesStore& store, const std::vector<MetricRow>& rows);

/// Rows and events of a run on disk, up to a step.
Status loadSeries(SeriesStore& store, const std::filesystem::path& runFolder);
std::vector<RunEvent> loadEvents(const std::filesystem::path& runFolder);

/// Columns of one group share a plot, in the order they come.
std::vector<PlotGroup> plotGroups(const std::vector<ColumnInfo>& columns);

/// The vertical line of an event, or nothing for events that are not worth one.
std::optional<Marker> markerOf(const RunEvent& event);

} // namespace saddle
