// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/glyphs.h"

#include <QPainter>
#include <QPainterPath>
#include <QPalette>

namespace saddle {

void drawGlyph(QPainter& painter, Glyph glyph, const QRectF& box)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(box.topLeft());
    painter.scale(box.width() / 24, box.height() / 24);
    const QColor colour = painter.pen().color();
    const auto fill = [&](const QPolygonF& shape) {
        QPainterPath path;
        path.addPolygon(shape);
        path.closeSubpath();
        painter.fillPath(path, colour);
    };
    QPen line(colour, 2.2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin);
    switch (glyph) {
    case Glyph::Play:
        fill({{7, 4}, {20, 12}, {7, 20}});
        break;
    case Glyph::Pause:
        painter.fillRect(QRectF(6, 5, 4.4, 14), colour);
        painter.fillRect(QRectF(13.6, 5, 4.4, 14), colour);
        break;
    case Glyph::Step:
        fill({{5, 5}, {15, 12}, {5, 19}});
        painter.fillRect(QRectF(16, 5, 3, 14), colour);
        break;
    case Glyph::Stop:
        painter.fillRect(QRectF(6, 6, 12, 12), colour);
        break;
    case Glyph::Restart: {
        painter.setPen(line);
        painter.drawArc(QRectF(5, 5, 14, 14), 60 * 16, 290 * 16);
        fill({{12, 1.5}, {18.5, 5.5}, {12, 9.5}});
        break;
    }
    case Glyph::Save:
        painter.setPen(line);
        painter.drawLine(QPointF(12, 4), QPointF(12, 14));
        painter.drawPolyline(QPolygonF{{7.5, 10}, {12, 14.5}, {16.5, 10}});
        painter.drawPolyline(QPolygonF{{4.5, 16}, {4.5, 20}, {19.5, 20}, {19.5, 16}});
        break;
    case Glyph::Locked:
    case Glyph::Unlocked: {
        // The shackle of an open padlock stands beside the body.
        const double left = glyph == Glyph::Locked ? 8 : 12.5;
        painter.setPen(line);
        painter.drawArc(QRectF(left, 3.5, 8, 9), 0, 180 * 16);
        painter.drawLine(QPointF(left, 8), QPointF(left, 11));
        if (glyph == Glyph::Locked)
            painter.drawLine(QPointF(left + 8, 8), QPointF(left + 8, 11));
        painter.fillRect(QRectF(5, 11, 14, 9.5), colour);
        break;
    }
    case Glyph::Back:
        fill({{16, 5}, {7, 12}, {16, 19}});
        break;
    case Glyph::Forward:
        fill({{8, 5}, {17, 12}, {8, 19}});
        break;
    case Glyph::Undo:
    case Glyph::Redo:
        if (glyph == Glyph::Redo) {
            painter.translate(24, 0);
            painter.scale(-1, 1);
        }
        painter.setPen(line);
        painter.drawArc(QRectF(6, 8, 13, 11), -60 * 16, 200 * 16);
        fill({{3, 10}, {11.5, 5}, {11.5, 14}});
        break;
    case Glyph::Reset:
        painter.setPen(line);
        painter.drawLine(QPointF(7, 7), QPointF(17, 17));
        painter.drawLine(QPointF(17, 7), QPointF(7, 17));
        break;
    }
    painter.restore();
}

QIcon glyphIcon(Glyph glyph, const QPalette& palette)
{
    QIcon icon;
    for (const QIcon::Mode mode : {QIcon::Normal, QIcon::Disabled}) {
        const QPalette::ColorGroup group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
        for (const int size : {16, 24, 32, 48, 64}) {
            QPixmap pixmap(size, size);
            pixmap.fill(Qt::transparent);
            QPainter painter(&pixmap);
            painter.setPen(palette.color(group, QPalette::ButtonText));
            drawGlyph(painter, glyph, QRectF(0, 0, size, size));
            painter.end();
            icon.addPixmap(pixmap, mode);
        }
    }
    return icon;
}

QIcon applicationIcon()
{
    QIcon icon;
    for (const int size : {16, 24, 32, 48, 64, 128, 256}) {
        QPixmap pixmap(size, size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        drawApplicationIcon(painter, size);
        painter.end();
        icon.addPixmap(pixmap);
    }
    return icon;
}

void drawApplicationIcon(QPainter& painter, double size)
{
    painter.setRenderHint(QPainter::Antialiasing);
    painter.scale(size / 64, size / 64);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(0x1f, 0x2a, 0x44));
    painter.drawRoundedRect(QRectF(2, 2, 60, 60), 13, 13);
    painter.setBrush(Qt::NoBrush);
    // One goes down where the other goes up; they meet in the saddle point.
    QPainterPath valley({10, 15});
    valley.quadTo({32, 51}, {54, 15});
    painter.setPen(QPen(QColor(0x6c, 0xb0, 0xff), 6, Qt::SolidLine, Qt::RoundCap));
    painter.drawPath(valley);
    QPainterPath hill({10, 51});
    hill.quadTo({32, 15}, {54, 51});
    painter.setPen(QPen(QColor(0xd3, 0xa1, 0xff), 6, Qt::SolidLine, Qt::RoundCap));
    painter.drawPath(hill);
    painter.setPen(Qt::NoPen);
    painter.setBrush(Qt::white);
    painter.drawEllipse(QPointF(32, 33), 5, 5);
}

} // namespace saddle
