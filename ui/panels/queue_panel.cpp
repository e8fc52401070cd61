// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/queue_panel.h"

#include "core/base/json_values.h"
#include "core/queue/queued_experiment.h"
#include "core/runs/experiment.h"
#include "core/runs/presets.h"
#include "core/runs/run_folder.h"
#include "ui/models/queue_list_model.h"
#include "ui/panels/preset_list.h"
#include "ui/panels/transport_bar.h"
#include "ui/queue_player.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/number_text.h"
#include "ui/workbench.h"

#include <QAction>
#include <QItemSelectionModel>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QStackedWidget>
#include <QTreeView>

#include <algorithm>

namespace saddle {

namespace {

/// How far a run is towards the nearest of its ends, 0 .. 1; below 0 where it has none that can be told.
double shareDone(const SessionUpdate& now, const Json& document)
{
    double done = -1;
    const auto reach = [&done](double reached, double wanted) {
        if (wanted > 0)
            done = std::max(done, std::min(1.0, reached / wanted));
    };
    reach(static_cast<double>(now.progress.step), numberAt(document, "training.steps"));
    reach(static_cast<double>(now.progress.images), numberAt(document, "training.images"));
    reach(now.seconds / 60, numberAt(document, "training.minutes"));
    return done;
}

QString progressWords(const SessionUpdate& now, const Json& document, bool awaitsDisk)
{
    if (awaitsDisk || now.awaitsDisk)
        return QueuePanel::tr("waits for the disk");
    switch (now.state) {
    case SessionState::Running:
        break;
    case SessionState::Paused:
        return QueuePanel::tr("paused");
    default:
        return QueuePanel::tr("loading");
    }
    const double left = numberAt(document, "training.steps") - static_cast<double>(now.progress.step);
    return left > 0 && now.millisecondsPerStep > 0
        ? QueuePanel::tr("%1 left").arg(durationText(left * now.millisecondsPerStep / 1000))
        : QueuePanel::tr("training");
}

} // namespace

bool QueuePanel::check(const Status& status)
{
    if (!status) {
        m_offersUndo = false;
        m_banner->show(Banner::Kind::Warning, fromUtf8(status.error().sentence()));
        Q_EMIT said(m_banner->text()); // the panel may not be in front
    }
    return status.ok();
}

void QueuePanel::add(Json document)
{
    const Catalog& catalog = m_bench->document()->catalog();
    const QString name = fromUtf8(experimentName(document));
    QString words = tr("“%1” is in the queue.").arg(name);
    if (!checkEnds(document, catalog)) {
        Result<Json> ending = changeSetting(document, catalog, "training.steps", m_steps->value());
        if (!ending) {
            check(ending.error());
            return;
        }
        document = *std::move(ending);
        words = tr("“%1” is in the queue, for %2 steps: it sets no end of its own.")
                    .arg(name, groupedText(m_steps->value()));
    }
    const Result<QString> added = m_player->add(std::move(document));
    if (!added) {
        check(added.error());
        return;
    }
    if (!added->isEmpty()) {
        m_offersUndo = false;
        m_banner->show(Banner::Kind::Warning, *added);
    }
    Q_EMIT said(added->isEmpty() ? words : *added);
}

void QueuePanel::addPreset(const QString& name)
{
    Result<Json> document = loadExperiment(name.toStdString(), m_bench->document()->catalog());
    if (document)
        add(*std::move(document));
    else
        check(document.error());
}

void QueuePanel::addFromBench()
{
    add(m_bench->document()->json());
}

void QueuePanel::addRuns(const QStringList& folders)
{
    for (const QString& folder : folders) {
        const Result<Json> experiment = readExperiment(folder.toStdString());
        Result<Json> document =
            experiment ? resolveDocument(*experiment, m_bench->document()->catalog()) : experiment.error();
        if (document)
            add(*std::move(document));
        else
            check(document.error().in(folder.toStdString()));
    }
}

void QueuePanel::showEntries()
{
    const std::vector<std::int64_t> chosen = selectedEntries();
    m_model->setEntries(m_player->entries());
    if (selectedEntries() != chosen)
        select(chosen);
    m_shown->setCurrentWidget(m_player->entries().empty() ? static_cast<QWidget*>(m_empty) : m_table);
    showProgress();
    showPermitted();
}

void QueuePanel::showProgress()
{
    QueueTurnProgress progress;
    if (const QueueEntry* entry = m_player->current()) {
        const SessionUpdate& now = m_bench->bridge()->now();
        const Json& document = now.document ? *now.document : entry->document;
        progress.id = entry->id;
        progress.step = now.progress.step;
        progress.done = shareDone(now, document);
        progress.words = progressWords(now, document, m_player->awaitsDisk());
    }
    m_model->setProgress(progress);
}

void QueuePanel::showPermitted()
{
    const bool playing = m_player->isPlaying();
    const QString why = m_player->whyNotStart();
    m_start->setEnabled(why.isEmpty());
    m_start->setToolTip(why.isEmpty() ? tr("Train what waits, one after another, in this window") : why);
    m_stopAfter->setEnabled(playing);
    m_stopAfter->setChecked(m_player->stopsAfterThis());
    m_stopAfter->setToolTip(
        playing ? tr("Let the one under way come to its end, and begin no other") : tr("The queue is not running"));
    m_skip->setEnabled(m_player->current() != nullptr);
    m_skip->setToolTip(m_player->current() ? tr("End the one under way with a checkpoint, and begin the next")
                                           : tr("No experiment of the queue is on the bench"));
    const int waiting = m_player->count(QueueState::Waiting);
    m_turn->setText(m_player->awaitsBench() ? tr("Begins when the run on the bench ends or is paused")
            : playing                       ? tr("Running %1").arg(m_player->turnText())
            : waiting == 1                  ? tr("1 waits")
            : waiting > 1                   ? tr("%1 wait").arg(waiting)
                                            : QString());

    const std::vector<std::int64_t> chosen = selectedEntries();
    const auto rowsOf = [this](std::int64_t id) { return m_model->rowOf(id); };
    const auto permit = [](QAction* action, bool permitted, const QString& tip, const QString& reason) {
        action->setEnabled(permitted);
        action->setToolTip(permitted ? tip : reason);
    };
    const QString choose = tr("Choose an entry first");
    const bool any = !chosen.empty();
    permit(m_up, any && rowsOf(chosen.front()) > 0, tr("Sooner (Alt+Up)"), any ? tr("It is the first") : choose);
    permit(m_down, any && rowsOf(chosen.back()) + 1 < m_model->rowCount(), tr("Later (Alt+Down)"),
        any ? tr("It is the last") : choose);
    const auto runs = [this](std::int64_t id) { return m_player->find(id)->state == QueueState::Running; };
    const bool running = std::any_of(chosen.begin(), chosen.end(), runs);
    permit(m_remove, any && !running, tr("Take it out of the queue; its run stays (Delete)"),
        any ? tr("It is running: skip it first") : choose);
    const QueueEntry* one = onlySelected();
    const bool aside = one && one->state == QueueState::Aside;
    const bool hasRun = one && !one->run.empty() && !runs(one->id);
    permit(m_open, (hasRun || aside) && !m_player->current(),
        aside ? tr("Put it back on the bench, with its edits") : tr("Look at its run (Enter)"),
        !one                      ? tr("Choose one entry first")
            : m_player->current() ? tr("The queue has the bench: stop it first")
                                  : tr("It has not begun yet"));
    const bool over = one && one->state != QueueState::Waiting && one->state != QueueState::Running;
    permit(m_again, over,
        one && one->state == QueueState::Stopped ? tr("Let it wait for its turn, to go on from its last checkpoint")
                                                 : tr("Let it wait for its turn again, to begin anew"),
        one ? tr("It has its turn yet to come") : tr("Choose one entry first"));
}

std::vector<std::int64_t> QueuePanel::selectedEntries() const
{
    std::vector<std::int64_t> ids;
    for (const QueueEntry& entry : m_model->entries()) {
        if (m_table->selectionModel()->isRowSelected(m_model->rowOf(entry.id), {}))
            ids.push_back(entry.id);
    }
    return ids;
}

const QueueEntry* QueuePanel::onlySelected() const
{
    const std::vector<std::int64_t> chosen = selectedEntries();
    return chosen.size() == 1 ? m_player->find(chosen.front()) : nullptr;
}

void QueuePanel::select(const std::vector<std::int64_t>& ids)
{
    QItemSelection selection;
    for (const std::int64_t id : ids) {
        if (const int row = m_model->rowOf(id); row >= 0)
            selection.select(m_model->index(row, 0), m_model->index(row, QueueListModel::ColumnCount - 1));
    }
    if (!selection.isEmpty())
        m_table->selectionModel()->setCurrentIndex(selection.indexes().constFirst(), QItemSelectionModel::NoUpdate);
    m_table->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
}

/// By one place, all that are chosen together.
void QueuePanel::moveSelected(int by)
{
    const std::vector<std::int64_t> chosen = selectedEntries();
    if (chosen.empty())
        return;
    const std::vector<QueueEntry>& entries = m_model->entries();
    // Before the one above the first; or before the second below the last.
    const int place = by < 0 ? m_model->rowOf(chosen.front()) - 1 : m_model->rowOf(chosen.back()) + 2;
    std::optional<std::int64_t> before;
    if (place >= 0 && place < static_cast<int>(entries.size()))
        before = entries[static_cast<std::size_t>(place)].id;
    check(m_player->move(chosen, before));
}

void QueuePanel::removeSelected()
{
    const std::vector<std::int64_t> chosen = selectedEntries();
    if (chosen.empty())
        return;
    const QString what = chosen.size() == 1
        ? tr("“%1” is out of the queue.").arg(fromUtf8(m_player->find(chosen.front())->name))
        : tr("%1 experiments are out of the queue.").arg(chosen.size());
    const int row = m_model->rowOf(chosen.front());
    if (!check(m_player->remove(chosen)))
        return;
    m_offersUndo = true;
    m_banner->show(Banner::Kind::Information, what, tr("Undo"));
    // Where one was taken out stands the next to be looked at.
    if (m_model->rowCount() > 0)
        select({m_model->entries()[static_cast<std::size_t>(std::min(row, m_model->rowCount() - 1))].id});
}

void QueuePanel::openSelected()
{
    const QueueEntry* entry = onlySelected();
    if (!entry || !m_open->isEnabled())
        return;
    if (entry->state != QueueState::Aside)
        Q_EMIT openRunRequested(QString::fromStdString(entry->run.string()));
    else if (check(m_player->bringBack(entry->id)))
        Q_EMIT benchChanged();
}

void QueuePanel::runAgain()
{
    if (const QueueEntry* entry = onlySelected())
        check(m_player->retry(entry->id));
}

} // namespace saddle
