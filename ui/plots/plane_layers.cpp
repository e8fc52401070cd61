// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/plane_layers.h"

#include "core/io/scatter.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace saddle {
namespace {

constexpr double dotSize = 4.6;
constexpr double dotOpacity = 0.72;
constexpr int heatBar = 56;
constexpr int legendGap = 14;

} // namespace

PointCloud::PointCloud(QCustomPlot* plot)
    : QCPLayerable(plot, QStringLiteral("main"))
{
}

void PointCloud::setPoints(const std::vector<float>& points)
{
    m_points.clear();
    m_points.reserve(points.size() / 2);
    for (std::size_t i = 0; i + 1 < points.size(); i += 2) {
        const QPointF point(static_cast<double>(points[i]), static_cast<double>(points[i + 1]));
        if (std::isfinite(point.x()) && std::isfinite(point.y()))
            m_points.push_back(point);
    }
}

QRect PointCloud::clipRect() const
{
    return mParentPlot->axisRect()->rect();
}

void PointCloud::applyDefaultAntialiasingHint(QCPPainter* painter) const
{
    painter->setAntialiasing(true);
}

void PointCloud::draw(QCPPainter* painter)
{
    const QRectF area = clipRect();
    const QRectF reached = area.adjusted(-dotSize, -dotSize, dotSize, dotSize);
    const bool vector = painter->modes().testFlag(QCPPainter::pmVectorized);
    const QRectF shown = vector ? area : reached; // a vector file does not clip
    const auto eachShown = [&](const auto& draw) {
        for (const QPointF& point : m_points) {
            const QPointF at(mParentPlot->xAxis->coordToPixel(point.x()), mParentPlot->yAxis->coordToPixel(point.y()));
            if (shown.contains(at))
                draw(at);
        }
    };
    if (vector) {
        QColor colour = m_colour;
        colour.setAlphaF(static_cast<float>(dotOpacity));
        painter->setPen(Qt::NoPen);
        painter->setBrush(colour);
        eachShown([&](const QPointF& at) { painter->drawEllipse(at, dotSize / 2, dotSize / 2); });
        return;
    }

    // One disc is drawn, in the pixels of the device, and stamped.
    const QTransform device = painter->deviceTransform();
    const double ratio = std::max(1.0, device.m11());
    const int side = static_cast<int>(std::ceil(dotSize * ratio)) + 2;
    QImage stamp(side, side, QImage::Format_ARGB32_Premultiplied);
    stamp.fill(Qt::transparent);
    {
        QPainter disc(&stamp);
        disc.setRenderHint(QPainter::Antialiasing);
        disc.setPen(Qt::NoPen);
        disc.setOpacity(dotOpacity);
        disc.setBrush(m_colour);
        disc.drawEllipse(QPointF(side, side) / 2, dotSize * ratio / 2, dotSize * ratio / 2);
    }
    painter->save();
    painter->scale(1 / device.m11(), 1 / device.m22());
    eachShown([&](const QPointF& at) {
        const QPointF corner = at * device.m11() - QPointF(side, side) / 2;
        painter->drawImage(QPoint(qRound(corner.x()), qRound(corner.y())), stamp);
    });
    painter->restore();
}

PlanePicture::PlanePicture(QCustomPlot* plot)
    : QCPLayerable(plot, QStringLiteral("main"))
{
}

void PlanePicture::setReach(double low, double high)
{
    m_low = low;
    m_high = high;
}

QRect PlanePicture::clipRect() const
{
    return mParentPlot->axisRect()->rect();
}

void PlanePicture::applyDefaultAntialiasingHint(QCPPainter* painter) const
{
    painter->setAntialiasing(false);
}

void PlanePicture::draw(QCPPainter* painter)
{
    if (m_image.isNull())
        return;
    const QPointF topLeft(mParentPlot->xAxis->coordToPixel(m_low), mParentPlot->yAxis->coordToPixel(m_high));
    const QPointF bottomRight(mParentPlot->xAxis->coordToPixel(m_high), mParentPlot->yAxis->coordToPixel(m_low));
    painter->setRenderHint(QPainter::SmoothPixmapTransform);
    painter->drawImage(QRectF(topLeft, bottomRight), m_image);
}

PlaneLegend::PlaneLegend(QCustomPlot* plot)
    : QCPLayerable(plot, QStringLiteral("legend"))
{
}

void PlaneLegend::setStyle(const QFont& font, const QColor& text, const QColor& faint)
{
    m_font = font;
    m_text = text;
    m_faint = faint;
}

QString PlaneLegend::text() const
{
    QStringList words;
    for (const Entry& entry : m_entries)
        words << entry.label;
    if (!m_note.isEmpty())
        words << m_note;
    return words.join(QStringLiteral(", "));
}

int PlaneLegend::height() const
{
    return static_cast<int>(std::ceil(QFontMetricsF(m_font).height())) + 6;
}

void PlaneLegend::applyDefaultAntialiasingHint(QCPPainter* painter) const
{
    painter->setAntialiasing(true);
}

void PlaneLegend::draw(QCPPainter* painter)
{
    const QRect plane = mParentPlot->axisRect()->rect();
    const QFontMetricsF metrics(m_font);
    const double middle = plane.top() - height() / 2.0 - 1;
    painter->setFont(m_font);
    const auto say = [&](double x, const QString& words, const QColor& colour) {
        painter->setPen(colour);
        painter->drawText(QPointF(x, middle + (metrics.ascent() - metrics.descent()) / 2), words);
        return metrics.horizontalAdvance(words);
    };
    double x = plane.left();
    for (const Entry& entry : m_entries) {
        painter->setPen(Qt::NoPen);
        painter->setBrush(entry.colour);
        painter->drawEllipse(QPointF(x + 4, middle), 3.6, 3.6);
        x += 13;
        x += say(x, entry.label, m_text) + legendGap;
    }
    if (!m_note.isEmpty())
        x += say(x, m_note, m_faint) + legendGap;
    if (!m_heat)
        return;
    // D's colours, at the right end where there is room for them.
    const QString fake = QCoreApplication::translate("saddle::PlaneLegend", "D: generated");
    const QString real = QCoreApplication::translate("saddle::PlaneLegend", "real");
    const double width = metrics.horizontalAdvance(fake) + metrics.horizontalAdvance(real) + heatBar + 12;
    double from = plane.right() + 1 - width;
    if (from < x)
        return;
    from += say(from, fake, m_faint) + 6;
    const QRectF bar(from, middle - 3.5, heatBar, 7);
    QLinearGradient colours(bar.topLeft(), bar.topRight());
    for (const double at : {0.0, 0.5, 1.0}) {
        const auto colour = heatColour(at);
        colours.setColorAt(at, QColor(colour[0], colour[1], colour[2]));
    }
    painter->setPen(Qt::NoPen);
    painter->setBrush(colours);
    painter->drawRoundedRect(bar, 2, 2);
    say(from + heatBar + 6, real, m_faint);
}

} // namespace saddle
