// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QString>

class QColor;
class QCustomPlot;
class QImage;

namespace saddle {

class PlotMask;

Status savePng(const QString& path, const QImage& image);
/// A plot as a drawing. The mask covers, in the colour of the ground, what lies beyond the axes.
Status saveSvg(const QString& path, QCustomPlot& plot, PlotMask& mask, const QColor& ground, const QString& title);

} // namespace saddle
