// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/number_control.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>

namespace saddle {

void showUnitInside(QLineEdit* line, const QString& unit)
{
    auto* label = line->findChild<QLabel*>(QStringLiteral("unit"), Qt::FindDirectChildrenOnly);
    if (!label) {
        if (unit.isEmpty())
            return;
        label = new QLabel(line);
        label->setObjectName(QStringLiteral("unit"));
        label->setForegroundRole(QPalette::PlaceholderText);
        label->setAttribute(Qt::WA_TransparentForMouseEvents);
        auto* row = new QHBoxLayout(line);
        row->setContentsMargins(0, 0, 4, 0);
        row->addStretch(1);
        row->addWidget(label);
    }
    label->setText(unit);
    label->setVisible(!unit.isEmpty());
    line->setTextMargins(0, 0, unit.isEmpty() ? 0 : label->sizeHint().width() + 4, 0);
}

NumberControl::NumberControl(QWidget* parent)
    : QAbstractSpinBox(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setCorrectionMode(QAbstractSpinBox::CorrectToPreviousValue);
    lineEdit()->setMinimumWidth(30);
}

void NumberControl::setUnit(const QString& unit)
{
    showUnitInside(lineEdit(), unit);
}

void NumberControl::stepBy(int steps)
{
    if (onStep)
        onStep(steps);
}

QSize NumberControl::sizeHint() const
{
    return {90, QAbstractSpinBox::sizeHint().height()};
}

QSize NumberControl::minimumSizeHint() const
{
    return {56, QAbstractSpinBox::minimumSizeHint().height()};
}

QAbstractSpinBox::StepEnabled NumberControl::stepEnabled() const
{
    StepEnabled enabled;
    if (!canStep || canStep(1))
        enabled |= StepUpEnabled;
    if (!canStep || canStep(-1))
        enabled |= StepDownEnabled;
    return enabled;
}

} // namespace saddle
