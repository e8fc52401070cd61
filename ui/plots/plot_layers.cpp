// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/plot_layers.h"

#include <QPalette>

#include <algorithm>
#include <array>
#include <cmath>

namespace saddle {
namespace {

constexpr int sideMargin = 8;
constexpr int swatch = 14;
constexpr int swatchGap = 5;
constexpr int labelGap = 6;
constexpr int slotGap = 16;

QColor mixed(const QColor& a, const QColor& b, double share)
{
    const auto mix = [share](int from, int to) { return static_cast<int>(from + (to - from) * share); };
    return {mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue())};
}

} // namespace

PlotHeader::PlotHeader(QCustomPlot* plot)
    : QCPLayoutElement(plot)
{
    setMargins({});
    setMinimumMargins({});
}

void PlotHeader::setTitle(const QString& title, const QString& unit)
{
    m_title = title;
    m_unit = unit;
}

void PlotHeader::setEntries(std::vector<Entry> entries)
{
    m_entries = std::move(entries);
}

void PlotHeader::setReserved(int width)
{
    m_reserved = width;
}

void PlotHeader::setStyle(const QFont& font, const QColor& text, const QColor& faint)
{
    m_font = font;
    m_text = text;
    m_faint = faint;
}

void PlotHeader::redraw()
{
    layer()->replot();
}

QFont PlotHeader::titleFont() const
{
    QFont font = m_font;
    font.setBold(true);
    return font;
}

int PlotHeader::lineHeight() const
{
    return static_cast<int>(std::ceil(QFontMetricsF(titleFont()).height())) + 3;
}

double PlotHeader::slotWidth(const Entry& entry) const
{
    const QFontMetricsF metrics(m_font);
    double width = swatch + swatchGap + metrics.horizontalAdvance(entry.label) + labelGap;
    width += std::max(metrics.horizontalAdvance(entry.value), metrics.horizontalAdvance(QStringLiteral("-0.0000")));
    if (entry.smoothed)
        width += std::max(metrics.horizontalAdvance(QStringLiteral(" (%1)").arg(entry.raw)),
            metrics.horizontalAdvance(QStringLiteral(" (-0.0000)")));
    return width;
}

std::vector<PlotHeader::Slot> PlotHeader::arrange(int width, int* lines) const
{
    const QFontMetricsF metrics(m_font);
    const double height = lineHeight();
    double x = sideMargin + QFontMetricsF(titleFont()).horizontalAdvance(m_title);
    if (!m_unit.isEmpty())
        x += labelGap + metrics.horizontalAdvance(m_unit);
    x += slotGap;
    double y = 0;
    std::vector<Slot> places;
    *lines = 1;
    for (const Entry& entry : m_entries) {
        const double wanted = slotWidth(entry);
        const double end = width - sideMargin - (*lines == 1 ? m_reserved : 0);
        if (x + wanted > end && x > sideMargin) {
            x = sideMargin;
            y += height;
            ++*lines;
        }
        places.push_back({{x, y}, std::min<double>(wanted, width - sideMargin - x)});
        x += wanted + slotGap;
    }
    return places;
}

QSize PlotHeader::minimumOuterSizeHint() const
{
    int lines = 1;
    arrange(mParentPlot->viewport().width(), &lines);
    return {0, lines * lineHeight() + 5};
}

QSize PlotHeader::maximumOuterSizeHint() const
{
    return {QWIDGETSIZE_MAX, minimumOuterSizeHint().height()};
}

void PlotHeader::draw(QCPPainter* painter)
{
    int lines = 1;
    const std::vector<Slot> places = arrange(mOuterRect.width(), &lines);
    const QPointF origin = mOuterRect.topLeft() + QPointF(0, 3);
    const double height = lineHeight();
    painter->setFont(titleFont());
    painter->setPen(m_text);
    const double titleWidth = QFontMetricsF(titleFont()).horizontalAdvance(m_title);
    const QFontMetricsF metrics(m_font);
    const auto put = [&](double x, double y, double width, const QString& text) {
        const QString shown = metrics.horizontalAdvance(text) > width + 1
            ? metrics.elidedText(text, Qt::ElideRight, std::max(width, 0.0))
            : text;
        painter->drawText(QRectF(x, y, width + 2, height), Qt::AlignLeft | Qt::AlignVCenter, shown);
        return x + metrics.horizontalAdvance(shown);
    };
    painter->drawText(
        QRectF(origin.x() + sideMargin, origin.y(), titleWidth + 4, height), Qt::AlignLeft | Qt::AlignVCenter, m_title);
    painter->setFont(m_font);
    painter->setPen(m_faint);
    put(origin.x() + sideMargin + titleWidth + labelGap, origin.y(), mOuterRect.width(), m_unit);

    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        const Entry& entry = m_entries[i];
        double x = origin.x() + places[i].position.x();
        const double y = origin.y() + places[i].position.y();
        const double end = x + places[i].width;
        QPen pen(entry.colour, 2.5);
        if (entry.line != Qt::SolidLine)
            pen.setDashPattern({2, 1.2});
        pen.setCapStyle(Qt::FlatCap);
        painter->setPen(pen);
        painter->drawLine(QPointF(x, y + height / 2), QPointF(x + swatch, y + height / 2));
        x += swatch + swatchGap;
        const QString raw = entry.smoothed && !entry.raw.isEmpty() ? QStringLiteral(" (%1)").arg(entry.raw) : QString();
        const double values = metrics.horizontalAdvance(entry.value) + metrics.horizontalAdvance(raw) + labelGap;
        painter->setPen(m_faint);
        x = put(x, y, std::min(metrics.horizontalAdvance(entry.label), end - x - values), entry.label) + labelGap;
        painter->setPen(m_text);
        x = put(x, y, end - x, entry.value);
        painter->setPen(m_faint);
        put(x, y, end - x, raw);
    }
}

PlotMarkers::PlotMarkers(QCustomPlot* plot)
    : QCPLayerable(plot)
{
}

void PlotMarkers::add(const Marker& marker)
{
    const auto after = std::upper_bound(m_markers.begin(), m_markers.end(), marker.step,
        [](double step, const Marker& other) { return step < other.step; });
    const auto index = static_cast<std::size_t>(after - m_markers.begin());
    m_markers.insert(after, marker);
    m_placed = std::min(m_placed, index);
}

void PlotMarkers::clear()
{
    m_markers.clear();
    m_x.clear();
    m_placed = 0;
}

void PlotMarkers::place(const SeriesStore& store, std::size_t xColumn, bool all)
{
    const std::optional<std::size_t> step = store.columnIndex("step");
    if (!step || store.rowCount() == 0 || !store.column(*step).isMonotone() || !store.column(xColumn).isMonotone()) {
        m_x.clear();
        m_placed = 0;
        return;
    }
    m_x.resize(m_markers.size());
    // What is marked before the next row is recorded stands at the end until then.
    const double firstStep = store.value(*step, 0);
    const double lastStep = store.value(*step, store.rowCount() - 1);
    std::size_t i = all ? 0 : m_placed;
    m_placed = i;
    for (; i < m_markers.size(); ++i) {
        m_x[i] = store.convert(*step, std::clamp(m_markers[i].step, firstStep, lastStep), xColumn);
        if (m_markers[i].step <= lastStep)
            m_placed = i + 1;
    }
}

std::span<const Marker> PlotMarkers::near(double xPixel, double pixels) const
{
    const QCPAxis* axis = mParentPlot->xAxis;
    const double low = axis->pixelToCoord(xPixel - pixels);
    const double high = axis->pixelToCoord(xPixel + pixels);
    const auto begin = std::lower_bound(m_x.begin(), m_x.end(), low);
    const auto end = std::upper_bound(begin, m_x.end(), high);
    return std::span(m_markers).subspan(
        static_cast<std::size_t>(begin - m_x.begin()), static_cast<std::size_t>(end - begin));
}

void PlotMarkers::setColours(const QPalette& palette)
{
    for (const MarkerKind kind : {MarkerKind::Edit, MarkerKind::Checkpoint, MarkerKind::Problem, MarkerKind::Branch})
        m_colours[static_cast<int>(kind)] = markerColour(kind, palette);
}

QRect PlotMarkers::clipRect() const
{
    return mParentPlot->axisRect()->rect().adjusted(-5, 0, 5, 0); // a flag at an edge is shown whole
}

void PlotMarkers::applyDefaultAntialiasingHint(QCPPainter* painter) const
{
    painter->setAntialiasing(false);
}

void PlotMarkers::draw(QCPPainter* painter)
{
    m_drawnLines = 0;
    const QRect rect = mParentPlot->axisRect()->rect();
    const QCPAxis* axis = mParentPlot->xAxis;
    std::array<int, markerKinds> lastPixel;
    lastPixel.fill(std::numeric_limits<int>::min());
    const auto begin = std::lower_bound(m_x.begin(), m_x.end(), axis->range().lower);
    const auto end = std::upper_bound(begin, m_x.end(), axis->range().upper);
    std::array<std::vector<int>, markerKinds> columns;
    for (auto x = begin; x != end; ++x) {
        const auto kind = static_cast<std::size_t>(m_markers[static_cast<std::size_t>(x - m_x.begin())].kind);
        const int pixel = static_cast<int>(std::lround(axis->coordToPixel(*x)));
        if (pixel == lastPixel[kind])
            continue;
        lastPixel[kind] = pixel;
        columns[kind].push_back(pixel);
    }
    // Problems last, so that they lie on top.
    for (const MarkerKind kind : {MarkerKind::Checkpoint, MarkerKind::Edit, MarkerKind::Branch, MarkerKind::Problem}) {
        QColor colour = m_colours[static_cast<int>(kind)];
        const std::vector<int>& pixels = columns[static_cast<std::size_t>(kind)];
        m_drawnLines += static_cast<int>(pixels.size());
        QColor line = colour;
        line.setAlpha(kind == MarkerKind::Checkpoint ? 110 : 170);
        painter->setAntialiasing(false);
        painter->setPen(QPen(line, 1));
        for (const int x : pixels)
            painter->drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()));
        painter->setAntialiasing(true);
        for (const int x : pixels)
            drawMarkerFlag(*painter, kind, QPointF(x + 0.5, rect.top()), colour);
    }
}

PlotMask::PlotMask(QCustomPlot* plot)
    : QCPLayerable(plot)
{
    setVisible(false);
}

void PlotMask::applyDefaultAntialiasingHint(QCPPainter* painter) const
{
    painter->setAntialiasing(false);
}

void PlotMask::draw(QCPPainter* painter)
{
    const QRect all = mParentPlot->viewport();
    const QRect inner = mParentPlot->axisRect()->rect().adjusted(-1, -1, 1, 1);
    painter->setPen(Qt::NoPen);
    painter->setBrush(m_colour);
    // Far out as well: a spike may reach any height.
    constexpr int far = 100'000;
    painter->drawRect(QRect(QPoint(-far, -far), QPoint(far, inner.top())));
    painter->drawRect(QRect(QPoint(-far, inner.bottom()), QPoint(far, far)));
    painter->drawRect(QRect(QPoint(all.left(), inner.top()), QPoint(inner.left(), inner.bottom())));
    painter->drawRect(QRect(QPoint(inner.right(), inner.top()), QPoint(all.right(), inner.bottom())));
    painter->setBrush(Qt::NoBrush);
}

PlotCrosshair::PlotCrosshair(QCustomPlot* plot)
    : QCPLayerable(plot)
    , m_x(std::numeric_limits<double>::quiet_NaN())
    , m_cursor(m_x)
{
}

void PlotCrosshair::show(double x, const QString& text, std::vector<Dot> dots)
{
    m_x = x;
    m_text = text;
    m_dots = std::move(dots);
}

void PlotCrosshair::setCursor(double x, const QString& caption)
{
    m_cursor = x;
    m_cursorCaption = caption;
}

void PlotCrosshair::setStyle(const QFont& font, const QPalette& palette)
{
    m_font = font;
    m_background = palette.color(QPalette::Base);
    m_line = mixed(m_background, palette.color(QPalette::Text), 0.55);
    m_faint = mixed(m_background, palette.color(QPalette::Text), 0.7);
    m_flag = mixed(m_background, palette.color(QPalette::Text), 0.85);
    m_flagText = m_background;
    m_cursorLine = palette.color(QPalette::Highlight);
    m_cursorText = palette.color(QPalette::HighlightedText);
}

void PlotCrosshair::applyDefaultAntialiasingHint(QCPPainter* painter) const
{
    painter->setAntialiasing(true);
}

void PlotCrosshair::draw(QCPPainter* painter)
{
    const QRect rect = mParentPlot->axisRect()->rect();
    const QFontMetricsF metrics(m_font);
    painter->setFont(m_font);
    // The corner where the two axes meet is always free: the name of the x axis needs no line of its own there.
    const QCPAxis* along = mParentPlot->xAxis;
    const QVector<double> ticks = along->tickVector();
    double firstLabel = rect.right();
    for (qsizetype i = 0; i < ticks.size() && i < 2; ++i) {
        if (along->range().contains(ticks[i]))
            firstLabel = std::min(firstLabel,
                along->coordToPixel(ticks[i]) - metrics.horizontalAdvance(along->tickVectorLabels().value(i)) / 2);
    }
    // ... but for the half of a label at the very left.
    painter->setPen(m_faint);
    if (sideMargin + metrics.horizontalAdvance(m_xCaption) + 6 < firstLabel)
        painter->drawText(QRectF(sideMargin, rect.bottom() + 4, rect.left(), metrics.height()),
            Qt::AlignLeft | Qt::AlignVCenter, m_xCaption);
    if (!m_note.isEmpty())
        painter->drawText(rect.adjusted(8, 4, -8, -4), Qt::AlignCenter | Qt::TextWordWrap, m_note);
    const auto seen = [along](double x) { return !std::isnan(x) && along->range().contains(x); };
    if (seen(m_cursor)) {
        const double x = std::round(along->coordToPixel(m_cursor)) + 0.5;
        painter->setPen(QPen(m_cursorLine, 2));
        painter->drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()));
        drawFlag(*painter, x, m_cursorCaption, m_cursorLine, m_cursorText);
    }
    const bool hovers = seen(m_x);
    if (hovers) {
        const double x = std::round(along->coordToPixel(m_x)) + 0.5;
        painter->setPen(QPen(m_line, 1));
        painter->drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()));
    }
    for (const Dot& dot : m_dots) {
        const QPointF at(along->coordToPixel(dot.at.x()), dot.axis->coordToPixel(dot.at.y()));
        if (!QRectF(rect).adjusted(-1, -1, 1, 1).contains(at))
            continue;
        painter->setPen(QPen(m_background, 1.5));
        painter->setBrush(dot.colour);
        painter->drawEllipse(at, 4, 4);
    }
    if (hovers)
        drawFlag(*painter, std::round(along->coordToPixel(m_x)) + 0.5, m_text, m_flag, m_flagText);
}

void PlotCrosshair::drawFlag(
    QCPPainter& painter, double x, const QString& text, const QColor& ground, const QColor& colour) const
{
    const QRect rect = mParentPlot->axisRect()->rect();
    const QFontMetricsF metrics(m_font);
    const double width = metrics.horizontalAdvance(text) + 10;
    const double height = metrics.height() + 2;
    const double left = std::clamp(x - width / 2, 0.0, std::max(0.0, mParentPlot->width() - width));
    const QRectF flag(left, rect.bottom() + 3, width, height);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ground);
    painter.drawRoundedRect(flag, 3, 3);
    painter.setPen(colour);
    painter.setBrush(Qt::NoBrush);
    painter.drawText(flag, Qt::AlignCenter, text);
}

} // namespace saddle
