// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/series_store.h"

#include <QColor>
#include <QMetaType>
#include <QString>

#include <vector>

class QPainter;
class QPalette;
class QPointF;

namespace saddle {

/// What a curve belongs to; the colour follows from it and from light or dark.
enum class SeriesColour { Discriminator, Generator, Real, Orange, Teal, Rose, Olive, Neutral };
enum class ValueAxis { Left, Right };
enum class LineStyle { Solid, Dashed };

/// One curve of a plot.
struct SeriesSpec {
    std::string column; ///< the SeriesStore column it shows
    QString label;
    SeriesColour colour = SeriesColour::Neutral;
    ValueAxis axis = ValueAxis::Left;
    LineStyle style = LineStyle::Solid;
    Gaps gaps = Gaps::Break; ///< Join for what is recorded only now and then
    bool smoothed = true; ///< false for what is set rather than measured, like a learning rate
};

/// One plot of a PlotsPanel.
struct PlotGroup {
    QString id; ///< the plot's objectName is "plot_" + id
    QString title;
    QString unit; ///< shown behind the title; may be empty
    std::vector<SeriesSpec> series;
};

/// What runs along the bottom: the columns `step`, `images` or `seconds`.
enum class XAxis { Step, Images, Time };
/// The SeriesStore column of an x axis.
const char* xAxisColumn(XAxis axis);

/// Branch: where a run left its parent.
enum class MarkerKind { Edit, Checkpoint, Problem, Branch };
constexpr int markerKinds = 4;

/// A vertical line at a step with something to say.
struct Marker {
    double step = 0;
    QString text;
    MarkerKind kind = MarkerKind::Edit;
};

/// The colours of plots on the background of a palette.
QColor seriesColour(SeriesColour colour, const QPalette& palette);
QColor markerColour(MarkerKind kind, const QPalette& palette);
/// The flag of a marker, centred below a point: its shape tells the kinds apart without their colour.
void drawMarkerFlag(QPainter& painter, MarkerKind kind, const QPointF& top, const QColor& colour);

/// A value in about four digits: 0.6931, 1,234, 12.35k, 1.2e-5.
QString compactNumber(double value);
/// An x value in full: 12,345 or, as time, 1:02:03.
QString xText(double x, XAxis axis);

} // namespace saddle

Q_DECLARE_METATYPE(saddle::Marker)
