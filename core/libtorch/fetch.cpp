// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/libtorch/fetch.h"

#include "core/base/descriptor.h"
#include "core/base/files.h"
#include "core/libtorch/find.h"
#include "core/libtorch/sha256.h"
#include "core/libtorch/unpack.h"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>

namespace saddle {

namespace fs = std::filesystem;

namespace {

/// The address in a page of the index whose fragment is the hash: href="ADDRESS#sha256=HASH".
std::string addressOf(const std::string& page, const std::string& sha256)
{
    constexpr std::string_view opening = "href=\"";
    const std::size_t end = page.find("#sha256=" + sha256);
    const std::size_t start = end == std::string::npos ? end : page.rfind(opening, end);
    if (start == std::string::npos)
        return {};
    std::string address = page.substr(start + opening.size(), end - start - opening.size());
    constexpr std::string_view ampersand = "&amp;";
    for (std::size_t at = 0; (at = address.find(ampersand, at)) != std::string::npos; ++at)
        address.replace(at, ampersand.size(), "&");
    return address.find('"') == std::string::npos ? address : std::string();
}

Status removeAll(const fs::path& path)
{
    std::error_code error;
    fs::remove_all(path, error);
    return error ? Status(systemError(error.value(), "the folder cannot be removed", path)) : Status();
}

Status makeFolder(const fs::path& path)
{
    std::error_code error;
    fs::create_directories(path, error);
    return error ? Status(systemError(error.value(), "the folder cannot be made", path)) : Status();
}

/// One fetch of a LibTorch by the process that holds the lock.
class Fetch {
public:
    Fetch(const FetchRequest& request, const FetchMonitor& monitor)
        : m_request(request)
        , m_monitor(monitor)
        , m_wheels(request.cache / "partial" / "wheels")
        , m_partial(request.cache / "partial" / request.set)
    {
    }

    Result<Ended> run()
    {
        if (Status prepared = prepare(); !prepared)
            return prepared.error();
        std::size_t number = 0;
        for (const Wheel& wheel : m_request.list.wheels) {
            m_place = ", file " + std::to_string(++number) + " of " + std::to_string(m_request.list.wheels.size());
            Result<Ended> ended = take(wheel);
            if (!ended || *ended == Ended::Cancelled)
                return ended;
        }
        return putInPlace();
    }

private:
    Status prepare()
    {
        if (Status removed = removeAll(m_partial); !removed)
            return removed;
        for (const fs::path& folder : {m_wheels, m_partial}) {
            if (Status made = makeFolder(folder); !made)
                return made;
        }
        std::uint64_t there = 0;
        std::error_code error;
        for (const Wheel& wheel : m_request.list.wheels) {
            const std::uintmax_t size = fs::file_size(fileOf(wheel), error);
            there += error ? 0 : size;
        }
        const std::uint64_t left = m_request.list.downloadBytes - std::min(there, m_request.list.downloadBytes);
        return checkRoom(m_request.cache, left + m_request.list.diskBytes);
    }

    fs::path fileOf(const Wheel& wheel) const { return m_wheels / (wheel.sha256 + ".whl"); }

    DownloadMonitor during(const std::string& what) const
    {
        return [this, what](std::uint64_t done, std::uint64_t total) { return m_monitor({what, done, total}); };
    }

    /// Fetches, compares and unpacks one wheel.
    Result<Ended> take(const Wheel& wheel)
    {
        const fs::path file = fileOf(wheel);
        const std::string title = wheel.name + " " + wheel.version + m_place;
        std::error_code error;
        const bool resumed = fs::exists(file, error);
        Result<Ended> ended = fetchChecked(wheel, title);
        // What an earlier start left may be damaged: a second time it is fetched from its beginning.
        if (!ended && resumed && !fs::exists(file, error))
            ended = fetchChecked(wheel, title);
        if (!ended || *ended == Ended::Cancelled)
            return ended;
        return unpackArchive(file, m_partial, during("Unpacking " + title));
    }

    /// Fetches a wheel and compares it with its hash. One that does not agree is removed.
    Result<Ended> fetchChecked(const Wheel& wheel, const std::string& title)
    {
        const DownloadMonitor fetching = during("Fetching " + title);
        const Result<std::string> url = addressOnIndex(wheel, fetching);
        if (!url)
            return url.error();
        if (url->empty())
            return Ended::Cancelled;
        const fs::path file = fileOf(wheel);
        Result<Ended> fetched = downloadFile(*url, file, m_request.policy, fetching);
        if (!fetched || *fetched == Ended::Cancelled)
            return fetched;

        std::error_code error;
        const std::uint64_t size = fs::file_size(file, error);
        const DownloadMonitor checking = during("Checking " + title);
        const Result<std::string> sha256 = sha256OfFile(file, [&](std::uint64_t done) { return checking(done, size); });
        if (!sha256)
            return sha256.error();
        if (sha256->empty() && size > 0)
            return Ended::Cancelled;
        if (*sha256 == wheel.sha256)
            return Ended::Done;
        fs::remove(file, error);
        return Error{"what came as " + wheel.name + " " + wheel.version
                + " is not the file that was asked for: its SHA-256 is " + *sha256 + ", not " + wheel.sha256,
            hostOf(*url), "try again; should it stay so, do not trust this index or proxy"};
    }

    /// The address of a wheel; empty when cancelled.
    Result<std::string> addressOnIndex(const Wheel& wheel, const DownloadMonitor& monitor) const
    {
        constexpr std::size_t mostText = std::size_t{32} << 20;
        const std::string pageUrl = m_request.index + "/" + wheel.name + "/";
        const std::string at = pageUrl.starts_with("file:") ? pageUrl + "index.html" : pageUrl;
        bool goOn = true;
        const Result<std::string> page =
            downloadText(at, mostText, m_request.policy, [&](std::uint64_t, std::uint64_t) {
                goOn = monitor(0, 0);
                return goOn;
            });
        if (!page || !goOn)
            return page ? std::string() : page;
        const std::string address = addressOf(*page, wheel.sha256);
        if (address.empty()) {
            return Error{"this index has no " + wheel.name + " " + wheel.version + " with the SHA-256 " + wheel.sha256,
                hostOf(pageUrl), "name another index by PIP_INDEX_URL"};
        }
        return resolvedUrl(pageUrl, address);
    }

    Result<Ended> putInPlace()
    {
        if (Result<fs::path> usable = libtorchLibraries(m_partial, m_request.list.version()); !usable)
            return usable.error();
        // All that was written is on the disk before the stamp says so.
        if (const Descriptor disk(::open(m_partial.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            disk.get() < 0 || ::syncfs(disk.get()) != 0)
            return systemError(errno, "the folder cannot be written", m_partial);
        if (Status stamped = writeFileWhole(m_partial / libtorchStamp, {}); !stamped)
            return stamped.error();
        const fs::path folder = libtorchFolder(m_request);
        if (Status removed = removeAll(folder); !removed)
            return removed.error();
        std::error_code error;
        fs::rename(m_partial, folder, error);
        if (error)
            return systemError(error.value(), "the folder cannot be put in place", folder);
        syncFolder(m_request.cache);
        for (const Wheel& wheel : m_request.list.wheels)
            fs::remove(fileOf(wheel), error);
        return Ended::Done;
    }

    const FetchRequest& m_request;
    const FetchMonitor& m_monitor;
    fs::path m_wheels;
    fs::path m_partial; ///< the folder that the others are unpacked to; renamed at the end
    std::string m_place;
};

/// Waits until the lock is this process's; false when cancelled.
Result<bool> takeLock(int file, const fs::path& path, const FetchMonitor& monitor)
{
    constexpr std::chrono::milliseconds look{100};
    while (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return systemError(errno, "the file cannot be locked", path);
        if (!monitor({"Waiting for another start of Saddle that fetches LibTorch", 0, 0}))
            return false;
        std::this_thread::sleep_for(look);
    }
    return true;
}

} // namespace

fs::path libtorchFolder(const FetchRequest& request)
{
    return request.cache / (request.list.version() + "-" + request.set);
}

std::string packageIndex()
{
    const char* given = std::getenv("PIP_INDEX_URL");
    std::string index = given && *given ? given : "https://pypi.org/simple";
    while (index.ends_with('/'))
        index.pop_back();
    return index;
}

Result<Ended> fetchLibtorch(const FetchRequest& request, const FetchMonitor& monitor)
{
    if (Status made = makeFolder(request.cache); !made)
        return made.error();
    const fs::path lockPath = request.cache / ".lock";
    const Descriptor lock(::open(lockPath.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (lock.get() < 0)
        return systemError(errno, "the file cannot be opened", lockPath);
    const Result<bool> locked = takeLock(lock.get(), lockPath, monitor);
    if (!locked)
        return locked.error();
    if (!*locked)
        return Ended::Cancelled;
    std::error_code error;
    if (fs::exists(libtorchFolder(request) / libtorchStamp, error))
        return Ended::Done;
    Result<Ended> ended = Fetch(request, monitor).run();
    if (!ended || *ended == Ended::Cancelled)
        fs::remove_all(request.cache / "partial" / request.set, error);
    return ended;
}

} // namespace saddle
