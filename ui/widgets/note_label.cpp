// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/note_label.h"

#include "ui/widgets/theme.h"

#include <QPainter>

namespace saddle {

namespace {

constexpr int barWidth = 3;

} // namespace

NoteLabel::NoteLabel(QWidget* parent)
    : QLabel(parent)
{
    setTextFormat(Qt::PlainText);
    setWordWrap(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse);
    setContentsMargins(barWidth + 7, 2, 4, 2);
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.92);
    setFont(small);
    QSizePolicy free(QSizePolicy::Ignored, QSizePolicy::Minimum);
    free.setHeightForWidth(true);
    setSizePolicy(free);
    hide();
}

void NoteLabel::paintEvent(QPaintEvent* event)
{
    {
        QPainter painter(this);
        painter.fillRect(rect(), theme::mixed(palette().color(QPalette::Window), theme::warningColour(), 0.1));
        painter.fillRect(QRect(0, 0, barWidth, height()), theme::warningColour());
    }
    QLabel::paintEvent(event);
}

} // namespace saddle
