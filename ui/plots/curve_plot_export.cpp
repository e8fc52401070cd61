// SPDX-License-Identifier: GPL-3.0-or-later
// CurvePlot: pictures, files and the context menu.
#include "ui/plots/curve_plot.h"

#include "ui/plots/plot_layers.h"
#include "ui/plots/plot_picture.h"

#include <QContextMenuEvent>
#include <QMenu>

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
    return saddle::savePng(path, image());
}

QByteArray CurvePlot::svg()
{
    QByteArray drawing;
    drawForOthers([&] { drawing = svgOf(*m_plot, *m_mask, palette().color(QPalette::Base), m_title); });
    return drawing;
}

Status CurvePlot::saveSvg(const QString& path)
{
    return saddle::saveSvg(path, svg());
}

std::vector<std::size_t> CurvePlot::csvColumns() const
{
    std::vector<std::size_t> columns;
    const auto add = [&columns](std::optional<std::size_t> column) {
        if (column && std::find(columns.begin(), columns.end(), *column) == columns.end())
            columns.push_back(*column);
    };
    for (const XAxis axis : {XAxis::Step, XAxis::Images, XAxis::Time})
        add(m_store->columnIndex(xAxisColumn(axis)));
    for (const SeriesSpec& spec : m_specs)
        add(m_store->columnIndex(spec.column));
    return columns;
}

void CurvePlot::askCsv()
{
    const Result<QString> path =
        chooseFile(this, m_saveDialog, tr("Save data of plot"), fileName(m_title), SaveFormat::Csv);
    if (!path)
        Q_EMIT problem(QString::fromStdString(path.error().sentence()));
    else if (!path->isEmpty())
        Q_EMIT csvRequested(*path, csvColumns());
}

QMenu* CurvePlot::makeMenu(double xPixel)
{
    auto* menu = new QMenu(this);
    const std::span<const Marker> markers = m_markers->near(xPixel, markerReach);
    if (xPixel >= 0 && !markers.empty()) {
        // Of several, the checkpoint: there is most to be done with it.
        const auto checkpoint = std::find_if(
            markers.begin(), markers.end(), [](const Marker& marker) { return marker.kind == MarkerKind::Checkpoint; });
        Q_EMIT markerMenu(checkpoint == markers.end() ? markers.front() : *checkpoint, menu);
        if (!menu->isEmpty())
            menu->addSeparator();
    }
    addPictureActions(menu, this,
        {QStringLiteral("plot"), fileName(m_title), m_saveDialog, [this] { return image(); },
            [this](const QString& path) { return savePng(path); },
            [this](const QString& path) { return saveSvg(path); },
            [this](const QString& what) { Q_EMIT problem(what); }});
    QAction* csv = menu->addAction(tr("Save &data as CSV\u2026"), this, &CurvePlot::askCsv);
    csv->setObjectName(QStringLiteral("plotSaveCsv"));
    csv->setEnabled(m_store && m_store->rowCount() > 0);
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
    popUpMenu(makeMenu(), event->globalPos());
}

} // namespace saddle
