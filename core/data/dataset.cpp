// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/dataset.h"

#include "core/base/text.h"

#include <algorithm>

namespace saddle {

std::vector<std::string> notesOn(const Dataset& dataset)
{
    constexpr std::size_t shown = 3;
    const std::vector<SkippedFile>& skipped = dataset.skipped;
    if (skipped.empty())
        return {};
    std::string note = counted(static_cast<std::int64_t>(skipped.size()), "file")
        + (skipped.size() == 1 ? " was passed over: " : " were passed over: ");
    for (std::size_t i = 0; i < std::min(shown, skipped.size()); ++i)
        note += (i > 0 ? "; " : "") + skipped[i].path + " (" + skipped[i].reason + ")";
    if (skipped.size() > shown)
        note += "; and " + grouped(static_cast<std::int64_t>(skipped.size() - shown)) + " more";
    return {note};
}

} // namespace saddle
