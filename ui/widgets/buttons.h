// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QAction;
class QPushButton;
class QToolButton;

namespace saddle {

/// Buttons with their object name and tooltip.
QPushButton* pushButton(const char* name, const QString& text, const QString& tip = {});
/// Flat; an icon is its owner's business.
QToolButton* flatButton(const char* name, const QString& tip = {}, const QString& text = {});

/// A button that does what an action does, and is greyed with it.
QPushButton* buttonFor(QAction* action, const char* name, const QString& text);

} // namespace saddle
