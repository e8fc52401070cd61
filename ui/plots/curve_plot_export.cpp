// SPDX-License-Identifier: GPL-3.0-or-later
// CurvePlot: pictures, files and the context menu.
#include "ui/plots/curve_plot.h"

#include "ui/plots/csv_export.h"
#include "ui/plots/plot_layers.h"

#include <QApplication>
#include <QBuffer>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFileInfo>
#include <QMenu>
#include <QSvgGenerator>

#include <algorithm>

namespace saddle {
namespace {

/// A file name made of a title.
QString fileName(QString title)
{
    for (QChar& c : title) {
        if (!c.isLetterOrNumber() && !QStringLiteral(" -_().").contains(c))
            c = QLatin1Char('-');
    }
    title = title.simplified();
    return title.isEmpty() ? QStringLiteral("plot") : title;
}

} // namespace

void CurvePlot::drawForOthers(const std::function<void()>& draw)
{
    // A picture shows neither the crosshair nor the room of the Follow button.
    const double hover = m_hover;
    prepare();
    setCrosshair(std::numeric_limits<double>::quiet_NaN());
    m_header->setReserved(0);
    draw();
    updateFollowButton();
    setCrosshair(hover);
    refresh();
}

QImage CurvePlot::image(double scale)
{
    QImage picture;
    drawForOthers([&] { picture = m_plot->toPixmap(m_plot->width(), m_plot->height(), scale).toImage(); });
    return picture;
}

Status CurvePlot::savePng(const QString& path)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    image().save(&buffer, "PNG");
    return exportBytes(path, bytes);
}

Status CurvePlot::saveSvg(const QString& path)
{
    QByteArray bytes;
    drawForOthers([&] {
        QBuffer buffer(&bytes);
        buffer.open(QIODevice::WriteOnly);
        QSvgGenerator generator;
        generator.setOutputDevice(&buffer);
        generator.setSize(m_plot->size());
        generator.setViewBox(m_plot->rect());
        generator.setTitle(m_title);
        generator.setResolution(m_plot->logicalDpiX());
        QCPPainter painter;
        m_mask->setColour(palette().color(QPalette::Base));
        m_mask->setVisible(true);
        painter.begin(&generator);
        painter.setMode(QCPPainter::pmVectorized);
        painter.setMode(QCPPainter::pmNoCaching);
        m_plot->toPainter(&painter, m_plot->width(), m_plot->height());
        painter.end();
        m_mask->setVisible(false);
    });
    return exportBytes(path, bytes);
}

Status CurvePlot::saveCsv(const QString& path) const
{
    if (!m_store)
        return Error{tr("there are no values to write").toStdString(), m_title.toStdString(), {}};
    std::vector<std::size_t> columns;
    const auto add = [&columns](std::optional<std::size_t> column) {
        if (column && std::find(columns.begin(), columns.end(), *column) == columns.end())
            columns.push_back(*column);
    };
    for (const XAxis axis : {XAxis::Step, XAxis::Images, XAxis::Time})
        add(m_store->columnIndex(xAxisColumn(axis)));
    for (const SeriesSpec& spec : m_specs)
        add(m_store->columnIndex(spec.column));
    return exportCsv(path, *m_store, columns, m_events);
}

void CurvePlot::saveAs(const QString& title, const QString& suffix, const QString& filter,
    const std::function<Status(const QString&)>& save)
{
    QString path = m_saveDialog(this, title, fileName(m_title) + QLatin1Char('.') + suffix, filter);
    if (path.isEmpty())
        return;
    if (QFileInfo(path).suffix().isEmpty())
        path += QLatin1Char('.') + suffix;
    if (const Status status = save(path); !status)
        Q_EMIT problem(QString::fromStdString(status.error().sentence()));
}

QMenu* CurvePlot::makeMenu()
{
    auto* menu = new QMenu(this);
    menu->addAction(tr("&Copy image"), this, [this] { QApplication::clipboard()->setImage(image()); })
        ->setObjectName(QStringLiteral("plotCopyImage"));
    menu->addAction(tr("Save as &PNG\u2026"), this,
            [this] {
                saveAs(tr("Save plot as PNG"), QStringLiteral("png"), tr("PNG images (*.png)"),
                    [this](const QString& path) { return savePng(path); });
            })
        ->setObjectName(QStringLiteral("plotSavePng"));
    menu->addAction(tr("Save as &SVG\u2026"), this,
            [this] {
                saveAs(tr("Save plot as SVG"), QStringLiteral("svg"), tr("SVG drawings (*.svg)"),
                    [this](const QString& path) { return saveSvg(path); });
            })
        ->setObjectName(QStringLiteral("plotSaveSvg"));
    menu->addAction(tr("Save &data as CSV\u2026"), this,
            [this] {
                saveAs(tr("Save data of plot"), QStringLiteral("csv"), tr("CSV tables (*.csv)"),
                    [this](const QString& path) { return saveCsv(path); });
            })
        ->setObjectName(QStringLiteral("plotSaveCsv"));
    menu->addSeparator();
    QAction* logarithmic = menu->addAction(tr("&Log axis"));
    logarithmic->setObjectName(QStringLiteral("plotLogAxis"));
    logarithmic->setCheckable(true);
    logarithmic->setChecked(m_logarithmic);
    connect(logarithmic, &QAction::toggled, this, &CurvePlot::setLogarithmic);
    menu->addAction(tr("&Fit and follow"), this, &CurvePlot::userFit)->setObjectName(QStringLiteral("plotFitView"));
    return menu;
}

void CurvePlot::contextMenuEvent(QContextMenuEvent* event)
{
    QMenu* menu = makeMenu();
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->popup(event->globalPos());
}

} // namespace saddle
