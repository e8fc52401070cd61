// SPDX-License-Identifier: GPL-3.0-or-later
// CurvePlot: what is drawn and how it looks.
#include "ui/plots/curve_plot.h"

#include "ui/plots/plot_layers.h"

#include <QAccessible>
#include <QToolButton>

#include <algorithm>
#include <cmath>

namespace saddle {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr int leastDataHeight = 108; ///< pixels for the curves and their axes

QColor faded(QColor colour, int alpha)
{
    colour.setAlpha(alpha);
    return colour;
}

/// A range around values with air above and below; a flat line gets a range too.
CurvePlot::Span padded(const Extremes& values, bool logarithmic)
{
    if (values.empty())
        return logarithmic ? CurvePlot::Span{0.1, 10} : CurvePlot::Span{0, 1};
    if (logarithmic) {
        const double pad = std::max(0.05 * std::log(values.high / values.low), 0.1);
        return {values.low * std::exp(-pad), values.high * std::exp(pad)};
    }
    const double size = values.high - values.low;
    const double scale = std::max(std::abs(values.low), std::abs(values.high));
    // Below this the ticks could not be told apart.
    if (size <= 1e-9 * scale || size == 0)
        return scale == 0 ? CurvePlot::Span{-1, 1}
                          : CurvePlot::Span{values.low - 0.1 * scale, values.high + 0.1 * scale};
    return {values.low - 0.06 * size, values.high + 0.06 * size};
}

void fill(QCPGraph* graph, const std::vector<Point>& points)
{
    QVector<QCPGraphData> data;
    data.reserve(static_cast<qsizetype>(points.size()));
    for (const Point& point : points)
        data.append({point.x, point.y});
    graph->data()->set(data, true);
}

/// The points that stand alone between breaks.
std::vector<Point> lonely(const std::vector<Point>& points)
{
    std::vector<Point> found;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const bool before = i > 0 && !std::isnan(points[i - 1].y);
        const bool after = i + 1 < points.size() && !std::isnan(points[i + 1].y);
        if (!std::isnan(points[i].y) && !before && !after)
            found.push_back(points[i]);
    }
    return found;
}

} // namespace

std::size_t CurvePlot::pixelWidth() const
{
    // The margins are those of the last layout; they hardly ever change.
    const QMargins margins = m_plot->axisRect()->margins();
    const int width = m_plot->viewport().width() - margins.left() - margins.right();
    return static_cast<std::size_t>(std::max(16.0, width * m_plot->bufferDevicePixelRatio()));
}

void CurvePlot::followData(std::size_t xColumn)
{
    if (!m_following)
        return;
    const double first = m_store->value(xColumn, 0);
    const double last = m_store->value(xColumn, m_store->rowCount() - 1);
    const double pad = first < last ? (last - first) * 0.005 : std::max(1.0, std::abs(first) * 0.01);
    m_plot->xAxis->setRange(first - pad, last + pad);
}

void CurvePlot::prepare()
{
    syncStore();
    m_drawnPoints = 0;
    const std::optional<std::size_t> x = usableX();
    // As many ticks as there is room for their labels.
    const QRect rect = m_plot->axisRect()->rect();
    m_plot->xAxis->ticker()->setTickCount(std::clamp(rect.width() / 90, 2, 8));
    for (QCPAxis* axis : {m_plot->yAxis, m_plot->yAxis2})
        axis->ticker()->setTickCount(std::clamp(rect.height() / 26, 2, 8));
    if (!x) {
        for (Curve& curve : m_curves) {
            for (QCPGraph* graph : {curve.raw, curve.smooth, curve.dots})
                graph->data()->clear();
        }
        m_markers->place(SeriesStore(), 0, true);
        m_plot->xAxis->setRange(0, 1);
        fitValues(ValueAxis::Left, {});
        fitValues(ValueAxis::Right, {});
        m_crosshair->setNote(emptyNote());
        updateReadout();
        return;
    }
    computeSmoothing();
    followData(*x);
    const Span view = xView();
    const PixelRows rows = m_store->pixelRows(*x, view.low, view.high, pixelWidth());
    std::array<Extremes, 2> values;
    for (Curve& curve : m_curves)
        drawCurve(curve, rows, view, values);
    fitValues(ValueAxis::Left, values[0]);
    fitValues(ValueAxis::Right, values[1]);
    m_markers->place(*m_store, *x, m_placeMarkers);
    m_placeMarkers = false;
    m_crosshair->setNote(emptyNote());
    updateReadout();
}

void CurvePlot::drawCurve(Curve& curve, const PixelRows& rows, const Span& view, std::array<Extremes, 2>& values)
{
    if (!curve.column)
        return;
    std::vector<Point> smooth;
    if (curve.smoothed)
        smooth = curve.smoothed->decimate(m_store->column(rows.xColumn), rows, curve.spec.gaps);
    const std::vector<Point> raw = m_store->decimate(*curve.column, rows, curve.spec.gaps);
    const std::vector<Point> dots = lonely(raw);
    Extremes inside;
    Extremes around; // with the neighbours of the view, to which the line goes when no point of it is inside
    for (const std::vector<Point>* points : {&raw, &std::as_const(smooth)}) {
        for (const Point& point : *points) {
            if (m_logarithmic && point.y <= 0)
                continue;
            around.add(point.y);
            if (point.x >= view.low && point.x <= view.high)
                inside.add(point.y);
        }
    }
    values[curve.spec.axis == ValueAxis::Left ? 0 : 1].add(inside.empty() ? around : inside);
    fill(curve.raw, raw);
    fill(curve.smooth, smooth);
    fill(curve.dots, dots);
    m_drawnPoints += raw.size() + smooth.size() + dots.size();

    // Behind its smoothing the raw curve is faint; until that is ready it is all there is.
    const QColor colour = seriesColour(curve.spec.colour, palette());
    const bool behind = !smooth.empty();
    const int faint = raw.size() > pixelWidth() ? 75 : 115; // many lines over each other add up
    QPen pen(behind ? faded(colour, faint) : colour, lineWidth(raw.size(), behind ? 1.0 : 1.3));
    if (curve.spec.style == LineStyle::Dashed && !behind)
        pen.setDashPattern({5, 3});
    curve.raw->setPen(pen);
    pen = QPen(colour, lineWidth(smooth.size(), 1.8));
    if (curve.spec.style == LineStyle::Dashed)
        pen.setDashPattern({4, 2.5});
    curve.smooth->setPen(pen);
}

/// A line of thousands of points that is wider than a dot of the screen takes ten times as long to draw; where it is
/// that dense none sees its width.
double CurvePlot::lineWidth(std::size_t points, double usual) const
{
    return points > pixelWidth() ? std::min(usual, 1 / devicePixelRatioF()) : usual;
}

void CurvePlot::fitValues(ValueAxis axis, const Extremes& values)
{
    if (m_valuesZoomed[axis == ValueAxis::Left ? 0 : 1])
        return;
    const Span span = padded(values, m_logarithmic);
    valueAxis(axis)->setRange(span.low, span.high);
}

QString CurvePlot::emptyNote() const
{
    if (!m_store || m_store->rowCount() == 0)
        return tr("No values yet");
    if (!usableX())
        return tr("This run has no usable column \u201c%1\u201d").arg(QLatin1String(xAxisColumn(m_xAxis)));
    if (m_curves.empty())
        return tr("This run does not record these values");
    if (m_logarithmic) {
        const auto positive = [](const Curve& curve) {
            const auto points = curve.raw->data();
            return std::any_of(
                points->constBegin(), points->constEnd(), [](const QCPGraphData& point) { return point.value > 0; });
        };
        if (m_drawnPoints > 0 && std::none_of(m_curves.begin(), m_curves.end(), positive))
            return tr("No positive values for a logarithmic axis");
    }
    return {};
}

void CurvePlot::setCrosshair(double x)
{
    if (m_hover == x || (std::isnan(m_hover) && std::isnan(x)))
        return;
    m_hover = x;
    syncStore();
    updateReadout();
    m_header->redraw();
    m_crosshair->layer()->replot();
}

void CurvePlot::setTimeCursor(double step)
{
    if (m_cursorStep == step || (std::isnan(m_cursorStep) && std::isnan(step)))
        return;
    m_cursorStep = step;
    syncStore();
    updateReadout();
    m_header->redraw();
    m_crosshair->layer()->replot();
}

double CurvePlot::xOfStep(double value) const
{
    const std::optional<std::size_t> x = usableX();
    const std::optional<std::size_t> step = x ? m_store->columnIndex("step") : std::nullopt;
    if (!step || std::isnan(value) || !m_store->column(*step).isMonotone())
        return nan;
    return m_store->convert(*step, value, *x);
}

void CurvePlot::updateReadout()
{
    const std::optional<std::size_t> x = usableX();
    const std::size_t rows = x ? m_store->rowCount() : 0;
    std::optional<std::size_t> row;
    const double cursor = xOfStep(m_cursorStep);
    const double looked = std::isnan(m_hover) ? cursor : m_hover;
    if (x && !std::isnan(looked))
        row = m_store->nearestRow(*x, looked);
    const QCPRange range = m_plot->xAxis->range();
    // A column recorded now and then answers with its nearest value, but not with one from far away.
    const double reach = range.size() / static_cast<double>(pixelWidth()) * 24 * m_plot->bufferDevicePixelRatio();

    std::vector<PlotHeader::Entry> entries;
    std::vector<PlotCrosshair::Dot> dots;
    for (const Curve& curve : m_curves) {
        PlotHeader::Entry entry;
        entry.colour = seriesColour(curve.spec.colour, palette());
        entry.smoothed = m_smoothing > 0 && curve.spec.smoothed;
        entry.line = curve.spec.style == LineStyle::Dashed ? Qt::DashLine : Qt::SolidLine;
        entry.label = curve.spec.axis == ValueAxis::Right ? tr("%1 (right)").arg(curve.spec.label) : curve.spec.label;
        std::size_t at = noRow;
        if (curve.column && rows > 0) {
            const SeriesColumn& column = m_store->column(*curve.column);
            if (!row) {
                at = column.lastFinite(0, rows);
            } else if (!std::isnan(column[*row])) {
                at = *row;
            } else {
                const double middle = m_store->value(*x, *row);
                const std::size_t before = column.lastFinite(0, *row);
                const std::size_t after = column.firstFinite(*row, rows);
                const auto away = [&](std::size_t r) {
                    return r == noRow ? reach : std::abs(m_store->value(*x, r) - middle);
                };
                at = away(before) <= away(after) ? before : after;
                if (at != noRow && away(at) >= reach)
                    at = noRow;
            }
        }
        double value = at == noRow ? nan : m_store->value(*curve.column, at);
        const bool smooth = curve.smoothed && at != noRow && at < curve.smoothed->rows() && std::isfinite(value);
        if (smooth) {
            entry.raw = compactNumber(value);
            value = curve.smoothed->value(at);
        }
        entry.value = compactNumber(value);
        if (row && std::isfinite(value) && (!m_logarithmic || value > 0))
            dots.push_back({valueAxis(curve.spec.axis), {m_store->value(*x, at), value}, entry.colour});
        entries.push_back(std::move(entry));
    }
    m_header->setEntries(std::move(entries));
    // However many lines the names take, the curves keep their room.
    const int least = m_header->minimumOuterSizeHint().height() + leastDataHeight;
    // Later: the canvas must not get another size in the midst of drawing.
    if (minimumHeight() != least)
        QMetaObject::invokeMethod(
            this, [this, least] { setMinimumHeight(least); }, Qt::QueuedConnection);
    m_crosshair->setCursor(cursor, xText(cursor, m_xAxis));
    const double at = row && !std::isnan(m_hover) ? m_store->value(*x, *row) : nan;
    m_crosshair->show(at, xText(at, m_xAxis), std::move(dots));
    if (QAccessible::isActive())
        setAccessibleDescription(readout());
}

QString CurvePlot::readout() const
{
    QStringList parts;
    const double at = std::isnan(m_crosshair->x()) ? m_crosshair->cursor() : m_crosshair->x();
    if (!std::isnan(at))
        parts += xText(at, m_xAxis);
    for (const PlotHeader::Entry& entry : m_header->entries())
        parts += entry.raw.isEmpty() ? QStringLiteral("%1 %2").arg(entry.label, entry.value)
                                     : QStringLiteral("%1 %2 (%3)").arg(entry.label, entry.value, entry.raw);
    return parts.join(QStringLiteral("; "));
}

int CurvePlot::drawnMarkers() const
{
    return m_markers->drawnLines();
}

void CurvePlot::restyle()
{
    const QPalette colours = palette();
    const QColor text = colours.color(QPalette::Text);
    const bool dark = colours.color(QPalette::Base).lightness() < 128;
    const QColor quiet = faded(text, dark ? 190 : 175);
    QFont small = font();
    if (small.pointSizeF() > 0)
        small.setPointSizeF(std::max(7.0, small.pointSizeF() * 0.92));

    m_plot->setBackground(QBrush(colours.color(QPalette::Base)));
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis, m_plot->yAxis2}) {
        axis->setTickLabelFont(small);
        axis->setTickLabelColor(quiet);
        axis->setBasePen(QPen(faded(text, 90), 1));
        axis->grid()->setPen(QPen(faded(text, dark ? 30 : 24), 1));
        axis->grid()->setZeroLinePen(QPen(faded(text, dark ? 75 : 65), 1));
    }
    m_plot->yAxis->setBasePen(Qt::NoPen);
    m_plot->yAxis2->setBasePen(Qt::NoPen);
    for (Curve& curve : m_curves) {
        const QColor colour = seriesColour(curve.spec.colour, colours);
        curve.dots->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, colour, colour, 5));
    }
    // A right axis of one colour carries it.
    QColor right;
    bool same = true;
    for (const Curve& curve : m_curves) {
        if (curve.spec.axis != ValueAxis::Right)
            continue;
        const QColor colour = seriesColour(curve.spec.colour, colours);
        same = same && (!right.isValid() || right == colour);
        right = colour;
    }
    if (right.isValid() && same)
        m_plot->yAxis2->setTickLabelColor(right);

    // The least room for labels is the same for all plots, so that those above each other are aligned.
    const QFontMetricsF metrics(small);
    const int room = static_cast<int>(std::ceil(metrics.horizontalAdvance(QStringLiteral("-0.0000")))) + 10;
    const int rightRoom = static_cast<int>(std::ceil(metrics.horizontalAdvance(QStringLiteral("-0.00e-0")))) + 10;
    const int label = static_cast<int>(std::ceil(metrics.height()));
    const int half = static_cast<int>(std::ceil(metrics.horizontalAdvance(QStringLiteral("0:00:00")) / 2)) + 4;
    m_plot->axisRect()->setMinimumMargins(
        QMargins(room, label / 2, m_rightRoom || hasRightAxis() ? rightRoom : half, label + 8));
    m_header->setStyle(small, text, quiet);
    m_markers->setColours(colours);
    m_crosshair->setStyle(small, colours);
    m_follow->setFont(small);
    updateFollowButton();
    refresh();
}

} // namespace saddle
