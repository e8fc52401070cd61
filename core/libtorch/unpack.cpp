// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/libtorch/unpack.h"

#include "core/base/files.h"
#include "core/base/shown_name.h"
#include "core/base/text.h"
#include "core/io/zip.h"

#include <algorithm>
#include <cerrno>
#include <fstream>

namespace saddle {

namespace fs = std::filesystem;

namespace {

bool staysInside(const std::string& name)
{
    const fs::path path(name);
    return !name.empty() && path.is_relative() && name.find('\\') == std::string::npos
        && std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

Status writeEntry(const ZipArchive& archive, const ZipEntry& entry, const fs::path& path,
    const std::function<bool(std::size_t)>& goOn)
{
    errno = 0;
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    const auto failed = [&path] { return systemError(errno ? errno : EIO, "the file cannot be written", path); };
    if (!file)
        return failed();
    Status written = archive.readPieces(entry, [&](std::string_view piece) -> Status {
        errno = 0;
        if (!file.write(piece.data(), static_cast<std::streamsize>(piece.size())))
            return failed();
        return goOn(piece.size()) ? Status() : Status(Error{"cancelled", {}, {}});
    });
    if (!written)
        return written;
    errno = 0;
    file.close();
    return file ? Status() : Status(failed());
}

} // namespace

Status checkRoom(const fs::path& folder, std::uint64_t bytes)
{
    std::error_code error;
    const fs::space_info space = fs::space(folder, error);
    if (error || space.available >= bytes)
        return {};
    constexpr double giga = 1e9;
    return Error{"there is room for " + fixedText(static_cast<double>(space.available) / giga, 1)
            + " GB on this disk, and LibTorch needs " + fixedText(static_cast<double>(bytes) / giga, 1),
        folder.string(), "free some space, or name a folder on another disk by XDG_CACHE_HOME"};
}

Result<Ended> unpackArchive(const fs::path& path, const fs::path& folder, const DownloadMonitor& monitor)
{
    const Result<ZipArchive> archive = ZipArchive::open(path);
    if (!archive)
        return archive.error();
    std::uint64_t total = 0;
    for (const ZipEntry& entry : archive->entries()) {
        if (!staysInside(entry.name)) {
            return Error{
                "“" + shownName(entry.name) + "” in this archive leads out of the folder that it is unpacked to",
                path.string(), "do not use it"};
        }
        total += entry.size;
    }
    if (Status room = checkRoom(folder, total); !room)
        return room.error();

    std::uint64_t done = 0;
    bool cancelled = false;
    const auto goOn = [&](std::size_t bytes) {
        done += bytes;
        cancelled = !monitor(done, total);
        return !cancelled;
    };
    std::error_code error;
    for (const ZipEntry& entry : archive->entries()) {
        const fs::path target = folder / entry.name;
        const bool isFolder = entry.name.back() == '/';
        fs::create_directories(isFolder ? target : target.parent_path(), error);
        if (error)
            return systemError(error.value(), "the folder cannot be made", target);
        if (isFolder)
            continue;
        const Status written = writeEntry(*archive, entry, target, goOn);
        if (cancelled)
            return Ended::Cancelled;
        if (!written)
            return written.error();
    }
    return Ended::Done;
}

} // namespace saddle
