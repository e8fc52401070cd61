// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/run_legend.h"

#include "ui/plots/curve_plot.h"
#include "ui/plots/qcp.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QPixmap>

#include <algorithm>
#include <cmath>

namespace saddle {

namespace {

constexpr double pictureScale = 2;
constexpr double edge = 12;
constexpr double swatch = 18;
constexpr double gap = 6;
constexpr double between = 22;

struct Place {
    QPointF at; ///< of the line's left end, at the middle of the text's height
    std::size_t entry;
};

struct Legend {
    std::vector<Place> places;
    double height = 0;
};

Legend arrange(const std::vector<LegendEntry>& entries, double width, const QFont& font)
{
    const QFontMetricsF metrics(font);
    const double line = metrics.height() + 4;
    Legend legend;
    QPointF at(edge, edge + line / 2);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const double wide = swatch + gap + metrics.horizontalAdvance(entries[i].text);
        if (at.x() > edge && at.x() + wide > width - edge)
            at = {edge, at.y() + line};
        legend.places.push_back({at, i});
        at.rx() += wide + between;
    }
    legend.height = at.y() + line / 2 + edge / 2;
    return legend;
}

QSize sizeOf(const std::vector<CurvePlot*>& plots)
{
    QSize size;
    for (const CurvePlot* plot : plots)
        size = {std::max(size.width(), plot->width()), size.height() + plot->height()};
    return size;
}

QByteArray number(double value)
{
    return QByteArray::number(value, 'f', 1);
}

} // namespace

QIcon runSwatch(SeriesColour colour, const QPalette& palette, double scale)
{
    const QSize size(16, 16);
    QPixmap pixmap(size * scale);
    pixmap.setDevicePixelRatio(scale);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(seriesColour(colour, palette));
    painter.drawRoundedRect(QRectF(2, 5, 12, 6), 2, 2);
    return {pixmap};
}

QImage curvesImage(const std::vector<CurvePlot*>& plots, const std::vector<LegendEntry>& legend,
    const QPalette& palette, const QFont& font)
{
    const QSize size = sizeOf(plots);
    const Legend head = arrange(legend, size.width(), font);
    const QSize all(size.width(), size.height() + static_cast<int>(std::ceil(head.height)));
    QImage image(all * pictureScale, QImage::Format_RGB32);
    image.fill(palette.color(QPalette::Base));
    QPainter painter(&image);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
    painter.scale(pictureScale, pictureScale);
    painter.setFont(font);
    const QFontMetricsF metrics(font);
    for (const Place& place : head.places) {
        const LegendEntry& entry = legend[place.entry];
        painter.setPen(QPen(entry.colour, 3));
        painter.drawLine(place.at, place.at + QPointF(swatch, 0));
        painter.setPen(palette.color(QPalette::Text));
        painter.drawText(place.at + QPointF(swatch + gap, (metrics.ascent() - metrics.descent()) / 2), entry.text);
    }
    double y = std::ceil(head.height);
    for (CurvePlot* plot : plots) {
        const QImage picture = plot->image(pictureScale);
        painter.drawImage(QRectF(QPointF(0, y), QSizeF(picture.size()) / pictureScale), picture);
        y += plot->height();
    }
    return image;
}

QByteArray curvesSvg(const std::vector<CurvePlot*>& plots, const std::vector<LegendEntry>& legend,
    const QPalette& palette, const QFont& font)
{
    const QSize size = sizeOf(plots);
    const Legend head = arrange(legend, size.width(), font);
    const QByteArray width = number(size.width());
    const QByteArray height = number(size.height() + std::ceil(head.height));
    QByteArray svg = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" "
                     "xmlns:xlink=\"http://www.w3.org/1999/xlink\" version=\"1.1\" width=\""
        + width + "\" height=\"" + height + "\" viewBox=\"0 0 " + width + ' ' + height + "\">\n";
    svg += "<rect width=\"100%\" height=\"100%\" fill=\"" + palette.color(QPalette::Base).name().toUtf8() + "\"/>\n";
    const QFontMetricsF metrics(font);
    for (const Place& place : head.places) {
        const LegendEntry& entry = legend[place.entry];
        svg += "<line x1=\"" + number(place.at.x()) + "\" y1=\"" + number(place.at.y()) + "\" x2=\""
            + number(place.at.x() + swatch) + "\" y2=\"" + number(place.at.y()) + "\" stroke=\""
            + entry.colour.name().toUtf8() + "\" stroke-width=\"3\"/>\n<text x=\"" + number(place.at.x() + swatch + gap)
            + "\" y=\"" + number(place.at.y() + (metrics.ascent() - metrics.descent()) / 2) + "\" font-family=\""
            + font.family().toHtmlEscaped().toUtf8() + "\" font-size=\"" + number(metrics.height() * 0.8) + "\" fill=\""
            + palette.color(QPalette::Text).name().toUtf8() + "\" xml:space=\"preserve\">"
            + entry.text.toHtmlEscaped().toUtf8() + "</text>\n";
    }
    double y = std::ceil(head.height);
    for (CurvePlot* plot : plots) {
        // A drawing in a drawing keeps to its own frame, and its mask with it.
        QByteArray inner = plot->svg();
        const qsizetype begin = inner.indexOf("<svg");
        const qsizetype end = inner.indexOf('>', begin);
        if (begin < 0 || end < 0)
            return {};
        svg += "<svg x=\"0\" y=\"" + number(y) + "\" width=\"" + number(plot->width()) + "\" height=\""
            + number(plot->height()) + "\" viewBox=\"0 0 " + number(plot->canvas()->width()) + ' '
            + number(plot->canvas()->height()) + "\">" + inner.mid(end + 1);
        y += plot->height();
    }
    return svg + "</svg>\n";
}

} // namespace saddle
