// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/plot_types.h"

#include <QByteArray>
#include <QIcon>
#include <QImage>

#include <vector>

class QFont;
class QPalette;

namespace saddle {

class CurvePlot;

/// A piece of a run's line, to stand before its name.
QIcon runSwatch(SeriesColour colour, const QPalette& palette, double scale);

/// A run in the picture of its curves.
struct LegendEntry {
    QColor colour;
    QString text;
};

/// Plots below each other with the names of their runs above: what is exported.
QImage curvesImage(const std::vector<CurvePlot*>& plots, const std::vector<LegendEntry>& legend,
    const QPalette& palette, const QFont& font);
/// The same as a drawing.
QByteArray curvesSvg(const std::vector<CurvePlot*>& plots, const std::vector<LegendEntry>& legend,
    const QPalette& palette, const QFont& font);

} // namespace saddle
