// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/time_slider.h"

#include "ui/widgets/theme.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QSignalBlocker>
#include <QToolTip>

#include <algorithm>
#include <cmath>
#include <limits>

namespace saddle {

namespace {

constexpr int wholeHeight = 30;
constexpr double margin = 9; ///< pixels at the ends, so that the handle is whole
constexpr double liveGap = 22; ///< pixels between the last step and live
constexpr double grooveY = 19;
constexpr double handleRadius = 6.5;
constexpr double tickTop = 2;
constexpr double reach = 5; ///< pixels within which a mark is meant
constexpr int wheelNotch = 120;

int asValue(qint64 step)
{
    return static_cast<int>(std::clamp<qint64>(step, 0, std::numeric_limits<int>::max() - 1));
}

} // namespace

TimeSlider::TimeSlider(RunTimeline* timeline, QWidget* parent)
    : QSlider(Qt::Horizontal, parent)
    , m_timeline(timeline)
{
    setAccessibleName(tr("Time"));
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(timeline, &RunTimeline::changed, this, &TimeSlider::follow);
    connect(timeline, &RunTimeline::grew, this, &TimeSlider::follow);
    connect(timeline, &RunTimeline::moved, this, &TimeSlider::follow);
    // Assistive technology and the wheel of other programs set values.
    connect(this, &QSlider::valueChanged, this,
        [this](int value) { m_timeline->goTo(value == maximum() ? RunTimeline::live : value); });
    follow();
}

QSize TimeSlider::sizeHint() const
{
    return {240, wholeHeight};
}

void TimeSlider::follow()
{
    const QSignalBlocker quiet(this);
    setRange(asValue(m_timeline->first()), asValue(m_timeline->last()) + 1);
    setValue(m_timeline->isLive() ? maximum() : asValue(m_timeline->step()));
    setEnabled(!m_timeline->isEmpty());
    update();
}

double TimeSlider::left() const
{
    return margin;
}

double TimeSlider::right() const
{
    return std::max(left() + 1, liveX() - liveGap);
}

double TimeSlider::liveX() const
{
    return width() - margin;
}

double TimeSlider::xOf(qint64 step) const
{
    if (step < 0)
        return liveX();
    const auto first = static_cast<double>(m_timeline->first());
    const auto last = static_cast<double>(m_timeline->last());
    if (first >= last)
        return left();
    return left() + (right() - left()) * std::clamp((static_cast<double>(step) - first) / (last - first), 0.0, 1.0);
}

qint64 TimeSlider::stepAt(double x) const
{
    if (x > right() + liveGap / 2)
        return RunTimeline::live;
    const auto first = static_cast<double>(m_timeline->first());
    const auto last = static_cast<double>(m_timeline->last());
    const double share = std::clamp((x - left()) / (right() - left()), 0.0, 1.0);
    return std::llround(first + share * (last - first));
}

QString TimeSlider::textAt(double x) const
{
    if (stepAt(x) == RunTimeline::live)
        return tr("Live: the newest, as training goes on");
    QStringList lines;
    const auto add = [&lines](double step, const QString& text) {
        lines += tr("Step %1: %2").arg(xText(step, XAxis::Step), text);
    };
    for (const Marker& marker : m_timeline->markers()) {
        // Checkpoints are told of below, where they still are.
        if (marker.kind != MarkerKind::Checkpoint && std::abs(xOf(static_cast<qint64>(marker.step)) - x) <= reach)
            add(marker.step, marker.text);
    }
    const auto away = [this, x](const RunTimeline::Moment& moment) { return std::abs(xOf(moment.step) - x); };
    const auto& moments = m_timeline->moments();
    const auto nearest = std::min_element(moments.begin(), moments.end(),
        [&away](const auto& one, const auto& other) { return away(one) < away(other); });
    if (nearest != moments.end() && away(*nearest) <= reach) {
        const bool both = !nearest->grid.empty() && !nearest->checkpoint.empty();
        add(static_cast<double>(nearest->step),
            both                        ? tr("kept grid and checkpoint")
                : nearest->grid.empty() ? tr("checkpoint")
                                        : tr("kept grid"));
    }
    constexpr qsizetype most = 8;
    if (lines.size() > most)
        lines = lines.first(most) << tr("and %n more", nullptr, static_cast<int>(lines.size() - most));
    return lines.join(QLatin1Char('\n'));
}

bool TimeSlider::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip && isEnabled()) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const QString text = textAt(help->pos().x());
        if (text.isEmpty())
            return QSlider::event(event);
        // Escaped, for the text of an event may hold what looks like markup.
        QToolTip::showText(
            help->globalPos(), QStringLiteral("<p style='white-space:pre'>%1</p>").arg(text.toHtmlEscaped()), this);
        return true;
    }
    return QSlider::event(event);
}

void TimeSlider::drawGroove(QPainter& painter) const
{
    const QColor text = palette().color(isEnabled() ? QPalette::Active : QPalette::Disabled, QPalette::WindowText);
    const QColor ground = theme::mixed(palette().color(QPalette::Window), text, 0.22);
    // What was trained by another run is drawn hollow.
    qint64 begun = m_timeline->first();
    if (m_timeline->lineage() && m_timeline->lineage()->parts.size() > 1)
        begun = std::max<qint64>(begun, m_timeline->lineage()->parts.back().after);
    const double own = xOf(std::min(begun, m_timeline->last()));
    painter.setPen(QPen(ground, 1));
    painter.setBrush(Qt::NoBrush);
    if (own > left() + 1)
        painter.drawRoundedRect(QRectF(left(), grooveY - 1.5, own - left(), 3), 1.5, 1.5);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ground);
    painter.drawRoundedRect(QRectF(own, grooveY - 2, right() - own, 4), 2, 2);
    // Live lies beyond: dots lead there.
    for (double x = right() + 6; x < liveX() - 6; x += 5)
        painter.drawEllipse(QPointF(x, grooveY), 1, 1);
}

void TimeSlider::drawTicks(QPainter& painter) const
{
    const QColor text = palette().color(QPalette::WindowText);
    const QColor window = palette().color(QPalette::Window);
    // One line a pixel at most, however many there are.
    double last = -1;
    painter.setPen(QPen(theme::mixed(window, text, 0.45), 1));
    for (const RunTimeline::Moment& moment : m_timeline->moments()) {
        const double x = std::floor(xOf(moment.step)) + 0.5;
        if (moment.grid.empty() || x - last < 2)
            continue;
        painter.drawLine(QPointF(x, grooveY + 4.5), QPointF(x, grooveY + 7.5));
        last = x;
    }
    painter.setPen(Qt::NoPen);
    last = -1;
    for (const RunTimeline::Moment& moment : m_timeline->moments()) {
        const double x = std::floor(xOf(moment.step)) + 0.5;
        if (moment.checkpoint.empty() || x - last < 2)
            continue;
        drawMarkerFlag(
            painter, MarkerKind::Checkpoint, {x, tickTop + 2}, markerColour(MarkerKind::Checkpoint, palette()));
        last = x;
    }
    for (const MarkerKind kind : {MarkerKind::Edit, MarkerKind::Branch, MarkerKind::Problem}) {
        last = -1;
        for (const Marker& marker : m_timeline->markers()) {
            const double x = std::floor(xOf(static_cast<qint64>(marker.step))) + 0.5;
            if (marker.kind != kind || std::abs(x - last) < 2)
                continue;
            drawMarkerFlag(painter, kind, {x, tickTop}, markerColour(kind, palette()));
            last = x;
        }
    }
}

void TimeSlider::drawHandle(QPainter& painter) const
{
    const bool live = m_timeline->isLive();
    const QColor accent = isEnabled() ? palette().color(QPalette::Highlight)
                                      : theme::mixed(palette().color(QPalette::Window),
                                          palette().color(QPalette::Disabled, QPalette::WindowText), 0.4);
    const QPointF at(xOf(m_timeline->step()), grooveY);
    if (!live) { // where live is
        painter.setPen(
            QPen(theme::mixed(palette().color(QPalette::Window), palette().color(QPalette::WindowText), 0.5), 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(QPointF(liveX(), grooveY), 3.5, 3.5);
        painter.setPen(QPen(accent, 1.5));
        painter.drawLine(QPointF(at.x(), tickTop), QPointF(at.x(), grooveY));
    }
    painter.setPen(QPen(palette().color(QPalette::Window), 1.5));
    painter.setBrush(accent);
    painter.drawEllipse(at, handleRadius, handleRadius);
    if (hasFocus()) {
        painter.setPen(QPen(accent, 1.2));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(at, handleRadius + 1.9, handleRadius + 1.9);
    }
}

void TimeSlider::paintEvent(QPaintEvent* /*event*/)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    drawGroove(painter);
    if (isEnabled())
        drawTicks(painter);
    drawHandle(painter);
}

void TimeSlider::goToPlace(double x)
{
    m_timeline->goTo(stepAt(x));
}

void TimeSlider::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return event->ignore();
    m_dragging = true;
    goToPlace(event->position().x());
}

void TimeSlider::mouseMoveEvent(QMouseEvent* event)
{
    if (m_dragging)
        goToPlace(event->position().x());
}

void TimeSlider::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton)
        m_dragging = false;
}

void TimeSlider::wheelEvent(QWheelEvent* event)
{
    m_wheel += event->angleDelta().y() != 0 ? event->angleDelta().y() : event->angleDelta().x();
    for (; std::abs(m_wheel) >= wheelNotch; m_wheel -= m_wheel > 0 ? wheelNotch : -wheelNotch)
        m_timeline->goNext(RunTimeline::Stop::Grid, m_wheel > 0 ? -1 : 1);
    event->accept();
}

void TimeSlider::keyPressEvent(QKeyEvent* event)
{
    if (!m_timeline->takeKey(*event))
        QWidget::keyPressEvent(event); // not the slider's: its pages mean nothing here
}

void TimeSlider::contextMenuEvent(QContextMenuEvent* event)
{
    const bool byMouse = event->reason() == QContextMenuEvent::Mouse;
    const qint64 step = byMouse ? stepAt(event->pos().x()) : m_timeline->step();
    const QPoint place = byMouse ? event->globalPos() : mapToGlobal(QPoint(static_cast<int>(xOf(step)), height() / 2));
    Q_EMIT menuRequested(step, place);
}

} // namespace saddle
