// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/eliding_combo.h"

#include <QAbstractItemView>
#include <QStyle>
#include <QStylePainter>
#include <QWheelEvent>

namespace saddle {

ElidingCombo::ElidingCombo(QWidget* parent)
    : QComboBox(parent)
{
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(4);
    setFocusPolicy(Qt::StrongFocus);
}

void ElidingCombo::fitList()
{
    constexpr int frame = 24;
    view()->setMinimumWidth(view()->sizeHintForColumn(0) + frame);
}

int ElidingCombo::wholeWidth() const
{
    int widest = 0;
    for (int i = 0; i < count(); ++i)
        widest = std::max(widest, fontMetrics().horizontalAdvance(itemText(i)));
    constexpr int gaps = 8; // around the words, some of which styles leave out
    QStyleOptionComboBox option;
    initStyleOption(&option);
    const QSize words(widest + gaps, fontMetrics().height());
    return style()->sizeFromContents(QStyle::CT_ComboBox, &option, words, this).width();
}

void ElidingCombo::paintEvent(QPaintEvent*)
{
    QStylePainter painter(this);
    QStyleOptionComboBox option;
    initStyleOption(&option);
    if (currentIndex() < 0)
        option.currentText = placeholderText();
    const QRect room = style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, this);
    option.currentText = fontMetrics().elidedText(option.currentText, Qt::ElideRight, room.width() - 4);
    painter.drawComplexControl(QStyle::CC_ComboBox, option);
    painter.drawControl(QStyle::CE_ComboBoxLabel, option);
}

void ElidingCombo::wheelEvent(QWheelEvent* event)
{
    if (hasFocus())
        QComboBox::wheelEvent(event);
    else
        event->ignore();
}

} // namespace saddle
