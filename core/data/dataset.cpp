// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/dataset.h"

#include "core/base/text.h"

#include <algorithm>

namespace saddle {

std::string firstSkipped(const std::vector<SkippedFile>& skipped)
{
    constexpr std::size_t shown = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(shown, skipped.size()); ++i)
        text += (i > 0 ? "; " : "") + skipped[i].path + " (" + skipped[i].reason + ")";
    if (skipped.size() > shown)
        text += "; and " + grouped(static_cast<std::int64_t>(skipped.size() - shown)) + " more";
    return text;
}

std::vector<std::string> notesOn(const Dataset& dataset)
{
    std::vector<std::string> notes = dataset.notes;
    const auto count = static_cast<std::int64_t>(dataset.skipped.size());
    if (count > 0) {
        notes.push_back(counted(count, "file") + (count == 1 ? " was passed over: " : " were passed over: ")
            + firstSkipped(dataset.skipped));
    }
    return notes;
}

} // namespace saddle
