// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/map_pad.h"

#include "ui/widgets/image_view.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

namespace saddle {

namespace {

constexpr double step = 0.1; // of a key
constexpr double fineStep = 0.02;
constexpr double markerRadius = 7;

} // namespace

MapPad::MapPad(QWidget* parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::CrossCursor);
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setSizePolicy(policy);
}

QPointF MapPad::middleOf(int cell)
{
    const auto along = [](int index) { return (2.0 * index + 1) / side - 1; };
    return {along(cell % side), -along(cell / side)};
}

void MapPad::setPlace(const QPointF& place)
{
    if (place == m_place)
        return; // a drag elsewhere says so sixty times a second
    m_place = place;
    update();
}

void MapPad::setPicture(int cell, QImage picture)
{
    m_pictures[static_cast<std::size_t>(cell)] = std::move(picture);
    update();
}

void MapPad::clearPictures()
{
    for (QImage& picture : m_pictures)
        picture = {};
    update();
}

int MapPad::pictureCount() const
{
    return static_cast<int>(
        std::count_if(m_pictures.begin(), m_pictures.end(), [](const QImage& picture) { return !picture.isNull(); }));
}

QRectF MapPad::square() const
{
    const double length = std::min(width(), height()) - 2;
    return {(width() - length) / 2, (height() - length) / 2, length, length};
}

void MapPad::moveTo(const QPointF& place)
{
    const QPointF inside(std::clamp(place.x(), -1.0, 1.0), std::clamp(place.y(), -1.0, 1.0));
    if (inside == m_place)
        return;
    setPlace(inside);
    Q_EMIT moved(inside);
}

void MapPad::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const QRectF all = square();
    painter.fillRect(all, pictureGround(palette()));
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    const double cell = all.width() / side;
    for (int i = 0; i < side * side; ++i) {
        const QImage& picture = m_pictures[static_cast<std::size_t>(i)];
        if (picture.isNull())
            continue;
        const int column = i % side;
        const int row = i / side;
        const QRectF room(all.left() + cell * column, all.top() + cell * row, cell, cell);
        // Small pictures are shrunk smoothly, and enlarged as they are.
        painter.setRenderHint(QPainter::SmoothPixmapTransform, picture.width() > room.width());
        painter.drawImage(room.adjusted(0.5, 0.5, -0.5, -0.5), picture);
    }
    const QPointF middle(
        all.center().x() + m_place.x() * all.width() / 2, all.center().y() - m_place.y() * all.height() / 2);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    const double radius = markerRadius;
    // Dark around light: it shows on any picture.
    painter.setPen(QPen(QColor(0, 0, 0, 200), 4.5));
    painter.drawEllipse(middle, radius, radius);
    painter.setPen(QPen(isEnabled() ? palette().color(QPalette::Highlight).lighter(130) : QColor(Qt::lightGray), 2.2));
    painter.drawEllipse(middle, radius, radius);
    if (hasFocus()) {
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1));
        painter.drawRect(all.adjusted(0.5, 0.5, -0.5, -0.5));
    }
}

void MapPad::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton)
        mouseMoveEvent(event);
}

void MapPad::mouseMoveEvent(QMouseEvent* event)
{
    if (!(event->buttons() & Qt::LeftButton))
        return;
    const QRectF all = square();
    moveTo({(event->position().x() - all.center().x()) / (all.width() / 2),
        (all.center().y() - event->position().y()) / (all.height() / 2)});
}

void MapPad::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton)
        Q_EMIT released();
}

void MapPad::keyPressEvent(QKeyEvent* event)
{
    const double way = event->modifiers() & Qt::ShiftModifier ? fineStep : step;
    switch (event->key()) {
    case Qt::Key_Left:
        moveTo(m_place + QPointF(-way, 0));
        break;
    case Qt::Key_Right:
        moveTo(m_place + QPointF(way, 0));
        break;
    case Qt::Key_Up:
        moveTo(m_place + QPointF(0, way));
        break;
    case Qt::Key_Down:
        moveTo(m_place + QPointF(0, -way));
        break;
    case Qt::Key_Home:
        moveTo({});
        break;
    default:
        QWidget::keyPressEvent(event);
        return;
    }
    Q_EMIT released();
}

} // namespace saddle
