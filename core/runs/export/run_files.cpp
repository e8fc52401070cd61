// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/export/run_files.h"

#include "core/runs/run_folder.h"

#include <algorithm>
#include <array>

namespace saddle {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 5> topFiles{
    "experiment.json", "run.json", "marks.json", "metrics.csv", "events.jsonl"};

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// "00000500"
bool isStep(std::string_view name)
{
    return name.size() >= 8 && name.size() <= 19 && std::all_of(name.begin(), name.end(), isDigit);
}

/// One file right in a checkpoint's folder.
bool isCheckpointFile(std::string_view name)
{
    const auto permitted = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c) || c == '-' || c == '_' || c == '.';
    };
    return !name.empty() && name.size() <= 100 && name.front() != '.'
        && std::all_of(name.begin(), name.end(), permitted);
}

/// Rows that a resume set aside: "metrics-after-00000500.csv", "metrics-after-00000500-1.csv".
bool isSetAside(std::string_view name)
{
    constexpr std::string_view begin = "metrics-after-";
    constexpr std::string_view end = ".csv";
    if (!name.starts_with(begin) || !name.ends_with(end) || name.size() > 60)
        return false;
    const std::string_view middle = name.substr(begin.size(), name.size() - begin.size() - end.size());
    return middle.size() >= 8
        && std::all_of(middle.begin(), middle.end(), [](char c) { return isDigit(c) || c == '-'; });
}

/// Whether this is a file itself, not a link or a thing of another kind.
Status checkPlainFile(const fs::path& file)
{
    std::error_code error;
    const fs::file_status status = fs::symlink_status(file, error);
    if (fs::is_regular_file(status))
        return {};
    if (fs::is_symlink(status))
        return Error{"this is a link to another place, not a file", file.string(), "put the file itself there"};
    return Error{"this is not a file that can be read", file.string(), "take it out of the run's folder"};
}

} // namespace

bool belongsToRun(std::string_view name)
{
    constexpr std::string_view samples = "samples/";
    constexpr std::string_view checkpoints = "checkpoints/";
    if (name.starts_with(samples))
        return name.ends_with(".png") && isStep(name.substr(samples.size(), name.size() - samples.size() - 4));
    if (name.starts_with(checkpoints)) {
        const std::string_view rest = name.substr(checkpoints.size());
        const std::size_t slash = rest.find('/');
        return slash != std::string_view::npos && isStep(rest.substr(0, slash))
            && isCheckpointFile(rest.substr(slash + 1));
    }
    return std::find(topFiles.begin(), topFiles.end(), name) != topFiles.end() || isSetAside(name);
}

Result<std::vector<RunFile>> filesOfRun(const fs::path& runFolder, CheckpointChoice checkpoints)
{
    if (Status whole = checkRunParts(runFolder); !whole)
        return whole.error();
    if (Result<Json> experiment = readExperiment(runFolder); !experiment)
        return experiment.error();
    std::vector<RunFile> files;
    const auto add = [&](const fs::path& folder, const std::string& prefix) -> Status {
        std::error_code error;
        for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
            const std::string name = prefix + entry->path().filename().string();
            if (!belongsToRun(name))
                continue;
            if (Status plain = checkPlainFile(entry->path()); !plain)
                return plain;
            std::error_code sizeError;
            const std::uintmax_t size = fs::file_size(entry->path(), sizeError);
            if (sizeError)
                return Error{"the file cannot be read", entry->path().string(), "try again"};
            files.push_back({name, size});
        }
        if (error && fs::exists(folder))
            return Error{"the folder cannot be read: " + error.message(), folder.string(), "see who may read it"};
        return {};
    };
    std::vector<std::pair<std::int64_t, fs::path>> chosen;
    if (checkpoints != CheckpointChoice::None)
        chosen = completeCheckpoints(runFolder);
    if (checkpoints == CheckpointChoice::Last && chosen.size() > 1)
        chosen.erase(chosen.begin(), std::prev(chosen.end()));
    Status added = add(runFolder, "");
    if (added)
        added = add(runFolder / "samples", "samples/");
    for (const auto& [step, folder] : chosen) {
        if (added)
            added = add(folder, "checkpoints/" + folder.filename().string() + "/");
    }
    if (!added)
        return added.error();
    std::sort(files.begin(), files.end(), [](const RunFile& a, const RunFile& b) { return a.name < b.name; });
    return files;
}

} // namespace saddle
