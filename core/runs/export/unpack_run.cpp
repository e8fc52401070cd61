// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/shown_name.h"
#include "core/base/text.h"
#include "core/base/whole_file.h"
#include "core/io/zip.h"
#include "core/runs/export/run_archive.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <set>

#include <fcntl.h>
#include <unistd.h>

namespace saddle {

namespace fs = std::filesystem;

namespace {

/// What a disk must have left beside the run.
constexpr std::uint64_t spare = std::uint64_t{16} << 20;
constexpr std::size_t longestName = 200; ///< bytes; file systems take 255

struct Content {
    std::string top; ///< the run's name
    std::vector<std::pair<const ZipEntry*, std::string>> files; ///< and their names in the run's folder
    std::uint64_t size = 0; ///< bytes of all
};

bool isFolderName(std::string_view name)
{
    return !name.empty() && name.size() <= longestName && name.front() != '.'
        && std::none_of(name.begin(), name.end(),
            [](char c) { return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// What the archive holds, if that is one run and nothing else.
Result<Content> contentOf(const ZipArchive& archive, const std::string& where)
{
    Content content;
    std::set<std::string_view> seen;
    for (const ZipEntry& entry : archive.entries()) {
        const std::string_view name = entry.name;
        const std::size_t slash = name.find('/');
        const std::string_view top = name.substr(0, slash);
        const std::string shown = "“" + shownName(name) + "”";
        if (slash == std::string_view::npos || !isFolderName(top))
            return Error{
                shown + " in it does not lie in the folder of a run", where, "choose an archive that Saddle exported"};
        if (!content.top.empty() && content.top != top)
            return Error{"it holds more than one folder: " + shown, where, "choose an archive of a single run"};
        content.top = top;
        if (!entry.plain)
            return Error{shown + " in it is a link or another thing that is no file", where, "do not use it"};
        if (name.ends_with('/')) // a folder's own entry, as other programs make them
            continue;
        const std::string_view inRun = name.substr(slash + 1);
        if (!belongsToRun(inRun))
            return Error{shown + " in it is no part of a run", where, "choose an archive that Saddle exported"};
        if (!seen.insert(inRun).second)
            return Error{shown + " is in it twice", where, "do not use it"};
        content.files.emplace_back(&entry, inRun);
        content.size += entry.size;
    }
    if (!seen.contains("experiment.json"))
        return Error{
            "there is no run in it: experiment.json is missing", where, "choose an archive that Saddle exported"};
    return content;
}

/// A folder that goes unless it is kept.
class Scaffold {
public:
    explicit Scaffold(fs::path folder)
        : m_folder(std::move(folder))
    {
    }
    Scaffold(const Scaffold&) = delete;
    Scaffold& operator=(const Scaffold&) = delete;
    ~Scaffold()
    {
        std::error_code ignored;
        if (!m_folder.empty())
            fs::remove_all(m_folder, ignored);
    }
    const fs::path& path() const { return m_folder; }
    /// Gives it a name that is free: the wished one, or that with a number.
    Result<fs::path> keepAs(const fs::path& wished)
    {
        for (int number = 1;; ++number) {
            const fs::path place = number == 1 ? wished : fs::path(wished.string() + "-" + std::to_string(number));
            std::error_code error;
            if (fs::symlink_status(place, error).type() != fs::file_type::not_found)
                continue;
            // Another process may have taken the name by now: an empty folder is all that rename() replaces.
            if (::rename(m_folder.c_str(), place.c_str()) == 0) {
                m_folder.clear();
                syncFolder(place.parent_path());
                return place;
            }
            if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR)
                return systemError(errno, "the run cannot be put in place", place);
        }
    }

private:
    fs::path m_folder;
};

Status unpackInto(const fs::path& folder, const ZipArchive& archive, const Content& content, const LoadMonitor& monitor)
{
    std::uint64_t done = 0;
    for (const auto& [entry, name] : content.files) {
        const fs::path place = folder / name;
        std::error_code error;
        fs::create_directories(place.parent_path(), error);
        if (error)
            return systemError(error.value(), "the folder cannot be made", place.parent_path());
        Result<WholeFile> file = WholeFile::create(place);
        if (!file)
            return file.error();
        const auto take = [&](std::string_view piece) -> Status {
            done += piece.size();
            const double fraction =
                static_cast<double>(done) / static_cast<double>(std::max<std::uint64_t>(content.size, 1));
            if (!monitor(fraction, "Unpacking"))
                return Error{"the import was cancelled", "", ""};
            return file->append(piece.data(), piece.size());
        };
        if (Status read = archive.readPieces(*entry, take); !read)
            return read;
        if (Status written = file->commit(); !written)
            return written;
    }
    // Every run has these, though there may be nothing in them.
    for (const char* part : {"samples", "checkpoints"}) {
        std::error_code error;
        fs::create_directories(folder / part, error);
        if (error)
            return systemError(error.value(), "the folder cannot be made", folder / part);
    }
    return {};
}

} // namespace

Result<fs::path> unpackRun(const fs::path& archive, const fs::path& runs, const LoadMonitor& monitor)
{
    const Result<ZipArchive> opened = ZipArchive::open(archive);
    if (!opened)
        return opened.error();
    const Result<Content> content = contentOf(*opened, archive.string());
    if (!content)
        return content.error();
    std::error_code error;
    fs::create_directories(runs, error);
    if (error)
        return systemError(error.value(), "the folder cannot be made", runs);
    const fs::space_info space = fs::space(runs, error);
    if (!error && (content->size > space.available || space.available - content->size < spare)) {
        return Error{"it takes " + counted(static_cast<std::int64_t>(content->size >> 20) + 1, "MiB")
                + ", for which there is no room",
            runs.string(), "free some space, or unpack it in another place"};
    }
    if (!monitor(0, "Unpacking"))
        return Error{"the import was cancelled", archive.string(), ""};
    std::string hidden = (runs / ("." + content->top + ".XXXXXX")).string();
    if (!::mkdtemp(hidden.data()))
        return systemError(errno, "the folder cannot be written", runs);
    Scaffold scaffold{fs::path(hidden)};
    fs::permissions(scaffold.path(),
        fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec | fs::perms::others_read
            | fs::perms::others_exec,
        error);
    if (Status unpacked = unpackInto(scaffold.path(), *opened, *content, monitor); !unpacked)
        return unpacked.error();
    if (Result<Json> experiment = readJson(scaffold.path() / "experiment.json");
        !experiment || !experiment->is_object())
        return Error{"its experiment.json cannot be read", archive.string(), "export the run again"};
    syncFolder(scaffold.path());
    return scaffold.keepAs(runs / content->top);
}

} // namespace saddle
