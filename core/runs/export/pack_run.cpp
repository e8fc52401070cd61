// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/export/run_archive.h"

#include "core/base/files.h"
#include "core/base/text.h"

#include <zip.h>

#include <cerrno>
#include <exception>
#include <memory>

#include <fcntl.h>
#include <unistd.h>

namespace saddle {

namespace fs = std::filesystem;

namespace {

/// What libzip's callbacks work with. Nothing thrown may pass through it.
struct Watch {
    const LoadMonitor* monitor = nullptr;
    double fraction = 0;
    bool cancelled = false;
    std::exception_ptr thrown = nullptr;
};

void ask(Watch& watch)
{
    try {
        watch.cancelled = watch.cancelled || !(*watch.monitor)(watch.fraction, "Packing");
    } catch (...) {
        watch.thrown = std::current_exception();
        watch.cancelled = true;
    }
}

void tellProgress(zip_t*, double fraction, void* state)
{
    auto* watch = static_cast<Watch*>(state);
    watch->fraction = fraction;
    ask(*watch);
}

int askCancelled(zip_t*, void* state)
{
    return static_cast<Watch*>(state)->cancelled ? 1 : 0;
}

/// Pictures and numbers as random as weights do not get smaller.
bool compresses(const std::string& name)
{
    return !name.ends_with(".png") && !name.ends_with(".safetensors");
}

Error zipError(zip_error_t* error, const fs::path& archive)
{
    if (::zip_error_system_type(error) == ZIP_ET_SYS)
        return systemError(::zip_error_code_system(error), "the archive cannot be written", archive);
    return {std::string("the archive cannot be written: ") + ::zip_error_strerror(error), archive.string(),
        "if the run is being trained, pause it, then try again"};
}

/// The run's own name, as the archive's only folder.
std::string folderName(const fs::path& runFolder)
{
    std::string name = namedPath(runFolder).filename().string();
    name.erase(0, name.find_first_not_of('.'));
    return name.empty() ? "run" : name;
}

Status addFiles(zip_t* zip, const fs::path& runFolder, const std::vector<RunFile>& files, const fs::path& archive)
{
    const std::string prefix = folderName(runFolder) + "/";
    for (const RunFile& file : files) {
        // As long as it is now: what a run that goes on adds to it is not taken.
        zip_source_t* source =
            ::zip_source_file(zip, (runFolder / file.name).c_str(), 0, static_cast<zip_int64_t>(file.size));
        const zip_int64_t index =
            source ? ::zip_file_add(zip, (prefix + file.name).c_str(), source, ZIP_FL_ENC_UTF_8) : -1;
        if (index < 0) {
            ::zip_source_free(source);
            return zipError(::zip_get_error(zip), archive);
        }
        if (::zip_set_file_compression(
                zip, static_cast<zip_uint64_t>(index), compresses(file.name) ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0)
            != 0)
            return zipError(::zip_get_error(zip), archive);
    }
    return {};
}

/// Syncs the file and gives it its name.
Status putInPlace(const fs::path& temporary, const fs::path& archive)
{
    const int descriptor = ::open(temporary.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    const int code = errno;
    if (descriptor >= 0)
        ::close(descriptor);
    if (!synced)
        return systemError(code, "the archive cannot be written", archive);
    if (::rename(temporary.c_str(), archive.c_str()) != 0)
        return systemError(errno, "the archive cannot be put in place", archive);
    syncFolder(fs::absolute(archive).parent_path());
    return {};
}

} // namespace

Status packRun(
    const fs::path& runFolder, const fs::path& archive, CheckpointChoice checkpoints, const LoadMonitor& monitor)
{
    const Result<std::vector<RunFile>> files = filesOfRun(runFolder, checkpoints);
    if (!files)
        return files.error();
    std::error_code error;
    if (fs::is_directory(archive, error))
        return Error{"this is a folder, not a file", archive.string(), "name a file for the archive"};
    fs::path temporary = archive;
    temporary += ".part";
    int code = 0;
    zip_t* zip = ::zip_open(temporary.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    if (!zip) {
        zip_error_t opened;
        ::zip_error_init_with_code(&opened, code);
        Error failed = zipError(&opened, archive);
        ::zip_error_fini(&opened);
        return failed;
    }
    Watch watch{&monitor};
    // Writes nothing of an archive that is not closed in order.
    std::unique_ptr<zip_t, void (*)(zip_t*)> open(zip, ::zip_discard);
    constexpr double everyShare = 0.002;
    ::zip_register_progress_callback_with_state(zip, everyShare, tellProgress, nullptr, &watch);
    ::zip_register_cancel_callback_with_state(zip, askCancelled, nullptr, &watch);
    if (Status added = addFiles(zip, runFolder, *files, archive); !added)
        return added;
    ask(watch);
    if (watch.cancelled || ::zip_close(zip) != 0) {
        if (watch.thrown)
            std::rethrow_exception(watch.thrown);
        if (watch.cancelled)
            return Error{"the export was cancelled", archive.string(), ""};
        return zipError(::zip_get_error(zip), archive);
    }
    open.release(); // NOLINT(bugprone-unused-return-value): closed above
    Status placed = putInPlace(temporary, archive);
    if (!placed)
        fs::remove(temporary, error);
    return placed;
}

} // namespace saddle
