// SPDX-License-Identifier: GPL-3.0-or-later
// SamplesPanel: what is shown, and exports. How it looks is in samples_panel_layout.cpp.
#include "ui/panels/samples_panel.h"

#include "core/base/files.h"
#include "core/runs/run_folder.h"
#include "ui/panels/grid_export.h"
#include "ui/plots/plane_view.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/progress_row.h"

#include <QCheckBox>
#include <QFileDialog>
#include <QKeyEvent>
#include <QSlider>
#include <QStackedWidget>

#include <algorithm>

namespace saddle {
namespace {

constexpr int lookAgainMilliseconds = 1000;
constexpr std::size_t largestGrid = 512u << 20;

} // namespace

FolderDialog systemFolderDialog()
{
    return [](QWidget* parent, const QString& title) { return QFileDialog::getExistingDirectory(parent, title); };
}

void SamplesPanel::startTimers()
{
    m_decode.setSingleShot(true);
    m_decode.setInterval(0);
    connect(&m_decode, &QTimer::timeout, this, &SamplesPanel::present);
    m_lookAgain.setSingleShot(true);
    m_lookAgain.setInterval(lookAgainMilliseconds);
    connect(&m_lookAgain, &QTimer::timeout, this, &SamplesPanel::refreshKept);
}

void SamplesPanel::setSamples(std::shared_ptr<const Samples> samples)
{
    m_live = std::move(samples);
    if (!m_folder.empty() && !m_lookAgain.isActive())
        m_lookAgain.start();
    if (m_scrubbed < 0)
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

void SamplesPanel::setRunFolder(const std::filesystem::path& folder)
{
    m_folder = folder;
    m_kept.clear();
    if (!folder.empty())
        m_kept = keptSamples(folder);
    scrubTo(-1);
    present();
}

void SamplesPanel::refreshKept()
{
    Kept kept;
    if (!m_folder.empty())
        kept = keptSamples(m_folder);
    if (kept == m_kept)
        return;
    m_kept = std::move(kept);
    const auto known = [this](const auto& grid) { return grid.first == m_scrubbed; };
    if (m_scrubbed >= 0 && std::none_of(m_kept.begin(), m_kept.end(), known))
        scrubTo(-1);
    else if (m_scrubbed < 0 && !m_live)
        present();
    updateTime();
}

void SamplesPanel::clear()
{
    m_live.reset();
    m_real.reset();
    m_realView->clear();
    m_plane->clear();
    m_loading.clear();
    m_banner->clear();
    m_lookAgain.stop();
    setRunFolder({});
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

void SamplesPanel::scrubTo(qint64 step)
{
    if (step == m_scrubbed)
        return;
    m_scrubbed = step;
    if (step < 0) {
        m_decode.stop();
        present();
    } else {
        m_decode.start();
    }
    updateTime();
    Q_EMIT scrubbed(step);
}

void SamplesPanel::showStep(qint64 step)
{
    if (step < 0)
        return scrubTo(-1);
    const auto distance = [step](const auto& grid) { return std::abs(grid.first - step); };
    const auto nearest = std::min_element(
        m_kept.begin(), m_kept.end(), [&](const auto& a, const auto& b) { return distance(a) < distance(b); });
    if (nearest != m_kept.end())
        scrubTo(nearest->first);
}

void SamplesPanel::present()
{
    // A run that was opened shows its last grid until there is something live.
    const auto chosen = m_scrubbed < 0
        ? m_kept.end()
        : std::find_if(m_kept.begin(), m_kept.end(), [this](const auto& grid) { return grid.first == m_scrubbed; });
    if (chosen != m_kept.end())
        showKept(static_cast<std::size_t>(chosen - m_kept.begin()));
    else if (m_live)
        showSamples(*m_live, Shown::Live);
    else if (!m_kept.empty())
        showKept(m_kept.size() - 1);
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
    updateTime();
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

void SamplesPanel::showKept(std::size_t index)
{
    const auto& [step, file] = m_kept[index];
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
    const QString run =
        m_folder.empty() ? QStringLiteral("step") : QString::fromStdString(m_folder.filename().string());
    if (m_shown == Shown::Real)
        return QStringLiteral("real");
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
    refreshKept();
    if (m_exporter->isRunning())
        return;
    if (m_kept.empty())
        return report(tr("No grid has been kept yet"));
    std::vector<std::filesystem::path> files;
    for (const auto& grid : m_kept)
        files.push_back(grid.second);
    m_exporter->start(std::move(files), folder);
    updateHeader();
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
    switch (event->key()) {
    case Qt::Key_Left:
        return m_time->triggerAction(QAbstractSlider::SliderSingleStepSub);
    case Qt::Key_Right:
        return m_time->triggerAction(QAbstractSlider::SliderSingleStepAdd);
    case Qt::Key_Home:
        return m_time->triggerAction(QAbstractSlider::SliderToMinimum);
    case Qt::Key_End:
        return m_time->triggerAction(QAbstractSlider::SliderToMaximum);
    default:
        QWidget::keyPressEvent(event);
    }
}

} // namespace saddle
