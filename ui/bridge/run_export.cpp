// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/run_export.h"

#include "core/runs/export/metrics_export.h"
#include "core/runs/export/run_archive.h"
#include "core/video/run_film.h"

#include <QtGlobal>

#include <exception>
#include <filesystem>
#include <utility>

namespace saddle {

namespace {

constexpr const char* key = "export";
constexpr double framesPerSecond = 10;

Status film(const std::filesystem::path& run, FilmFormat format, const std::filesystem::path& target,
    const LoadMonitor& monitor)
{
    if (Status usable = filmFormatUsable(format); !usable)
        return usable;
    const std::string what = QT_TRANSLATE_NOOP("RunExport", "Making the film");
    const Result<Film> made = makeRunFilm(run, {.path = target, .format = format, .framesPerSecond = framesPerSecond},
        [&](std::int64_t done, std::int64_t total) {
            return monitor(total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 0, what);
        });
    return made ? Status() : Status(made.error());
}

Status write(RunFormat format, const std::filesystem::path& run, const std::filesystem::path& target,
    const Catalog& catalog, const LoadMonitor& monitor)
{
    switch (format) {
    case RunFormat::Archive:
        return packRun(run, target, CheckpointChoice::Last, monitor);
    case RunFormat::Csv:
        return exportMetricsCsv(run, target, monitor);
    case RunFormat::TensorBoard:
        return exportTensorBoard(run, target, catalog, monitor);
    case RunFormat::Gif:
        return film(run, FilmFormat::Gif, target, monitor);
    case RunFormat::Mp4:
        break;
    }
    return film(run, FilmFormat::Mp4, target, monitor);
}

} // namespace

const std::array<RunFormatInfo, 5>& runFormats()
{
    static const std::array<RunFormatInfo, 5> formats{{
        {RunFormat::Archive, "exportRunArchive",
            QT_TRANSLATE_NOOP("RunExport", "One &archive, with the last checkpoint…"), ".zip",
            QT_TRANSLATE_NOOP("RunExport", "Archive of a run (*.zip)")},
        {RunFormat::Csv, "exportRunCsv", QT_TRANSLATE_NOOP("RunExport", "All numbers as &CSV…"), ".csv",
            QT_TRANSLATE_NOOP("RunExport", "Table (*.csv)")},
        {RunFormat::TensorBoard, "exportRunTensorBoard", QT_TRANSLATE_NOOP("RunExport", "Folder for &TensorBoard…"), "",
            QT_TRANSLATE_NOOP("RunExport", "New folder (*)")},
        {RunFormat::Gif, "exportRunGif", QT_TRANSLATE_NOOP("RunExport", "Its samples as &GIF…"), ".gif",
            QT_TRANSLATE_NOOP("RunExport", "Film (*.gif)")},
        {RunFormat::Mp4, "exportRunMp4", QT_TRANSLATE_NOOP("RunExport", "Its samples as &MP4…"), ".mp4",
            QT_TRANSLATE_NOOP("RunExport", "Film (*.mp4)")},
    }};
    return formats;
}

RunExport::RunExport(const Catalog& catalog, QObject* parent)
    : QObject(parent)
    , m_catalog(catalog)
{
}

void RunExport::start(const QString& run, RunFormat format, const QString& target)
{
    if (m_busy)
        return;
    m_busy = true;
    Q_EMIT busyChanged();
    m_work.post(key, [this, run, format, target](const std::stop_token& stop) {
        int shown = -1;
        const LoadMonitor monitor = [&](double part, const std::string& what) {
            // The window is told of whole percents, not of every file.
            if (const int percent = static_cast<int>(100 * part); percent != std::exchange(shown, percent)) {
                QMetaObject::invokeMethod(
                    this, [this, part, what] { Q_EMIT progress(part, tr(what.c_str())); }, Qt::QueuedConnection);
            }
            return !stop.stop_requested();
        };
        Status status;
        try {
            status = write(format, run.toStdString(), target.toStdString(), m_catalog, monitor);
        } catch (const std::exception& thrown) { // nothing thrown may leave the thread
            status = Error{std::string("the run cannot be exported: ") + thrown.what(), target.toStdString(),
                "free some memory, then try again"};
        }
        const QString why = status ? QString() : QString::fromStdString(status.error().sentence());
        const auto tell = [this, why, target, cancelled = stop.stop_requested()] {
            end();
            if (why.isEmpty())
                Q_EMIT saved(target); // also where it was cancelled too late
            else if (!cancelled)
                Q_EMIT failed(why);
        };
        QMetaObject::invokeMethod(this, tell, Qt::QueuedConnection);
    });
}

void RunExport::cancel()
{
    if (m_work.cancel(key)) // it had not begun
        end();
}

void RunExport::end()
{
    m_busy = false;
    Q_EMIT busyChanged();
}

} // namespace saddle
