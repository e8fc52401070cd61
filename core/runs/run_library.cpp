// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/run_library.h"

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/json_values.h"
#include "core/base/shown_name.h"
#include "core/base/untrusted_file.h"
#include "core/io/csv.h"
#include "core/runs/retention.h"
#include "core/runs/run_folder.h"
#include "core/runs/run_lock.h"
#include "core/runs/run_origin.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>
#include <optional>
#include <string_view>

#include <sys/stat.h>

namespace saddle {

namespace fs = std::filesystem;

namespace {

/// What is read of a file at most. The ends of the table and the log hold a few hundred lines.
constexpr std::size_t largestExperiment = std::size_t{4} << 20;
constexpr std::size_t largestEnd = std::size_t{64} << 10;
/// A run has some hundred files; a folder made to keep a program busy has more.
constexpr int mostFiles = 100'000;
constexpr int deepestFolder = 8;

/// Not followed where it is a link.
bool isFolder(const fs::path& path)
{
    std::error_code error;
    return fs::is_directory(fs::symlink_status(path, error));
}

bool isPlainFile(const fs::path& path)
{
    std::error_code error;
    return fs::is_regular_file(fs::symlink_status(path, error));
}

bool isThere(const fs::path& path)
{
    std::error_code error;
    return fs::exists(fs::symlink_status(path, error));
}

/// Nanoseconds of the last change and the size of what a run is made of.
std::array<std::int64_t, 16> stampOf(const fs::path& run)
{
    std::array<std::int64_t, 16> stamp{};
    std::size_t at = 0;
    for (const char* part :
        {"", "experiment.json", "metrics.csv", "events.jsonl", "marks.json", "run.json", "samples", "checkpoints"}) {
        struct stat info { };
        const bool there = ::lstat((run / part).c_str(), &info) == 0;
        stamp[at++] = there ? std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec : -1;
        stamp[at++] = there ? std::int64_t{info.st_size} : -1;
    }
    return stamp;
}

void readTimes(RunSummary& run)
{
    for (std::size_t i = 0; i < run.stamp.size(); i += 2) {
        if (run.stamp[i] < 0)
            continue;
        const std::int64_t seconds = run.stamp[i] / 1'000'000'000;
        run.created = run.created == 0 ? seconds : std::min(run.created, seconds);
        run.changed = std::max(run.changed, seconds);
    }
}

void damaged(RunSummary& run, const Error& error)
{
    run.logged = RunState::Damaged;
    if (run.problem.empty())
        run.problem = error.sentence();
}

std::string textAt(const Json& json, const char* path)
{
    const Json* text = findPath(json, path);
    return text && text->is_string() ? shownName(text->get<std::string>()) : std::string();
}

std::int64_t countAt(const Json& json, const char* path)
{
    const Json* number = findPath(json, path);
    return number && number->is_number_integer() ? std::max<std::int64_t>(0, number->get<std::int64_t>()) : 0;
}

void readExperimentInto(RunSummary& run)
{
    const fs::path file = run.path / "experiment.json";
    if (!isThere(file))
        return damaged(run, {"experiment.json is missing", run.path.string(), "put the file back, or delete the run"});
    const Result<Json> json = readUntrustedJson(file, largestExperiment);
    if (!json)
        return damaged(run, json.error());
    if (!json->is_object())
        return damaged(run, {"this is not an experiment", file.string(), "put the run's own file back"});
    run.preset = textAt(*json, "name");
    run.title = textAt(*json, "title");
    run.objective = textAt(*json, "objective.kind");
    run.wantedSteps = countAt(*json, "training.steps");
    run.checkpointGigabytes = numberAt(*json, "sampling.checkpoint_gigabytes");
    constexpr std::int64_t mostCells = 1000;
    run.gridRows = static_cast<int>(std::min(countAt(*json, "sampling.rows"), mostCells));
    run.gridColumns = static_cast<int>(std::min(countAt(*json, "sampling.columns"), mostCells));
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (std::size_t from = 0;;) {
        const std::size_t end = text.find(separator, from);
        parts.push_back(text.substr(from, end - from));
        if (end == std::string_view::npos)
            return parts;
        from = end + 1;
    }
}

/// Whole lines, the last one first.
std::vector<std::string_view> linesFromTheEnd(std::string_view text)
{
    std::vector<std::string_view> lines;
    if (!text.empty())
        lines = split(text.substr(0, text.size() - 1), '\n');
    std::reverse(lines.begin(), lines.end());
    return lines;
}

void readMetricsInto(RunSummary& run)
{
    const fs::path file = run.path / "metrics.csv";
    const Result<TextEnds> ends = readEnds(file, largestEnd);
    if (!ends)
        return damaged(run, ends.error());
    const std::vector<std::string_view> header = split(ends->firstLine, ',');
    if (header.front() != "step") {
        return damaged(
            run, {"its first line does not name the columns of a run", file.string(), "put the run's own file back"});
    }
    std::map<std::string_view, std::size_t> place;
    for (std::size_t i = 0; i < header.size(); ++i)
        place.emplace(header[i], i);
    bool first = true;
    // Rows of single phases leave the other loss empty: the last number counts.
    for (const std::string_view line : linesFromTheEnd(ends->tail)) {
        const std::vector<std::string_view> cells = split(line, ',');
        const std::optional<double> step = parseNumber(cells.front());
        if (cells.size() != header.size() || !step || !(*step >= 0 && *step < 1e18))
            continue;
        const auto number = [&](std::string_view column) {
            const auto found = place.find(column);
            return found == place.end() ? std::nan("") : parseNumber(cells[found->second]).value_or(std::nan(""));
        };
        if (first) {
            run.step = static_cast<std::int64_t>(*step);
            const double seconds = number("seconds");
            run.seconds = std::isfinite(seconds) ? std::max(0.0, seconds) : 0.0;
        }
        first = false;
        if (std::isnan(run.discriminatorLoss))
            run.discriminatorLoss = number("d_loss");
        if (std::isnan(run.generatorLoss))
            run.generatorLoss = number("g_loss");
        if (!std::isnan(run.discriminatorLoss) && !std::isnan(run.generatorLoss))
            break;
    }
}

/// What an event says of the state a run is in after it; nothing for those that say nothing of it.
std::optional<RunState> stateAfter(const Json& event)
{
    const std::string kind = textAt(event, "kind");
    if (kind == "finish")
        return findPath(event, "data.limit") ? RunState::Finished : RunState::Stopped;
    if (kind == "pause" || kind == "resume" || kind == "step")
        return RunState::Paused;
    if (kind == "start" || kind == "play")
        return RunState::Running;
    return std::nullopt;
}

void readEventsInto(RunSummary& run)
{
    std::optional<RunState> state;
    bool stepsKnown = false;
    if (const Result<TextEnds> ends = readEnds(run.path / "events.jsonl", largestEnd)) {
        for (const std::string_view line : linesFromTheEnd(ends->tail)) {
            const Result<Json> event = parseJson(line, "an event", documentDepth);
            if (!event || !event->is_object())
                continue;
            if (!state)
                state = stateAfter(*event);
            // An end that was moved while it trained.
            if (!stepsKnown && textAt(*event, "kind") == "edit" && textAt(*event, "data.path") == "training.steps") {
                run.wantedSteps = countAt(*event, "data.value");
                stepsKnown = true;
            }
        }
    }
    if (run.logged != RunState::Damaged)
        run.logged = state.value_or(RunState::Running);
}

/// "2026-05-01T14:02:33Z" in seconds since 1970, or 0.
std::int64_t secondsOf(const std::string& time)
{
    std::tm universal{};
    const char* end = ::strptime(time.c_str(), "%Y-%m-%dT%H:%M:%SZ", &universal);
    return end && *end == '\0' ? std::int64_t{::timegm(&universal)} : 0;
}

void readOriginInto(RunSummary& run)
{
    const fs::path file = run.path / "run.json";
    if (!isThere(file))
        return;
    if (!isPlainFile(file))
        return damaged(run, {"this is not a plain file", file.string(), "put the run's own file back, or delete it"});
    const Result<RunOrigin> origin = readOrigin(run.path);
    if (!origin)
        return damaged(run, origin.error());
    if (const std::int64_t created = secondsOf(origin->created); created > 0)
        run.created = created;
    if (origin->parent) {
        run.parentFolder = origin->parent->run;
        run.parentStep = origin->parent->step;
    }
}

void readFilesInto(RunSummary& run)
{
    if (isFolder(run.path / "samples")) {
        const auto kept = keptSamples(run.path);
        if (!kept.empty() && isPlainFile(kept.back().second))
            run.thumbnail = kept.back().second;
    }
    if (isFolder(run.path / "checkpoints")) {
        const CheckpointUse use = checkpointUse(run.path);
        run.checkpoints = use.count;
        run.checkpointBytes = static_cast<std::int64_t>(use.bytes);
    }
    run.bytes = folderBytes(run.path);
}

RunSummary readFolder(const fs::path& folder)
{
    RunSummary run;
    run.path = folder;
    run.folder = folder.filename().string();
    run.stamp = stampOf(folder);
    readTimes(run);
    if (!isFolder(folder)) {
        run.problem = Error{"this is a link, and links are not followed here", folder.string(),
            "open what it points to by itself"}
                          .sentence();
        return run;
    }
    const bool looksLikeRun = isThere(folder / "experiment.json") || isThere(folder / "metrics.csv")
        || isThere(folder / "checkpoints") || isThere(folder / "events.jsonl");
    if (!looksLikeRun) {
        run.problem = Error{"this folder holds no run", folder.string(), "it is left alone"}.sentence();
        return run;
    }
    run.marks = readMarks(folder);
    readExperimentInto(run);
    readEventsInto(run); // which may have moved the end that the experiment set
    readMetricsInto(run);
    readOriginInto(run);
    readFilesInto(run);
    return run;
}

} // namespace

const char* nameOf(RunState state)
{
    switch (state) {
    case RunState::Running:
        return "running";
    case RunState::Paused:
        return "paused";
    case RunState::Finished:
        return "finished";
    case RunState::Stopped:
        return "stopped";
    case RunState::Interrupted:
        return "interrupted";
    case RunState::Damaged:
        return "damaged";
    case RunState::Foreign:
        break;
    }
    return "foreign";
}

RunSummary readRun(const fs::path& folder, const RunSummary* known)
{
    RunSummary run;
    if (known && known->path == folder && known->stamp == stampOf(folder))
        run = *known;
    else
        run = readFolder(folder);
    // A process that dies changes no file: its lock is looked at every time.
    run.locked = run.logged != RunState::Foreign && runIsLocked(folder);
    run.state = run.logged == RunState::Running && !run.locked ? RunState::Interrupted : run.logged;
    return run;
}

Result<std::vector<RunSummary>> scanRuns(
    const fs::path& runs, const std::vector<RunSummary>& known, const std::stop_token& stop)
{
    std::vector<RunSummary> found;
    std::error_code error;
    fs::directory_iterator entry(runs, error);
    if (error == std::errc::no_such_file_or_directory)
        return found;
    if (error)
        return systemError(error.value(), "the folder of runs cannot be read", runs);
    std::vector<fs::path> folders;
    for (; entry != fs::directory_iterator() && !error; entry.increment(error)) {
        std::error_code ignored;
        const fs::file_type type = entry->symlink_status(ignored).type();
        const bool hidden = entry->path().filename().string().front() == '.';
        if (!hidden && (type == fs::file_type::directory || type == fs::file_type::symlink))
            folders.push_back(entry->path());
    }
    std::sort(folders.begin(), folders.end());
    std::map<fs::path, const RunSummary*> before;
    for (const RunSummary& run : known)
        before.emplace(run.path, &run);
    found.reserve(folders.size());
    for (const fs::path& folder : folders) {
        if (stop.stop_requested())
            break;
        const auto same = before.find(folder);
        found.push_back(readRun(folder, same == before.end() ? nullptr : same->second));
    }
    return found;
}

std::int64_t folderBytes(const fs::path& folder)
{
    std::int64_t bytes = 0;
    std::error_code error;
    fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error);
    for (int files = 0; !error && entry != fs::recursive_directory_iterator() && files < mostFiles; ++files) {
        if (entry.depth() >= deepestFolder)
            entry.disable_recursion_pending();
        struct stat info { };
        if (::lstat(entry->path().c_str(), &info) == 0 && S_ISREG(info.st_mode))
            bytes += info.st_size;
        entry.increment(error);
    }
    return bytes;
}

} // namespace saddle
