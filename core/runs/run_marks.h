// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace saddle {

/// What a person noted of a run: its file marks.json.
///
///     {"schema": 1, "name": "wide, with noise", "note": "the one to keep", "pinned": true, "keep": [500, 2000]}
struct RunMarks {
    std::string name; ///< one line; empty: the folder's
    std::string note;
    bool pinned = false;
    std::vector<std::int64_t> keep; ///< steps of the checkpoints pinned by hand, each once, rising

    bool operator==(const RunMarks&) const = default;
};

/// The marks of a run. Where there are none, or none that can be read, they are those of a run that nobody marked: what
/// is wrong with a note is no reason not to open a run. Keys of a wrong type are left out.
RunMarks readMarks(const std::filesystem::path& runFolder);

/// Writes marks whole. A name becomes one line of at most 200 letters; keys that this version does not know stay. Marks
/// of a newer schema, a link in the place of the file, and a note of more than 64 KiB are an Error.
Status writeMarks(const std::filesystem::path& runFolder, RunMarks marks);

} // namespace saddle
