// SPDX-License-Identifier: GPL-3.0-or-later
// LatentPanel: what it is made of.
#include "ui/lab/canvas_panel.h"
#include "ui/lab/copying_pane.h"
#include "ui/lab/directions_pane.h"
#include "ui/lab/generator_export.h"
#include "ui/lab/generator_opener.h"
#include "ui/lab/latent_document.h"
#include "ui/lab/latent_panel.h"
#include "ui/lab/latent_sliders.h"
#include "ui/lab/map_panel.h"
#include "ui/lab/opinion_line.h"
#include "ui/lab/own_image_pane.h"
#include "ui/lab/path_strip.h"
#include "ui/lab/run_follower.h"
#include "ui/models/run_timeline.h"
#include "ui/panels/time_bar.h"
#include "ui/plots/plane_view.h"
#include "ui/plots/tool_row_layout.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/eliding_combo.h"
#include "ui/widgets/glyphs.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/progress_row.h"
#include "ui/workbench.h"

#include <QDoubleSpinBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QToolButton>
#include <QUndoStack>
#include <QVBoxLayout>

#include <limits>

namespace saddle {

namespace {

constexpr int margin = 8;
constexpr int gap = 6;
constexpr int slidersWidth = 320;
constexpr int pictureWidth = 600;
constexpr int toolsWidth = 340;
constexpr int longestNames = 180;

} // namespace

LatentPanel::LatentPanel(
    Workbench* workbench, RunTimeline* timeline, LatentTools tools, LatentDialogs dialogs, QWidget* parent)
    : QWidget(parent)
    , m_workbench(workbench)
    , m_timeline(timeline)
    , m_dialogs(std::move(dialogs))
    , m_lab(new Lab(workbench->document()->catalog(), std::move(tools), this))
    , m_follower(new RunFollower(workbench, m_lab, this))
    , m_document(new LatentDocument(this))
    , m_opener(new GeneratorOpener(m_lab, m_follower, m_dialogs.generator, m_dialogs.saveFile, this))
    , m_exporter(new GeneratorExport(m_lab, this))
    , m_banner(new Banner(this))
    , m_exporting(new ProgressRow(QStringLiteral("latentExport"), tr("Exporting")))
    , m_source(new ElidingCombo)
    , m_weights(new ElidingCombo)
    , m_open(pushButton("latentOpen", tr("Open…"), tr("A checkpoint of another run, or a generator's file")))
    , m_export(pushButton("latentExport", tr("Export…"), {}))
    , m_layers(pushButton("latentLayers", tr("Layers…"), {}))
    , m_about(new QLabel)
    , m_splitter(new QSplitter(Qt::Horizontal))
    , m_sliders(new LatentSliders(m_lab, m_document))
    , m_steering(new QTabWidget)
    , m_centre(new QTabWidget)
    , m_canvas(new CanvasPanel(m_lab, m_dialogs.saveFile))
    , m_stack(new QStackedWidget)
    , m_view(new ImageView)
    , m_plane(new PlaneView)
    , m_seed(new QSpinBox)
    , m_seedBack(flatButton("latentSeedBack", tr("The seed before")))
    , m_seedForward(flatButton("latentSeedForward", tr("The next seed")))
    , m_random(flatButton("latentRandom", tr("Another seed by chance; locked numbers stay")))
    , m_truncation(new QDoubleSpinBox)
    , m_labelName(new QLabel(tr("&Class")))
    , m_label(new ElidingCombo)
    , m_undo(flatButton("latentUndo"))
    , m_redo(flatButton("latentRedo"))
    , m_reset(flatButton("latentReset", tr("All numbers back to what the seed drew")))
    , m_copy(pushButton("latentCopy", tr("Copy"), tr("Copy the latent as text")))
    , m_paste(pushButton("latentPaste", tr("Paste"), tr("Paste a latent: numbers with commas between them")))
    , m_save(pushButton("latentSave", tr("Save…"), tr("Save the picture as PNG, and its latent beside it as CSV")))
    , m_tools(new QTabWidget)
    , m_path(new PathStrip(m_lab, m_document, {m_dialogs.openFile, m_dialogs.saveFile}))
    , m_time(new TimeBar(timeline))
{
    setObjectName(QStringLiteral("latentPanel"));
    m_banner->setObjectName(QStringLiteral("latentBanner"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    // How wide the parts are depends on the room there is, not the other way round.
    column->setSizeConstraint(QLayout::SetNoConstraint);
    makeSource(column);
    column->addWidget(m_banner);
    column->addWidget(m_exporting);
    m_steering->setObjectName(QStringLiteral("latentSteering"));
    m_steering->setDocumentMode(true);
    m_steering->addTab(m_sliders, tr("Sliders"));
    auto* directions = new DirectionsPane(m_lab, m_document);
    connect(this, &LatentPanel::pictureChanged, directions, [this, directions] { directions->setPicture(m_shown); });
    m_steering->addTab(directions, tr("Directions"));
    m_tools->setObjectName(QStringLiteral("latentTools"));
    m_tools->setDocumentMode(true);
    m_splitter->setObjectName(QStringLiteral("latentSplitter"));
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(m_steering);
    m_centre->setObjectName(QStringLiteral("latentCentre"));
    m_centre->setDocumentMode(true);
    m_centre->addTab(makePicture(), tr("Picture"));
    connect(m_canvas, &CanvasPanel::saved, this, &LatentPanel::saved);
    m_centre->addTab(m_canvas, tr("Canvas"));
    m_splitter->addWidget(m_centre);
    m_tools->addTab(new MapPanel(m_lab, m_document), tr("Map"));
    m_tools->addTab(new OwnImagePane(m_lab, m_document, m_dialogs.openFile), tr("Your own"));
    auto* copying = new CopyingPane(m_lab, [this] { return realData(); });
    connect(this, &LatentPanel::pictureChanged, copying, [this, copying] { copying->setPicture(m_shown); });
    m_tools->addTab(copying, tr("Copying?"));
    m_splitter->addWidget(m_tools);
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setSizes({slidersWidth, pictureWidth, toolsWidth});
    column->addWidget(m_splitter, 1);
    column->addWidget(m_path);
    column->addWidget(m_time);
    connectAll();
    updateIcons();
    fillSources();
    updateButtons();
}

LatentPanel::~LatentPanel()
{
    // The document goes with its children, and its stack tells of being emptied.
    disconnect(m_document->undoStack(), nullptr, this, nullptr);
}

void LatentPanel::makeSource(QVBoxLayout* column)
{
    m_source->setObjectName(QStringLiteral("latentSource"));
    m_source->setToolTip(tr("The generator that is explored"));
    m_source->setAccessibleName(tr("Generator"));
    m_weights->setObjectName(QStringLiteral("latentWeights"));
    m_weights->setToolTip(tr("Which of its weights: as the run's own samples show, averaged, or as they are trained"));
    m_weights->setAccessibleName(tr("Weights"));
    m_weights->addItem(tr("As the samples"), static_cast<int>(Weights::Best));
    m_weights->addItem(tr("Averaged"), static_cast<int>(Weights::Averaged));
    m_weights->addItem(tr("Plain"), static_cast<int>(Weights::Plain));
    m_weights->fitList();
    m_weights->setMinimumWidth(m_weights->wholeWidth());
    m_about->setObjectName(QStringLiteral("latentAbout"));
    m_about->setForegroundRole(QPalette::PlaceholderText);
    m_about->setMinimumWidth(0);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(margin, gap, margin, gap);
    row->setSpacing(gap);
    m_source->setMinimumWidth(slidersWidth - 2 * margin);
    row->addWidget(m_source);
    row->addWidget(m_weights);
    row->addWidget(m_open);
    row->addWidget(m_export);
    row->addWidget(m_layers);
    row->addSpacing(margin);
    row->addWidget(m_about, 1);
    column->addLayout(row);
}

QWidget* LatentPanel::makePicture()
{
    auto* centre = new QWidget;
    auto* column = new QVBoxLayout(centre);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    m_stack->setObjectName(QStringLiteral("latentStack"));
    m_view->setObjectName(QStringLiteral("latentView"));
    m_view->setAccessibleName(tr("Picture of the latent"));
    m_view->setSaveDialog(m_dialogs.saveFile);
    m_view->setNote(tr("What a generator makes of the latent appears here.\nTrain one, or open one."));
    m_plane->setObjectName(QStringLiteral("latentPlane"));
    m_plane->setSaveDialog(m_dialogs.saveFile);
    m_stack->addWidget(m_view);
    m_stack->addWidget(m_plane);
    column->addWidget(m_stack, 1);
    auto* opinion = new OpinionLine(m_lab);
    connect(this, &LatentPanel::pictureChanged, opinion, [this, opinion] { opinion->setPicture(m_shown); });
    column->addWidget(opinion);
    column->addLayout(makeSeedRow());
    column->addLayout(makeEditRow());
    return centre;
}

QLayout* LatentPanel::makeSeedRow()
{
    m_seed->setObjectName(QStringLiteral("latentSeed"));
    m_seed->setRange(0, std::numeric_limits<int>::max());
    m_seed->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_seed->setKeyboardTracking(false);
    m_seed->setAccelerated(true);
    m_seed->setToolTip(tr("Draws the latent; the same seed gives the same one (Up, Down)"));
    m_random->setAutoRaise(false);
    m_random->setText(tr("Rando&m"));
    m_random->setPopupMode(QToolButton::MenuButtonPopup);
    auto* menu = new QMenu(m_random);
    connect(menu->addAction(tr("Locked numbers stay")), &QAction::triggered, this, [this] { randomise(false); });
    connect(menu->addAction(tr("All numbers")), &QAction::triggered, this, [this] { randomise(true); });
    m_random->setMenu(menu);
    m_truncation->setObjectName(QStringLiteral("latentTruncation"));
    m_truncation->setDecimals(2);
    m_truncation->setSingleStep(0.1);
    m_truncation->setSpecialValueText(tr("off"));
    m_truncation->setKeyboardTracking(false);
    m_truncation->setToolTip(
        tr("Truncation: what seeds draw keeps this near to the middle, for more typical and less varied pictures"));
    m_label->setObjectName(QStringLiteral("latentLabel"));
    m_label->setMaximumWidth(longestNames);
    m_labelName->setBuddy(m_label);
    auto* row = new ToolRowLayout; // wraps where the tab is narrow
    row->setContentsMargins(margin, margin, margin, 0);
    row->setSpacing(gap);
    auto* seedName = new QLabel(tr("&Seed"));
    seedName->setBuddy(m_seed);
    auto* truncationName = new QLabel(tr("&Truncation"));
    truncationName->setBuddy(m_truncation);
    row->addWidget(together({seedName, m_seedBack, m_seed, m_seedForward, m_random}));
    row->addWidget(together({truncationName, m_truncation}));
    row->addWidget(together({m_labelName, m_label}));
    m_label->hide();
    m_labelName->hide();
    return row;
}

QLayout* LatentPanel::makeEditRow()
{
    auto* row = new ToolRowLayout;
    row->setContentsMargins(margin, gap, margin, margin);
    row->setSpacing(gap);
    for (QToolButton* button : {m_undo, m_redo, m_reset})
        row->addWidget(button);
    row->addWidget(m_copy);
    row->addWidget(m_paste);
    row->addWidget(m_save);
    return row;
}

void LatentPanel::connectAll()
{
    connect(m_timeline, &RunTimeline::moved, this, &LatentPanel::showTime);
    connect(m_source, &QComboBox::activated, this, &LatentPanel::chooseSource);
    connect(m_weights, &QComboBox::currentIndexChanged, this, [this] {
        m_follower->setWeights(static_cast<Weights>(m_weights->currentData().toInt()));
        if (!m_opened.empty())
            m_lab->open(m_opened, m_follower->weights());
    });
    auto* menu = new QMenu(m_open);
    menu->addAction(tr("&Run or checkpoint…"), this,
            [this] {
                const QString folder = m_dialogs.openFolder(this, tr("Open a run or a checkpoint"));
                if (!folder.isEmpty())
                    open(folder);
            })
        ->setObjectName(QStringLiteral("latentOpenRun"));
    menu->addAction(tr("Generator’s &file…"), this, &LatentPanel::askForFile)
        ->setObjectName(QStringLiteral("latentOpenFile"));
    m_open->setMenu(menu);
    connect(m_export, &QPushButton::clicked, this, &LatentPanel::askForExport);
    connect(m_layers, &QPushButton::clicked, m_opener, &GeneratorOpener::editLayers);
    connect(m_opener, &GeneratorOpener::opened, this, &LatentPanel::onOpenedByName);
    connect(m_opener, &GeneratorOpener::refused, this, [this](const QString& why) {
        refuse(why);
        fillSources();
    });
    connect(m_opener, &GeneratorOpener::saved, this, &LatentPanel::saved);
    connect(m_banner, &Banner::actionTriggered, m_opener, &GeneratorOpener::takeOffer);
    connect(m_exporter, &GeneratorExport::busyChanged, this, &LatentPanel::updateButtons);
    connect(m_exporter, &GeneratorExport::busyChanged, this, [this] {
        m_exporting->hide();
        if (m_exporter->isBusy())
            m_exporting->showPart(-1, tr("Exporting"));
    });
    connect(m_exporting, &ProgressRow::cancelled, this, [this] {
        m_exporting->showPart(-1, tr("Ending the export"));
        m_exporter->cancel();
    });
    connect(m_exporter, &GeneratorExport::saved, this, &LatentPanel::saved);
    connect(m_exporter, &GeneratorExport::failed, this, &LatentPanel::refuse);
    connect(m_lab, &Lab::opened, this, &LatentPanel::onOpened);
    connect(m_lab, &Lab::refreshed, this, &LatentPanel::onRefreshed);
    connect(m_lab, &Lab::failed, this, [this](const QString& why) {
        refuse(why);
        m_told = Told::RefusalOfRun;
    });
    connect(m_document, &LatentDocument::changed, this, [this] {
        const QSignalBlocker quiet(m_label);
        if (m_label->count() > 0)
            m_label->setCurrentIndex(static_cast<int>(m_document->state().label));
        const QSignalBlocker silent(m_seed);
        m_seed->setValue(static_cast<int>(m_document->state().seed));
        requestPicture(m_document->latents());
    });
    connect(m_document->undoStack(), &QUndoStack::indexChanged, this, &LatentPanel::updateButtons);
    connect(m_seed, &QSpinBox::valueChanged, this, &LatentPanel::draw);
    connect(m_seedBack, &QToolButton::clicked, m_seed, &QSpinBox::stepDown);
    connect(m_seedForward, &QToolButton::clicked, m_seed, &QSpinBox::stepUp);
    connect(m_random, &QToolButton::clicked, this, [this] { randomise(false); });
    connect(m_truncation, &QDoubleSpinBox::valueChanged, this, &LatentPanel::draw);
    connect(m_label, &QComboBox::currentIndexChanged, m_document, &LatentDocument::setLabel);
    connect(m_undo, &QToolButton::clicked, m_document->undoStack(), &QUndoStack::undo);
    connect(m_redo, &QToolButton::clicked, m_document->undoStack(), &QUndoStack::redo);
    connect(m_reset, &QToolButton::clicked, m_document, &LatentDocument::resetAll);
    connect(m_copy, &QPushButton::clicked, this, &LatentPanel::copyLatent);
    connect(m_paste, &QPushButton::clicked, this, &LatentPanel::pasteLatent);
    connect(m_save, &QPushButton::clicked, this, &LatentPanel::save);
    connect(m_view, &ImageView::problem, this, &LatentPanel::refuse);
    connect(m_plane, &PlaneView::problem, this, &LatentPanel::refuse);
    connect(m_path, &PathStrip::preview, this, &LatentPanel::requestPicture);
    connect(m_path, &PathStrip::problem, this, &LatentPanel::refuse);
    connect(m_path, &PathStrip::saved, this, &LatentPanel::saved);
    connect(this, &LatentPanel::pictureChanged, this, &LatentPanel::updateButtons);
    Bridge* bridge = m_workbench->bridge();
    connect(bridge, &Bridge::opened, this, [this] {
        m_told = Told::Nothing;
        fillSources();
    });
    connect(m_banner, &Banner::dismissed, this, [this] { m_told = Told::Nothing; });
    connect(bridge, &Bridge::realSamplesChanged, this,
        [this](const std::shared_ptr<const Samples>& real) { m_realPoints = real; });
    connect(m_workbench, &Workbench::eventHappened, this, [this](const RunEvent& event) {
        if (event.kind == "checkpoint")
            fillSources();
    });
}

void LatentPanel::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        updateIcons();
}

void LatentPanel::updateIcons()
{
    m_seedBack->setIcon(glyphIcon(Glyph::Back, palette()));
    m_seedForward->setIcon(glyphIcon(Glyph::Forward, palette()));
    m_undo->setIcon(glyphIcon(Glyph::Undo, palette()));
    m_redo->setIcon(glyphIcon(Glyph::Redo, palette()));
    m_reset->setIcon(glyphIcon(Glyph::Restart, palette()));
}

} // namespace saddle
