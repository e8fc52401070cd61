// SPDX-License-Identifier: GPL-3.0-or-later
// MainWindow: the time machine. One timeline moves grids, curves and the latent lab; from its checkpoints a run goes
// on.
#include "ui/lab/latent_panel.h"
#include "ui/main_window.h"
#include "ui/models/run_series.h"
#include "ui/models/run_timeline.h"
#include "ui/panels/compare_panel.h"
#include "ui/panels/moment_menu.h"
#include "ui/panels/samples_panel.h"
#include "ui/panels/time_bar.h"
#include "ui/plots/plots_panel.h"
#include "ui/widgets/banner.h"

#include <QAction>
#include <QMenu>

#include <algorithm>
#include <limits>

namespace saddle {

void MainWindow::connectTimeline()
{
    m_timeline->setClock([this](qint64 step) -> std::optional<double> {
        const SeriesStore& series = m_workbench->series();
        const std::optional<std::size_t> steps = series.columnIndex("step");
        const std::optional<std::size_t> seconds = series.columnIndex("seconds");
        if (!steps || !seconds || series.rowCount() == 0 || !series.column(*steps).isMonotone())
            return std::nullopt;
        return series.convert(*steps, static_cast<double>(step), *seconds);
    });
    connect(m_timeline, &RunTimeline::changed, this, &MainWindow::updateTimeActions);
    connect(m_timeline, &RunTimeline::moved, this, [this](qint64 step) {
        updateTimeActions();
        m_plots->setTimeCursor(
            step == RunTimeline::live ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(step));
    });
    const auto rewind = [this](qint64 step) { goOnFrom(step, RunParent::How::Rewind); };
    const auto fork = [this](qint64 step) { goOnFrom(step, RunParent::How::Fork); };
    connect(m_plots, &PlotsPanel::markerClicked, m_timeline,
        [this](const Marker& marker) { m_timeline->goTo(static_cast<qint64>(marker.step)); });
    connect(m_plots, &PlotsPanel::markerMenu, this, [this, rewind, fork](const Marker& marker, QMenu* menu) {
        addMomentActions(
            menu, *m_timeline, static_cast<qint64>(marker.step), [this](qint64 step) { m_timeline->goTo(step); },
            rewind, fork);
    });
    connect(m_workbench, &Workbench::goBackRequested, this, rewind);
    for (TimeBar* bar : {m_samples->timeBar(), m_latent->timeBar()}) {
        connect(bar, &TimeBar::rewindRequested, this, rewind);
        connect(bar, &TimeBar::forkRequested, this, fork);
    }
}

void MainWindow::showLineage()
{
    const std::optional<Lineage>& lineage = m_workbench->lineage();
    m_timeline->setRun(lineage);
    const std::vector<Marker> markers = markersOf(lineage.value_or(Lineage()), m_workbench->events());
    for (const Marker& marker : markers)
        m_plots->addMarker(marker);
    m_timeline->setMarkers(markers);
}

void MainWindow::goOnFrom(qint64 step, RunParent::How how)
{
    const std::vector<RunTimeline::Moment>& moments = m_timeline->moments();
    const auto at = std::find_if(
        moments.begin(), moments.end(), [step](const RunTimeline::Moment& moment) { return moment.step == step; });
    if (at == moments.end() || at->checkpoint.empty())
        return report(tr("No checkpoint was saved at step %1.").arg(xText(static_cast<double>(step), XAxis::Step)));
    const std::filesystem::path checkpoint = at->checkpoint; // the moments change meanwhile
    const Status begun =
        how == RunParent::How::Rewind ? m_workbench->rewindTo(checkpoint) : m_workbench->forkFrom(checkpoint);
    if (!begun)
        report(QString::fromStdString(begun.error().sentence()));
}

void MainWindow::goOnFromHere(RunParent::How how)
{
    if (const RunTimeline::Moment* checkpoint = m_timeline->atOrBefore(RunTimeline::Stop::Checkpoint))
        goOnFrom(checkpoint->step, how);
}

void MainWindow::updateTimeActions()
{
    const TimeBar* bar = m_samples->timeBar();
    m_rewind->setEnabled(bar->whyNoRewind().isEmpty());
    m_fork->setEnabled(bar->whyNoFork().isEmpty());
    m_rewind->setToolTip(
        m_rewind->isEnabled() ? tr("Go on from here in a run of its own; this one is kept") : bar->whyNoRewind());
    m_fork->setToolTip(
        m_fork->isEnabled() ? tr("A new run from here, with other settings; this one is kept") : bar->whyNoFork());
}

void MainWindow::sayWhereItBegins()
{
    const std::optional<RunParent> parent = m_workbench->beginsFrom();
    if (!parent)
        return;
    const QString step = xText(static_cast<double>(parent->step), XAxis::Step);
    const QString run = QString::fromStdString(parent->run);
    m_banner->show(Banner::Kind::Information,
        parent->how == RunParent::How::Fork
            ? tr("A fork of %1 at step %2: change settings on the left, then press Play. The other run is kept.")
                  .arg(run, step)
            : tr("Back at step %2 of %1. Play goes on from here in a run of its own; the other one is kept.")
                  .arg(run, step));
}

void MainWindow::sayWhatIsWatched()
{
    if (m_workbench->bridge()->isTrainedElsewhere())
        m_banner->show(Banner::Kind::Information, tr("Watching a run that another process trains."));
    else
        m_banner->show(Banner::Kind::Information,
            tr("The other process has ended. Open the run to go on with it here."), tr("Open"));
}

void MainWindow::compareRuns(const QStringList& folders)
{
    QStringList wanted = folders;
    if (wanted.isEmpty()) {
        if (const std::filesystem::path& run = m_workbench->bridge()->now().runFolder; !run.empty())
            wanted << QString::fromStdString(run.string());
        const QString other = m_dialogs.openFolder(this, tr("Compare with a run"));
        if (other.isEmpty())
            return;
        wanted << other;
    }
    delete m_compareWindow; // what is compared now is another question
    m_compareWindow =
        new CompareWindow(m_workbench->document()->catalog(), m_dialogs.openFolder, m_dialogs.saveFile, this);
    connect(m_compareWindow, &CompareWindow::saved, this, &MainWindow::sayWhatWasSaved);
    m_compareWindow->addRuns(wanted);
    m_compareWindow->show();
    m_compareWindow->raise();
    m_compareWindow->activateWindow();
}

} // namespace saddle
