// SPDX-License-Identifier: GPL-3.0-or-later
// SamplesPanel: its parts and how they look.
#include "ui/models/run_timeline.h"
#include "ui/panels/grid_export.h"
#include "ui/panels/samples_panel.h"
#include "ui/panels/time_bar.h"
#include "ui/plots/plane_view.h"
#include "ui/plots/plot_types.h"
#include "ui/plots/tool_row_layout.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/progress_row.h"
#include "ui/widgets/tag.h"
#include "ui/widgets/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalBlocker>
#include <QStackedWidget>

#include <algorithm>

namespace saddle {
namespace {

constexpr int margin = 8;
constexpr int progressSteps = 1000;

void colourText(QWidget* widget, const QColor& colour)
{
    QPalette own; // this role alone; the others stay the application's
    own.setColor(QPalette::WindowText, colour);
    widget->setPalette(own);
}

} // namespace

SamplesPanel::SamplesPanel(RunTimeline* timeline, QWidget* parent)
    : QWidget(parent)
    , m_timeline(timeline)
    , m_banner(new Banner(this))
    , m_exporter(new GridExport(this))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(makeHeader());
    layout->addWidget(m_banner);
    layout->addWidget(makeCentre(), 1);
    layout->addWidget(makeExportRow());
    m_time = new TimeBar(timeline);
    layout->addWidget(m_time);

    connect(m_exporter, &GridExport::finished, this, &SamplesPanel::exportEnded);
    follow();
    updateColours();
    present();
}

SamplesPanel::~SamplesPanel() = default;

QWidget* SamplesPanel::makeHeader()
{
    auto* header = new QWidget;
    auto* row = new ToolRowLayout(header);
    row->setContentsMargins(margin, 5, margin, 5);

    auto* words = new QWidget;
    words->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    auto* wordsRow = new QHBoxLayout(words);
    wordsRow->setContentsMargins(0, 0, 0, 0);
    wordsRow->setSpacing(6);
    m_title = new QLabel;
    m_title->setObjectName(QStringLiteral("sampleTitle"));
    QFont bold = m_title->font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_average = new Tag(this);
    m_average->setObjectName(QStringLiteral("sampleAverage"));
    m_average->setText(tr("EMA"));
    m_average->setToolTip(tr("Made with the moving average of the generator's weights"));
    m_state = new Tag(this);
    m_state->setObjectName(QStringLiteral("sampleState"));
    wordsRow->addWidget(m_title);
    wordsRow->addWidget(m_average);
    wordsRow->addWidget(m_state);
    wordsRow->addStretch(1);
    row->addWidget(words);

    auto* tools = new QWidget;
    auto* toolsRow = new QHBoxLayout(tools);
    toolsRow->setContentsMargins(0, 0, 0, 0);
    toolsRow->setSpacing(margin);
    m_showReal = new QCheckBox(tr("&Real images beside"));
    m_showReal->setObjectName(QStringLiteral("showReal"));
    m_zoom = new QComboBox;
    m_zoom->setObjectName(QStringLiteral("sampleZoom"));
    m_zoom->setAccessibleName(tr("Zoom"));
    m_zoom->setToolTip(tr("Screen pixels for each pixel of the picture (Ctrl+wheel, +, \u2212; 0 fits)"));
    m_zoom->addItem(tr("Fit"), 0);
    for (const int zoom : {1, 2, 3, 4, 6, 8})
        m_zoom->addItem(tr("%1\u00d7").arg(zoom), zoom);
    m_export = new QPushButton(tr("&Export"));
    m_export->setObjectName(QStringLiteral("sampleExport"));
    auto* menu = new QMenu(m_export);
    m_exportGrid = menu->addAction(tr("&Save this grid as PNG\u2026"), this, &SamplesPanel::askExport);
    m_exportGrid->setObjectName(QStringLiteral("exportGrid"));
    m_exportAll = menu->addAction(tr("Save &all kept grids\u2026"), this, &SamplesPanel::askExportAll);
    m_exportAll->setObjectName(QStringLiteral("exportAllGrids"));
    menu->setToolTipsVisible(true);
    m_export->setMenu(menu);
    toolsRow->addWidget(m_showReal);
    toolsRow->addWidget(m_zoom);
    toolsRow->addWidget(m_export);
    row->addWidget(tools);

    connect(m_showReal, &QCheckBox::toggled, this, &SamplesPanel::updateCaptions);
    connect(m_zoom, &QComboBox::currentIndexChanged, this,
        [this](int index) { m_view->setZoom(m_zoom->itemData(index).toInt()); });
    return header;
}

QWidget* SamplesPanel::makeSide(ImageView*& view, const char* name, QLabel*& caption)
{
    auto* side = new QWidget;
    auto* column = new QVBoxLayout(side);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    caption = new QLabel;
    caption->setAlignment(Qt::AlignCenter);
    caption->setContentsMargins(margin, 2, margin, 5);
    view = new ImageView;
    view->setObjectName(QLatin1String(name));
    column->addWidget(caption);
    column->addWidget(view, 1);
    connect(view, &ImageView::problem, this, &SamplesPanel::report);
    return side;
}

QWidget* SamplesPanel::makeCentre()
{
    m_grids = new QWidget;
    auto* row = new QHBoxLayout(m_grids);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(2);
    row->addWidget(makeSide(m_view, "sampleView", m_caption), 1);
    m_realSide = makeSide(m_realView, "realView", m_realCaption);
    row->addWidget(m_realSide, 1);
    m_realView->setAccessibleName(tr("Real images"));
    linkViews(m_view, m_realView);
    linkViews(m_realView, m_view);

    m_plane = new PlaneView;
    m_plane->setObjectName(QStringLiteral("planeView"));
    connect(m_plane, &PlaneView::problem, this, &SamplesPanel::report);

    m_waiting = new QWidget;
    m_waiting->setObjectName(QStringLiteral("sampleWaiting"));
    m_waiting->setAutoFillBackground(true);
    auto* column = new QVBoxLayout(m_waiting);
    column->setContentsMargins(24, 24, 24, 24);
    column->setSpacing(10);
    m_waitingText = new QLabel;
    m_waitingText->setObjectName(QStringLiteral("sampleWaitingText"));
    m_waitingText->setAlignment(Qt::AlignCenter);
    m_waitingText->setWordWrap(true);
    m_waitingBar = new QProgressBar;
    m_waitingBar->setObjectName(QStringLiteral("sampleWaitingBar"));
    m_waitingBar->setFixedSize(240, 6);
    m_waitingBar->setTextVisible(false);
    column->addStretch(1);
    column->addWidget(m_waitingText);
    column->addWidget(m_waitingBar, 0, Qt::AlignHCenter);
    column->addStretch(1);

    m_centre = new QStackedWidget;
    for (QWidget* page : {m_waiting, m_grids, static_cast<QWidget*>(m_plane)})
        m_centre->addWidget(page);
    return m_centre;
}

void SamplesPanel::linkViews(ImageView* from, ImageView* to)
{
    connect(from, &ImageView::zoomChanged, this, [this, to](int zoom) {
        const QSignalBlocker quiet(to);
        to->setZoom(zoom);
        updateZoom(zoom);
    });
    connect(from, &ImageView::centreChanged, to, &ImageView::setCentre);
}

ProgressRow* SamplesPanel::makeExportRow()
{
    m_exportRow = new ProgressRow(QStringLiteral("export"), tr("Saving grids"));
    connect(m_exportRow, &ProgressRow::cancelled, m_exporter, &GridExport::cancel);
    connect(m_exporter, &GridExport::progress, m_exportRow, &ProgressRow::show);
    return m_exportRow;
}

void SamplesPanel::showNothing()
{
    m_shown = Shown::Nothing;
    m_shownFile.clear();
    m_view->clear();
    const bool loading = !m_loading.isEmpty();
    m_waitingText->setText(
        loading ? m_loading : tr("The pictures of an experiment appear here.\nChoose a preset or open a run."));
    m_waitingBar->setVisible(loading && m_fraction <= 1);
    m_waitingBar->setRange(0, m_fraction < 0 ? 0 : progressSteps);
    m_waitingBar->setValue(static_cast<int>(std::clamp(m_fraction, 0.0, 1.0) * progressSteps));
    m_centre->setCurrentWidget(m_waiting);
    updateHeader();
}

void SamplesPanel::updateHeader()
{
    const bool live = m_shown == Shown::Live;
    const bool kept = m_shown == Shown::KeptGrid || m_shown == Shown::Unreadable;
    QString title = tr("Samples");
    if (live || kept)
        title = tr("Samples at step %1").arg(xText(static_cast<double>(m_shownStep), XAxis::Step));
    else if (m_shown == Shown::Real)
        title = m_real->isPoints() ? tr("Real points: nothing is trained yet") : tr("Real images");
    m_title->setText(title);
    m_average->setVisible(live && m_live->ema);
    m_state->setVisible(live || kept);
    m_state->setText(live ? tr("live") : tr("kept"));
    m_state->setToolTip(
        live ? tr("The newest samples, as training goes on") : tr("A grid that was kept in the run's folder"));
    m_state->setTint(
        live ? theme::roleColour(QStringLiteral("discriminator"), palette()) : theme::roleColour(QString(), palette()));
    m_view->setAccessibleName(title);
    m_plane->setAccessibleName(title);

    const bool points = holdsPoints();
    m_showReal->setVisible(!points);
    m_zoom->setVisible(!points);
    m_showReal->setEnabled((live || kept) && m_real && !m_real->isPoints());
    m_showReal->setToolTip(m_shown == Shown::Real ? tr("Real images are all there is to see yet")
            : m_showReal->isEnabled()             ? tr("Shows as many real images next to the generated ones")
                                                  : tr("The real images are not loaded"));
    m_zoom->setEnabled(m_shown != Shown::Nothing);
    m_exportGrid->setEnabled(live || m_shown == Shown::KeptGrid || m_shown == Shown::Real);
    const bool anyKept = m_timeline->count(RunTimeline::Stop::Grid) > 0;
    m_exportAll->setEnabled(anyKept && !m_exporter->isRunning());
    m_exportAll->setToolTip(!anyKept ? tr("No grid has been kept yet") : QString());
    m_export->setEnabled(m_exportGrid->isEnabled() || m_exportAll->isEnabled());
}

void SamplesPanel::updateCaptions()
{
    const bool beside = m_showReal->isChecked() && m_showReal->isEnabled();
    m_realSide->setVisible(beside);
    m_caption->setVisible(beside || m_shown == Shown::Real);
    m_caption->setText(m_shown == Shown::Real ? tr("Real: nothing is trained yet") : tr("Generated"));
    m_realCaption->setText(tr("Real"));
    updateColours();
}

void SamplesPanel::updateZoom(int zoom)
{
    const QSignalBlocker quiet(m_zoom);
    if (m_zoom->findData(zoom) < 0)
        m_zoom->addItem(tr("%1\u00d7").arg(zoom), zoom);
    m_zoom->setCurrentIndex(m_zoom->findData(zoom));
}

void SamplesPanel::updateColours()
{
    const QPalette colours = palette();
    const QColor real = theme::roleColour(QStringLiteral("real"), colours);
    const QColor generated = theme::roleColour(QStringLiteral("generator"), colours);
    colourText(m_caption, m_shown == Shown::Real ? real : generated);
    colourText(m_realCaption, real);
    m_average->setTint(generated);
    m_state->setTint(theme::roleColour(m_shown == Shown::Live ? QStringLiteral("discriminator") : QString(), colours));
    QPalette ground;
    ground.setColor(QPalette::Window, pictureGround(colours));
    m_waiting->setPalette(ground);
    colourText(m_waitingText, colours.color(QPalette::PlaceholderText));
}

void SamplesPanel::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange && m_time)
        updateColours();
    QWidget::changeEvent(event);
}

} // namespace saddle
