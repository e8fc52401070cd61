// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/brush_overlay.h"

#include "ui/widgets/image_view.h"

#include <QCoreApplication>
#include <QEvent>
#include <QMouseEvent>
#include <QPainter>

namespace saddle {

BrushOverlay::BrushOverlay(ImageView* view)
    : QWidget(view)
    , m_view(view)
{
    setMouseTracking(true);
    setCursor(Qt::BlankCursor);
    view->installEventFilter(this);
    setGeometry(view->rect());
}

void BrushOverlay::setRadius(double radius)
{
    m_radius = radius;
    update();
}

bool BrushOverlay::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Resize)
        setGeometry(m_view->rect());
    return QWidget::eventFilter(watched, event);
}

std::optional<QPointF> BrushOverlay::inPicture(const QPointF& place) const
{
    const QRectF rect = m_view->pictureRect();
    if (m_view->isEmpty() || !rect.contains(place))
        return std::nullopt;
    return QPointF((place.x() - rect.left()) / rect.width() * m_view->image().width,
        (place.y() - rect.top()) / rect.height() * m_view->image().height);
}

void BrushOverlay::paintEvent(QPaintEvent*)
{
    if (!m_mouse || m_view->isEmpty())
        return;
    const double radius = m_radius * m_view->pictureRect().width() / m_view->image().width;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(QColor(0, 0, 0, 180), 3));
    painter.drawEllipse(*m_mouse, radius, radius);
    painter.setPen(QPen(Qt::white, 1.2));
    painter.drawEllipse(*m_mouse, radius, radius);
}

void BrushOverlay::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return event->ignore(); // the picture's menu
    m_last.reset();
    mouseMoveEvent(event);
}

void BrushOverlay::mouseMoveEvent(QMouseEvent* event)
{
    m_mouse = event->position();
    update();
    if (!(event->buttons() & Qt::LeftButton))
        return;
    const std::optional<QPointF> place = inPicture(event->position());
    if (!place)
        return;
    if (m_last) {
        const QPointF way = *place - *m_last;
        if (QPointF::dotProduct(way, way) < m_radius * m_radius / 4)
            return;
    }
    m_last = place;
    Q_EMIT painted(*place);
}

void BrushOverlay::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton)
        Q_EMIT released();
}

void BrushOverlay::wheelEvent(QWheelEvent* event)
{
    QCoreApplication::sendEvent(m_view, event);
}

void BrushOverlay::leaveEvent(QEvent*)
{
    m_mouse.reset();
    update();
}

} // namespace saddle
