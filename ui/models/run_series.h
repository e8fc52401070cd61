// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/diversity.h"
#include "core/runs/lineage.h"
#include "core/runs/run_folder.h"
#include "core/session/engine.h"
#include "ui/plots/plot_types.h"

#include <QStringList>

#include <vector>

namespace saddle {

/// Makes a store ready for a run's rows: step, epoch, images, seconds, what the run has, and the diversity of samples.
void resetSeries(SeriesStore& store, const std::vector<ColumnInfo>& columns);
/// Diversity is measured seldom: each point goes into the first row of its step or later, and waits until there is one.
void appendSeries(SeriesStore& store, const std::vector<MetricRow>& rows, std::vector<DiversityPoint>& waiting);

/// The recorded rows over a whole life as lineageRows gives them, with the diversity of samples in the last column. The
/// first column is the step.
std::vector<double> rowsWithDiversity(
    const Lineage& lineage, const std::vector<std::string>& columns, std::vector<std::string>& problems);
/// The rows on disk of a run and of those it began from. A sentence for each file that cannot be read.
QStringList loadSeries(SeriesStore& store, const Lineage& lineage);

/// Columns of one group share a plot, in the order they come; the last is of the diversity of samples.
std::vector<PlotGroup> plotGroups(const std::vector<ColumnInfo>& columns);

/// The vertical line of an event, or nothing for events that are not worth one.
std::optional<Marker> markerOf(const RunEvent& event);
/// The lines of a whole life: its events, and where it left its parents.
std::vector<Marker> markersOf(const Lineage& lineage, const std::vector<RunEvent>& events);

} // namespace saddle
