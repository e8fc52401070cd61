// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/checkpoints.h"
#include "core/runs/run_lock.h"
#include "core/runs/run_origin.h"
#include "core/session/engine.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace saddle {

/// Something that happened in a run: a line of events.jsonl, a marker on the curves.
struct RunEvent {
    std::int64_t step = 0;
    double seconds = 0;
    std::string kind; ///< "start", "play", "pause", "step", "trace", "edit", "rejected", "checkpoint", "warning",
                      ///< "error", "finish", "diagnosis"
    std::string text; ///< for people
    Json data = Json::object();
};

/// A run on disk, open for writing:
///
///     experiment.json   the resolved experiment, written first
///     run.json          when it began, and from which other run
///     metrics.csv       one row a recorded step
///     events.jsonl      starts, edits, checkpoints, warnings, errors
///     samples/          00000500.png
///     checkpoints/      00000500/{state.json, tensors.safetensors}
///
/// Rows and events reach the disk a whole line at a time.
class RunFolder {
public:
    /// Whether a run may begin in a folder: it holds nothing yet, and can be written.
    static Status check(const std::filesystem::path& folder);

    /// Starts a run in a folder that does not exist or is empty. It is locked while the RunFolder lives.
    /// What `lost`, a run whose folder is gone, has not written yet is written in this one.
    static Result<std::unique_ptr<RunFolder>> create(const std::filesystem::path& folder, const Json& document,
        const std::vector<ColumnInfo>& columns, const std::optional<RunParent>& parent = {}, RunFolder* lost = nullptr);

    /// Opens a run to go on from a step, and locks it. Rows after that step are set aside in a file of their own,
    /// whole. Half an event at the end of the log, from a crash, is cut off.
    static Result<std::unique_ptr<RunFolder>> resume(
        const std::filesystem::path& folder, std::int64_t step, const std::vector<ColumnInfo>& columns);

    ~RunFolder();
    RunFolder(const RunFolder&) = delete;
    RunFolder& operator=(const RunFolder&) = delete;

    const std::filesystem::path& path() const { return m_folder; }
    /// Whether the run is still where it was written.
    bool isThere() const;
    /// Lines of events.jsonl so far: a checkpoint keeps it, so that what came later can be told apart.
    std::int64_t eventLines() const { return m_eventLines; }

    /// An error leaves the file with whole lines only; the rows that failed are tried again with the next call.
    Status appendRows(const std::vector<MetricRow>& rows);
    Status appendEvent(const RunEvent& event);
    /// Rows and events that failed, again.
    Status writePending();
    Status writeSamples(const Samples& samples);

private:
    RunFolder(std::filesystem::path folder, RunLock lock);

    /// A file that grows by whole lines.
    struct Log {
        const char* name;
        int descriptor = -1;
        std::int64_t size = 0; ///< bytes in whole lines
        std::string pending = {}; ///< lines that are not in it yet
    };
    bool openLogs();
    Status append(Log& log);
    Status reopen(Log& log);

    std::filesystem::path m_folder;
    RunLock m_lock;
    Log m_metrics{"metrics.csv"};
    Log m_events{"events.jsonl"};
    std::int64_t m_eventLines = 0;
};

/// Whether nothing of a run is a link, which could lead out of its folder.
Status checkRunParts(const std::filesystem::path& runFolder);

/// The first line of metrics.csv, without its end.
std::string metricsHeader(const std::vector<ColumnInfo>& columns);
/// A row of metrics.csv with its end.
std::string metricsLine(const MetricRow& row);

Result<Json> readExperiment(const std::filesystem::path& runFolder);
/// Kept grids by step, links aside.
std::vector<std::pair<std::int64_t, std::filesystem::path>> keptSamples(const std::filesystem::path& runFolder);

/// A name for a new run in a folder of runs: "fashion-dcgan-2026-05-01-1402-33", not yet made, with a number behind it
/// if taken.
std::filesystem::path newRunFolder(const std::filesystem::path& runs, const std::string& name);

/// Samples as one picture: a grid of images, or points over the heat map.
Image picture(const Samples& samples);

} // namespace saddle
