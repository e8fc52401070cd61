// SPDX-License-Identifier: GPL-3.0-or-later
// Runs taken elsewhere: one archive and back, numbers for other programs, and a film.
#include "core/commands/commands.h"
#include "core/commands/generating.h"
#include "core/commands/interrupt.h"
#include "core/commands/output.h"
#include "core/commands/progress_line.h"

#include "core/base/files.h"
#include "core/runs/export/metrics_export.h"
#include "core/runs/export/run_archive.h"
#include "core/runs/run_folder.h"
#include "core/training/builtin.h"
#include "core/video/run_film.h"

#include <cstdio>
#include <optional>

namespace saddle {

namespace {

/// Draws how far it is, until a person interrupts.
class Watched {
public:
    explicit Watched(bool quiet)
        : m_line(100, quiet)
    {
    }

    LoadMonitor monitor()
    {
        return [this](double fraction, const std::string& what) {
            m_line.status(what + ", " + std::to_string(static_cast<int>(100 * fraction)) + " %");
            return !m_guard.interrupted();
        };
    }
    /// What a command comes to that made a file or folder.
    int end(const Status& status, const std::filesystem::path& made)
    {
        m_line.finish();
        return !status && m_guard.interrupted() ? Interrupted : written(status, made);
    }

private:
    InterruptGuard m_guard;
    ProgressLine m_line;
};

int exportFilm(const RunExportRequest& request)
{
    const FilmFormat format = request.format == "gif" ? FilmFormat::Gif : FilmFormat::Mp4;
    if (Status usable = filmFormatUsable(format); !usable)
        return report(usable.error());
    const InterruptGuard guard;
    std::optional<ProgressLine> line;
    const Result<Film> film = makeRunFilm(request.run,
        {.path = request.out, .format = format, .framesPerSecond = request.framesPerSecond, .zoom = request.zoom},
        monitorBy(line, guard, request.quiet, "frame", 0));
    if (line)
        line->finish();
    if (!film)
        return guard.interrupted() ? Interrupted : report(film.error());
    for (const std::string& note : film->notes) {
        if (!request.quiet)
            std::fprintf(stderr, "%s\n", note.c_str());
    }
    return written({}, request.out);
}

} // namespace

int exportRunCommand(const RunExportRequest& request)
{
    if (Result<Json> experiment = readExperiment(request.run); !experiment)
        return report(experiment.error());
    if (request.format == "tensorboard") {
        if (Status usable = checkEmptyFolder(request.out); !usable)
            return report(usable.error());
        Watched watched(request.quiet);
        return watched.end(
            exportTensorBoard(request.run, request.out, builtinCatalog(), watched.monitor()), request.out);
    }
    if (Status usable = checkOutputFile(request.out); !usable)
        return report(usable.error());
    if (request.format == "gif" || request.format == "mp4")
        return exportFilm(request);
    Watched watched(request.quiet);
    if (request.format == "csv")
        return watched.end(exportMetricsCsv(request.run, request.out, watched.monitor()), request.out);
    const CheckpointChoice checkpoints = request.checkpoints == "all" ? CheckpointChoice::All
        : request.checkpoints == "none"                               ? CheckpointChoice::None
                                                                      : CheckpointChoice::Last;
    return watched.end(packRun(request.run, request.out, checkpoints, watched.monitor()), request.out);
}

int unpackRunCommand(const RunUnpackRequest& request)
{
    Watched watched(request.quiet);
    const Result<std::filesystem::path> run =
        unpackRun(request.archive, request.into.empty() ? userDataFolder() / "runs" : request.into, watched.monitor());
    return run ? watched.end({}, *run) : watched.end(run.error(), request.archive);
}

} // namespace saddle
