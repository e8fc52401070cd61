// SPDX-License-Identifier: GPL-3.0-or-later
// The menus of the window and what they do by themselves.
#include "core/runs/presets.h"
#include "ui/bridge/run_export.h"
#include "ui/lab/latent_panel.h"
#include "ui/main_window.h"
#include "ui/panels/experiment_panel.h"
#include "ui/panels/queue_panel.h"
#include "ui/panels/runs_panel.h"
#include "ui/panels/samples_panel.h"
#include "ui/panels/study_panel.h"
#include "ui/plots/plots_panel.h"
#include "ui/widgets/theme.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QClipboard>
#include <QDesktopServices>
#include <QDockWidget>
#include <QFileDialog>
#include <QInputDialog>
#include <QMenuBar>
#include <QMessageBox>
#include <QSettings>
#include <QStatusBar>
#include <QTabWidget>
#include <QUndoGroup>
#include <QUndoStack>
#include <QUrl>

namespace saddle {

WindowDialogs systemDialogs()
{
    WindowDialogs dialogs;
    dialogs.openFile = [](QWidget* parent, const QString& title, const QString& filter) {
        return QFileDialog::getOpenFileName(parent, title, {}, filter);
    };
    dialogs.openFolder = [](QWidget* parent, const QString& title) {
        return QFileDialog::getExistingDirectory(parent, title);
    };
    dialogs.saveFile = systemSaveDialog();
    dialogs.showFile = [](const QString& path) { QDesktopServices::openUrl(QUrl::fromLocalFile(path)); };
    dialogs.moveToTrash = systemMoveToTrash;
    dialogs.askText = [](QWidget* parent, const QString& title, const QString& label, const QString& suggested) {
        return QInputDialog::getText(parent, title, label, QLineEdit::Normal, suggested);
    };
    dialogs.confirmClose = [](QWidget* parent) {
        return QMessageBox::question(parent, MainWindow::tr("Close Saddle?"),
                   MainWindow::tr(
                       "Training is running. It will be stopped and a checkpoint saved, so that you can go on later."),
                   QMessageBox::Close | QMessageBox::Cancel, QMessageBox::Close)
            == QMessageBox::Close;
    };
    dialogs.generator = systemGeneratorDialogs();
    return dialogs;
}

QAction* MainWindow::action(
    QMenu* menu, const char* name, const QString& text, const QList<QKeySequence>& keys, std::function<void()> run)
{
    QAction* made = menu->addAction(text);
    made->setObjectName(QLatin1String(name));
    made->setShortcuts(keys);
    connect(made, &QAction::triggered, this, [run = std::move(run)] { run(); });
    return made;
}

void MainWindow::makeMenus()
{
    makeFileMenu();
    QMenu* edit = menuBar()->addMenu(tr("&Edit"));
    m_undo = new QUndoGroup(this);
    m_undo->addStack(m_workbench->document()->undoStack());
    m_undo->addStack(m_latent->undoStack());
    m_undo->setActiveStack(m_workbench->document()->undoStack());
    QAction* undoAction = m_undo->createUndoAction(this, tr("&Undo"));
    undoAction->setShortcuts(QKeySequence::Undo);
    QAction* redoAction = m_undo->createRedoAction(this, tr("&Redo"));
    redoAction->setShortcuts(QKeySequence::Redo);
    edit->addAction(undoAction);
    edit->addAction(redoAction);
    edit->addSeparator();
    action(edit, "copyCommand", tr("Copy as &command line"), {QKeySequence(tr("Ctrl+Shift+C"))}, [this] {
        QApplication::clipboard()->setText(m_workbench->document()->commandLine());
        statusBar()->showMessage(tr("Copied: %1").arg(m_workbench->document()->commandLine()), 6000);
    });
    makeRunMenu();
    makeViewMenu();
    makeHelpMenu();
}

void MainWindow::makeFileMenu()
{
    QMenu* file = menuBar()->addMenu(tr("&File"));
    action(file, "openRun", tr("&Open run…"), {QKeySequence::Open}, [this] {
        const QString folder = m_dialogs.openFolder(this, tr("Open a run"));
        if (!folder.isEmpty())
            open(folder);
    });
    action(file, "showRuns", tr("All &runs"), {QKeySequence(tr("Ctrl+Shift+R"))},
        [this] { m_tabs->setCurrentWidget(m_runs); });
    action(file, "openExperiment", tr("Open &experiment…"), {QKeySequence(tr("Ctrl+Shift+O"))}, [this] {
        const QString name = m_dialogs.openFile(this, tr("Open an experiment"), tr("Experiments (*.json)"));
        if (!name.isEmpty())
            open(name);
    });
    action(file, "openGenerator", tr("Open &generator…"), {QKeySequence(tr("Ctrl+Shift+G"))}, [this] {
        m_tabs->setCurrentWidget(m_latent);
        m_latent->askForFile();
    });
    file->addSeparator();
    action(file, "saveExperiment", tr("Save experiment &as…"), {QKeySequence(tr("Ctrl+Shift+S"))},
        [this] { saveExperiment(); });
    action(file, "savePreset", tr("Save as &preset of my own…"), {}, [this] { savePresetOfOwn(); });
    file->addSeparator();
    action(file, "exportSamples", tr("Export &samples…"), {QKeySequence(tr("Ctrl+E"))},
        [this] { m_samples->askExport(); });
    action(file, "exportCurves", tr("Export &curves as CSV…"), {QKeySequence(tr("Ctrl+Shift+E"))},
        [this] { m_plots->askExport(); });
    m_exportRun = new QMenu(tr("Export the &run"), file);
    m_exportRun->setEnabled(false); // until there is one
    file->addMenu(m_exportRun);
    fillExportMenu(
        m_exportRun, [this] { return QString::fromStdString(m_workbench->bridge()->now().runFolder.string()); });
    file->addSeparator();
    action(file, "quit", tr("&Quit"), {QKeySequence::Quit}, [this] { close(); });
}

void MainWindow::makeRunMenu()
{
    QMenu* run = menuBar()->addMenu(tr("&Run"));
    run->setToolTipsVisible(true);
    action(run, "playPause", tr("&Play or pause\tSpace"), {QKeySequence(Qt::Key_F5)}, [this] {
        m_workbench->togglePlay();
    })->setToolTip(tr("Train, or hold where it is"));
    action(run, "oneStep", tr("One &step\t."), {}, [this] {
        m_workbench->step();
    })->setToolTip(tr("One round of all phases, then hold"));
    action(run, "stepDiscriminator", tr("Step &D only"), {QKeySequence(tr("Ctrl+."))}, [this] {
        m_workbench->step(QStringLiteral("discriminator"));
    })->setToolTip(tr("One update of the discriminator alone"));
    action(run, "stepGenerator", tr("Step &G only"), {QKeySequence(tr("Ctrl+,"))}, [this] {
        m_workbench->step(QStringLiteral("generator"));
    })->setToolTip(tr("One update of the generator alone"));
    m_trace = action(run, "traceStep", tr("T&race one step…"), {}, [this] { traceStep(); });
    run->addSeparator();
    action(run, "compareMethods", tr("Compare &methods"), {QKeySequence(tr("Ctrl+M"))}, [this] {
        m_tabs->setCurrentWidget(m_studies);
    })->setToolTip(tr("Train several presets one after another and see them on one page"));
    action(run, "compareRuns", tr("Co&mpare runs…"), {QKeySequence(tr("Ctrl+Shift+M"))}, [this] {
        compareRuns({});
    })->setToolTip(tr("Curves over each other, grids side by side, and the settings that differ"));
    run->addSeparator();
    action(run, "addToQueue", tr("&Add to the queue"), {QKeySequence(tr("Ctrl+Shift+A"))}, [this] {
        m_queue->addFromBench();
    })->setToolTip(tr("Put this experiment, as it is edited now, at the end of the queue"));
    action(run, "showQueue", tr("&Queue"), {QKeySequence(tr("Ctrl+Shift+U"))}, [this] {
        m_tabs->setCurrentWidget(m_queue);
    })->setToolTip(tr("Experiments that are trained one after another, overnight too"));
    run->addSeparator();
    action(run, "saveCheckpoint", tr("Save &checkpoint"), {QKeySequence::Save}, [this] {
        m_workbench->saveCheckpoint();
    })->setToolTip(tr("Keep the run as it is now, to go on from here"));
    m_rewind = action(run, "rewindHere", tr("Re&wind here"), {QKeySequence(tr("Ctrl+Shift+B"))},
        [this] { goOnFromHere(RunParent::How::Rewind); });
    m_fork = action(run, "forkHere", tr("&Fork from here…"), {QKeySequence(tr("Ctrl+Shift+F"))},
        [this] { goOnFromHere(RunParent::How::Fork); });
    run->addSeparator();
    m_paintAction = action(run, "paintCanvas", tr("Paint a &large image"), {QKeySequence(tr("Ctrl+Shift+P"))}, [this] {
        m_tabs->setCurrentWidget(m_latent);
        m_latent->showCanvas();
    });
    run->addSeparator();
    action(run, "stopRun", tr("S&top"), {}, [this] {
        m_workbench->stop();
    })->setToolTip(tr("End this run: a last checkpoint is saved"));
    action(run, "startAnew", tr("Start &anew"), {QKeySequence(tr("Ctrl+R"))}, [this] {
        m_workbench->restart();
    })->setToolTip(tr("Start anew with the settings on the left; this run is kept"));
}

void MainWindow::traceStep()
{
    const QString folder = m_dialogs.openFolder(this, tr("Where to put the trace"));
    if (!folder.isEmpty())
        m_workbench->trace(folder);
}

void MainWindow::showWhatIsPermitted()
{
    const char* reason = whyNot(m_workbench->bridge()->state(), SessionAction::Trace);
    m_trace->setEnabled(!reason);
    m_trace->setToolTip(reason
            ? tr(reason)
            : tr("Train one step and write all that goes into it and comes of it: weights, draws and "
                 "losses, in a folder of your choice"));
}

void MainWindow::makeViewMenu()
{
    m_viewMenu = menuBar()->addMenu(tr("&View"));
    m_viewMenu->addAction(m_experimentDock->toggleViewAction());
    m_viewMenu->addAction(m_plotsDock->toggleViewAction());
    m_viewMenu->addSeparator();
    QMenu* theme = m_viewMenu->addMenu(tr("&Theme"));
    auto* group = new QActionGroup(this);
    const std::pair<theme::Choice, QString> themes[]{{theme::Choice::System, tr("As the &desktop")},
        {theme::Choice::Light, tr("&Light")}, {theme::Choice::Dark, tr("&Dark")}};
    for (const auto& [choice, text] : themes) {
        QAction* item = theme->addAction(text);
        item->setObjectName(QStringLiteral("theme_") + theme::nameOf(choice));
        item->setCheckable(true);
        item->setChecked(choice == theme::current());
        group->addAction(item);
        connect(item, &QAction::triggered, this, [choice = choice] {
            theme::apply(choice);
            QSettings().setValue(QStringLiteral("theme"), theme::nameOf(choice));
        });
    }
    m_viewMenu->addSeparator();
    action(m_viewMenu, "resetLayout", tr("&Reset layout"), {}, [this] { resetLayout(); });
    action(m_viewMenu, "fullScreen", tr("&Full screen"), {QKeySequence(Qt::Key_F11)},
        [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); });
}

void MainWindow::makeHelpMenu()
{
    QMenu* help = menuBar()->addMenu(tr("&Help"));
    action(help, "shortcuts", tr("&Keys and tour"), {QKeySequence(Qt::Key_F1)}, [this] { showShortcuts(); });
    action(help, "about", tr("&About Saddle"), {}, [this] { showAbout(); });
}

void MainWindow::saveExperiment()
{
    const QString name = m_workbench->document()->name().isEmpty() ? tr("experiment") : m_workbench->document()->name();
    const Result<QString> file =
        saveAs(this, m_dialogs.saveFile, tr("Save the experiment"), QFileInfo(name).completeBaseName(),
            SaveFormat::Experiment, [this](const QString& path) { return m_workbench->document()->saveAs(path); });
    if (!file)
        report(QString::fromStdString(file.error().sentence()));
    else if (!file->isEmpty())
        sayWhatWasSaved(*file);
}

void MainWindow::fillExportMenu(QMenu* menu, const std::function<QString()>& run)
{
    for (const RunFormatInfo& info : runFormats()) {
        action(menu, info.name, RunExport::tr(info.label), {}, [this, run, &info] { exportRun(run(), info); });
    }
}

void MainWindow::exportRun(const QString& run, const RunFormatInfo& info)
{
    if (m_runExport->isBusy())
        return report(tr("Another run is being exported. Cancel that, or wait for its end."));
    const QString ending = QLatin1String(info.ending);
    QString target =
        m_dialogs.saveFile(this, tr("Export a run"), QFileInfo(run).fileName() + ending, RunExport::tr(info.filter));
    if (target.isEmpty())
        return;
    if (!ending.isEmpty() && QFileInfo(target).suffix().isEmpty())
        target += ending;
    m_runExport->start(run, info.format, target);
}

void MainWindow::sayWhatWasSaved(const QString& file)
{
    statusBar()->showMessage(tr("Saved %1").arg(file), 4000);
}

void MainWindow::updatePaintAction()
{
    const QString reason = m_workbench->whyNoPainting();
    m_paintAction->setEnabled(reason.isEmpty());
    m_paintAction->setToolTip(
        reason.isEmpty() ? tr("Paint an image larger than those trained on, with the weights of now") : reason);
    m_paintAction->setStatusTip(m_paintAction->toolTip());
}

void MainWindow::savePresetOfOwn()
{
    const QString name = m_dialogs.askText(this, tr("Save as a preset"), tr("Name: letters, digits, - and _"),
        tr("my-%1").arg(m_workbench->document()->name()));
    if (name.isEmpty())
        return;
    Result<std::filesystem::path> saved = savePreset(name.toStdString(), m_workbench->document()->json());
    if (!saved)
        report(QString::fromStdString(saved.error().sentence()));
    else
        sayWhatWasSaved(QString::fromStdString(saved->string()));
    m_experiment->reloadPresets();
}

void MainWindow::showShortcuts()
{
    auto* box = new QMessageBox(QMessageBox::NoIcon, tr("Keys and tour"),
        tr("<h3>A short tour</h3>"
           "<p><b>Space</b> plays and pauses. Watch the samples in the middle and the curves on the right.</p>"
           "<p>Drag <b>Noise σ</b> on top while it trains: it takes effect with the next step and leaves a line on the "
           "curves. So does every setting on the left with the badge <i>live</i>.</p>"
           "<p>Drag the slider under the samples to go back in time: grids, curves and the Latent tab follow. From a "
           "checkpoint <b>Rewind here</b> goes on in a run of its own and <b>Fork…</b> does with other settings; the "
           "old "
           "run is kept.</p>"
           "<p>In the curves the wheel zooms, a drag moves and a "
           "double click fits; a right click saves.</p>"
           "<p>In the tab <b>Latent</b> every number of the latent has a slider: shape a picture, walk on the map, and "
           "put key frames into the strip to save the walk as a film.</p>"
           "<p>Drop a run, an experiment or a generator's file on the window to open it.</p>"
           "<table cellpadding='3' style='margin-top:8px'>"
           "<tr><td><b>Space, F5</b></td><td>play or pause</td></tr>"
           "<tr><td><b>.</b></td><td>one step; Ctrl+. D only; Ctrl+, G only</td></tr>"
           "<tr><td><b>Ctrl+S</b></td><td>save a checkpoint</td></tr>"
           "<tr><td><b>←, →</b></td><td>on the time slider: the grids; with Ctrl the checkpoints; End live</td></tr>"
           "<tr><td><b>Ctrl+Shift+B</b></td><td>rewind here; Ctrl+Shift+F fork from here</td></tr>"
           "<tr><td><b>Ctrl+E</b></td><td>export samples; Ctrl+Shift+E curves</td></tr>"
           "<tr><td><b>Ctrl+Shift+P</b></td><td>paint a large image</td></tr>"
           "<tr><td><b>Ctrl+O</b></td><td>open a run; Ctrl+Shift+R all runs</td></tr>"
           "<tr><td><b>Ctrl+R</b></td><td>start anew</td></tr>"
           "<tr><td><b>Ctrl+Shift+A</b></td><td>add to the queue; Ctrl+Shift+U the queue</td></tr>"
           "<tr><td><b>Ctrl+M</b></td><td>compare methods; Ctrl+Shift+M runs</td></tr>"
           "<tr><td><b>Ctrl+Z</b></td><td>undo an edit of the experiment</td></tr>"
           "<tr><td><b>F11</b></td><td>full screen</td></tr></table>"),
        QMessageBox::Close, this);
    box->setObjectName(QStringLiteral("shortcutsBox"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setModal(false);
    box->show();
}

void MainWindow::showAbout()
{
    auto* box = new QMessageBox(QMessageBox::NoIcon, tr("About Saddle"),
        tr("<h3>Saddle %1</h3><p>A workbench for interactive GAN experiments.</p>"
           "<p>Free software under the GNU General Public License, version 3 or later. "
           "Built with Qt, LibTorch and QCustomPlot.</p>")
            .arg(QApplication::applicationVersion()),
        QMessageBox::Close, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setModal(false);
    box->show();
}

} // namespace saddle
