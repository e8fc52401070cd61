// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/run_details.h"

#include <QImage>
#include <QTimer>
#include <QWidget>

#include <optional>

class QLabel;
class QListWidget;
class QListWidgetItem;
class QPlainTextEdit;
class QStackedWidget;
class QTableWidget;

namespace saddle {

class ElidedLabel;
class ImageView;

/// One run looked at by itself: its newest grid, what it has otherwise than its preset, its note, its checkpoints.
///
/// Object names: runTitle, runFacts, runGrid, runChanges, runNote, runCheckpoints.
class RunDetailsPane : public QWidget {
    Q_OBJECT

public:
    explicit RunDetailsPane(QWidget* parent = nullptr);

    /// What is known of a run at once; the rest comes with its details.
    void setRun(const RunSummary& run);
    /// Words instead, while no run or more than one is chosen.
    void setWords(const QString& words);
    void setDetails(const RunDetails& details, const QImage& grid);
    /// Hands over a note that is still being written.
    void commitNote();
    void editNote();

    bool eventFilter(QObject* watched, QEvent* event) override;

Q_SIGNALS:
    void noteChanged(const std::filesystem::path& run, const QString& note);
    /// The user ticked or unticked a checkpoint: the steps of those kept by hand.
    void keepChanged(const std::filesystem::path& run, const std::vector<std::int64_t>& steps);

private:
    void showCheckpoints(const RunDetails& details);
    void checkpointChanged(const QListWidgetItem* item);

    std::optional<RunSummary> m_run;
    ElidedLabel* m_title;
    QLabel* m_facts;
    ImageView* m_grid;
    QLabel* m_changesCaption;
    QTableWidget* m_changes;
    QPlainTextEdit* m_note;
    QLabel* m_checkpointsCaption;
    QListWidget* m_checkpoints;
    QWidget* m_single;
    QLabel* m_words;
    QStackedWidget* m_shown;
    QTimer m_noteTimer;
};

} // namespace saddle
