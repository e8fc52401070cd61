// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/curve_plot.h"

#include "ui/plots/plot_layers.h"
#include "ui/plots/tick_labels.h"

#include <QEvent>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace saddle {
namespace {

/// Rows smoothed at once, between two events: about two milliseconds.
constexpr std::size_t smoothingSlice = 400'000;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

} // namespace

CurvePlot::CurvePlot(QWidget* parent)
    : QWidget(parent)
    , m_plot(new QCustomPlot(this))
    , m_follow(new QToolButton(this))
    , m_hover(nan)
    , m_cursorStep(nan)
{
    setFocusPolicy(Qt::StrongFocus);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(2, 2, 2, 2);
    layout->addWidget(m_plot);

    m_follow->setObjectName(QStringLiteral("plotFollow"));
    m_follow->setAutoRaise(false);
    m_follow->setFocusPolicy(Qt::TabFocus);
    m_follow->hide();
    connect(m_follow, &QToolButton::clicked, this, &CurvePlot::userFit);

    m_smoothingTimer.setSingleShot(true);
    connect(&m_smoothingTimer, &QTimer::timeout, this, &CurvePlot::computeSmoothing);
    buildPlot();
    applyPalette(palette());
}

CurvePlot::~CurvePlot() = default;

void CurvePlot::buildPlot()
{
    m_plot->setFocusPolicy(Qt::NoFocus); // the keys are for this widget
    m_plot->setMouseTracking(true);
    m_plot->setMinimumSize(0, 0);
    m_plot->installEventFilter(this);
    m_plot->setInteractions({});
    m_plot->setNoAntialiasingOnDrag(false);
    m_plot->plotLayout()->setRowSpacing(0);
    m_plot->plotLayout()->insertRow(0);
    m_plot->plotLayout()->setRowStretchFactor(0, 0.001);

    // The header and the crosshair have paint buffers of their own: following the mouse draws no curve again.
    m_plot->addLayer(QStringLiteral("markers"), m_plot->layer(QStringLiteral("main")), QCustomPlot::limAbove);
    m_plot->addLayer(QStringLiteral("mask"), m_plot->layer(QStringLiteral("markers")), QCustomPlot::limAbove);
    m_plot->addLayer(QStringLiteral("header"));
    m_plot->addLayer(QStringLiteral("crosshair"));
    for (const char* name : {"header", "crosshair"})
        m_plot->layer(QLatin1String(name))->setMode(QCPLayer::lmBuffered);
    m_header = new PlotHeader(m_plot);
    m_plot->plotLayout()->addElement(0, 0, m_header);
    m_header->setLayer(QStringLiteral("header"));
    m_markers = new PlotMarkers(m_plot);
    m_markers->setLayer(QStringLiteral("markers"));
    m_mask = new PlotMask(m_plot);
    m_mask->setLayer(QStringLiteral("mask"));
    m_crosshair = new PlotCrosshair(m_plot);
    m_crosshair->setLayer(QStringLiteral("crosshair"));

    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis, m_plot->yAxis2}) {
        axis->setTickLabelPadding(4);
        axis->setTickLength(0, 0);
        axis->setTickPen(QColor(Qt::transparent)); // the SVG writer draws a line without a pen in black
        axis->setSubTickPen(QColor(Qt::transparent));
        axis->setNumberFormat(QStringLiteral("g")); // the tickers write the labels: no powers of ten made of them
        axis->setSubTicks(false);
    }
    m_plot->yAxis2->grid()->setVisible(false);
    updateTickers();
    connect(m_plot, &QCustomPlot::beforeReplot, this, &CurvePlot::prepare);
}

void CurvePlot::setTitle(const QString& title, const QString& unit)
{
    m_title = title;
    m_unit = unit.isEmpty() ? QString() : QStringLiteral("(%1)").arg(unit);
    m_header->setTitle(m_title, m_unit);
    setAccessibleName(unit.isEmpty() ? tr("%1 plot").arg(title) : tr("%1 plot in %2").arg(title, unit));
    refresh();
}

void CurvePlot::setStore(const SeriesStore* store)
{
    m_store = store;
    setSeries(m_specs);
}

void CurvePlot::setSeries(std::vector<SeriesSpec> series)
{
    m_specs = std::move(series);
    m_generation = m_store ? m_store->generation() : 0;
    m_curves.clear();
    m_plot->clearPlottables();
    const auto graph = [this](const SeriesSpec& spec) {
        QCPGraph* made = m_plot->addGraph(m_plot->xAxis, valueAxis(spec.axis));
        made->setAdaptiveSampling(false); // the store has done that
        return made;
    };
    for (const SeriesSpec& spec : m_specs) {
        Curve curve;
        curve.spec = spec;
        curve.column = m_store ? m_store->columnIndex(spec.column) : std::nullopt;
        if (m_store && m_store->columnCount() > 0 && !curve.column)
            continue;
        curve.raw = graph(spec);
        curve.dots = graph(spec);
        curve.dots->setLineStyle(QCPGraph::lsNone);
        m_curves.push_back(std::move(curve));
    }
    for (Curve& curve : m_curves) // above all raw curves
        curve.smooth = graph(curve.spec);
    m_plot->yAxis2->setVisible(hasRightAxis());
    m_placeMarkers = true;
    restyle();
}

void CurvePlot::syncStore()
{
    if (m_store && m_store->generation() != m_generation)
        setSeries(m_specs);
}

void CurvePlot::addMarker(const Marker& marker)
{
    m_markers->add(marker);
    m_events.push_back(marker);
    refresh();
}

void CurvePlot::clearMarkers()
{
    m_markers->clear();
    m_events.clear();
    refresh();
}

void CurvePlot::setXAxis(XAxis axis)
{
    if (axis == m_xAxis)
        return;
    const std::optional<std::size_t> from = usableX();
    m_xAxis = axis;
    m_placeMarkers = true;
    const std::optional<std::size_t> to = usableX();
    if (!from || !to) {
        m_following = true;
    } else if (!m_following) {
        const Span view = xView();
        m_plot->xAxis->setRange(m_store->convert(*from, view.low, *to), m_store->convert(*from, view.high, *to));
    }
    m_hover = nan;
    updateTickers();
    refresh();
}

void CurvePlot::setSmoothing(double weight)
{
    m_smoothing = std::clamp(weight, 0.0, 0.999);
    computeSmoothing();
    refresh();
}

bool CurvePlot::isSmoothingPending() const
{
    return std::any_of(m_curves.begin(), m_curves.end(), [this](const Curve& curve) {
        return m_smoothing > 0 && curve.column && curve.spec.smoothed
            && (curve.next || !curve.smoothed || curve.smoothed->weight() != m_smoothing
                || curve.smoothed->rows() < m_store->rowCount());
    });
}

void CurvePlot::computeSmoothing()
{
    if (!m_store || m_store->generation() != m_generation)
        return;
    bool finished = false;
    std::size_t budget = smoothingSlice;
    for (Curve& curve : m_curves) {
        if (!curve.column || !curve.spec.smoothed)
            continue;
        if (m_smoothing == 0) {
            curve.smoothed.reset();
            curve.next.reset();
            continue;
        }
        // One that has begun is finished, though the slider has moved on: else a steady drag would never show any.
        const bool wrong = !curve.smoothed || curve.smoothed->weight() != m_smoothing;
        if (wrong && !curve.next)
            curve.next = std::make_unique<SmoothedSeries>(m_store->column(*curve.column), m_smoothing);
        if (curve.smoothed)
            budget -= curve.smoothed->advance(budget);
        if (curve.next) {
            budget -= curve.next->advance(budget);
            if (curve.next->rows() == m_store->rowCount()) {
                curve.smoothed = std::move(curve.next);
                finished = true;
            }
        }
    }
    if (isSmoothingPending() && m_store->rowCount() > 0)
        m_smoothingTimer.start(0);
    if (finished)
        refresh();
}

void CurvePlot::setLogarithmic(bool on)
{
    if (on == m_logarithmic)
        return;
    m_logarithmic = on;
    m_valuesZoomed = {};
    updateTickers();
    updateFollowButton();
    refresh();
    Q_EMIT logarithmicChanged(on);
}

void CurvePlot::updateTickers()
{
    QSharedPointer<QCPAxisTicker> along(new CompactTicker);
    if (m_xAxis == XAxis::Time)
        along.reset(new DurationTicker);
    m_plot->xAxis->setTicker(along);
    for (QCPAxis* axis : {m_plot->yAxis, m_plot->yAxis2}) {
        QSharedPointer<QCPAxisTicker> ticker(new CompactTicker);
        if (m_logarithmic)
            ticker.reset(new LogTicker);
        axis->setTicker(ticker);
        axis->setScaleType(m_logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    }
    const QString captions[] = {tr("step"), tr("images"), tr("time")};
    m_crosshair->setXCaption(captions[static_cast<int>(m_xAxis)]);
}

CurvePlot::Span CurvePlot::xView() const
{
    return {m_plot->xAxis->range().lower, m_plot->xAxis->range().upper};
}

CurvePlot::Span CurvePlot::yView(ValueAxis axis) const
{
    return {valueAxis(axis)->range().lower, valueAxis(axis)->range().upper};
}

QCPAxis* CurvePlot::valueAxis(ValueAxis axis) const
{
    return axis == ValueAxis::Left ? m_plot->yAxis : m_plot->yAxis2;
}

bool CurvePlot::hasRightAxis() const
{
    return std::any_of(
        m_curves.begin(), m_curves.end(), [](const Curve& curve) { return curve.spec.axis == ValueAxis::Right; });
}

void CurvePlot::setRightRoom(bool on)
{
    m_rightRoom = on;
    restyle();
}

void CurvePlot::setFollowButton(bool on)
{
    m_followAllowed = on;
    updateFollowButton();
}

void CurvePlot::dataAppended()
{
    refresh();
}

void CurvePlot::refresh()
{
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void CurvePlot::fit()
{
    m_valuesZoomed = {};
    follow();
}

void CurvePlot::follow()
{
    m_following = true;
    updateFollowButton();
    refresh();
}

void CurvePlot::setView(double low, double high)
{
    if (!(low < high))
        return;
    m_following = false;
    m_plot->xAxis->setRange(low, high);
    updateFollowButton();
    refresh();
}

void CurvePlot::showSteps(double from, double to)
{
    const double room = std::max(to - from, 1.0) / 2;
    setView(xOfStep(from - room), xOfStep(to + room));
}

std::optional<std::size_t> CurvePlot::usableX() const
{
    if (!m_store || m_store->rowCount() == 0)
        return std::nullopt;
    const std::optional<std::size_t> column = m_store->columnIndex(xAxisColumn(m_xAxis));
    return column && m_store->column(*column).isMonotone() ? column : std::nullopt;
}

void CurvePlot::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange)
        applyPalette(palette());
    else if (event->type() == QEvent::FontChange)
        restyle();
    QWidget::changeEvent(event);
}

void CurvePlot::applyPalette(const QPalette& palette)
{
    if (palette != this->palette())
        setPalette(palette); // comes back through changeEvent where it differs
    restyle();
}

} // namespace saddle
