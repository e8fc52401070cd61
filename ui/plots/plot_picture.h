// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QByteArray>
#include <QString>

class QColor;
class QCustomPlot;
class QImage;

namespace saddle {

class PlotMask;

Status savePng(const QString& path, const QImage& image);
/// A plot as a drawing, empty when that failed. The mask covers, in the colour of the ground, what lies beyond the
/// axes.
QByteArray svgOf(QCustomPlot& plot, PlotMask& mask, const QColor& ground, const QString& title);
Status saveSvg(const QString& path, const QByteArray& svg);

} // namespace saddle
