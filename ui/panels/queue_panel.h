// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/queue/queue.h"

#include <QWidget>

#include <functional>
#include <vector>

class QAction;
class QLabel;
class QPushButton;
class QSpinBox;
class QStackedWidget;
class QTreeView;

namespace saddle {

class Banner;
class PresetList;
class QueueListModel;
class QueuePlayer;
class Workbench;

/// What waits to be trained, in the order it will be: lined up, moved, started, skipped, taken out.
///
/// Object names: queueTable, queueStart, queueStopAfter, queueSkip, queueTurn, queueAdd, queueAddPresets, queueSteps,
/// queueBanner, queueEmpty; actions: queueUp, queueDown, queueOpen, queueAgain, queueRemove.
class QueuePanel : public QWidget {
    Q_OBJECT

public:
    QueuePanel(Workbench* bench, QueuePlayer* player, QWidget* parent = nullptr);

    /// Puts a resolved experiment at the end. One without an end of its own gets the steps set in the panel.
    void add(Json document);
    void addPreset(const QString& name);
    /// The experiment of the window, as it is edited now.
    void addFromBench();
    /// The experiments of runs, as they began.
    void addRuns(const QStringList& folders);

    std::vector<std::int64_t> selectedEntries() const;

    QSize minimumSizeHint() const override;

Q_SIGNALS:
    /// What was done, in words for a status line.
    void said(const QString& text);
    void openRunRequested(const QString& run);
    /// An experiment was put back on the bench.
    void benchChanged();

protected:
    void showEvent(QShowEvent* event) override;

private:
    void makeActions();
    QAction* action(const char* name, const QString& text, const QKeySequence& key, std::function<void()> run);
    QWidget* makeTop();
    QWidget* makeList();
    QWidget* makeBottom();

    void showEntries();
    void showProgress();
    void showPermitted();
    void select(const std::vector<std::int64_t>& ids);
    const QueueEntry* onlySelected() const;
    void moveSelected(int by);
    void removeSelected();
    void openSelected();
    void runAgain();
    void popUp(const QPoint& place);
    /// What an action was refused for.
    bool check(const Status& status);

    Workbench* m_bench;
    QueuePlayer* m_player;
    QueueListModel* m_model;
    Banner* m_banner;
    QTreeView* m_table;
    QLabel* m_empty;
    QStackedWidget* m_shown; ///< the table, or words where there is nothing
    QPushButton* m_start;
    QPushButton* m_stopAfter;
    QPushButton* m_skip;
    QLabel* m_turn;
    QPushButton* m_addPresets;
    PresetList* m_presets;
    QSpinBox* m_steps;
    QAction* m_up = nullptr;
    QAction* m_down = nullptr;
    QAction* m_open = nullptr;
    QAction* m_again = nullptr;
    QAction* m_remove = nullptr;
    bool m_offersUndo = false;
};

} // namespace saddle
