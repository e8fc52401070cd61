// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/run_folder.h"

#include "core/base/files.h"
#include "core/io/csv.h"
#include "core/io/scatter.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <ctime>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace saddle {

namespace fs = std::filesystem;

namespace {

Status makeFolder(const fs::path& folder)
{
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        return systemError(error.value(), "the folder cannot be made", folder);
    return {};
}

int openAppend(const fs::path& path)
{
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
}

} // namespace

RunFolder::RunFolder(fs::path folder, RunLock lock)
    : m_folder(std::move(folder))
    , m_lock(std::move(lock))
{
}

RunFolder::~RunFolder()
{
    for (Log* log : {&m_metrics, &m_events}) {
        if (log->descriptor < 0)
            continue;
        // What the disk refused is tried once more: there may be room by now.
        if (!log->pending.empty()) [[maybe_unused]]
            const Status written = append(*log);
        ::fsync(log->descriptor);
        ::close(log->descriptor);
    }
}

bool RunFolder::isThere() const
{
    std::error_code error;
    return fs::exists(m_folder / "experiment.json", error);
}

bool RunFolder::openLogs()
{
    for (Log* log : {&m_metrics, &m_events}) {
        log->descriptor = openAppend(m_folder / log->name);
        struct stat info { };
        if (log->descriptor < 0 || ::fstat(log->descriptor, &info) != 0)
            return false;
        log->size = info.st_size;
    }
    return true;
}

Status RunFolder::check(const fs::path& folder)
{
    std::error_code error;
    if (fs::exists(folder / "experiment.json", error) || fs::exists(folder / "metrics.csv", error)) {
        return Error{"this folder already holds a run", folder.string(),
            "choose another folder, or go on with it by: saddle-cli train --resume"};
    }
    if (fs::exists(folder, error) && !fs::is_directory(folder, error))
        return Error{"this is a file, not a folder", folder.string(), "choose another folder"};
    if (fs::is_directory(folder, error) && !fs::is_empty(folder, error))
        return Error{"this folder is not empty", folder.string(), "choose another folder for the run"};
    // The nearest folder that exists must let us in.
    fs::path place = fs::absolute(folder, error);
    while (!fs::exists(place, error) && place.has_relative_path())
        place = place.parent_path();
    if (!fs::is_directory(place, error))
        return Error{"this is a file, not a folder", place.string(), "choose another folder"};
    if (::access(place.c_str(), W_OK | X_OK) != 0)
        return systemError(errno, "the folder cannot be written", place);
    return {};
}

Result<std::unique_ptr<RunFolder>> RunFolder::create(const fs::path& folder, const Json& document,
    const std::vector<ColumnInfo>& columns, const std::optional<RunParent>& parent, RunFolder* lost)
{
    if (Status usable = check(folder); !usable)
        return usable.error();
    const auto make = [&]() -> Result<std::unique_ptr<RunFolder>> {
        for (const fs::path& part : {folder, folder / "samples", folder / "checkpoints"}) {
            if (Status made = makeFolder(part); !made)
                return made.error();
        }
        Result<RunLock> lock = RunLock::take(folder);
        if (!lock)
            return lock.error();
        if (Status written = writeFileWhole(folder / "experiment.json", prettyJson(document)); !written)
            return written.error();
        if (Status written = writeOrigin(folder, originNow(parent)); !written)
            return written.error();
        if (Status written = writeFileWhole(folder / "metrics.csv", metricsHeader(columns) + "\n"); !written)
            return written.error();
        std::unique_ptr<RunFolder> run(new RunFolder(folder, *std::move(lock)));
        if (!run->openLogs())
            return systemError(errno, "the run cannot be written", folder);
        if (lost) {
            run->m_metrics.pending = std::exchange(lost->m_metrics.pending, {});
            run->m_events.pending = std::exchange(lost->m_events.pending, {});
            run->m_eventLines = std::count(run->m_events.pending.begin(), run->m_events.pending.end(), '\n');
        }
        syncFolder(folder);
        return run;
    };
    std::error_code error;
    const bool existed = fs::exists(folder, error);
    Result<std::unique_ptr<RunFolder>> run = make();
    if (!run) {
        // Half a run would be in the way of the next try, once there is room.
        for (const char* part :
            {"events.jsonl", "metrics.csv", "run.json", "experiment.json", "lock", "checkpoints", "samples"})
            fs::remove(folder / part, error);
        if (!existed)
            fs::remove(folder, error);
    }
    return run;
}

Result<std::unique_ptr<RunFolder>> RunFolder::resume(
    const fs::path& folder, std::int64_t step, const std::vector<ColumnInfo>& columns)
{
    if (Status whole = checkRunParts(folder); !whole)
        return whole.error();
    const fs::path metrics = folder / "metrics.csv";
    if (std::error_code error; !fs::exists(metrics, error))
        return systemError(ENOENT, "the file cannot be opened", metrics);
    Result<RunLock> lock = RunLock::take(folder);
    if (!lock)
        return lock.error();
    constexpr std::size_t limit = std::size_t{4} << 30;
    Result<std::string> text = readFile(metrics, limit);
    if (!text)
        return text.error();
    const std::size_t headerEnd = text->find('\n');
    const std::string header = metricsHeader(columns);
    if (headerEnd == std::string::npos || text->substr(0, headerEnd) != header)
        return Error{"its columns are not those of this experiment", metrics.string(),
            "the file was changed or written by another version: start a new run instead"};
    // The first row after the step, or a torn last line, is where the part to keep ends.
    std::size_t keep = headerEnd + 1;
    while (keep < text->size()) {
        const std::size_t end = text->find('\n', keep);
        std::int64_t rowStep = 0;
        const auto parsed = std::from_chars(text->data() + keep, text->data() + text->size(), rowStep);
        if (end == std::string::npos || parsed.ec != std::errc() || rowStep > step)
            break;
        keep = end + 1;
    }
    if (keep < text->size()) {
        for (int attempt = 0;; ++attempt) {
            const fs::path aside =
                folder / ("metrics-after-" + stepName(step) + (attempt ? "-" + std::to_string(attempt) : "") + ".csv");
            if (fs::exists(aside))
                continue;
            if (Status written = writeFileWhole(aside, header + "\n" + text->substr(keep)); !written)
                return written.error();
            break;
        }
        if (Status written = writeFileWhole(metrics, std::string_view(*text).substr(0, keep)); !written)
            return written.error();
    }
    removeCheckpointLeftovers(folder);
    std::unique_ptr<RunFolder> run(new RunFolder(folder, *std::move(lock)));
    if (!run->openLogs())
        return systemError(errno, "the run cannot be written", folder);
    if (const Result<std::string> log = readFile(folder / "events.jsonl", limit)) {
        run->m_eventLines = std::count(log->begin(), log->end(), '\n');
        // A crash in the middle of a write leaves half an event: nothing that could be read goes with it.
        const std::size_t whole = log->rfind('\n') + 1; // 0 where there is none
        if (whole < log->size() && ::ftruncate(run->m_events.descriptor, static_cast<off_t>(whole)) != 0)
            return systemError(errno, "the run cannot be written", folder / "events.jsonl");
        run->m_events.size = static_cast<std::int64_t>(whole);
    }
    return run;
}

/// A folder that came back, as on a disk that was plugged in again: the file is opened anew where it is the same.
Status RunFolder::reopen(Log& log)
{
    const fs::path file = m_folder / log.name;
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0)
        return Error{"the run's folder or file is gone", file.string(), "put it back"};
    struct stat info { };
    if (::fstat(descriptor, &info) != 0 || info.st_size != log.size) {
        ::close(descriptor);
        return Error{"this is not the file as the run left it", file.string(), "put the run's own file back"};
    }
    ::close(std::exchange(log.descriptor, descriptor));
    return {};
}

Status RunFolder::append(Log& log)
{
    struct stat info { };
    // A deleted file can still be written, and all would be lost with its last descriptor.
    if (::fstat(log.descriptor, &info) != 0 || info.st_nlink == 0) {
        if (Status opened = reopen(log); !opened)
            return opened;
    }
    std::size_t done = 0;
    while (done < log.pending.size()) {
        const ssize_t wrote = ::write(log.descriptor, log.pending.data() + done, log.pending.size() - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0) {
            const int code = errno;
            // Half a line must not stay: back to where this call began, all of it is tried again later.
            if (::ftruncate(log.descriptor, log.size) != 0) {
                log.pending.erase(0, done);
                log.size += static_cast<std::int64_t>(done);
            }
            return systemError(code, "the file cannot be written", m_folder / log.name);
        }
        done += static_cast<std::size_t>(wrote);
    }
    log.size += static_cast<std::int64_t>(done);
    log.pending.clear();
    return {};
}

Status RunFolder::appendRows(const std::vector<MetricRow>& rows)
{
    for (const MetricRow& row : rows)
        m_metrics.pending += metricsLine(row);
    return append(m_metrics);
}

Status RunFolder::appendEvent(const RunEvent& event)
{
    Json line = {{"step", event.step}, {"seconds", event.seconds},
        {"time", static_cast<std::int64_t>(std::time(nullptr))}, {"kind", event.kind}, {"text", event.text}};
    if (!event.data.empty())
        line["data"] = event.data;
    m_events.pending += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    ++m_eventLines;
    return append(m_events);
}

Status RunFolder::writePending()
{
    Status written = append(m_metrics);
    return written ? append(m_events) : written;
}

Status RunFolder::writeSamples(const Samples& samples)
{
    const fs::path file = m_folder / "samples" / (stepName(samples.step) + ".png");
    return writePng(
        file, picture(samples), {{"Title", "step " + std::to_string(samples.step)}, {"Software", "Saddle"}});
}

Status checkRunParts(const fs::path& runFolder)
{
    for (const char* part : {"experiment.json", "run.json", "marks.json", "metrics.csv", "events.jsonl", "lock",
             "samples", "checkpoints"}) {
        std::error_code error;
        if (fs::is_symlink(runFolder / part, error)) {
            return Error{"this is a link, which could lead out of the run", (runFolder / part).string(),
                "put the file or folder itself in its place"};
        }
    }
    return {};
}

std::string metricsHeader(const std::vector<ColumnInfo>& columns)
{
    std::string header = "step,epoch,images,seconds";
    for (const ColumnInfo& column : columns)
        header += "," + column.key;
    return header;
}

std::string metricsLine(const MetricRow& row)
{
    std::string line =
        std::to_string(row.step) + "," + formatNumber(row.epoch) + "," + std::to_string(row.images) + ",";
    char seconds[400]; // the largest number has 309 digits
    // Not printf: in many locales a comma would stand for the decimal point.
    const auto [end, error] =
        std::to_chars(seconds, seconds + sizeof seconds, row.seconds, std::chars_format::fixed, 3);
    line.append(seconds, end);
    for (const double value : row.values)
        line += "," + formatNumber(value);
    return line + "\n";
}

Result<Json> readExperiment(const fs::path& runFolder)
{
    std::error_code error;
    if (!fs::is_directory(runFolder, error))
        return Error{"there is no run folder here", runFolder.string(), "give the folder of a run"};
    if (!fs::exists(runFolder / "experiment.json", error))
        return Error{
            "this folder holds no run: experiment.json is missing", runFolder.string(), "give the folder of a run"};
    return readJson(runFolder / "experiment.json");
}

std::vector<std::pair<std::int64_t, fs::path>> keptSamples(const fs::path& runFolder)
{
    std::vector<std::pair<std::int64_t, fs::path>> kept;
    std::error_code error;
    const fs::path folder = runFolder / "samples";
    if (fs::is_symlink(folder, error))
        return kept;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code ignored;
        const std::optional<std::int64_t> step = stepOfName(entry->path().stem().string());
        if (step && entry->path().extension() == ".png" && !entry->is_symlink(ignored))
            kept.emplace_back(*step, entry->path());
    }
    std::sort(kept.begin(), kept.end());
    return kept;
}

fs::path newRunFolder(const fs::path& runs, const std::string& name)
{
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    char stamp[32];
    std::strftime(stamp, sizeof stamp, "%Y-%m-%d-%H%M-%S", &local);
    std::string stem;
    for (const char c : name.empty() ? std::string("run") : name)
        stem += std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ? c : '-';
    const fs::path base = runs / (stem + "-" + stamp);
    fs::path folder = base;
    std::error_code error;
    for (int number = 2; fs::exists(folder, error); ++number)
        folder = base.string() + "-" + std::to_string(number);
    return folder;
}

Image picture(const Samples& samples)
{
    if (samples.isPoints())
        return scatter(samples);
    return tile(samples.pixels, static_cast<int>(samples.count), samples.height, samples.width, samples.channels,
        std::max(1, samples.columns));
}

} // namespace saddle
