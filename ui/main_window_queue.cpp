// SPDX-License-Identifier: GPL-3.0-or-later
// MainWindow: the queue, whose turns are played on the bench.
#include "ui/main_window.h"
#include "ui/panels/experiment_panel.h"
#include "ui/panels/queue_panel.h"
#include "ui/panels/runs_panel.h"
#include "ui/queue_player.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/number_text.h"

#include <QStatusBar>
#include <QTabWidget>
#include <QToolButton>

#include <algorithm>

namespace saddle {

void MainWindow::connectQueue()
{
    m_statusQueue = flatButton("statusQueue");
    statusBar()->addPermanentWidget(m_statusQueue);
    connect(m_statusQueue, &QToolButton::clicked, this, [this] { m_tabs->setCurrentWidget(m_queue); });
    connect(m_queuePlayer, &QueuePlayer::changed, this, &MainWindow::showQueueStatus);
    connect(m_queuePlayer, &QueuePlayer::problem, this, [this](const QString& text) {
        if (m_tabs->currentWidget() != m_queue) // which has a banner of its own
            report(text);
    });
    connect(m_queuePlayer, &QueuePlayer::ended, this, [this](const QString& summary) {
        const std::vector<QueueEntry>& entries = m_queuePlayer->entries();
        const auto aside = std::find_if(
            entries.rbegin(), entries.rend(), [](const QueueEntry& entry) { return entry.state == QueueState::Aside; });
        if (aside == entries.rend())
            return noteOfQueue(summary);
        noteOfQueue(
            tr("%1 Your experiment “%2” was put aside with its edits.").arg(summary, fromUtf8(aside->name)), aside->id);
    });
    connect(m_queueNote, &Banner::actionTriggered, this, [this] {
        m_queueNote->clear();
        if (m_asideOffered == 0)
            m_queuePlayer->start();
        else if (const Status back = m_queuePlayer->bringBack(m_asideOffered); !back)
            report(fromUtf8(back.error().sentence()));
    });
    connect(m_queue, &QueuePanel::said, this, [this](const QString& text) { statusBar()->showMessage(text, 6000); });
    connect(m_queue, &QueuePanel::openRunRequested, this, &MainWindow::openListedRun);
    connect(m_queue, &QueuePanel::benchChanged, this, [this] {
        m_queueNote->clear();
        m_tabs->setCurrentIndex(0);
    });
    connect(m_experiment, &ExperimentPanel::presetQueued, m_queue, &QueuePanel::addPreset);
    connect(m_runs, &RunsPanel::queueRequested, m_queue, &QueuePanel::addRuns);
    showQueueStatus();
    m_queuePlayer->reload();
}

void MainWindow::showQueueStatus()
{
    const int waiting = m_queuePlayer->count(QueueState::Waiting);
    m_statusQueue->setVisible(m_queuePlayer->isPlaying() || waiting > 0);
    const QueueEntry* entry = m_queuePlayer->current();
    m_statusQueue->setText(m_queuePlayer->awaitsBench() ? tr("Queue: begins after this run")
            : m_queuePlayer->isPlaying()                ? tr("Queue: %1").arg(m_queuePlayer->turnText())
            : waiting == 1                              ? tr("Queue: 1 waits")
                                                        : tr("Queue: %1 wait").arg(waiting));
    m_statusQueue->setToolTip(entry ? tr("“%1” is trained now. Click for the whole queue").arg(fromUtf8(entry->name))
                                    : tr("Experiments that are trained one after another"));
    if (m_queuePlayer->isPlaying())
        m_queueNote->clear();
}

void MainWindow::noteOfQueue(const QString& text, std::int64_t entry)
{
    m_asideOffered = entry;
    m_queueNote->show(Banner::Kind::Information, text, entry != 0 ? tr("Bring it back") : QString());
}

/// Where a turn was cut by the end of the window, or of its process.
void MainWindow::offerToGoOnWithQueue()
{
    const std::vector<QueueEntry>& entries = m_queuePlayer->entries();
    const auto cut = std::find_if(entries.begin(), entries.end(),
        [](const QueueEntry& entry) { return entry.state == QueueState::Waiting && !entry.run.empty(); });
    if (cut == entries.end() || !m_queuePlayer->whyNotStart().isEmpty())
        return;
    const int others = m_queuePlayer->count(QueueState::Waiting) - 1;
    const QString name = fromUtf8(cut->name);
    const QString where =
        cut->step > 0 ? tr("“%1” at step %2").arg(name, groupedText(cut->step)) : tr("“%1”").arg(name);
    m_asideOffered = 0;
    m_queueNote->show(Banner::Kind::Information,
        others == 0 ? tr("The queue was stopped in %1.").arg(where)
                    : tr("The queue was stopped in %1; %2 more wait.").arg(where).arg(others),
        tr("Go on with the queue"));
}

} // namespace saddle
