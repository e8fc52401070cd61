// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/libtorch/download.h"
#include "core/libtorch/wheel_list.h"

namespace saddle {

struct FetchRequest {
    WheelList list;
    std::string set; ///< "cpu" or "cuda"
    std::filesystem::path cache; ///< the folder of libtorchCache(); made where it is missing
    std::string index; ///< see packageIndex()
    DownloadPolicy policy;
};

/// Where a fetched LibTorch comes to lie: CACHE/VERSION-SET.
std::filesystem::path libtorchFolder(const FetchRequest& request);

/// The address of the package index: that of PIP_INDEX_URL, as pip has it, or PyPI's. Without a slash at its end.
std::string packageIndex();

struct FetchProgress {
    std::string what; ///< "Fetching torch 2.11.0, file 1 of 3"
    std::uint64_t done = 0; ///< bytes
    std::uint64_t total = 0; ///< 0: not known
};

/// False: cancel.
using FetchMonitor = std::function<bool(const FetchProgress&)>;

/// Fetches the wheels of a list, compares each with its hash, unpacks them, and puts the whole in place by one rename:
/// libtorchFolder() is there with all it needs or not at all, whatever ends the process. Where it is there already
/// nothing is fetched. Of several callers, also in other processes and packaging/setup.sh, one does it and the others
/// wait. Wheels fetched in part stay until the next time, which goes on with them.
Result<Ended> fetchLibtorch(const FetchRequest& request, const FetchMonitor& monitor);

} // namespace saddle
