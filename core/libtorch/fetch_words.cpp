// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/libtorch/fetch_words.h"

#include "core/base/text.h"

namespace saddle {

namespace {

constexpr double mega = 1e6;
constexpr double giga = 1e9;

} // namespace

std::string sizeWords(const WheelList& list)
{
    return fixedText(static_cast<double>(list.downloadBytes) / giga, 1) + " GB to download, "
        + fixedText(static_cast<double>(list.diskBytes) / giga, 1) + " GB on disk";
}

std::string FetchWords::figures(const FetchProgress& progress, Clock::time_point now)
{
    if (progress.total == 0)
        return {};
    if (progress.what != m_what || progress.done < m_before) {
        m_what = progress.what;
        m_began = now;
        m_before = progress.done;
    }
    const auto megabytes = [](std::uint64_t bytes, int digits) {
        return fixedText(static_cast<double>(bytes) / mega, digits);
    };
    const int digits = progress.total < std::uint64_t{10'000'000} ? 1 : 0;
    std::string text = megabytes(progress.done, digits) + " of " + megabytes(progress.total, digits) + " MB";

    // In the first second a speed says little.
    const double seconds = std::chrono::duration<double>(now - m_began).count();
    const auto moved = static_cast<double>(progress.done - m_before);
    if (seconds < 1 || moved <= 0 || progress.done > progress.total)
        return text;
    const double speed = moved / seconds;
    text += ", " + fixedText(speed / mega, 1) + " MB/s";
    if (progress.done < progress.total)
        text += ", " + durationText(static_cast<double>(progress.total - progress.done) / speed) + " left";
    return text;
}

} // namespace saddle
