// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/plot_picture.h"

#include "ui/plots/plot_layers.h"
#include "ui/widgets/save_file.h"

#include <QBuffer>
#include <QSaveFile>
#include <QSvgGenerator>

namespace saddle {

Status savePng(const QString& path, const QImage& image)
{
    return saveWhole(path, [&image](QSaveFile& file) { return image.save(&file, "PNG"); });
}

QByteArray svgOf(QCustomPlot& plot, PlotMask& mask, const QColor& ground, const QString& title)
{
    QByteArray svg;
    QBuffer buffer(&svg);
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setSize(plot.size());
    generator.setViewBox(plot.rect());
    generator.setTitle(title);
    generator.setResolution(plot.logicalDpiX());
    mask.setColour(ground);
    mask.setVisible(true);
    QCPPainter painter;
    const bool begun = painter.begin(&generator);
    painter.setMode(QCPPainter::pmVectorized);
    painter.setMode(QCPPainter::pmNoCaching);
    plot.toPainter(&painter, plot.width(), plot.height());
    const bool ended = painter.end();
    mask.setVisible(false);
    return begun && ended ? svg : QByteArray();
}

Status saveSvg(const QString& path, const QByteArray& svg)
{
    return saveWhole(path, [&svg](QSaveFile& file) { return !svg.isEmpty() && file.write(svg) == svg.size(); });
}

} // namespace saddle
