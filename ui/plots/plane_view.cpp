// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/plane_view.h"

#include "core/io/scatter.h"
#include "ui/plots/plane_layers.h"
#include "ui/plots/plot_layers.h"
#include "ui/plots/plot_picture.h"
#include "ui/plots/tick_labels.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/number_text.h"
#include "ui/widgets/theme.h"

#include <QContextMenuEvent>
#include <QMenu>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace saddle {
namespace {

/// Room around real points where no heat map says how far the plane reaches; the engine's maps keep as much.
constexpr double reachFactor = 1.4;
constexpr double keyZoom = 0.8;

QColor heatAt(double value)
{
    const auto colour = heatColour(value);
    return {colour[0], colour[1], colour[2]};
}

/// Dots on the heat map's colours, which are the same in light and dark, so theirs are too.
const QColor realDot(20, 120, 50);
const QColor generatedDot(130, 50, 170);

} // namespace

PlaneView::PlaneView(QWidget* parent)
    : QWidget(parent)
    , m_plot(new QCustomPlot(this))
{
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAccessibleName(tr("Samples in the plane"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_plot);
    build();
    clear();
    restyle();
}

PlaneView::~PlaneView() = default;

void PlaneView::build()
{
    m_plot->setFocusPolicy(Qt::NoFocus); // the keys are for this widget
    m_plot->setMinimumSize(0, 0);
    m_plot->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    m_plot->setNoAntialiasingOnDrag(false);
    m_plot->setPlottingHint(QCP::phCacheLabels);
    m_plot->addLayer(QStringLiteral("mask"), m_plot->layer(QStringLiteral("main")), QCustomPlot::limAbove);

    QCPAxisRect* rect = m_plot->axisRect();
    rect->setAutoMargins(QCP::msNone);
    rect->setRangeDrag(Qt::Horizontal | Qt::Vertical);
    rect->setRangeZoom(Qt::Horizontal | Qt::Vertical);

    m_heat = new QCPColorMap(m_plot->xAxis, m_plot->yAxis);
    QCPColorGradient gradient;
    gradient.clearColorStops();
    for (const double value : {0.0, 0.5, 1.0})
        gradient.setColorStopAt(value, heatAt(value));
    m_heat->setGradient(gradient);
    m_heat->setDataRange({0, 1});
    m_picture = new PlanePicture(m_plot);
    m_real = new PointCloud(m_plot);
    m_generated = new PointCloud(m_plot);
    m_legend = new PlaneLegend(m_plot);
    m_mask = new PlotMask(m_plot);
    m_mask->setLayer(QStringLiteral("mask"));
    m_mask->setVisible(false);

    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) {
        auto ticker = QSharedPointer<CompactTicker>::create();
        ticker->setTickCount(5);
        axis->setTicker(ticker);
        axis->setTickLabelPadding(5);
        axis->setTickLength(0, 3);
        axis->setSubTicks(false);
        axis->setNumberFormat(QStringLiteral("g")); // the ticker writes the labels: no powers of ten made of them
        axis->grid()->setVisible(false);
        connect(axis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this, [this] {
            if (!m_arranging)
                m_fitted = false;
        });
    }
    connect(m_plot, &QCustomPlot::beforeReplot, this, &PlaneView::arrange);
    connect(m_plot, &QCustomPlot::mouseDoubleClick, this, &PlaneView::fit);
    // The canvas lets none of its mouse events through to its parent.
    m_plot->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_plot, &QWidget::customContextMenuRequested, this,
        [this](const QPoint& place) { popUpMenu(makeMenu(), m_plot->mapToGlobal(place)); });
}

void PlaneView::setSamples(const Samples& samples)
{
    m_picture->setImage({});
    m_real->setPoints(samples.realPoints);
    m_generated->setPoints(samples.points);
    setHeat(samples.heat);
    if (samples.heat) {
        setSquare({samples.heat->low, samples.heat->high});
    } else {
        double reach = 0;
        const auto& points = m_real->points().empty() ? m_generated->points() : m_real->points();
        for (const QPointF& point : points)
            reach = std::max({reach, std::abs(point.x()), std::abs(point.y())});
        if (reach > 0)
            setSquare({-reach * reachFactor, reach * reachFactor});
    }
    const auto outside = std::count_if(m_generated->points().begin(), m_generated->points().end(), [this](QPointF p) {
        return std::min(p.x(), p.y()) < m_square.low || std::max(p.x(), p.y()) > m_square.high;
    }) + static_cast<std::ptrdiff_t>(samples.points.size() / 2 - m_generated->points().size());
    m_legend->setNote(outside > 0 ? tr("%1 outside").arg(groupedText(outside)) : QString());
    restyle();
}

void PlaneView::setRealOnly(const Samples& real)
{
    Samples only;
    only.realPoints = real.realPoints.empty() ? real.points : real.realPoints;
    setSamples(only);
}

void PlaneView::setPicture(const Image& picture)
{
    if (picture.empty())
        return clear();
    const auto format = picture.channels == 1 ? QImage::Format_Grayscale8 : QImage::Format_RGB32;
    QImage image(picture.pixels.data(), picture.width, picture.height, qsizetype{picture.width} * picture.channels,
        picture.channels == 1 ? QImage::Format_Grayscale8 : QImage::Format_RGB888);
    m_picture->setImage(picture.channels == 1 ? image.copy() : image.convertToFormat(format));
    m_real->setPoints({});
    m_generated->setPoints({});
    setHeat(std::nullopt);
    m_legend->setNote({});
    restyle();
}

void PlaneView::clear()
{
    m_picture->setImage({});
    m_real->setPoints({});
    m_generated->setPoints({});
    m_legend->setNote({});
    setHeat(std::nullopt);
    m_square = {};
    m_squareKnown = false;
    m_fitted = true;
    restyle();
}

bool PlaneView::showsPicture() const
{
    return !m_picture->isEmpty();
}

QString PlaneView::legend() const
{
    return m_legend->text();
}

void PlaneView::setHeat(const std::optional<HeatMap>& heat)
{
    const auto cells = heat ? static_cast<std::size_t>(heat->columns) * static_cast<std::size_t>(heat->rows) : 0;
    const bool usable = heat && heat->columns > 1 && heat->rows > 1 && heat->values.size() == cells;
    m_heat->setVisible(usable);
    m_legend->setHeat(usable || showsPicture());
    if (!usable)
        return;
    QCPColorMapData* map = m_heat->data();
    map->setSize(heat->columns, heat->rows);
    // QCustomPlot counts from the middle of the first cell to the middle of the last.
    const double halfColumn = (heat->high - heat->low) / heat->columns / 2;
    const double halfRow = (heat->high - heat->low) / heat->rows / 2;
    map->setRange({heat->low + halfColumn, heat->high - halfColumn}, {heat->low + halfRow, heat->high - halfRow});
    std::size_t index = 0;
    for (int row = 0; row < heat->rows; ++row) {
        for (int column = 0; column < heat->columns; ++column)
            map->setCell(column, row, static_cast<double>(heat->values[index++]));
    }
}

void PlaneView::setSquare(Square square)
{
    m_square = square;
    m_squareKnown = true;
}

void PlaneView::fit()
{
    m_fitted = true;
    refresh();
}

void PlaneView::refresh()
{
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void PlaneView::arrange()
{
    // The plane is the largest square that leaves room for its labels, in the middle of the widget.
    const QFontMetricsF metrics(m_plot->xAxis->tickLabelFont());
    const int label = static_cast<int>(std::ceil(metrics.height())) + 10;
    const int side = static_cast<int>(std::ceil(metrics.horizontalAdvance(QStringLiteral("\u22120.00")))) + 12;
    const int top = m_legend->height() + 4;
    const int right = 10;
    const int length = std::max(40, std::min(m_plot->width() - side - right, m_plot->height() - top - label));
    const int left = std::max(side, (m_plot->width() - length) / 2);
    const int above = top + std::max(0, (m_plot->height() - top - label - length) / 2);
    m_plot->axisRect()->setMargins(QMargins(
        left, above, std::max(0, m_plot->width() - left - length), std::max(0, m_plot->height() - above - length)));
    m_picture->setReach(m_square.low, m_square.high);

    if (m_fitted) {
        m_arranging = true;
        m_plot->xAxis->setRange(m_square.low, m_square.high);
        m_plot->yAxis->setRange(m_square.low, m_square.high);
        m_arranging = false;
    }
}

void PlaneView::restyle()
{
    const QPalette colours = palette();
    const QColor ground = pictureGround(colours);
    const QColor text = colours.color(QPalette::WindowText);
    const QColor quiet = theme::mixed(ground, text, 0.72);
    QFont small = font();
    if (small.pointSizeF() > 0)
        small.setPointSizeF(std::max(7.0, small.pointSizeF() * 0.92));

    m_plot->setBackground(QBrush(ground));
    const bool something = showsPicture() || m_squareKnown;
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) {
        axis->setVisible(something);
        axis->setTickLabelFont(small);
        axis->setTickLabelColor(quiet);
        axis->setTickLabels(m_squareKnown);
        axis->setTicks(m_squareKnown);
        const QPen line(theme::mixed(ground, text, 0.4), 1);
        axis->setBasePen(line);
        axis->setTickPen(line);
    }
    const bool onHeat = m_heat->visible() || showsPicture();
    const QColor plane = onHeat ? heatAt(0.5) : colours.color(QPalette::Base);
    m_plot->axisRect()->setBackground(something ? QBrush(plane) : QBrush(Qt::NoBrush));
    m_real->setColour(onHeat ? realDot : theme::roleColour(QStringLiteral("real"), colours));
    m_generated->setColour(onHeat ? generatedDot : theme::roleColour(QStringLiteral("generator"), colours));
    std::vector<PlaneLegend::Entry> entries;
    if (showsPicture() || !m_real->points().empty())
        entries.push_back({theme::roleColour(QStringLiteral("real"), colours), tr("Real")});
    if (showsPicture() || !m_generated->points().empty())
        entries.push_back({theme::roleColour(QStringLiteral("generator"), colours), tr("Generated")});
    m_legend->setEntries(std::move(entries));
    m_legend->setStyle(small, text, quiet);
    setAccessibleDescription(m_legend->text());
    refresh();
}

void PlaneView::zoom(double factor)
{
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis})
        axis->scaleRange(factor);
    refresh();
}

void PlaneView::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        restyle();
    QWidget::changeEvent(event);
}

void PlaneView::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        return zoom(keyZoom);
    case Qt::Key_Minus:
        return zoom(1 / keyZoom);
    case Qt::Key_0:
        return fit();
    default:
        QWidget::keyPressEvent(event);
    }
}

QImage PlaneView::image(double scale)
{
    arrange();
    return m_plot->toPixmap(m_plot->width(), m_plot->height(), scale).toImage();
}

Status PlaneView::savePng(const QString& path)
{
    return saddle::savePng(path, image());
}

Status PlaneView::saveSvg(const QString& path)
{
    arrange();
    return saddle::saveSvg(path, svgOf(*m_plot, *m_mask, pictureGround(palette()), accessibleName()));
}

QMenu* PlaneView::makeMenu()
{
    auto* menu = new QMenu(this);
    addPictureActions(menu, this,
        {QStringLiteral("plane"), m_suggestedName, m_saveDialog, [this] { return image(); },
            [this](const QString& path) { return savePng(path); },
            [this](const QString& path) { return saveSvg(path); },
            [this](const QString& what) { Q_EMIT problem(what); }});
    menu->addSeparator();
    QAction* fitAction = menu->addAction(tr("&Fit"), this, &PlaneView::fit);
    fitAction->setObjectName(QStringLiteral("planeFit"));
    fitAction->setEnabled(!m_fitted);
    return menu;
}

void PlaneView::contextMenuEvent(QContextMenuEvent* event)
{
    popUpMenu(makeMenu(), event->globalPos());
}

} // namespace saddle
