// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window.h"

#include "core/base/json_values.h"
#include "core/latent/file_kind.h"
#include "ui/bridge/run_export.h"
#include "ui/lab/latent_panel.h"
#include "ui/models/run_series.h"
#include "ui/models/run_timeline.h"
#include "ui/panels/checkpoint_room.h"
#include "ui/panels/diagnosis_note.h"
#include "ui/panels/experiment_panel.h"
#include "ui/panels/networks_panel.h"
#include "ui/panels/queue_panel.h"
#include "ui/panels/runs_panel.h"
#include "ui/panels/samples_panel.h"
#include "ui/panels/study_panel.h"
#include "ui/panels/transport_bar.h"
#include "ui/plots/plots_panel.h"
#include "ui/queue_player.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/glyphs.h"
#include "ui/widgets/number_text.h"
#include "ui/widgets/progress_row.h"

#include <QCloseEvent>
#include <QCursor>
#include <QDir>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QLabel>
#include <QMenu>
#include <QMimeData>
#include <QSettings>
#include <QStatusBar>
#include <QTabWidget>
#include <QTimer>
#include <QToolBar>
#include <QUndoGroup>
#include <QUndoStack>
#include <QVBoxLayout>

#include <algorithm>

namespace saddle {

namespace {

constexpr int layoutVersion = 1;
constexpr int experimentWidth = 330;
constexpr int leastPlotsWidth = 310;
constexpr int mostPlotsWidth = 620;

/// By its content; by its name where that says nothing, so that one that is broken is told of as what it should be.
bool isGeneratorFile(const QString& path)
{
    const QStringList endings{QStringLiteral("safetensors"), QStringLiteral("onnx"), QStringLiteral("pt"),
        QStringLiteral("pth"), QStringLiteral("ckpt")};
    const Result<FileKind> kind = fileKind(path.toStdString());
    return (kind && *kind != FileKind::Other) || endings.contains(QFileInfo(path).suffix().toLower());
}

} // namespace

MainWindow::MainWindow(Workbench* workbench, WindowDialogs dialogs, QWidget* parent)
    : QMainWindow(parent)
    , m_workbench(workbench)
    , m_dialogs(std::move(dialogs))
{
    setObjectName(QStringLiteral("mainWindow"));
    setWindowIcon(applicationIcon());
    setAcceptDrops(true);
    setDockNestingEnabled(true);
    makePanels();
    makeDocks();
    makeMenus();
    connectPanels();
    connectTimeline();
    connectQueue();
    // Else the first button of the transport bar had the focus, and Space would be its.
    setFocus();
    resize(1280, 800);
    restoreLayoutOfLastTime();
    onRunChanged();
    offerToGoOnWithQueue();
}

MainWindow::~MainWindow()
{
    // The store and the session outlive the panels that look at them.
    m_plots->setStore(nullptr);
    disconnect(m_workbench, nullptr, this, nullptr);
    disconnect(m_workbench->bridge(), nullptr, this, nullptr);
    disconnect(m_workbench->document(), nullptr, this, nullptr);
}

void MainWindow::makePanels()
{
    m_transport = new TransportBar(this);
    auto* bar = new QToolBar(tr("Transport"), this);
    bar->setObjectName(QStringLiteral("transportToolBar"));
    bar->setMovable(false);
    bar->setFloatable(false);
    bar->toggleViewAction()->setVisible(false);
    bar->addWidget(m_transport);
    addToolBar(Qt::TopToolBarArea, bar);

    auto* train = new QWidget(this);
    auto* column = new QVBoxLayout(train);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    m_banner = new Banner(train);
    m_banner->setObjectName(QStringLiteral("trainBanner"));
    m_timeline = new RunTimeline(this);
    m_samples = new SamplesPanel(m_timeline, train);
    m_diagnosis = new DiagnosisNote(train);
    m_queueNote = new Banner(train);
    m_queueNote->setObjectName(QStringLiteral("queueNote"));
    column->addWidget(m_queueNote);
    column->addWidget(m_banner);
    column->addWidget(m_diagnosis);
    column->addWidget(m_samples, 1);

    m_networks = new NetworksPanel(m_workbench->document(), this);
    m_tabs = new QTabWidget(this);
    m_tabs->setObjectName(QStringLiteral("tabs"));
    m_tabs->setDocumentMode(true);
    m_tabs->addTab(train, tr("Train"));
    m_tabs->addTab(m_networks, tr("Networks"));
    m_latent = new LatentPanel(m_workbench, m_timeline, m_workbench->latentTools(),
        {m_dialogs.openFile, m_dialogs.openFolder, m_dialogs.saveFile, m_dialogs.generator}, this);
    m_tabs->addTab(m_latent, tr("Latent"));
    m_runs = new RunsPanel(
        m_workbench->document()->catalog(), {m_dialogs.openFolder, m_dialogs.showFile, m_dialogs.moveToTrash}, this);
    m_runs->setRunsFolder(m_workbench->runsFolder());
    m_tabs->addTab(m_runs, tr("Runs"));
    m_studies = new StudyPanel(
        m_workbench->studyBridge(), {m_dialogs.openFile, m_dialogs.openFolder, m_dialogs.showFile}, this);
    m_tabs->addTab(m_studies, tr("Study"));
    m_queuePlayer = new QueuePlayer(m_workbench, m_workbench->queueFile(), this);
    m_queue = new QueuePanel(m_workbench, m_queuePlayer, this);
    m_tabs->addTab(m_queue, tr("Queue"));
    setCentralWidget(m_tabs);

    m_statusData = new QLabel(this);
    m_statusRun = new QLabel(this);
    m_statusData->setObjectName(QStringLiteral("statusData"));
    m_statusRun->setObjectName(QStringLiteral("statusRun"));
    m_statusRun->setTextInteractionFlags(Qt::TextSelectableByMouse);
    statusBar()->addWidget(m_statusData);
    m_checkpointRoom = new CheckpointRoom(this);
    statusBar()->addPermanentWidget(m_checkpointRoom);
    statusBar()->addPermanentWidget(m_statusRun);
}

void MainWindow::makeDocks()
{
    m_experiment = new ExperimentPanel(m_workbench->document(), this);
    m_plots = new PlotsPanel(this);
    m_plots->setObjectName(QStringLiteral("plotsPanel"));
    m_plots->setStore(&m_workbench->series());
    const auto dock = [this](const char* name, const QString& title, QWidget* content, Qt::DockWidgetArea area) {
        auto* made = new QDockWidget(title, this);
        made->setObjectName(QLatin1String(name));
        made->setWidget(content);
        addDockWidget(area, made);
        return made;
    };
    m_experimentDock = dock("experimentDock", tr("Experiment"), m_experiment, Qt::LeftDockWidgetArea);
    m_plotsDock = dock("plotsDock", tr("Curves"), m_plots, Qt::RightDockWidgetArea);
}

void MainWindow::connectPanels()
{
    connect(m_transport, &TransportBar::playRequested, m_workbench, &Workbench::togglePlay);
    connect(m_transport, &TransportBar::pauseRequested, m_workbench, &Workbench::togglePlay);
    connect(m_transport, &TransportBar::stepRequested, m_workbench, &Workbench::step);
    connect(m_transport, &TransportBar::stopRequested, m_workbench, &Workbench::stop);
    connect(m_transport, &TransportBar::resetRequested, m_workbench, &Workbench::restart);
    connect(m_transport, &TransportBar::noiseChanged, m_workbench, &Workbench::setNoise);
    connect(m_transport, &TransportBar::noiseReleased, m_workbench, &Workbench::releaseNoise);

    connect(m_experiment, &ExperimentPanel::presetChosen, this, &MainWindow::open);
    connect(m_experiment, &ExperimentPanel::restartRequested, m_workbench, &Workbench::restart);
    connect(m_experiment, &ExperimentPanel::dataCheckRequested, m_workbench, &Workbench::restart);
    connect(m_experiment, &ExperimentPanel::editNetworkRequested, this, [this](const QString& role) {
        m_tabs->setCurrentWidget(m_networks);
        m_networks->showRole(role);
    });
    connect(m_tabs, &QTabWidget::currentChanged, this, &MainWindow::onTabChanged);
    connect(m_latent, &LatentPanel::saved, this, &MainWindow::sayWhatWasSaved);
    m_samples->setSaveDialog(m_dialogs.saveFile);
    m_samples->setFolderDialog(m_dialogs.openFolder);
    m_plots->setSaveDialog(m_dialogs.saveFile);
    connect(m_samples, &SamplesPanel::saved, this, &MainWindow::sayWhatWasSaved);
    connect(m_plots, &PlotsPanel::saved, this, &MainWindow::sayWhatWasSaved);
    connect(m_plots, &PlotsPanel::problem, this, &MainWindow::report);

    connect(m_workbench, &Workbench::runChanged, this, &MainWindow::onRunChanged);
    connect(m_workbench, &Workbench::rowsAppended, this, &MainWindow::onRows);
    connect(m_workbench, &Workbench::eventHappened, this, &MainWindow::onEvent);
    connect(m_workbench, &Workbench::waitingEditsChanged, this, &MainWindow::showWaitingEdits);
    connect(m_workbench, &Workbench::problem, this, &MainWindow::report);
    connect(m_runs, &RunsPanel::openRequested, this, &MainWindow::openListedRun);
    connect(m_runs, &RunsPanel::compareRequested, this, &MainWindow::compareRuns);
    connectExport();
    connect(m_runs, &RunsPanel::runsFolderChosen, this, [this](const QString& folder) {
        m_workbench->setRunsFolder(folder.toStdString());
        QSettings().setValue(QStringLiteral("runsFolder"), folder);
    });
    connect(m_diagnosis, &DiagnosisNote::remedyChosen, m_workbench, &Workbench::apply);
    connect(
        m_diagnosis, &DiagnosisNote::evidenceWanted, this, [this](const QStringList& columns, double from, double to) {
            m_plotsDock->show();
            m_plotsDock->raise();
            m_plots->showCurves(columns, from, to);
        });
    // The study trains on the same cores.
    connect(m_studies, &StudyPanel::aboutToStart, this, [this] {
        if (m_workbench->isRunning())
            m_workbench->togglePlay();
    });
    if (const std::filesystem::path& runs = m_workbench->runsFolder(); !runs.empty())
        m_studies->setStudiesFolder(runs.parent_path() / "studies");
    const auto showData = [this] {
        const Json& section = m_workbench->document()->json()["data"];
        const SourceInfo* source = m_workbench->document()->catalog().sources.find(section["source"]);
        m_studies->setWindowData(section, source ? fromUtf8(source->label) : QString());
    };
    if (m_workbench->document()->json().contains("data"))
        showData();
    connect(m_workbench->document(), &ExperimentDocument::loaded, m_studies, showData);
    connect(m_workbench->document(), &ExperimentDocument::changed, m_studies, [showData](const QString& path) {
        if (path.startsWith(QLatin1String("data.")))
            showData();
    });
    connect(m_workbench->document(), &ExperimentDocument::loaded, this, &MainWindow::updateTitle);
    connect(m_workbench->document(), &ExperimentDocument::changed, this, [this] {
        updateTitle();
        m_transport->showNoise(m_workbench->noiseIsManual(), m_workbench->noiseLevel());
    });
    Bridge* bridge = m_workbench->bridge();
    connect(bridge, &Bridge::stateChanged, this, &MainWindow::onStateChanged);
    connect(bridge, &Bridge::progressChanged, this, &MainWindow::onProgress);
    connect(bridge, &Bridge::samplesChanged, this, [this](const std::shared_ptr<const Samples>& samples) {
        // What an untrained generator makes is grey: until the first step the real images are the better sight.
        if (m_workbench->bridge()->hasTrained())
            m_samples->setSamples(samples);
    });
    connect(bridge, &Bridge::realSamplesChanged, m_samples, &SamplesPanel::setRealSamples);
    connect(m_banner, &Banner::actionTriggered, this, [this] {
        const SessionUpdate& now = m_workbench->bridge()->now();
        if (now.state == SessionState::Watching)
            open(QString::fromStdString(now.runFolder.string()));
        else if (m_offersToy)
            open(QStringLiteral("ring-gan"));
        else
            m_workbench->reopen();
    });
}

bool MainWindow::open(const QString& what)
{
    // A run's checkpoint is as good a name for the run as its folder.
    QString target = what;
    if (QFileInfo(target).isDir() && QFileInfo::exists(target + QStringLiteral("/state.json")))
        target = QDir(target + QStringLiteral("/../..")).canonicalPath();
    const bool run = QFileInfo(target).isDir();
    const Status opened = run ? m_workbench->openRun(target) : m_workbench->openExperiment(target);
    if (!opened) {
        report(QString::fromStdString(opened.error().sentence()));
        return false;
    }
    QSettings().setValue(QStringLiteral("lastOpened"), target);
    return true;
}

void MainWindow::openLast()
{
    const QString last = QSettings().value(QStringLiteral("lastOpened")).toString();
    if (last.isEmpty() || !open(last))
        open(QStringLiteral("fashion-dcgan"));
}

void MainWindow::onRunChanged()
{
    const SessionUpdate& now = m_workbench->bridge()->now();
    if (!now.info || now.state == SessionState::Watching) {
        m_banner->clear();
        m_diagnosis->clearAll();
        m_samples->clear();
    }
    if (now.info)
        m_plots->setGroups(plotGroups(now.info->columns));
    m_plots->clear();
    showLineage();
    m_plots->dataAppended();
    updateTitle();
    onStateChanged();
    onProgress();
}

void MainWindow::onStateChanged()
{
    const SessionUpdate& now = m_workbench->bridge()->now();
    if (now.state == SessionState::Loading) {
        m_samples->setLoading(
            now.loading.empty() ? tr("Loading") : QString::fromStdString(now.loading), now.loadingFraction);
    }
    if (now.fault) {
        const bool failed = now.state == SessionState::Failed;
        // Where data is missing there is one experiment that needs none.
        m_offersToy = failed && !m_workbench->document()->dataHeader();
        const QString action = !failed ? QString()
            : m_offersToy              ? tr("Open the ring, which needs no files")
                                       : tr("Try again");
        m_banner->show(Banner::Kind::Error, QString::fromStdString(now.fault->error.sentence()), action);
        if (failed)
            m_samples->setLoading(tr("This experiment could not be started"), SamplesPanel::notLoading);
    } else if (now.state == SessionState::Running || now.state == SessionState::Ready) {
        m_banner->clear();
    } else if (now.state == SessionState::Paused) {
        sayWhereItBegins();
    } else if (now.state == SessionState::Watching) {
        sayWhatIsWatched();
    }
    m_experiment->setWarnings(m_workbench->warnings());
    if (now.info) {
        QString text = QString::fromStdString(now.info->data);
        if (const std::int64_t bytes = m_workbench->memoryEstimate(); bytes > 0)
            text += tr("  ·  training needs about %1").arg(bytesText(bytes));
        for (const std::string& note : now.info->notes)
            text += QStringLiteral("  ·  ") + QString::fromStdString(note);
        m_statusData->setText(text);
    }
    m_transport->show(now);
    m_transport->showNoise(m_workbench->noiseIsManual(), m_workbench->noiseLevel());
    showWhatIsPermitted();
    updatePaintAction();
}

void MainWindow::onProgress()
{
    const SessionUpdate& now = m_workbench->bridge()->now();
    if (m_showsTrained != m_workbench->hasBegun()) {
        m_showsTrained = !m_showsTrained;
        showWaitingEdits();
    }
    if (now.state == SessionState::Loading && !now.loading.empty())
        m_samples->setLoading(QString::fromStdString(now.loading), now.loadingFraction);
    m_transport->show(now);
    m_timeline->setEnd(now.progress.step);
    m_checkpointRoom->show(
        now.checkpoints, now.document ? numberAt(*now.document, "sampling.checkpoint_gigabytes") : 0.0);
    const QString folder = QString::fromStdString(now.runFolder.string());
    if (m_statusRun->toolTip() != folder) {
        m_runs->setOpenRun(now.runFolder);
        m_exportRun->setEnabled(!folder.isEmpty());
        m_statusRun->setToolTip(folder);
        m_statusRun->setText(folder.isEmpty() ? QString() : tr("Run: %1").arg(QFileInfo(folder).fileName()));
    }
}

void MainWindow::onRows()
{
    m_plots->dataAppended();
    m_timeline->lookSoon();
    if (!m_workbench->noiseIsManual())
        m_transport->showNoise(false, m_workbench->noiseLevel());
}

void MainWindow::onEvent(const RunEvent& event)
{
    if (const std::optional<Marker> marker = markerOf(event)) {
        m_plots->addMarker(*marker);
        m_timeline->addMarker(*marker);
        m_timeline->lookSoon();
    }
    if (event.kind == "diagnosis")
        m_diagnosis->add(event);
    if (event.kind == "rejected" || event.kind == "warning")
        report(QString::fromStdString(event.text));
    else if (event.kind == "trace")
        m_banner->show(Banner::Kind::Information,
            tr("Step %1 was traced into %2")
                .arg(groupedText(event.step), fromUtf8(event.data.value("folder", std::string()))));
    else if (event.kind == "checkpoint")
        statusBar()->showMessage(QString::fromStdString(event.text + ", step " + std::to_string(event.step)), 4000);
}

void MainWindow::showWaitingEdits()
{
    const bool trained = m_workbench->hasBegun();
    const std::shared_ptr<const Json> inForce = m_workbench->bridge()->now().document;
    m_experiment->setRunningDocument(trained && inForce ? *inForce : Json());
    m_experiment->setRestartNeeded(trained ? m_workbench->waitingEdits() : QStringList());
}

void MainWindow::connectExport()
{
    m_runExport = new RunExport(m_workbench->document()->catalog(), this);
    auto* row = new ProgressRow(QStringLiteral("runExport"), tr("Exporting"), this);
    statusBar()->addPermanentWidget(row);
    connect(row, &ProgressRow::cancelled, m_runExport, &RunExport::cancel);
    connect(m_runExport, &RunExport::busyChanged, row, [this, row] { row->setVisible(m_runExport->isBusy()); });
    connect(m_runExport, &RunExport::progress, row, &ProgressRow::showPart);
    connect(m_runExport, &RunExport::saved, this, &MainWindow::sayWhatWasSaved);
    connect(m_runExport, &RunExport::failed, this, [this](const QString& why) {
        m_tabs->setCurrentIndex(0); // where the banner is
        report(why);
    });
    connect(m_runs, &RunsPanel::exportRequested, this, [this](const QString& run) {
        auto* menu = new QMenu(this);
        fillExportMenu(menu, [run] { return run; });
        popUpMenu(menu, QCursor::pos());
    });
}

void MainWindow::report(const QString& text)
{
    m_banner->show(Banner::Kind::Warning, text);
}

void MainWindow::updateTitle()
{
    const ExperimentDocument* document = m_workbench->document();
    QString name = headText(document->json(), "title");
    if (name.isEmpty())
        name = document->name();
    setWindowTitle(name.isEmpty() ? tr("Saddle") : tr("%1[*] – Saddle").arg(name));
    setWindowModified(document->isModified());
}

void MainWindow::showEvent(QShowEvent* event)
{
    QMainWindow::showEvent(event);
    // Before the first show docks have no size that could be shared out.
    if (m_layoutIsFresh)
        QTimer::singleShot(0, this, &MainWindow::sizeDocks);
    m_layoutIsFresh = false;
}

void MainWindow::keyPressEvent(QKeyEvent* event)
{
    // Only keys that no focused control wanted arrive here.
    if (event->key() == Qt::Key_Space && event->modifiers() == Qt::NoModifier) {
        if (!event->isAutoRepeat())
            m_workbench->togglePlay();
    } else if (event->key() == Qt::Key_Period && event->modifiers() == Qt::NoModifier) {
        m_workbench->step();
    } else {
        QMainWindow::keyPressEvent(event);
    }
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    const bool busy = m_workbench->isRunning() || m_workbench->studyBridge()->isRunning() || m_queuePlayer->isPlaying();
    if (busy && !m_dialogs.confirmClose(this)) {
        event->ignore();
        return;
    }
    if (m_docksAway) // what is remembered is the layout for training
        m_tabs->setCurrentIndex(0);
    QSettings settings;
    settings.setValue(QStringLiteral("geometry"), saveGeometry());
    settings.setValue(QStringLiteral("layout"), saveState(layoutVersion));
    settings.setValue(QStringLiteral("unfolded"), m_experiment->expandedSections());
    settings.setValue(QStringLiteral("hiddenPlots"), m_plots->hiddenPlots());
    const SessionUpdate& now = m_workbench->bridge()->now();
    if (m_workbench->bridge()->hasTrained() && !now.runFolder.empty())
        settings.setValue(QStringLiteral("lastOpened"), QString::fromStdString(now.runFolder.string()));
    // The session writes its last checkpoint before this returns.
    m_workbench->close();
    m_queuePlayer->letGo();
    event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    for (const QUrl& url : event->mimeData()->urls()) {
        if (url.isLocalFile()) {
            event->acceptProposedAction();
            openDropped(url.toLocalFile());
            return;
        }
    }
    report(tr("Only files and folders of this computer can be dropped here."));
}

void MainWindow::openGenerator(const QString& path)
{
    m_tabs->setCurrentWidget(m_latent);
    m_latent->open(path);
}

void MainWindow::openListedRun(const QString& folder)
{
    m_tabs->setCurrentIndex(0); // where it is shown, or said why it cannot be
    const SessionUpdate& now = m_workbench->bridge()->now();
    if (now.runFolder != folder.toStdString() || now.state == SessionState::Watching)
        open(folder);
}

void MainWindow::openDropped(const QString& path)
{
    const QFileInfo dropped(path);
    const bool run = QFileInfo::exists(path + QStringLiteral("/experiment.json"))
        || QFileInfo::exists(path + QStringLiteral("/state.json"));
    if (!dropped.isDir() && isGeneratorFile(path))
        openGenerator(path);
    else if (!dropped.isDir() || run)
        open(path);
    else if (const Status used = m_workbench->useFolderAsData(path); !used)
        report(QString::fromStdString(used.error().sentence()));
    else
        m_experiment->showSetting(QStringLiteral("data"));
}

void MainWindow::onTabChanged()
{
    const QWidget* shown = m_tabs->currentWidget();
    m_undo->setActiveStack(shown == m_latent ? m_latent->undoStack() : m_workbench->document()->undoStack());
    const bool away = shown == m_latent || shown == m_runs;
    if (away == m_docksAway)
        return;
    QList<QDockWidget*>& before = away ? m_docksOfTraining : m_docksElsewhere;
    const QList<QDockWidget*>& after = away ? m_docksElsewhere : m_docksOfTraining;
    before.clear();
    for (QDockWidget* dock : {m_experimentDock, m_plotsDock}) {
        if (!dock->isHidden())
            before.append(dock);
        dock->setVisible(after.contains(dock));
    }
    m_docksAway = away;
}

void MainWindow::restoreLayoutOfLastTime()
{
    m_freshLayout = saveState(layoutVersion);
    const QSettings settings;
    restoreGeometry(settings.value(QStringLiteral("geometry")).toByteArray());
    if (settings.contains(QStringLiteral("unfolded")))
        m_experiment->setExpandedSections(settings.value(QStringLiteral("unfolded")).toStringList());
    m_plots->setHiddenPlots(settings.value(QStringLiteral("hiddenPlots")).toStringList());
    m_layoutIsFresh = !restoreState(settings.value(QStringLiteral("layout")).toByteArray(), layoutVersion);
}

void MainWindow::resetLayout()
{
    restoreState(m_freshLayout, layoutVersion);
    sizeDocks();
}

void MainWindow::sizeDocks()
{
    // The curves gain most from a wide window.
    const int curves = std::clamp(width() / 4, leastPlotsWidth, mostPlotsWidth);
    resizeDocks({m_experimentDock, m_plotsDock}, {experimentWidth, curves}, Qt::Horizontal);
}

} // namespace saddle
