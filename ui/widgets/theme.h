// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QString>

class QPalette;

namespace saddle::theme {

enum class Choice { System, Light, Dark };

/// Puts a light or dark palette on the application. System asks the desktop portal, and follows it from then on.
void apply(Choice choice);
Choice current();
Choice choiceNamed(const QString& name);
QString nameOf(Choice choice);

bool isDark(const QPalette& palette);

/// Colours of the networks, the same everywhere: discriminator blue, generator purple, encoder teal, real green; grey
/// for what belongs to none. Legible on the palette's base.
QColor roleColour(const QString& role, const QPalette& palette);

QColor errorColour();
QColor warningColour();
QColor informationColour();

/// `share` of `over` laid on `under`.
QColor mixed(const QColor& under, const QColor& over, double share);

} // namespace saddle::theme
