// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/libtorch/download.h"

#include "core/base/descriptor.h"
#include "core/base/files.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace saddle {

namespace fs = std::filesystem;

namespace {

using Curl = std::unique_ptr<CURL, decltype(&::curl_easy_cleanup)>;
using Url = std::unique_ptr<CURLU, decltype(&::curl_url_cleanup)>;

constexpr long connectSeconds = 30;
constexpr long mostRedirections = 10;

/// Where the bytes of a transfer go. An Error in `failed` has ended it.
struct Transfer {
    std::function<Status(const char*, std::size_t)> sink;
    const DownloadMonitor* monitor = nullptr;
    std::uint64_t before = 0; ///< bytes that were there when it began
    std::uint64_t received = 0;
    bool cancelled = false;
    Status failed;
};

std::size_t receive(char* bytes, std::size_t size, std::size_t count, void* target)
{
    auto& transfer = *static_cast<Transfer*>(target);
    transfer.failed = transfer.sink(bytes, size * count);
    if (!transfer.failed)
        return 0; // ends the transfer
    transfer.received += size * count;
    return size * count;
}

int follow(void* target, curl_off_t total, curl_off_t done, curl_off_t, curl_off_t)
{
    auto& transfer = *static_cast<Transfer*>(target);
    const auto known = total > 0 ? transfer.before + static_cast<std::uint64_t>(total) : 0;
    transfer.cancelled = !(*transfer.monitor)(transfer.before + static_cast<std::uint64_t>(done), known);
    return transfer.cancelled ? 1 : 0;
}

bool isFileUrl(const std::string& url)
{
    return url.starts_with("file:");
}

std::string partOf(const std::string& url, CURLUPart part)
{
    const Url parsed(::curl_url(), &::curl_url_cleanup);
    char* text = nullptr;
    if (!parsed || ::curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK
        || ::curl_url_get(parsed.get(), part, &text, 0) != CURLUE_OK)
        return {};
    const std::unique_ptr<char, decltype(&::curl_free)> owned(text, &::curl_free);
    return text;
}

/// What one attempt came to.
struct Attempt {
    CURLcode code = CURLE_OK;
    long status = 0; ///< of HTTP
    std::string words; ///< libcurl's
};

Attempt attempt(const std::string& url, Transfer& transfer, const DownloadPolicy& policy)
{
    static const CURLcode ready = ::curl_global_init(CURL_GLOBAL_DEFAULT);
    const Curl curl(::curl_easy_init(), &::curl_easy_cleanup);
    if (ready != CURLE_OK || !curl)
        return {CURLE_FAILED_INIT, 0, ::curl_easy_strerror(CURLE_FAILED_INIT)};
    CURL* handle = curl.get();
    std::array<char, CURL_ERROR_SIZE> words{};
    ::curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    ::curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, words.data());
    // A page of the web never leads to files of this machine.
    ::curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, isFileUrl(url) ? "file" : "http,https");
    ::curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    ::curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
    ::curl_easy_setopt(handle, CURLOPT_MAXREDIRS, mostRedirections);
    ::curl_easy_setopt(handle, CURLOPT_FAILONERROR, 1L);
    ::curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(handle, CURLOPT_USERAGENT, "Saddle/" SADDLE_VERSION);
    ::curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, connectSeconds);
    ::curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    ::curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(policy.silence.count()));
    ::curl_easy_setopt(handle, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(transfer.before));
    ::curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &receive);
    ::curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
    ::curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &follow);
    ::curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &transfer);
    ::curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);

    Attempt result;
    result.code = ::curl_easy_perform(handle);
    ::curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &result.status);
    result.words = words.front() ? words.data() : ::curl_easy_strerror(result.code);
    return result;
}

/// Whether the connection was lost on the way, so that another attempt may do.
bool isPassing(const Attempt& attempt)
{
    constexpr long tooMany = 429;
    constexpr long serverFault = 500;
    switch (attempt.code) {
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return true;
    case CURLE_HTTP_RETURNED_ERROR:
        return attempt.status == tooMany || attempt.status >= serverFault;
    default:
        return false;
    }
}

/// Whether there was no way to the host, or none any more.
bool isUnreachable(const Attempt& attempt)
{
    return attempt.code == CURLE_COULDNT_RESOLVE_HOST || attempt.code == CURLE_COULDNT_CONNECT
        || attempt.code == CURLE_OPERATION_TIMEDOUT || attempt.code == CURLE_COULDNT_RESOLVE_PROXY
        || attempt.code == CURLE_SSL_CONNECT_ERROR;
}

Error notFetched(const std::string& url, const Attempt& attempt)
{
    const fs::path path = partOf(url, CURLUPART_PATH);
    const std::string name = path.has_filename() ? path.filename().string()
                                                 : "the list of files of " + path.parent_path().filename().string();
    const std::string what = name + " cannot be fetched (" + attempt.words + ")";
    if (attempt.code == CURLE_PEER_FAILED_VERIFICATION || attempt.code == CURLE_SSL_CACERT_BADFILE)
        return {what, hostOf(url), "check this system's clock and certificates"};
    if (attempt.code == CURLE_HTTP_RETURNED_ERROR)
        return {what, hostOf(url), "try again later"};
    return {what, hostOf(url), "check the connection, and https_proxy where there is a proxy"};
}

/// Waits before another attempt; false when cancelled.
bool pauseFor(std::chrono::milliseconds time, const DownloadMonitor& monitor, std::uint64_t done)
{
    constexpr std::chrono::milliseconds look{50};
    for (auto left = time; left.count() > 0; left -= look) {
        if (!monitor(done, 0))
            return false;
        std::this_thread::sleep_for(std::min(left, look));
    }
    return true;
}

/// Attempts until one does. `before` says how many bytes there are, `restart` throws them away.
Result<Ended> transferWhole(const std::string& url, const DownloadPolicy& policy, const DownloadMonitor& monitor,
    const std::function<Status(const char*, std::size_t)>& sink, const std::function<std::uint64_t()>& before,
    const std::function<Status()>& restart)
{
    constexpr long beyondTheEnd = 416;
    bool connected = false; // once it was, an unreachable host is a passing trouble as well
    int idle = 0;
    std::chrono::milliseconds pause = policy.pause;
    while (true) {
        Transfer transfer{sink, &monitor, before(), 0, false, {}};
        const Attempt result = attempt(url, transfer, policy);
        if (transfer.cancelled)
            return Ended::Cancelled;
        if (!transfer.failed)
            return transfer.failed.error();
        if (result.code == CURLE_OK)
            return Ended::Done;
        const bool resumed = transfer.before > 0;
        if (resumed && result.status == beyondTheEnd)
            return Ended::Done; // all of it is there; should there be more, its hash will tell
        if (resumed && (result.code == CURLE_RANGE_ERROR || result.code == CURLE_BAD_DOWNLOAD_RESUME)) {
            if (Status emptied = restart(); !emptied)
                return emptied.error();
            continue;
        }
        if (transfer.received > 0) {
            connected = true;
            idle = 0;
            pause = policy.pause;
        }
        if (++idle >= policy.attempts || !(isPassing(result) || (connected && isUnreachable(result))))
            return notFetched(url, result);
        if (!pauseFor(pause, monitor, transfer.before + transfer.received))
            return Ended::Cancelled;
        pause *= 2;
    }
}

} // namespace

Result<std::string> downloadText(
    const std::string& url, std::size_t limit, const DownloadPolicy& policy, const DownloadMonitor& monitor)
{
    std::string text;
    const auto keep = [&](const char* bytes, std::size_t size) -> Status {
        if (size > limit - text.size())
            return Error{
                "the answer is far longer than a list of files is", hostOf(url), "check the address of the index"};
        text.append(bytes, size);
        return {};
    };
    const auto restart = [&text]() -> Status {
        text.clear();
        return {};
    };
    // A text that was cut is begun anew: it is small, and may have changed.
    const auto before = [&text]() -> std::uint64_t {
        text.clear();
        return 0;
    };
    const Result<Ended> ended = transferWhole(url, policy, monitor, keep, before, restart);
    if (!ended)
        return ended.error();
    return *ended == Ended::Done ? text : std::string();
}

Result<Ended> downloadFile(
    const std::string& url, const fs::path& path, const DownloadPolicy& policy, const DownloadMonitor& monitor)
{
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (file.get() < 0)
        return systemError(errno, "the file cannot be written", path);
    const auto write = [&](const char* bytes, std::size_t size) -> Status {
        while (size > 0) {
            const ssize_t wrote = ::write(file.get(), bytes, size);
            if (wrote < 0 && errno == EINTR)
                continue;
            if (wrote < 0)
                return systemError(errno, "the file cannot be written", path);
            bytes += wrote;
            size -= static_cast<std::size_t>(wrote);
        }
        return {};
    };
    const auto before = [&file]() -> std::uint64_t {
        struct stat info { };
        return ::fstat(file.get(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
    };
    const auto restart = [&]() -> Status {
        return ::ftruncate(file.get(), 0) == 0 ? Status() : systemError(errno, "the file cannot be written", path);
    };
    return transferWhole(url, policy, monitor, write, before, restart);
}

Result<std::string> resolvedUrl(const std::string& base, const std::string& url)
{
    const Error wrong{"the index names an address that is none", hostOf(base), "check the address of the index"};
    const Url parsed(::curl_url(), &::curl_url_cleanup);
    char* text = nullptr;
    if (!parsed || ::curl_url_set(parsed.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK
        || ::curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK
        || ::curl_url_get(parsed.get(), CURLUPART_URL, &text, 0) != CURLUE_OK)
        return wrong;
    const std::unique_ptr<char, decltype(&::curl_free)> owned(text, &::curl_free);
    std::string resolved = text;
    if (isFileUrl(resolved) && !isFileUrl(base))
        return wrong;
    return resolved;
}

std::string hostOf(const std::string& url)
{
    const std::string host = isFileUrl(url) ? std::string() : partOf(url, CURLUPART_HOST);
    return host.empty() ? partOf(url, CURLUPART_PATH) : host;
}

} // namespace saddle
