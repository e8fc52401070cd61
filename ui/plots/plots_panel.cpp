// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/plots_panel.h"

#include "ui/plots/csv_export.h"
#include "ui/plots/tool_row_layout.h"
#include "ui/widgets/progress_row.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSlider>
#include <QSplitter>
#include <QStandardItemModel>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <limits>

namespace saddle {
namespace {

constexpr int sliderSteps = 300;

/// The slider is even in the logarithm of the rows averaged over: what matters of 0 to 0.999 lies above 0.9.
double weightOf(int slider)
{
    return std::min(0.999, 1.0 - std::pow(10.0, -3.0 * slider / sliderSteps));
}

int sliderOf(double weight)
{
    return static_cast<int>(std::lround(-std::log10(1.0 - weight) * sliderSteps / 3.0));
}

} // namespace

PlotsPanel::PlotsPanel(QWidget* parent)
    : QWidget(parent)
    , m_cursorStep(std::numeric_limits<double>::quiet_NaN())
    , m_splitter(new QSplitter(Qt::Vertical))
    , m_scroll(new QScrollArea)
    , m_noneShown(new QLabel)
    , m_exporter(new CsvExport(this))
    , m_exportRow(new ProgressRow(QStringLiteral("plotExport"), tr("Saving values")))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    layout->addWidget(makeControls());
    m_splitter->setChildrenCollapsible(false);
    m_splitter->setHandleWidth(3);
    m_scroll->setObjectName(QStringLiteral("plotScroll"));
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setWidget(m_splitter);
    layout->addWidget(m_scroll, 1);
    m_noneShown->setWordWrap(true);
    m_noneShown->setAlignment(Qt::AlignCenter);
    m_noneShown->setForegroundRole(QPalette::PlaceholderText);
    m_noneShown->setContentsMargins(12, 24, 12, 24);
    layout->addWidget(m_noneShown, 1);
    layout->addWidget(m_exportRow);

    connect(m_exportRow, &ProgressRow::cancelled, m_exporter, &CsvExport::cancel);
    connect(m_exporter, &CsvExport::progress, m_exportRow, &ProgressRow::show);
    connect(m_exporter, &CsvExport::saved, this, &PlotsPanel::saved);
    connect(m_exporter, &CsvExport::failed, this, &PlotsPanel::problem);
    connect(m_exporter, &CsvExport::finished, m_exportRow, &QWidget::hide);
    showChosen();
}

QWidget* PlotsPanel::makeControls()
{
    auto* controls = new QWidget;
    auto* row = new ToolRowLayout(controls);
    row->setContentsMargins(6, 4, 6, 4);
    const auto together = [row](const std::vector<QWidget*>& widgets) {
        auto* group = new QWidget;
        auto* layout = new QHBoxLayout(group);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->setSpacing(5);
        for (QWidget* widget : widgets)
            layout->addWidget(widget);
        row->addWidget(group);
        return group;
    };

    m_xAxis = new QComboBox;
    m_xAxis->setObjectName(QStringLiteral("plotXAxis"));
    m_xAxis->addItems({tr("Step"), tr("Images"), tr("Time")});
    m_xAxis->setToolTip(tr("What runs along the bottom of the plots"));
    auto* xLabel = new QLabel(tr("&X axis"));
    xLabel->setBuddy(m_xAxis);
    together({xLabel, m_xAxis});

    m_smoothing = new QSlider(Qt::Horizontal);
    m_smoothing->setObjectName(QStringLiteral("plotSmoothing"));
    m_smoothing->setRange(0, sliderSteps);
    m_smoothing->setPageStep(sliderSteps / 12);
    m_smoothing->setMinimumWidth(70);
    m_smoothing->setAccessibleName(tr("Smoothing"));
    m_smoothingValue = new QDoubleSpinBox;
    m_smoothingValue->setObjectName(QStringLiteral("plotSmoothingValue"));
    m_smoothingValue->setRange(0, 0.999);
    m_smoothingValue->setDecimals(3);
    m_smoothingValue->setSingleStep(0.01);
    m_smoothingValue->setKeyboardTracking(false);
    m_smoothingValue->setAccessibleName(tr("Smoothing weight"));
    for (QWidget* widget : {static_cast<QWidget*>(m_smoothing), static_cast<QWidget*>(m_smoothingValue)})
        widget->setToolTip(tr("Weight of the moving average: 0 shows the values as they are, 0.9 averages about the "
                              "last 10, 0.99 about 100"));
    auto* smoothingLabel = new QLabel(tr("&Smoothing"));
    smoothingLabel->setBuddy(m_smoothing);
    together({smoothingLabel, m_smoothing, m_smoothingValue})
        ->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);

    m_log = new QCheckBox(tr("&Log"));
    m_log->setObjectName(QStringLiteral("plotLog"));
    m_log->setToolTip(tr("Logarithmic value axes"));
    auto* fitButton = new QPushButton(tr("&Fit"));
    fitButton->setObjectName(QStringLiteral("plotFit"));
    fitButton->setToolTip(tr("Show everything and follow new values"));
    m_export = new QPushButton(tr("&Export CSV\u2026"));
    m_export->setObjectName(QStringLiteral("plotExportCsv"));
    m_export->setToolTip(tr("Save all recorded values as a table"));
    auto* choose = new QPushButton(tr("Plots"));
    choose->setObjectName(QStringLiteral("plotChoice"));
    choose->setToolTip(tr("Which plots are shown"));
    m_choice = new QMenu(choose);
    choose->setMenu(m_choice);
    // Some styles make short texts too wide a button and long ones too narrow.
    fitButton->setMaximumWidth(fitButton->fontMetrics().horizontalAdvance(fitButton->text()) + 28);
    m_export->setMinimumWidth(m_export->fontMetrics().horizontalAdvance(m_export->text()) + 12);
    together({m_log, fitButton, choose, m_export});

    connect(m_xAxis, &QComboBox::currentIndexChanged, this, [this](int index) {
        for (CurvePlot* plot : m_plots)
            plot->setXAxis(static_cast<XAxis>(index));
        Q_EMIT xAxisChanged(static_cast<XAxis>(index));
    });
    connect(m_smoothing, &QSlider::valueChanged, this, [this](int value) { applySmoothing(weightOf(value)); });
    connect(m_smoothingValue, &QDoubleSpinBox::valueChanged, this, &PlotsPanel::applySmoothing);
    connect(m_log, &QCheckBox::toggled, this, [this](bool on) {
        for (CurvePlot* plot : m_plots)
            plot->setLogarithmic(on);
    });
    connect(fitButton, &QPushButton::clicked, this, &PlotsPanel::fit);
    connect(m_export, &QPushButton::clicked, this, &PlotsPanel::askExport);
    return controls;
}

void PlotsPanel::applySmoothing(double weight)
{
    const QSignalBlocker slider(m_smoothing);
    const QSignalBlocker value(m_smoothingValue);
    if (sliderOf(weight) != m_smoothing->value())
        m_smoothing->setValue(sliderOf(weight));
    m_smoothingValue->setValue(weight);
    for (CurvePlot* plot : m_plots)
        plot->setSmoothing(weight);
}

void PlotsPanel::setGroups(const std::vector<PlotGroup>& groups)
{
    for (CurvePlot* plot : m_plots)
        delete plot;
    m_plots.clear();
    m_choice->clear();
    for (const PlotGroup& group : groups) {
        auto* plot = new CurvePlot;
        plot->setObjectName(QStringLiteral("plot_") + group.id);
        plot->setTitle(group.title, group.unit);
        plot->setXAxis(xAxis());
        plot->setSmoothing(smoothing());
        plot->setLogarithmic(isLogarithmic());
        plot->setSeries(group.series);
        plot->setSaveDialog(m_saveDialog);
        plot->setTimeCursor(m_cursorStep);
        for (const Marker& marker : m_markers)
            plot->addMarker(marker);
        m_plots.push_back(plot);
        m_splitter->addWidget(plot);
        link(plot);
        QAction* shown = m_choice->addAction(group.title);
        shown->setObjectName(QStringLiteral("showPlot_") + group.id);
        shown->setCheckable(true);
        shown->setChecked(!m_hidden.contains(group.id));
        connect(shown, &QAction::triggered, this, [this, id = group.id](bool on) {
            m_hidden.removeAll(id);
            if (!on)
                m_hidden << id;
            showChosen();
        });
    }
    updateStore();
}

void PlotsPanel::link(CurvePlot* plot)
{
    const auto others = [this, plot](const auto& action) {
        for (CurvePlot* other : m_plots) {
            if (other != plot)
                action(other);
        }
    };
    connect(plot, &CurvePlot::hovered, this,
        [others](double x) { others([x](CurvePlot* other) { other->setCrosshair(x); }); });
    connect(plot, &CurvePlot::viewChanged, this,
        [others](double low, double high) { others([low, high](CurvePlot* other) { other->setView(low, high); }); });
    connect(plot, &CurvePlot::fitted, this, [others] { others([](CurvePlot* other) { other->follow(); }); });
    connect(plot, &CurvePlot::problem, this, &PlotsPanel::problem);
    connect(plot, &CurvePlot::markerClicked, this, &PlotsPanel::markerClicked);
    connect(plot, &CurvePlot::markerMenu, this, &PlotsPanel::markerMenu);
    connect(plot, &CurvePlot::csvRequested, this, &PlotsPanel::exportColumns);
}

void PlotsPanel::setStore(const SeriesStore* store)
{
    if (store != m_store)
        m_exporter->cancel();
    m_store = store;
    updateStore();
}

void PlotsPanel::updateStore()
{
    m_generation = m_store ? m_store->generation() : 0;
    for (CurvePlot* plot : m_plots)
        plot->setStore(m_store);
    showChosen();
    // What this run does not record cannot be chosen.
    if (auto* items = qobject_cast<QStandardItemModel*>(m_xAxis->model())) {
        for (int i = 0; i < m_xAxis->count(); ++i) {
            const char* column = xAxisColumn(static_cast<XAxis>(i));
            items->item(i)->setEnabled(
                m_everyAxis || !m_store || m_store->columnCount() == 0 || m_store->columnIndex(column));
        }
    }
    m_export->setEnabled(m_store && m_store->rowCount() > 0);
}

/// Shows the plots that are wanted and of which the run has something.
void PlotsPanel::showChosen()
{
    bool first = true;
    bool right = false;
    for (std::size_t i = 0; i < m_plots.size(); ++i) {
        CurvePlot* plot = m_plots[i];
        const bool known = !m_store || m_store->columnCount() == 0
            || std::any_of(plot->series().begin(), plot->series().end(),
                [this](const SeriesSpec& spec) { return m_store->columnIndex(spec.column).has_value(); });
        QAction* entry = m_choice->actions()[static_cast<qsizetype>(i)];
        entry->setVisible(known);
        const bool shown = known && entry->isChecked();
        plot->setVisible(shown);
        plot->setFollowButton(shown && first);
        first = first && !shown;
        right = right || (shown && plot->hasRightAxis());
    }
    for (CurvePlot* plot : m_plots)
        plot->setRightRoom(right);
    m_noneShown->setText(m_plots.empty() ? tr("The curves of an experiment appear here.")
                                         : tr("All plots are switched off: choose some by Plots."));
    m_noneShown->setVisible(first);
    m_scroll->setVisible(!first);
}

void PlotsPanel::setHiddenPlots(const QStringList& ids)
{
    m_hidden = ids;
    for (QAction* entry : m_choice->actions())
        entry->setChecked(!ids.contains(entry->objectName().section(QLatin1Char('_'), 1)));
    showChosen();
}

void PlotsPanel::showCurves(const QStringList& columns, double from, double to)
{
    CurvePlot* first = nullptr;
    for (std::size_t i = 0; i < m_plots.size(); ++i) {
        const std::vector<SeriesSpec>& series = m_plots[i]->series();
        const bool wanted = std::any_of(series.begin(), series.end(),
            [&columns](const SeriesSpec& spec) { return columns.contains(QString::fromStdString(spec.column)); });
        if (!wanted)
            continue;
        QAction* entry = m_choice->actions()[static_cast<qsizetype>(i)];
        entry->setChecked(true);
        m_hidden.removeAll(entry->objectName().section(QLatin1Char('_'), 1));
        if (!first)
            first = m_plots[i];
    }
    showChosen();
    if (!first)
        return;
    for (CurvePlot* plot : m_plots)
        plot->showSteps(from, to);
    // Plots that have just come into view have no place yet.
    QTimer::singleShot(0, first, [this, first] { m_scroll->ensureWidgetVisible(first, 0, 0); });
}

void PlotsPanel::dataAppended()
{
    if (m_store && m_store->generation() != m_generation)
        updateStore();
    m_export->setEnabled(m_store && m_store->rowCount() > 0);
    for (CurvePlot* plot : m_plots)
        plot->dataAppended();
}

void PlotsPanel::addMarker(const Marker& marker)
{
    m_markers.push_back(marker);
    for (CurvePlot* plot : m_plots)
        plot->addMarker(marker);
}

void PlotsPanel::setTimeCursor(double step)
{
    m_cursorStep = step;
    for (CurvePlot* plot : m_plots)
        plot->setTimeCursor(step);
}

void PlotsPanel::clear()
{
    m_markers.clear();
    for (CurvePlot* plot : m_plots)
        plot->clearMarkers();
    fit();
    dataAppended();
}

void PlotsPanel::offerEveryAxis()
{
    m_everyAxis = true;
    updateStore();
}

XAxis PlotsPanel::xAxis() const
{
    return static_cast<XAxis>(std::max(0, m_xAxis->currentIndex()));
}

void PlotsPanel::setXAxis(XAxis axis)
{
    m_xAxis->setCurrentIndex(static_cast<int>(axis));
}

double PlotsPanel::smoothing() const
{
    return m_smoothingValue->value();
}

void PlotsPanel::setSmoothing(double weight)
{
    m_smoothingValue->setValue(weight);
}

bool PlotsPanel::isLogarithmic() const
{
    return m_log->isChecked();
}

void PlotsPanel::setLogarithmic(bool on)
{
    m_log->setChecked(on);
}

void PlotsPanel::fit()
{
    for (CurvePlot* plot : m_plots)
        plot->fit();
}

void PlotsPanel::exportCsv(const QString& path)
{
    exportColumns(path, {});
}

void PlotsPanel::exportColumns(const QString& path, const std::vector<std::size_t>& columns)
{
    if (m_store && m_store->rowCount() > 0)
        m_exporter->start(path, *m_store, columns, m_markers);
    else
        Q_EMIT problem(tr("There are no values to save yet."));
}

bool PlotsPanel::isExporting() const
{
    return m_exporter->isRunning();
}

void PlotsPanel::setSaveDialog(const SaveDialog& dialog)
{
    m_saveDialog = dialog;
    for (CurvePlot* plot : m_plots)
        plot->setSaveDialog(dialog);
}

void PlotsPanel::askExport()
{
    const Result<QString> path =
        chooseFile(this, m_saveDialog, tr("Export all values"), QStringLiteral("metrics"), SaveFormat::Csv);
    if (!path)
        Q_EMIT problem(QString::fromStdString(path.error().sentence()));
    else if (!path->isEmpty())
        exportCsv(*path);
}

} // namespace saddle
