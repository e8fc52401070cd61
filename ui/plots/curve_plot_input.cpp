// SPDX-License-Identifier: GPL-3.0-or-later
// CurvePlot: mouse, wheel and keys.
#include "ui/plots/curve_plot.h"

#include "ui/plots/plot_layers.h"

#include <QApplication>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QToolButton>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace saddle {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double zoomStep = 0.8; ///< what one notch of the wheel leaves of a range

} // namespace

bool CurvePlot::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_plot) {
        switch (event->type()) {
        case QEvent::MouseButtonPress:
            setFocus(Qt::MouseFocusReason);
            mousePressed(static_cast<QMouseEvent*>(event));
            break;
        case QEvent::MouseMove:
            mouseMoved(static_cast<QMouseEvent*>(event));
            break;
        case QEvent::MouseButtonRelease:
            mouseReleased(static_cast<QMouseEvent*>(event));
            break;
        case QEvent::MouseButtonDblClick:
            if (static_cast<QMouseEvent*>(event)->button() == Qt::LeftButton)
                userFit();
            break;
        case QEvent::Wheel:
            wheelTurned(static_cast<QWheelEvent*>(event));
            event->accept();
            return true;
        case QEvent::ContextMenu: {
            // The canvas lets none of its mouse events through to its parent.
            const auto* asked = static_cast<QContextMenuEvent*>(event);
            popUpMenu(makeMenu(asked->pos().x()), asked->globalPos());
            return true;
        }
        case QEvent::Leave:
            setCrosshair(nan);
            Q_EMIT hovered(nan);
            break;
        default:
            break;
        }
    }
    return QWidget::eventFilter(watched, event);
}

CurvePlot::Place CurvePlot::placeOf(const QPointF& position) const
{
    const QRectF rect = m_plot->axisRect()->rect();
    if (rect.contains(position))
        return Place::Data;
    if (position.y() >= rect.top() && position.y() <= rect.bottom()) {
        if (position.x() < rect.left())
            return Place::LeftAxis;
        return hasRightAxis() ? Place::RightAxis : Place::Outside;
    }
    return position.y() > rect.bottom() ? Place::BottomAxis : Place::Outside;
}

void CurvePlot::mousePressed(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    m_drag = {true, false, placeOf(event->position()), event->position(), xView(),
        {yView(ValueAxis::Left), yView(ValueAxis::Right)}};
}

void CurvePlot::mouseMoved(QMouseEvent* event)
{
    if (!m_drag.active || !(event->buttons() & Qt::LeftButton)) {
        m_drag.active = false;
        hoverAt(event->position());
        return;
    }
    const QPointF moved = event->position() - m_drag.from;
    if (!m_drag.moved && moved.manhattanLength() < 0.5 * QApplication::startDragDistance())
        return;
    m_drag.moved = true;
    m_plot->setCursor(Qt::ClosedHandCursor);
    if (m_drag.place == Place::Data || m_drag.place == Place::BottomAxis)
        panX(-moved.x(), m_drag.x);
    // A drag that is not quite level must not end the fitting of y, so y moves only where it is already the user's.
    if (m_drag.place == Place::LeftAxis || (m_drag.place == Place::Data && m_valuesZoomed[0]))
        panY(ValueAxis::Left, moved.y(), m_drag.y[0]);
    if (m_drag.place == Place::RightAxis || (m_drag.place == Place::Data && m_valuesZoomed[1]))
        panY(ValueAxis::Right, moved.y(), m_drag.y[1]);
}

void CurvePlot::mouseReleased(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || !m_drag.active)
        return;
    m_drag.active = false;
    m_plot->unsetCursor();
    if (m_drag.moved || m_drag.place != Place::Data)
        return;
    const std::span<const Marker> markers = m_markers->near(event->position().x(), markerReach);
    if (!markers.empty())
        Q_EMIT markerClicked(markers.front());
}

void CurvePlot::hoverAt(const QPointF& position)
{
    const bool inside = placeOf(position) == Place::Data && usableX();
    const double x = inside ? m_plot->xAxis->pixelToCoord(position.x()) : nan;
    setCrosshair(x);
    Q_EMIT hovered(x);
    const QString text = inside ? markerText(position.x()) : QString();
    if (text.isEmpty()) {
        m_plot->unsetCursor();
        QToolTip::hideText();
        return;
    }
    m_plot->setCursor(Qt::PointingHandCursor);
    // Escaped, for the text may hold what looks like markup.
    const QString shown = QStringLiteral("<p style='white-space:pre'>%1</p>").arg(text.toHtmlEscaped());
    QToolTip::showText(m_plot->mapToGlobal(position.toPoint()), shown, m_plot);
}

QString CurvePlot::markerText(double xPixel) const
{
    constexpr std::size_t most = 8;
    const std::span<const Marker> markers = m_markers->near(xPixel, markerReach);
    QStringList lines;
    for (const Marker& marker : markers.first(std::min(most, markers.size())))
        lines += tr("Step %1: %2").arg(xText(marker.step, XAxis::Step), marker.text);
    if (markers.size() > most)
        lines += tr("and %n more", nullptr, static_cast<int>(markers.size() - most));
    return lines.join(QLatin1Char('\n'));
}

void CurvePlot::wheelTurned(QWheelEvent* event)
{
    const QPointF position = event->position();
    const Place place = placeOf(position);
    const double notches = event->angleDelta().y() / 120.0;
    const double sideways = event->angleDelta().x() / 120.0;
    if (sideways != 0 || (event->modifiers() & Qt::ShiftModifier)) {
        panX(-(sideways != 0 ? sideways : notches) * 40, xView());
        return;
    }
    if (notches == 0)
        return;
    const double factor = std::pow(zoomStep, notches);
    const bool values = event->modifiers() & Qt::ControlModifier;
    if (place == Place::LeftAxis || values)
        zoomY(ValueAxis::Left, factor, m_plot->yAxis->pixelToCoord(position.y()));
    if (place == Place::RightAxis || (values && hasRightAxis()))
        zoomY(ValueAxis::Right, factor, m_plot->yAxis2->pixelToCoord(position.y()));
    if (!values && place != Place::LeftAxis && place != Place::RightAxis)
        zoomX(factor, m_plot->xAxis->pixelToCoord(position.x()));
}

void CurvePlot::showUserView(double low, double high)
{
    const std::optional<std::size_t> column = usableX();
    if (!column)
        return;
    const double first = m_store->value(*column, 0);
    const double last = m_store->value(*column, m_store->rowCount() - 1);
    const double pad = (last - first) * 0.005;
    const double size = high - low;
    if (size >= (last - first + 2 * pad) * 0.9999) { // everything is in view: that is following
        follow();
        Q_EMIT fitted();
        return;
    }
    // Beyond this, neighbouring doubles and their labels run together.
    if (size < 1e-9 * std::max(1.0, std::abs(last)) || size < (m_xAxis == XAxis::Time ? 1e-3 : 1.0))
        return;
    // The data cannot be dragged out of sight.
    if (low < first - pad)
        low = first - pad;
    else if (low + size > last + pad)
        low = last + pad - size;
    setView(low, low + size);
    Q_EMIT viewChanged(low, low + size);
}

void CurvePlot::zoomX(double factor, double centre)
{
    const Span view = xView();
    showUserView(centre - (centre - view.low) * factor, centre + (view.high - centre) * factor);
}

void CurvePlot::zoomY(ValueAxis axis, double factor, double centre)
{
    QCPAxis* values = valueAxis(axis);
    const QCPRange before = values->range();
    values->scaleRange(factor, centre);
    if (!QCPRange::validRange(values->range()))
        values->setRange(before);
    m_valuesZoomed[axis == ValueAxis::Left ? 0 : 1] = true;
    updateFollowButton();
    refresh();
}

void CurvePlot::panX(double pixels, const Span& from)
{
    const double shift = pixels / std::max(1, m_plot->axisRect()->width()) * (from.high - from.low);
    showUserView(from.low + shift, from.high + shift);
}

void CurvePlot::panY(ValueAxis axis, double pixels, const Span& from)
{
    const double share = pixels / std::max(1, m_plot->axisRect()->height());
    if (m_logarithmic) {
        const double factor = std::pow(from.high / from.low, share);
        valueAxis(axis)->setRange(from.low * factor, from.high * factor);
    } else {
        const double shift = share * (from.high - from.low);
        valueAxis(axis)->setRange(from.low + shift, from.high + shift);
    }
    m_valuesZoomed[axis == ValueAxis::Left ? 0 : 1] = true;
    updateFollowButton();
    refresh();
}

void CurvePlot::moveCrosshair(int rows)
{
    const std::optional<std::size_t> column = usableX();
    if (!column)
        return;
    const Span view = xView();
    const double from = std::isnan(m_hover) ? (rows > 0 ? view.low : view.high) : m_hover;
    const double step = (view.high - view.low) / std::max(1, m_plot->axisRect()->width());
    const auto row = static_cast<long long>(m_store->nearestRow(*column, from).value_or(0));
    const auto last = static_cast<long long>(m_store->rowCount()) - 1;
    double x = m_store->value(*column, static_cast<std::size_t>(std::clamp(row + rows, 0LL, last)));
    // One row, or one pixel where rows lie closer than that.
    if (std::abs(x - from) < step)
        x = from + (rows > 0 ? step : -step);
    x = std::clamp(x, view.low, view.high);
    setCrosshair(x);
    Q_EMIT hovered(x);
}

void CurvePlot::userFit()
{
    m_drag.active = false;
    fit();
    Q_EMIT fitted();
}

void CurvePlot::keyPressEvent(QKeyEvent* event)
{
    const bool control = event->modifiers() & Qt::ControlModifier;
    const Span view = xView();
    const double middle = (view.low + view.high) / 2;
    const int side = event->key() == Qt::Key_Right || event->key() == Qt::Key_Down ? 1 : -1;
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
        control ? moveCrosshair(side) : panX(side * 0.1 * m_plot->axisRect()->width(), view);
        return;
    case Qt::Key_Up:
    case Qt::Key_Down:
        panY(ValueAxis::Left, -side * 0.1 * m_plot->axisRect()->height(), yView());
        return;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        return zoomX(zoomStep, std::isnan(m_hover) ? middle : m_hover);
    case Qt::Key_Minus:
        return zoomX(1 / zoomStep, std::isnan(m_hover) ? middle : m_hover);
    case Qt::Key_Home:
        return userFit();
    default:
        QWidget::keyPressEvent(event);
    }
}

void CurvePlot::updateFollowButton()
{
    const bool follow = !m_following && m_followAllowed;
    const bool shown = follow || m_valuesZoomed[0] || m_valuesZoomed[1];
    m_follow->setText(follow ? tr("Follow") : tr("Fit"));
    m_follow->setToolTip(
        follow ? tr("Show everything and follow new values (Home)") : tr("Fit the values into the plot (Home)"));
    const QSize size = m_follow->sizeHint();
    const int height = m_header->minimumOuterSizeHint().height();
    m_follow->setGeometry(width() - size.width() - 6, 3, size.width(), std::clamp(size.height(), 18, height + 4));
    m_header->setReserved(shown ? size.width() + 10 : 0);
    m_follow->setVisible(shown);
    m_follow->raise();
}

void CurvePlot::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    updateFollowButton();
}

void CurvePlot::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    update();
}

void CurvePlot::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    update();
}

void CurvePlot::paintEvent(QPaintEvent* /*event*/)
{
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(QPalette::Base));
    if (!hasFocus())
        return;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(palette().color(QPalette::Highlight), 1.5));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 3, 3);
}

} // namespace saddle
