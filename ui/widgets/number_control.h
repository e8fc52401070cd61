// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractSpinBox>

#include <functional>

class QLineEdit;

namespace saddle {

/// Shows a unit quietly at the right end inside a line; empty shows none.
void showUnitInside(QLineEdit* line, const QString& unit);

/// A line for numbers of any size with arrows: what may be typed and what a step is are its owner's business. (QSpinBox
/// ends at 2³¹ and QDoubleSpinBox at a fixed count of decimals.)
class NumberControl : public QAbstractSpinBox {
    Q_OBJECT

public:
    explicit NumberControl(QWidget* parent = nullptr);

    QLineEdit* line() const { return lineEdit(); }
    void setUnit(const QString& unit);

    std::function<void(int steps)> onStep;
    std::function<bool(int steps)> canStep;

    void stepBy(int steps) override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    StepEnabled stepEnabled() const override;
};

} // namespace saddle
