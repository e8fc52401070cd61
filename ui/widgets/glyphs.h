// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>

class QPainter;
class QPalette;
class QRectF;

namespace saddle {

enum class Glyph { Play, Pause, Step, Stop, Restart, Save, Locked, Unlocked, Back, Forward, Undo, Redo, Reset };

/// Draws a glyph as a shape, so that it is sharp at every scale, in the painter's pen colour.
void drawGlyph(QPainter& painter, Glyph glyph, const QRectF& box);

/// An icon in the palette's text colours, greyed where disabled.
QIcon glyphIcon(Glyph glyph, const QPalette& palette);

/// The program's own: a saddle, as the two networks see it.
QIcon applicationIcon();
/// The same on a square of `size`, for files.
void drawApplicationIcon(QPainter& painter, double size);

} // namespace saddle
