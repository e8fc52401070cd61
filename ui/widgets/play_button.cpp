// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/play_button.h"

#include "ui/widgets/glyphs.h"

#include <QPainter>

namespace saddle {

PlayButton::PlayButton(QWidget* parent)
    : QAbstractButton(parent)
{
    setObjectName(QStringLiteral("playButton"));
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setCursor(Qt::PointingHandCursor);
    setAccessibleName(tr("Play"));
}

void PlayButton::setPlaying(bool playing)
{
    if (m_playing == playing)
        return;
    m_playing = playing;
    setAccessibleName(playing ? tr("Pause") : tr("Play"));
    update();
}

QSize PlayButton::sizeHint() const
{
    return {46, 46};
}

void PlayButton::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF disc = QRectF(rect()).adjusted(3, 3, -3, -3);
    QColor colour = palette().color(isEnabled() ? QPalette::Active : QPalette::Disabled, QPalette::Highlight);
    if (isEnabled() && isDown())
        colour = colour.darker(115);
    else if (isEnabled() && underMouse())
        colour = colour.lighter(110);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawEllipse(disc);
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1.5));
        painter.drawEllipse(QRectF(rect()).adjusted(1, 1, -1, -1));
    }
    painter.setPen(palette().color(QPalette::HighlightedText));
    const double side = disc.width() * 0.52;
    QRectF box(0, 0, side, side);
    box.moveCenter(disc.center());
    // A triangle's middle of mass lies left of its box's.
    drawGlyph(painter, m_playing ? Glyph::Pause : Glyph::Play, m_playing ? box : box.translated(side * 0.03, 0));
}

void PlayButton::enterEvent(QEnterEvent*)
{
    update();
}
void PlayButton::leaveEvent(QEvent*)
{
    update();
}

} // namespace saddle
