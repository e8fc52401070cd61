// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace saddle {

/// How long work that may be cancelled ended.
enum class Ended { Done, Cancelled };

/// How hard is tried. Proxies come from https_proxy, http_proxy and no_proxy, as curl reads them.
struct DownloadPolicy {
    int attempts = 6; ///< in a row without a new byte, before it is given up
    std::chrono::milliseconds pause{1000}; ///< before the second attempt; doubled before each further one
    std::chrono::seconds silence{30}; ///< without a byte, after which a connection counts as lost
};

/// Told the bytes there are and those there will be (0: not known yet), ten times a second and oftener. False: cancel.
using DownloadMonitor = std::function<bool(std::uint64_t done, std::uint64_t total)>;

/// A small text of at most `limit` bytes. Empty when cancelled. An Error names the host, never a password in the
/// address.
Result<std::string> downloadText(
    const std::string& url, std::size_t limit, const DownloadPolicy& policy, const DownloadMonitor& monitor);

/// A file. What an earlier call left in `path` is gone on with, after a cut connection as well; what it is worth only a
/// hash tells. A call that fails or is cancelled leaves what there is.
Result<Ended> downloadFile(const std::string& url, const std::filesystem::path& path, const DownloadPolicy& policy,
    const DownloadMonitor& monitor);

/// An address as a page at `base` means it.
Result<std::string> resolvedUrl(const std::string& base, const std::string& url);

/// "files.pythonhosted.org", or the path of a file: address.
std::string hostOf(const std::string& url);

} // namespace saddle
