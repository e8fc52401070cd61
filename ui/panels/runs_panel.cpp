// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/runs_panel.h"

#include "core/base/shown_name.h"
#include "core/base/text.h"
#include "ui/models/experiment_document.h"
#include "ui/models/run_list_model.h"
#include "ui/panels/run_details_pane.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/number_text.h"

#include <QAction>
#include <QCheckBox>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QItemSelectionModel>
#include <QLabel>
#include <QStackedWidget>
#include <QStandardPaths>
#include <QTreeView>

#include <algorithm>
#include <utility>

namespace saddle {

namespace {

QString nameOfRun(const RunSummary& run)
{
    return fromUtf8(shownName(run.name()));
}

} // namespace

Result<QString> systemMoveToTrash(const QString& path)
{
    // Qt makes the trash there, but not the folder itself, which a new account may lack.
    QDir().mkpath(QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation));
    QString place;
    if (QFile::moveToTrash(path, &place))
        return place;
    return Error{RunsPanel::tr("it cannot be moved to the trash").toStdString(), path.toStdString(),
        RunsPanel::tr("this disk may have none: delete the folder in a file manager").toStdString()};
}

void RunsPanel::setRunsFolder(const std::filesystem::path& folder)
{
    if (!m_watcher.directories().isEmpty())
        m_watcher.removePaths(m_watcher.directories());
    m_shelf.setFolder(folder);
    m_scanned = false;
    m_chooseFirst = true;
    m_asked.clear();
    m_model->setRuns({});
    showFooter();
    if (isVisible())
        refresh();
}

void RunsPanel::setOpenRun(const std::filesystem::path& run)
{
    m_openRun = run;
    m_model->setOpenRun(run);
}

void RunsPanel::refresh()
{
    if (m_shelf.folder().empty())
        return;
    // The folder may have been made since.
    if (m_watcher.directories().isEmpty())
        m_watcher.addPath(QString::fromStdString(m_shelf.folder().string()));
    m_shelf.scan();
}

void RunsPanel::showScan(const std::vector<RunSummary>& runs)
{
    const QStringList chosen = selectedRuns();
    m_scanned = true;
    m_model->setRuns(runs);
    m_treeBox->setEnabled(m_treeBox->isChecked() || m_model->hasBranches());
    if (selectedRuns() != chosen)
        select(chosen);
    if (m_chooseFirst && m_filtered->rowCount() > 0) {
        m_chooseFirst = false;
        if (chosen.isEmpty())
            chooseFirst();
    }
    askThumbnails();
    showFooter();
    showSelection();
}

void RunsPanel::askThumbnails()
{
    for (const RunSummary& run : m_model->runs()) {
        const QString path = RunListModel::pathOf(run);
        if (run.thumbnail.empty() || m_asked.value(path) == run.thumbnail)
            continue;
        m_asked.insert(path, run.thumbnail);
        m_shelf.askThumbnail(run);
    }
}

void RunsPanel::showFooter()
{
    std::int64_t bytes = 0;
    std::int64_t count = 0;
    for (const RunSummary& run : m_model->runs()) {
        bytes += run.bytes;
        count += run.isRun() ? 1 : 0;
    }
    const QString folder = QString::fromStdString(m_shelf.folder().string());
    const QString runs = count == 1 ? tr("1 run") : tr("%1 runs").arg(groupedText(count));
    m_footer->setText(folder.isEmpty() ? tr("Runs are not kept")
            : !m_scanned               ? tr("Reading %1 …").arg(folder)
                                       : tr("%1, %2 in %3").arg(runs, fromUtf8(sizeText(bytes)), folder));
    m_footer->setToolTip(folder);
    const bool none = m_scanned && m_model->runs().empty();
    const bool nothingFound = m_scanned && !none && m_filtered->rowCount() == 0;
    m_empty->setText(none ? tr("No runs yet.\n\nPress Space to train: every run is kept in\n%1\nfrom its first step, "
                               "and appears here.")
                                .arg(folder)
            : nothingFound ? tr("No run has these words.")
                           : QString());
    m_shown->setCurrentWidget(none || nothingFound ? static_cast<QWidget*>(m_empty) : m_table);
}

void RunsPanel::applyFilter(const QString& words)
{
    const QStringList chosen = selectedRuns();
    m_filtered->setWords(words);
    if (m_treeBox->isChecked())
        m_table->expandAll();
    select(chosen);
    if (selectedRuns().isEmpty())
        chooseFirst();
    showFooter();
    showSelection();
}

void RunsPanel::chooseFirst()
{
    if (m_filtered->rowCount() > 0)
        m_table->setCurrentIndex(m_filtered->index(0, 0));
}

void RunsPanel::setTree(bool tree)
{
    const QStringList chosen = selectedRuns();
    m_model->setTree(tree);
    select(chosen);
}

std::vector<QModelIndex> RunsPanel::selected() const
{
    QModelIndexList rows = m_table->selectionModel()->selectedRows();
    // In the order of the list, not of the clicks.
    std::sort(rows.begin(), rows.end(), [this](const QModelIndex& one, const QModelIndex& other) {
        return m_table->visualRect(one).top() < m_table->visualRect(other).top();
    });
    std::vector<QModelIndex> chosen;
    chosen.reserve(static_cast<std::size_t>(rows.size()));
    for (const QModelIndex& row : rows)
        chosen.push_back(m_filtered->mapToSource(row));
    return chosen;
}

QList<QString> RunsPanel::selectedRuns() const
{
    QStringList paths;
    for (const QModelIndex& index : selected())
        paths << RunListModel::pathOf(m_model->runAt(index));
    return paths;
}

const RunSummary* RunsPanel::onlySelected() const
{
    const std::vector<QModelIndex> chosen = selected();
    return chosen.size() == 1 ? &m_model->runAt(chosen.front()) : nullptr;
}

void RunsPanel::select(const QStringList& paths)
{
    QItemSelection selection;
    for (const QString& path : paths) {
        const QModelIndex row = m_filtered->mapFromSource(m_model->indexOf(path.toStdString()));
        if (row.isValid())
            selection.select(row, row.siblingAtColumn(RunListModel::ColumnCount - 1));
    }
    if (!selection.isEmpty() && !m_table->selectionModel()->isSelected(selection.indexes().constFirst()))
        m_table->selectionModel()->setCurrentIndex(selection.indexes().constFirst(), QItemSelectionModel::NoUpdate);
    m_table->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
}

void RunsPanel::showSelection()
{
    const std::vector<QModelIndex> chosen = selected();
    const RunSummary* one = onlySelected();
    const auto isRun = [this](const QModelIndex& index) { return m_model->runAt(index).isRun(); };
    const bool allRuns = !chosen.empty() && std::all_of(chosen.begin(), chosen.end(), isRun);
    const auto usable = [this](const QModelIndex& index) {
        const RunSummary& run = m_model->runAt(index);
        return run.isRun() && run.state != RunState::Damaged;
    };
    const bool openable = one && usable(chosen.front());
    m_open->setEnabled(openable);
    m_rename->setEnabled(one && one->isRun());
    m_noteEdit->setEnabled(one && one->isRun());
    m_pin->setEnabled(allRuns);
    m_pin->setText(allRuns && m_model->runAt(chosen.front()).marks.pinned ? tr("Un&pin") : tr("&Pin to the top"));
    m_queue->setEnabled(!chosen.empty() && std::all_of(chosen.begin(), chosen.end(), usable));
    m_compare->setEnabled(chosen.size() > 1 && std::all_of(chosen.begin(), chosen.end(), usable));
    m_compare->setToolTip(m_compare->isEnabled() ? tr("Lay the curves and pictures of these runs side by side")
                                                 : tr("Choose two or more runs, with Ctrl or Shift held"));
    m_export->setEnabled(openable);
    m_showFolder->setEnabled(one);
    m_copyPath->setEnabled(!chosen.empty());
    m_delete->setEnabled(allRuns);
    if (one) {
        m_details->setRun(*one);
        if (m_detailed != one->stamp)
            m_shelf.askDetails(*one);
        m_detailed = one->stamp;
        return;
    }
    m_detailed = {};
    std::int64_t bytes = 0;
    for (const QModelIndex& index : chosen)
        bytes += m_model->runAt(index).bytes;
    m_details->setWords(chosen.empty()
            ? QString()
            : tr("%1 runs chosen, %2")
                  .arg(groupedText(static_cast<std::int64_t>(chosen.size())), fromUtf8(sizeText(bytes))));
}

void RunsPanel::openSelected()
{
    if (const RunSummary* run = onlySelected(); run && m_open->isEnabled())
        Q_EMIT openRequested(RunListModel::pathOf(*run));
}

void RunsPanel::changeMarks(const std::filesystem::path& run, const std::function<void(RunMarks&)>& change)
{
    const QModelIndex index = m_model->indexOf(run);
    if (!index.isValid())
        return;
    RunMarks marks = m_model->runAt(index).marks;
    change(marks);
    m_model->mark(index, marks);
}

void RunsPanel::pinSelected()
{
    const std::vector<QModelIndex> chosen = selected();
    if (chosen.empty())
        return;
    const bool pinned = !m_model->runAt(chosen.front()).marks.pinned;
    for (const QModelIndex& index : chosen) {
        RunMarks marks = m_model->runAt(index).marks;
        marks.pinned = pinned;
        if (!m_model->mark(index, marks))
            break;
    }
    showSelection();
}

QString RunsPanel::whyNotThrown(const RunSummary& run) const
{
    if (run.path == m_openRun)
        return tr("“%1” is open in this window: open another run or start anew first.").arg(nameOfRun(run));
    // Asked again: the list may be some seconds old.
    if (readRun(run.path, &run).locked)
        return tr("“%1” is open in another window or process: close it there first.").arg(nameOfRun(run));
    return {};
}

void RunsPanel::throwAway()
{
    std::vector<RunSummary> going;
    for (const QModelIndex& index : selected()) {
        const RunSummary& run = m_model->runAt(index);
        if (const QString why = whyNotThrown(run); !why.isEmpty()) {
            m_banner->show(Banner::Kind::Warning, why);
            return;
        }
        going.push_back(run);
    }
    if (going.empty())
        return;
    m_details->setWords({}); // hands over a note that is still being written
    m_thrown.clear();
    m_chooseFirst = true;
    QString problem;
    for (const RunSummary& run : going) {
        const Result<QString> place = m_dialogs.moveToTrash(RunListModel::pathOf(run));
        if (!place) {
            problem = fromUtf8(place.error().sentence());
            break;
        }
        m_thrown.push_back({RunListModel::pathOf(run), *place});
    }
    const QString what = m_thrown.size() == 1 ? tr("“%1” is in the trash.").arg(nameOfRun(going.front()))
                                              : tr("%1 runs are in the trash.").arg(m_thrown.size());
    const QString undo = m_thrown.empty() ? QString() : tr("Undo");
    if (!problem.isEmpty())
        m_banner->show(Banner::Kind::Error, problem, undo);
    else
        m_banner->show(Banner::Kind::Information, what, undo);
    refresh();
}

void RunsPanel::bringBack()
{
    for (const Thrown& run : std::exchange(m_thrown, {})) {
        if (QFileInfo::exists(run.from) || !QDir().rename(run.inTrash, run.from)) {
            m_banner->show(Banner::Kind::Error,
                tr("%1 could not be brought back. It is in the trash as %2.").arg(run.from, run.inTrash));
            return refresh();
        }
        // The trash keeps a note of where each thing came from.
        const QFileInfo place(run.inTrash);
        QFile::remove(
            place.absolutePath() + QStringLiteral("/../info/") + place.fileName() + QStringLiteral(".trashinfo"));
    }
    m_banner->clear();
    refresh();
}

void RunsPanel::chooseFolder()
{
    const QString folder = m_dialogs.openFolder(this, tr("Where runs are kept"));
    if (folder.isEmpty())
        return;
    setRunsFolder(folder.toStdString());
    Q_EMIT runsFolderChosen(folder);
}

} // namespace saddle
