// SPDX-License-Identifier: GPL-3.0-or-later
// SamplesPanel: what is shown, and exports. How it looks is in samples_panel_layout.cpp.
#include "ui/panels/samples_panel.h"

#include "core/base/files.h"
#include "core/runs/run_folder.h"
#include "ui/models/run_timeline.h"
#include "ui/panels/grid_export.h"
#include "ui/plots/plane_view.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/progress_row.h"

#include <QCheckBox>
#include <QFileDialog>
#include <QKeyEvent>
#include <QStackedWidget>

#include <algorithm>

namespace saddle {
namespace {

constexpr std::size_t largestGrid = 512u << 20;

} // namespace

FolderDialog systemFolderDialog()
{
    return [](QWidget* parent, const QString& title) { return QFileDialog::getExistingDirectory(parent, title); };
}

void SamplesPanel::follow()
{
    m_decode.setSingleShot(true);
    m_decode.setInterval(0);
    connect(&m_decode, &QTimer::timeout, this, &SamplesPanel::present);
    connect(m_timeline, &RunTimeline::moved, this, &SamplesPanel::onMoved);
    connect(m_timeline, &RunTimeline::changed, this, &SamplesPanel::onMoments);
}

void SamplesPanel::onMoved()
{
    if (!m_timeline->isLive())
        return m_decode.start();
    m_decode.stop();
    present();
}

void SamplesPanel::onMoments()
{
    // Only what is shown for want of live samples can be another now.
    if (m_timeline->isLive() && !m_live)
        present();
    else
        updateHeader();
}

void SamplesPanel::setSamples(std::shared_ptr<const Samples> samples)
{
    m_live = std::move(samples);
    m_timeline->lookSoon();
    if (m_timeline->isLive())
        present();
}

void SamplesPanel::setRealSamples(std::shared_ptr<const Samples> samples)
{
    m_real = std::move(samples);
    m_realView->setImage(m_real && !m_real->isPoints() ? picture(*m_real) : Image());
    m_realView->setPngText({{"Title", "real images"}, {"Software", "Saddle"}});
    m_realView->setSuggestedName(QStringLiteral("real"));
    present();
}

void SamplesPanel::clear()
{
    m_live.reset();
    m_real.reset();
    m_realView->clear();
    m_plane->clear();
    m_loading.clear();
    m_banner->clear();
    present();
}

void SamplesPanel::setLoading(const QString& what, double fraction)
{
    m_loading = what;
    m_fraction = fraction;
    if (m_shown == Shown::Nothing)
        showNothing();
}

bool SamplesPanel::holdsPoints() const
{
    return (m_live && m_live->isPoints()) || (m_real && m_real->isPoints());
}

void SamplesPanel::present()
{
    // A run that was opened shows its last grid until there is something live.
    const RunTimeline::Moment* kept = m_timeline->nearestGrid();
    if (kept && (!m_timeline->isLive() || !m_live))
        showKept(kept->step, kept->grid);
    else if (m_live)
        showSamples(*m_live, Shown::Live);
    else if (m_real)
        showSamples(*m_real, Shown::Real);
    else
        showNothing();
    if (m_shown != Shown::Unreadable && !m_decodeProblem.isEmpty()) {
        if (m_banner->text() == m_decodeProblem)
            m_banner->clear();
        m_decodeProblem.clear();
    }
    updateHeader();
    updateCaptions();
}

void SamplesPanel::showSamples(const Samples& samples, Shown shown)
{
    m_shown = shown;
    m_shownStep = samples.step;
    m_shownFile.clear();
    if (samples.isPoints()) {
        m_plane->setSuggestedName(suggestedStem());
        if (shown == Shown::Real)
            m_plane->setRealOnly(samples);
        else
            m_plane->setSamples(samples);
        m_centre->setCurrentWidget(m_plane);
        return;
    }
    showGrid(picture(samples), pngText());
}

void SamplesPanel::showKept(qint64 step, const std::filesystem::path& file)
{
    // Also reached when only captions change: the grid on the screen is not read again.
    if (m_shown == Shown::KeptGrid && m_shownFile == file && (m_centre->currentWidget() == m_plane) == holdsPoints())
        return;
    Result<Image> image = readPng(file);
    m_shownStep = step;
    m_shownFile = file;
    if (!image) {
        m_shown = Shown::Unreadable;
        m_decodeProblem = QString::fromStdString(image.error().sentence());
        m_plane->clear();
        m_view->setNote(tr("This grid cannot be read"));
        showGrid({}, {});
        report(m_decodeProblem);
        return;
    }
    m_shown = Shown::KeptGrid;
    if (holdsPoints()) {
        m_view->clear();
        m_plane->setSuggestedName(suggestedStem());
        m_plane->setPicture(*image);
        m_centre->setCurrentWidget(m_plane);
        return;
    }
    showGrid(*std::move(image), pngText());
}

void SamplesPanel::showGrid(Image image, const PngText& text)
{
    m_view->setImage(std::move(image));
    m_view->setPngText(text);
    m_view->setSuggestedName(suggestedStem());
    m_centre->setCurrentWidget(m_grids);
}

PngText SamplesPanel::pngText() const
{
    // The words that a run's own grids carry, so that the same picture gives the same bytes.
    const std::string title = m_shown == Shown::Real ? "real images" : "step " + std::to_string(m_shownStep);
    return {{"Title", title}, {"Software", "Saddle"}};
}

QString SamplesPanel::suggestedStem() const
{
    if (m_shown == Shown::Real)
        return QStringLiteral("real");
    // A kept grid is named after the run that kept it.
    std::filesystem::path folder;
    if (!m_shownFile.empty())
        folder = m_shownFile.parent_path().parent_path();
    else if (m_timeline->lineage())
        folder = m_timeline->lineage()->folder();
    const QString run = folder.empty() ? QStringLiteral("step") : QString::fromStdString(folder.filename().string());
    return QStringLiteral("%1-%2").arg(run, QString::fromStdString(stepName(m_shownStep)));
}

bool SamplesPanel::exportGrid(const QString& file)
{
    Status written;
    if (m_shown == Shown::KeptGrid) {
        const Result<std::string> bytes = readFile(m_shownFile, largestGrid);
        written = bytes ? writeFileWhole(file.toStdString(), *bytes) : Status(bytes.error());
    } else if (m_shown == Shown::Live || m_shown == Shown::Real) {
        written = writePng(file.toStdString(), picture(m_shown == Shown::Live ? *m_live : *m_real), pngText());
    } else {
        written = Error{tr("there is no grid to save").toStdString(), {}, {}};
    }
    if (!written)
        report(QString::fromStdString(written.error().sentence()));
    return written.ok();
}

void SamplesPanel::askExport()
{
    const Result<QString> file =
        chooseFile(this, m_saveDialog, tr("Save this grid as PNG"), suggestedStem(), SaveFormat::Png);
    if (!file)
        return report(QString::fromStdString(file.error().sentence()));
    if (!file->isEmpty() && exportGrid(*file))
        Q_EMIT saved(*file);
}

void SamplesPanel::askExportAll()
{
    const QString folder = m_folderDialog(this, tr("Save all kept grids in a folder"));
    if (!folder.isEmpty())
        exportAllGrids(folder);
}

void SamplesPanel::exportAllGrids(const QString& folder)
{
    m_timeline->look();
    if (m_exporter->isRunning())
        return;
    std::vector<std::filesystem::path> files = keptFiles();
    if (files.empty())
        return report(tr("No grid has been kept yet"));
    m_exporter->start(std::move(files), folder);
    updateHeader();
}

std::vector<std::filesystem::path> SamplesPanel::keptFiles() const
{
    std::vector<std::filesystem::path> files;
    for (const RunTimeline::Moment& moment : m_timeline->moments()) {
        if (!moment.grid.empty())
            files.push_back(moment.grid);
    }
    return files;
}

bool SamplesPanel::isExporting() const
{
    return m_exporter->isRunning();
}

void SamplesPanel::exportEnded()
{
    m_exportRow->hide();
    updateHeader();
    const GridExport::Report& done = m_exporter->report();
    const auto grids = [](int count) { return count == 1 ? tr("1 grid") : tr("%1 grids").arg(count); };
    QString text = done.cancelled ? tr("Cancelled after saving %1 in %2.").arg(grids(done.copied), done.folder)
                                  : tr("Saved %1 in %2.").arg(grids(done.copied), done.folder);
    if (done.copied == 0 && done.alreadyThere > 0 && !done.cancelled)
        text = tr("Nothing to save: %1 in %2 already.").arg(grids(done.alreadyThere), done.folder);
    else if (done.alreadyThere > 0)
        text += QLatin1Char(' ')
            + (done.alreadyThere == 1 ? tr("1 was there already.")
                                      : tr("%1 were there already.").arg(done.alreadyThere));
    if (done.renamed > 0)
        text += QLatin1Char(' ')
            + (done.renamed == 1
                    ? tr("1 name was taken, so that file got a number behind it.")
                    : tr("%1 names were taken, so those files got a number behind them.").arg(done.renamed));
    if (!done.error.isEmpty())
        report(done.error + QLatin1Char(' ') + tr("Saved before that: %1.").arg(grids(done.copied)));
    else
        m_banner->show(Banner::Kind::Information, text);
}

void SamplesPanel::report(const QString& what)
{
    m_banner->show(Banner::Kind::Error, what);
    Q_EMIT problem(what);
}

void SamplesPanel::setSaveDialog(const SaveDialog& dialog)
{
    m_saveDialog = dialog;
    m_view->setSaveDialog(dialog);
    m_realView->setSaveDialog(dialog);
    m_plane->setSaveDialog(dialog);
}

void SamplesPanel::keyPressEvent(QKeyEvent* event)
{
    // The views leave these keys to the time slider, as long as they need none to move in.
    if (!m_timeline->takeKey(*event))
        QWidget::keyPressEvent(event);
}

} // namespace saddle
