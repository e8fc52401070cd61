// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/libtorch/fetch.h"

#include <chrono>
#include <string>

namespace saddle {

/// "0.5 GB to download, 1.2 GB on disk"
std::string sizeWords(const WheelList& list);

/// What is said when a fetch was cancelled.
inline constexpr const char* fetchCancelled = "What has been fetched is kept; the next start goes on with it.";

/// How far a fetch is, in figures for people; remembers when each part of the work began.
class FetchWords {
public:
    using Clock = std::chrono::steady_clock;

    /// "120 of 531 MB, 5.3 MB/s, 1 min 18 s left"; empty where nothing is known.
    std::string figures(const FetchProgress& progress, Clock::time_point now);

private:
    std::string m_what;
    Clock::time_point m_began{};
    std::uint64_t m_before = 0; ///< bytes that there were when it began
};

} // namespace saddle
