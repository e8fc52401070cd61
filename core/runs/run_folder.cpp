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

constexpr int checkpointSchemaVersion = 1;

std::string metricsHeader(const std::vector<ColumnInfo>& columns)
{
    std::string header = "step,epoch,images,seconds";
    for (const ColumnInfo& column : columns)
        header += "," + column.key;
    return header;
}

std::string rowLine(const MetricRow& row)
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

std::optional<std::int64_t> stepOf(const std::string& name)
{
    std::int64_t step = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), step);
    if (error != std::errc() || end != name.data() + name.size() || step < 0 || name.size() < 8)
        return std::nullopt;
    return step;
}

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
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

} // namespace

RunFolder::RunFolder(fs::path folder)
    : m_folder(std::move(folder))
{
}

RunFolder::~RunFolder()
{
    // What the disk refused is tried once more: there may be room by now.
    if (!m_pendingRows.empty() && m_metrics >= 0) [[maybe_unused]]
        const Status rows = append(m_metrics, m_pendingRows, "metrics.csv");
    if (!m_pendingEvents.empty() && m_events >= 0) [[maybe_unused]]
        const Status events = append(m_events, m_pendingEvents, "events.jsonl");
    for (const int descriptor : {m_metrics, m_events}) {
        if (descriptor >= 0) {
            ::fsync(descriptor);
            ::close(descriptor);
        }
    }
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

Result<std::unique_ptr<RunFolder>> RunFolder::create(
    const fs::path& folder, const Json& document, const std::vector<ColumnInfo>& columns)
{
    if (Status usable = check(folder); !usable)
        return usable.error();
    const auto make = [&]() -> Result<std::unique_ptr<RunFolder>> {
        for (const fs::path& part : {folder, folder / "samples", folder / "checkpoints"}) {
            if (Status made = makeFolder(part); !made)
                return made.error();
        }
        if (Status written = writeFileWhole(folder / "experiment.json", prettyJson(document)); !written)
            return written.error();
        if (Status written = writeFileWhole(folder / "metrics.csv", metricsHeader(columns) + "\n"); !written)
            return written.error();
        std::unique_ptr<RunFolder> run(new RunFolder(folder));
        run->m_metrics = openAppend(folder / "metrics.csv");
        run->m_events = openAppend(folder / "events.jsonl");
        if (run->m_metrics < 0 || run->m_events < 0)
            return systemError(errno, "the run cannot be written", folder);
        syncFolder(folder);
        return run;
    };
    std::error_code error;
    const bool existed = fs::exists(folder, error);
    Result<std::unique_ptr<RunFolder>> run = make();
    if (!run) {
        // Half a run would be in the way of the next try, once there is room.
        for (const char* part : {"events.jsonl", "metrics.csv", "experiment.json", "checkpoints", "samples"})
            fs::remove(folder / part, error);
        if (!existed)
            fs::remove(folder, error);
    }
    return run;
}

Result<std::unique_ptr<RunFolder>> RunFolder::resume(
    const fs::path& folder, std::int64_t step, const std::vector<ColumnInfo>& columns)
{
    const fs::path metrics = folder / "metrics.csv";
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
    // A crash may have left half an event; the line is closed so that the next one stands alone.
    const fs::path events = folder / "events.jsonl";
    std::unique_ptr<RunFolder> run(new RunFolder(folder));
    run->m_metrics = openAppend(metrics);
    run->m_events = openAppend(events);
    if (run->m_metrics < 0 || run->m_events < 0)
        return systemError(errno, "the run cannot be written", folder);
    Result<std::string> log = readFile(events, limit);
    if (log && !log->empty() && log->back() != '\n')
        run->m_pendingEvents = "\n";
    return run;
}

Status RunFolder::append(int& descriptor, std::string& pending, const char* name)
{
    struct stat before { };
    if (::fstat(descriptor, &before) != 0)
        return systemError(errno, "the file cannot be written", m_folder / name);
    std::size_t done = 0;
    while (done < pending.size()) {
        const ssize_t wrote = ::write(descriptor, pending.data() + done, pending.size() - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0) {
            const int code = errno;
            // Half a line must not stay: back to where this call began, all of it is tried again later.
            if (::ftruncate(descriptor, before.st_size) != 0)
                pending.erase(0, done);
            return systemError(code, "the file cannot be written", m_folder / name);
        }
        done += static_cast<std::size_t>(wrote);
    }
    pending.clear();
    return {};
}

Status RunFolder::appendRows(const std::vector<MetricRow>& rows)
{
    for (const MetricRow& row : rows)
        m_pendingRows += rowLine(row);
    return append(m_metrics, m_pendingRows, "metrics.csv");
}

Status RunFolder::appendEvent(const RunEvent& event)
{
    Json line = {{"step", event.step}, {"seconds", event.seconds},
        {"time", static_cast<std::int64_t>(std::time(nullptr))}, {"kind", event.kind}, {"text", event.text}};
    if (!event.data.empty())
        line["data"] = event.data;
    m_pendingEvents += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    return append(m_events, m_pendingEvents, "events.jsonl");
}

Status RunFolder::writeSamples(const Samples& samples)
{
    const fs::path file = m_folder / "samples" / (stepName(samples.step) + ".png");
    return writePng(
        file, picture(samples), {{"Title", "step " + std::to_string(samples.step)}, {"Software", "Saddle"}});
}

Result<fs::path> RunFolder::writeCheckpoint(std::int64_t step, const CheckpointData& checkpoint)
{
    const fs::path place = m_folder / "checkpoints" / stepName(step);
    const fs::path temporary = m_folder / "checkpoints" / ("." + stepName(step) + ".part");
    std::error_code error;
    fs::remove_all(temporary, error);
    if (Status made = makeFolder(temporary); !made)
        return made.error();
    Json state = checkpoint.state;
    state["schema"] = checkpointSchemaVersion;
    state["step"] = step;
    Status written = writeSafetensors(temporary / "tensors.safetensors", checkpoint.tensors);
    if (written)
        written = writeFileWhole(temporary / "state.json", prettyJson(state));
    if (!written) {
        fs::remove_all(temporary, error);
        return written.error();
    }
    syncFolder(temporary);
    // The same step saved again replaces the older one: at once where the file system can exchange names.
#ifdef RENAME_EXCHANGE
    if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0) {
        syncFolder(m_folder / "checkpoints");
        fs::remove_all(temporary, error);
        return place;
    }
#endif
    // Elsewhere the older one stands aside for a moment.
    const fs::path aside = m_folder / "checkpoints" / ("." + stepName(step) + ".old");
    fs::remove_all(aside, error);
    if (fs::exists(place, error))
        fs::rename(place, aside, error);
    fs::rename(temporary, place, error);
    if (error) {
        const int code = error.value();
        std::error_code ignored;
        if (fs::exists(aside, ignored))
            fs::rename(aside, place, ignored);
        return systemError(code, "the checkpoint cannot be put in place", place);
    }
    syncFolder(m_folder / "checkpoints");
    fs::remove_all(aside, error);
    return place;
}

std::string stepName(std::int64_t step)
{
    char name[24];
    std::snprintf(name, sizeof name, "%08lld", static_cast<long long>(step));
    return name;
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

Result<CheckpointData> readCheckpoint(const fs::path& checkpointFolder, const TensorFilter& wanted)
{
    Result<Json> state = readJson(checkpointFolder / "state.json");
    if (!state)
        return state.error();
    const std::string where = (checkpointFolder / "state.json").string();
    if (!state->is_object() || !state->contains("schema") || !(*state)["schema"].is_number_integer())
        return Error{"this is not the state of a checkpoint", where, "choose another checkpoint"};
    if ((*state)["schema"].get<std::int64_t>() > checkpointSchemaVersion) {
        return Error{"this checkpoint is of schema " + (*state)["schema"].dump() + ", newer than this program knows ("
                + std::to_string(checkpointSchemaVersion) + ")",
            where, "open it with a newer Saddle"};
    }
    Result<TensorFile> tensors = readSafetensors(checkpointFolder / "tensors.safetensors", wanted);
    if (!tensors)
        return tensors.error();
    return CheckpointData{*std::move(state), std::move(tensors->tensors)};
}

std::vector<std::pair<std::int64_t, fs::path>> completeCheckpoints(const fs::path& runFolder)
{
    std::vector<std::pair<std::int64_t, fs::path>> complete;
    std::error_code error;
    for (fs::directory_iterator entry(runFolder / "checkpoints", error), end; !error && entry != end;
         entry.increment(error)) {
        const std::optional<std::int64_t> step = stepOf(entry->path().filename().string());
        std::error_code ignored;
        if (step && fs::exists(entry->path() / "state.json", ignored)
            && fs::exists(entry->path() / "tensors.safetensors", ignored))
            complete.emplace_back(*step, entry->path());
    }
    std::sort(complete.begin(), complete.end());
    return complete;
}

Result<fs::path> latestCheckpoint(const fs::path& runFolder)
{
    const std::vector<std::pair<std::int64_t, fs::path>> complete = completeCheckpoints(runFolder);
    if (complete.empty())
        return Error{"this run has no checkpoint", runFolder.string(), "start it anew"};
    return complete.back().second;
}

std::vector<std::pair<std::int64_t, fs::path>> keptSamples(const fs::path& runFolder)
{
    std::vector<std::pair<std::int64_t, fs::path>> kept;
    std::error_code error;
    for (fs::directory_iterator entry(runFolder / "samples", error), end; !error && entry != end;
         entry.increment(error)) {
        const std::optional<std::int64_t> step = stepOf(entry->path().stem().string());
        if (step && entry->path().extension() == ".png")
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
