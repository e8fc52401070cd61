// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/parameter_editors.h"

class QLabel;
class QPushButton;

namespace saddle {

class PointPad;

/// A list of points [x, y] as a pad to draw on, with their number and a button that takes all away. The pad reaches to
/// the first of ±2, 5, 10, 20 … that holds all points, within the parameter's range.
class PointsEditor : public ParameterEditor {
    Q_OBJECT

public:
    PointsEditor(const Parameter& parameter, QWidget* parent);

    QWidget* widget() const override { return m_widget; }
    QWidget* control() const override;
    int wholeWidth() const override { return always; }
    void setParameter(const Parameter& parameter) override;

protected:
    void show(const Json& value) override;

private:
    QWidget* m_widget;
    PointPad* m_pad;
    QLabel* m_count;
    QPushButton* m_clear;
    double m_range = 1; ///< the farthest a coordinate may be
};

} // namespace saddle
