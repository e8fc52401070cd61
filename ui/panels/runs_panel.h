// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/catalog.h"
#include "ui/bridge/run_shelf.h"

#include <QFileSystemWatcher>
#include <QModelIndex>
#include <QTimer>
#include <QWidget>

#include <functional>

class QAction;
class QCheckBox;
class QLabel;
class QLineEdit;
class QMenu;
class QPushButton;
class QSplitter;
class QStackedWidget;
class QTreeView;

namespace saddle {

class Banner;
class RunDetailsPane;
class RunFilterModel;
class RunListModel;

/// What the panel asks the desktop for. Tests put their own.
struct RunsDialogs {
    std::function<QString(QWidget*, const QString& title)> openFolder;
    std::function<void(const QString& path)> showFile; ///< in the program the desktop has for it
    /// Moves a folder to the trash and returns its place there.
    std::function<Result<QString>(const QString& path)> moveToTrash;
};
/// The trash of the desktop (freedesktop.org).
Result<QString> systemMoveToTrash(const QString& path);

/// All runs of a folder: found, sorted, named, noted, pinned, compared, opened and thrown away.
///
/// Object names: runsFilter, runsTree, runsTable, runsFooter, runsBanner; actions: runOpen, runRename, runNoteEdit,
/// runPin, runQueue, runCompare, runExport, runShowFolder, runCopyPath, runDelete, runsRefresh.
class RunsPanel : public QWidget {
    Q_OBJECT

public:
    RunsPanel(const Catalog& catalog, RunsDialogs dialogs, QWidget* parent = nullptr);
    ~RunsPanel() override;

    void setRunsFolder(const std::filesystem::path& folder);
    /// The run on the window's bench.
    void setOpenRun(const std::filesystem::path& run);
    /// Reads the folder again.
    void refresh();
    QList<QString> selectedRuns() const;

    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void openRequested(const QString& run);
    void compareRequested(const QStringList& runs);
    /// Their experiments are to be trained again.
    void queueRequested(const QStringList& runs);
    void exportRequested(const QString& run);
    /// The user keeps runs in another folder from now on.
    void runsFolderChosen(const QString& folder);

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    struct Thrown {
        QString from;
        QString inTrash;
    };

    void makeActions();
    QWidget* makeList();
    QWidget* makeDetails();
    QAction* action(const char* name, const QString& text, const QKeySequence& key, std::function<void()> run);
    void connectShelf();

    void showScan(const std::vector<RunSummary>& runs);
    void showFooter();
    void showSelection();
    void applyFilter(const QString& words);
    void setTree(bool tree);
    void askThumbnails();
    void popUp(const QPoint& place);

    std::vector<QModelIndex> selected() const; ///< of the list behind the filter
    const RunSummary* onlySelected() const;
    void select(const QStringList& paths);
    void chooseFirst();
    void openSelected();
    void changeMarks(const std::filesystem::path& run, const std::function<void(RunMarks&)>& change);
    void pinSelected();
    void throwAway();
    void bringBack();
    /// Why a run cannot go; empty where it can.
    QString whyNotThrown(const RunSummary& run) const;
    void chooseFolder();

    RunsDialogs m_dialogs;
    RunListModel* m_model;
    RunFilterModel* m_filtered;
    std::filesystem::path m_openRun;
    std::vector<Thrown> m_thrown; ///< what Undo brings back
    QHash<QString, std::filesystem::path> m_asked; ///< the grids that thumbnails were asked for
    std::array<std::int64_t, 16> m_detailed{}; ///< stamp of the run whose details are shown
    bool m_scanned = false;
    bool m_chooseFirst = true; ///< once the folder is read

    Banner* m_banner;
    QLineEdit* m_filter;
    QCheckBox* m_treeBox;
    QTreeView* m_table;
    QLabel* m_empty;
    QStackedWidget* m_shown; ///< the table, or words where there is none
    QLabel* m_footer;
    RunDetailsPane* m_details;
    QSplitter* m_splitter;
    QAction* m_open = nullptr;
    QAction* m_rename = nullptr;
    QAction* m_noteEdit = nullptr;
    QAction* m_pin = nullptr;
    QAction* m_queue = nullptr;
    QAction* m_compare = nullptr;
    QAction* m_export = nullptr;
    QAction* m_showFolder = nullptr;
    QAction* m_copyPath = nullptr;
    QAction* m_delete = nullptr;
    QAction* m_refresh = nullptr;
    QFileSystemWatcher m_watcher;
    QTimer m_timer; ///< looks again while the tab is in front
    RunShelf m_shelf; ///< last: its threads end first
};

} // namespace saddle
