// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/tag.h"

#include "ui/widgets/theme.h"

#include <QPainter>

#include <algorithm>

namespace saddle {

Tag::Tag(QWidget* parent)
    : QLabel(parent)
{
    QFont small = font();
    if (small.pointSizeF() > 0)
        small.setPointSizeF(std::max(7.0, small.pointSizeF() * 0.88));
    setFont(small);
    setContentsMargins(7, 1, 7, 2);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void Tag::setTint(const QColor& tint)
{
    m_tint = tint;
    update();
}

void Tag::paintEvent(QPaintEvent* event)
{
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme::mixed(palette().color(QPalette::Window), m_tint, 0.26));
        painter.drawRoundedRect(QRectF(rect()), height() / 2.0, height() / 2.0);
    }
    QLabel::paintEvent(event);
}

} // namespace saddle
