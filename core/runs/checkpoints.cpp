// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/checkpoints.h"

#include "core/base/checksum.h"
#include "core/base/files.h"
#include "core/base/untrusted_file.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>

namespace saddle {

namespace fs = std::filesystem;

namespace {

constexpr int schemaVersion = 1;
constexpr const char* stateFile = "state.json";
constexpr const char* tensorFile = "tensors.safetensors";

/// Endings of folders beside a checkpoint's place that are none yet, or no more.
constexpr const char* beingWritten = ".part";
constexpr const char* standingAside = ".old";
constexpr const char* beingDeleted = ".gone";

/// ".00000500.part"
fs::path hidden(const fs::path& place, const char* ending)
{
    return place.parent_path() / ("." + place.filename().string() + ending);
}

/// The state's own checksum, which is kept in it.
std::string stateChecksum(const Json& state)
{
    Json bare = state;
    bare.erase("crc32");
    return crcText(checksumOf(bare.dump()).crc);
}

Error damaged(const fs::path& file)
{
    return {"the checkpoint is damaged: this file is not as it was written", file.string(),
        "go on from an earlier checkpoint of the run"};
}

bool isNewer(const Json& state)
{
    const Json* schema = findPath(state, "schema");
    return schema && schema->is_number_integer() && schema->get<std::int64_t>() > schemaVersion;
}

Status checkTensorFile(const fs::path& checkpointFolder, const Json& state)
{
    const Json* bytes = findPath(state, "tensors.bytes");
    const Json* crc = findPath(state, "tensors.crc32");
    if (!bytes || !crc)
        return {};
    const Result<Checksum> sum = checksumOfFile(checkpointFolder / tensorFile);
    if (!sum)
        return sum.error();
    if (*bytes != sum->bytes || *crc != crcText(sum->crc))
        return damaged(checkpointFolder / tensorFile);
    return {};
}

/// Puts a folder in the place of another, at once where the file system can exchange names.
Status replaceFolder(const fs::path& temporary, const fs::path& place)
{
    std::error_code error;
#ifdef RENAME_EXCHANGE
    if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0) {
        syncFolder(place.parent_path());
        fs::remove_all(temporary, error);
        return {};
    }
#endif
    // Elsewhere the older one stands aside for a moment.
    const fs::path aside = hidden(place, standingAside);
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
    syncFolder(place.parent_path());
    fs::remove_all(aside, error);
    return {};
}

} // namespace

std::string stepName(std::int64_t step)
{
    char name[24];
    std::snprintf(name, sizeof name, "%08lld", static_cast<long long>(step));
    return name;
}

std::optional<std::int64_t> stepOfName(const std::string& name)
{
    std::int64_t step = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), step);
    if (error != std::errc() || end != name.data() + name.size() || step < 0 || name.size() < 8)
        return std::nullopt;
    return step;
}

Result<fs::path> writeCheckpoint(const fs::path& runFolder, std::int64_t step, const CheckpointData& checkpoint)
{
    const fs::path place = runFolder / "checkpoints" / stepName(step);
    const fs::path temporary = hidden(place, beingWritten);
    std::error_code error;
    fs::remove_all(temporary, error);
    fs::create_directory(temporary, error);
    if (error)
        return systemError(error.value(), "the checkpoint cannot be written", temporary);
    const auto write = [&]() -> Status {
        if (Status written = writeSafetensors(temporary / tensorFile, checkpoint.tensors); !written)
            return written;
        const Result<Checksum> sum = checksumOfFile(temporary / tensorFile);
        if (!sum)
            return sum.error();
        Json state = checkpoint.state;
        state["schema"] = schemaVersion;
        state["step"] = step;
        state["tensors"] = {{"bytes", sum->bytes}, {"crc32", crcText(sum->crc)}};
        state["crc32"] = stateChecksum(state);
        return writeFileWhole(temporary / stateFile, prettyJson(state));
    };
    Status written = write();
    if (written) {
        syncFolder(temporary);
        written = replaceFolder(temporary, place);
    }
    if (!written) {
        fs::remove_all(temporary, error);
        return written.error();
    }
    return place;
}

Result<Json> readCheckpointState(const fs::path& checkpointFolder)
{
    const fs::path file = checkpointFolder / stateFile;
    Result<Json> state = readUntrustedJson(file);
    if (!state)
        return state.error();
    if (!state->is_object() || !state->contains("schema") || !(*state)["schema"].is_number_integer())
        return Error{"this is not the state of a checkpoint", file.string(), "choose another checkpoint"};
    if (isNewer(*state)) {
        return Error{"this checkpoint is of schema " + (*state)["schema"].dump() + ", newer than this program knows ("
                + std::to_string(schemaVersion) + ")",
            file.string(), "open it with a newer Saddle"};
    }
    if (state->contains("crc32") && (*state)["crc32"] != stateChecksum(*state))
        return damaged(file);
    return state;
}

bool checkpointIsNewer(const fs::path& checkpointFolder)
{
    const Result<Json> state = readUntrustedJson(checkpointFolder / stateFile);
    return state && isNewer(*state);
}

Result<Json> verifyCheckpoint(const fs::path& checkpointFolder)
{
    Result<Json> state = readCheckpointState(checkpointFolder);
    if (!state)
        return state;
    if (Status whole = checkTensorFile(checkpointFolder, *state); !whole)
        return whole.error();
    return state;
}

Result<CheckpointData> readCheckpoint(const fs::path& checkpointFolder, const TensorFilter& wanted)
{
    Result<Json> state = wanted ? readCheckpointState(checkpointFolder) : verifyCheckpoint(checkpointFolder);
    if (!state)
        return state.error();
    Result<TensorFile> tensors = readSafetensors(checkpointFolder / tensorFile, wanted);
    if (!tensors)
        return tensors.error();
    return CheckpointData{*std::move(state), std::move(tensors->tensors)};
}

std::vector<std::pair<std::int64_t, fs::path>> completeCheckpoints(const fs::path& runFolder)
{
    std::vector<std::pair<std::int64_t, fs::path>> complete;
    std::error_code error;
    const fs::path folder = runFolder / "checkpoints";
    if (fs::is_symlink(folder, error))
        return complete;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const std::optional<std::int64_t> step = stepOfName(entry->path().filename().string());
        std::error_code ignored;
        if (step && !entry->is_symlink(ignored) && fs::exists(entry->path() / stateFile, ignored)
            && fs::exists(entry->path() / tensorFile, ignored))
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

Status deleteCheckpoint(const fs::path& checkpointFolder)
{
    const fs::path going = hidden(checkpointFolder, beingDeleted);
    std::error_code error;
    fs::rename(checkpointFolder, going, error);
    if (!error)
        fs::remove_all(going, error);
    if (error)
        return systemError(error.value(), "the checkpoint cannot be deleted", checkpointFolder);
    return {};
}

void removeCheckpointLeftovers(const fs::path& runFolder)
{
    const fs::path checkpoints = runFolder / "checkpoints";
    std::vector<fs::path> leftovers;
    std::error_code error;
    for (fs::directory_iterator entry(checkpoints, error), end; !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        const std::string ending = entry->path().extension().string();
        if (name.front() == '.' && (ending == beingWritten || ending == standingAside || ending == beingDeleted))
            leftovers.push_back(entry->path());
    }
    for (const fs::path& leftover : leftovers) {
        // One that stood aside while another was put in its place comes back where the other did not arrive.
        const fs::path place = checkpoints / leftover.stem().string().substr(1);
        if (leftover.extension() == standingAside && !fs::exists(place, error))
            fs::rename(leftover, place, error);
        else
            fs::remove_all(leftover, error);
    }
}

} // namespace saddle
