// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/point_pad.h"

#include "ui/widgets/theme.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace saddle {

namespace {

constexpr double margin = 6; ///< pixels, so that a point on the edge is whole
constexpr double radius = 2.5;
constexpr double grabbed = 8; ///< pixels within which a point is meant
constexpr double strokeStep = 6; ///< pixels between the points of a stroke
constexpr double keyStep = 0.02; ///< of the reach
constexpr double farKeyStep = 0.2;

double distance(const QPointF& a, const QPointF& b)
{
    return std::hypot(a.x() - b.x(), a.y() - b.y());
}

/// Files read better without the last of sixteen digits.
double rounded(double value, double reach)
{
    const double unit = reach / 2000;
    return std::round(value / unit) * 1e6 * unit / 1e6;
}

} // namespace

PointPad::PointPad(QWidget* parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setCursor(Qt::CrossCursor);
    setAccessibleName(tr("Points of the plane"));
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void PointPad::setPoints(std::vector<QPointF> points)
{
    m_points = std::move(points);
    setAccessibleDescription(tr("%1 points").arg(m_points.size()));
    update();
}

void PointPad::setReach(double reach)
{
    if (!(reach > 0) || reach == m_reach)
        return;
    m_reach = reach;
    m_cursor = {};
    update();
}

QRectF PointPad::square() const
{
    const double side = std::max(1.0, std::min(width(), height()) - 2 * margin);
    return {(width() - side) / 2, (height() - side) / 2, side, side};
}

QPointF PointPad::placeOf(const QPointF& point) const
{
    const QRectF box = square();
    return {box.left() + (point.x() / m_reach + 1) / 2 * box.width(),
        box.bottom() - (point.y() / m_reach + 1) / 2 * box.height()};
}

QPointF PointPad::pointAt(const QPointF& place) const
{
    const QRectF box = square();
    const auto inside = [this](double share) { return std::clamp((2 * share - 1) * m_reach, -m_reach, m_reach); };
    return {rounded(inside((place.x() - box.left()) / box.width()), m_reach),
        rounded(inside((box.bottom() - place.y()) / box.height()), m_reach)};
}

std::optional<std::size_t> PointPad::nearest(const QPointF& place) const
{
    std::optional<std::size_t> best;
    double least = grabbed;
    for (std::size_t i = 0; i < m_points.size(); ++i) {
        const double away = distance(placeOf(m_points[i]), place);
        if (away <= least) {
            least = away;
            best = i;
        }
    }
    return best;
}

void PointPad::removeAt(const QPointF& place)
{
    const std::optional<std::size_t> index = nearest(place);
    if (!index)
        return;
    std::vector<QPointF> left = m_points;
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(*index));
    Q_EMIT edited(left);
}

void PointPad::drawTo(const QPointF& place)
{
    // A quick stroke comes in leaps: the points lie evenly all the same.
    while (m_points.size() + m_stroke.size() < m_most && distance(m_last, place) >= strokeStep) {
        m_last += (place - m_last) * (strokeStep / distance(m_last, place));
        m_stroke.push_back(pointAt(m_last));
    }
    update();
}

void PointPad::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::RightButton) {
        if (!m_drawing)
            removeAt(event->position());
        return;
    }
    if (event->button() != Qt::LeftButton || m_points.size() >= m_most)
        return;
    m_drawing = true;
    m_last = event->position();
    m_cursor = pointAt(m_last);
    m_stroke = {m_cursor};
    update();
}

void PointPad::mouseMoveEvent(QMouseEvent* event)
{
    m_hover = event->position();
    if (m_drawing)
        drawTo(event->position());
    update();
}

void PointPad::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || !m_drawing)
        return;
    m_drawing = false;
    std::vector<QPointF> all = m_points;
    all.insert(all.end(), m_stroke.begin(), m_stroke.end());
    m_stroke.clear();
    update();
    Q_EMIT edited(all);
}

void PointPad::leaveEvent(QEvent*)
{
    m_hover.reset();
    update();
}

void PointPad::keyPressEvent(QKeyEvent* event)
{
    const double step = m_reach * (event->modifiers() & Qt::ShiftModifier ? farKeyStep : keyStep);
    const auto move = [this](double x, double y) {
        m_cursor = {std::clamp(m_cursor.x() + x, -m_reach, m_reach), std::clamp(m_cursor.y() + y, -m_reach, m_reach)};
        update();
    };
    switch (event->key()) {
    case Qt::Key_Left:
        return move(-step, 0);
    case Qt::Key_Right:
        return move(step, 0);
    case Qt::Key_Up:
        return move(0, step);
    case Qt::Key_Down:
        return move(0, -step);
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (!m_drawing && m_points.size() < m_most) {
            std::vector<QPointF> more = m_points;
            more.push_back({rounded(m_cursor.x(), m_reach), rounded(m_cursor.y(), m_reach)});
            Q_EMIT edited(more);
        }
        return;
    case Qt::Key_Delete:
    case Qt::Key_Backspace:
        if (!m_drawing)
            removeAt(m_hover.value_or(placeOf(m_cursor)));
        return;
    default:
        QWidget::keyPressEvent(event);
    }
}

void PointPad::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF box = square();
    const QColor base = palette().color(QPalette::Base);
    const QColor ink = palette().color(QPalette::Text);
    painter.setPen(QPen(hasFocus() ? palette().color(QPalette::Highlight) : theme::mixed(base, ink, 0.35), 1));
    painter.setBrush(base);
    painter.drawRoundedRect(box.adjusted(-margin + 0.5, -margin + 0.5, margin - 0.5, margin - 0.5), 3, 3);
    painter.setPen(QPen(theme::mixed(base, ink, 0.15), 1));
    painter.drawLine(QLineF(box.center().x(), box.top(), box.center().x(), box.bottom()));
    painter.drawLine(QLineF(box.left(), box.center().y(), box.right(), box.center().y()));

    painter.setPen(Qt::NoPen);
    painter.setBrush(theme::roleColour(QStringLiteral("real"), palette()));
    for (const auto* some : {&m_points, &m_stroke}) {
        for (const QPointF& point : *some)
            painter.drawEllipse(placeOf(point), radius, radius);
    }
    if (m_points.empty() && m_stroke.empty()) {
        painter.setPen(palette().color(QPalette::PlaceholderText));
        painter.drawText(box, Qt::AlignCenter | Qt::TextWordWrap, tr("Click or draw to put points"));
    }
    if (const std::optional<std::size_t> meant = m_hover && !m_drawing ? nearest(*m_hover) : std::nullopt) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1.5));
        painter.drawEllipse(placeOf(m_points[*meant]), radius + 3, radius + 3);
    }
    if (hasFocus() && !m_hover) {
        const QPointF at = placeOf(m_cursor);
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1.5));
        painter.drawLine(at - QPointF(5, 0), at + QPointF(5, 0));
        painter.drawLine(at - QPointF(0, 5), at + QPointF(0, 5));
    }
}

} // namespace saddle
