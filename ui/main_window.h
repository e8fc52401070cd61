// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/lab/generator_dialogs.h"
#include "ui/widgets/save_file.h"
#include "ui/workbench.h"

#include <QMainWindow>

#include <functional>

class QAction;
class QDockWidget;
class QLabel;
class QMenu;
class QTabWidget;
class QToolButton;
class QUndoGroup;

namespace saddle {

class Banner;
class CheckpointRoom;
class CompareWindow;
class DiagnosisNote;
class ExperimentPanel;
class LatentPanel;
class NetworksPanel;
class PlotsPanel;
class QueuePanel;
class QueuePlayer;
class RunTimeline;
class RunExport;
class RunsPanel;
class SamplesPanel;
class StudyPanel;
struct RunFormatInfo;
class TransportBar;

/// Questions and file dialogs, behind a seam so that tests can answer them.
struct WindowDialogs {
    /// Path to open or save; empty when the user thought better of it.
    std::function<QString(QWidget*, const QString& title, const QString& filter)> openFile;
    std::function<QString(QWidget*, const QString& title)> openFolder;
    SaveDialog saveFile;
    /// Shows a file or folder in the program that the desktop has for it.
    std::function<void(const QString& path)> showFile;
    /// Moves a folder to the trash and returns its place there.
    std::function<Result<QString>(const QString& path)> moveToTrash;
    std::function<QString(QWidget*, const QString& title, const QString& label, const QString& suggested)> askText;
    /// Closing while training: whether to close.
    std::function<bool(QWidget*)> confirmClose;
    GeneratorDialogs generator;
};
WindowDialogs systemDialogs();

/// The window: puts the panels together and connects them to the workbench.
class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    explicit MainWindow(Workbench* workbench, WindowDialogs dialogs = systemDialogs(), QWidget* parent = nullptr);
    ~MainWindow() override;

    /// A preset, an experiment's file or a run folder, by what it is. Says in the window why it cannot be opened.
    bool open(const QString& what);
    /// What was on the bench when the window was closed: the run, where one had begun. Else the first preset.
    void openLast();

    SamplesPanel* samples() const { return m_samples; }
    PlotsPanel* plots() const { return m_plots; }
    RunTimeline* timeline() const { return m_timeline; }
    LatentPanel* latent() const { return m_latent; }
    QueuePlayer* queuePlayer() const { return m_queuePlayer; }

protected:
    void showEvent(QShowEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void makePanels();
    void makeDocks();
    void makeMenus();
    void makeFileMenu();
    void makeRunMenu();
    void makeViewMenu();
    void makeHelpMenu();
    void connectPanels();
    // main_window_queue.cpp
    void connectQueue();
    void showQueueStatus();
    /// In the tab where training is watched; `entry` is one put aside that a button brings back, 0 without one.
    void noteOfQueue(const QString& text, std::int64_t entry = 0);
    void offerToGoOnWithQueue();
    // main_window_time.cpp
    void connectTimeline();
    void showLineage();
    void goOnFrom(qint64 step, RunParent::How how);
    void goOnFromHere(RunParent::How how);
    void sayWhereItBegins();
    void sayWhatIsWatched();
    void updateTimeActions();
    QAction* action(
        QMenu* menu, const char* name, const QString& text, const QList<QKeySequence>& keys, std::function<void()> run);

    void onRunChanged();
    void onStateChanged();
    void onProgress();
    void onRows();
    void onEvent(const RunEvent& event);
    void showWaitingEdits();
    void report(const QString& text);
    /// A run, an experiment or a generator's file, or else a folder of pictures to learn.
    void openDropped(const QString& path);
    void openGenerator(const QString& path);
    void openListedRun(const QString& folder);
    void updateTitle();

    void saveExperiment();
    void savePresetOfOwn();
    void sayWhatWasSaved(const QString& file);
    void connectExport();
    /// An action for each format of runFormats().
    void fillExportMenu(QMenu* menu, const std::function<QString()>& run);
    void exportRun(const QString& run, const RunFormatInfo& info);
    void traceStep();
    void showWhatIsPermitted();
    /// Lays runs side by side; without any, the one on the bench and one that is asked for.
    void compareRuns(const QStringList& folders);
    void updatePaintAction();
    void showShortcuts();
    void showAbout();

    /// Docks belong to training: the latent lab and the list of runs have the window to themselves, unless they are
    /// asked for there.
    void onTabChanged();
    void restoreLayoutOfLastTime();
    void resetLayout();
    void sizeDocks();

    Workbench* m_workbench;
    WindowDialogs m_dialogs;
    RunTimeline* m_timeline = nullptr;
    TransportBar* m_transport = nullptr;
    ExperimentPanel* m_experiment = nullptr;
    NetworksPanel* m_networks = nullptr;
    SamplesPanel* m_samples = nullptr;
    LatentPanel* m_latent = nullptr;
    RunsPanel* m_runs = nullptr;
    StudyPanel* m_studies = nullptr;
    QueuePlayer* m_queuePlayer = nullptr;
    QueuePanel* m_queue = nullptr;
    Banner* m_queueNote = nullptr;
    std::int64_t m_asideOffered = 0; ///< the entry that the note's button brings back; 0: it starts the queue
    QToolButton* m_statusQueue = nullptr;
    PlotsPanel* m_plots = nullptr;
    Banner* m_banner = nullptr;
    DiagnosisNote* m_diagnosis = nullptr;
    QTabWidget* m_tabs = nullptr;
    QDockWidget* m_experimentDock = nullptr;
    QDockWidget* m_plotsDock = nullptr;
    QLabel* m_statusData = nullptr;
    QLabel* m_statusRun = nullptr;
    CheckpointRoom* m_checkpointRoom = nullptr;
    QMenu* m_viewMenu = nullptr;
    QMenu* m_exportRun = nullptr;
    RunExport* m_runExport = nullptr;
    QUndoGroup* m_undo = nullptr; ///< of the tab in front
    QAction* m_trace = nullptr;
    QAction* m_paintAction = nullptr;
    QAction* m_rewind = nullptr;
    QAction* m_fork = nullptr;
    CompareWindow* m_compareWindow = nullptr; ///< made when it is first asked for
    QByteArray m_freshLayout;
    bool m_layoutIsFresh = true;
    bool m_docksAway = false; ///< the latent lab or the list of runs is in front
    QList<QDockWidget*> m_docksOfTraining; ///< which were in view before
    QList<QDockWidget*> m_docksElsewhere; ///< those asked for there
    bool m_offersToy = false;
    bool m_showsTrained = false;
};

} // namespace saddle
