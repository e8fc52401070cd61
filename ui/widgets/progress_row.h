// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QProgressBar;

namespace saddle {

/// A line that says how far long work is and cancels it. Hidden while nothing is under way.
///
/// Object names: NAME + "Progress" of the bar, NAME + "Cancel" of the button.
class ProgressRow : public QWidget {
    Q_OBJECT

public:
    ProgressRow(const QString& name, const QString& what, QWidget* parent = nullptr);

    void show(int done, int total);
    /// The same in percent, 0 .. 1, with other words before the bar; below 0: it has not begun.
    void showPart(double done, const QString& what);

Q_SIGNALS:
    void cancelled();

private:
    QLabel* m_what;
    QProgressBar* m_bar;
};

} // namespace saddle
