// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/run_folder.h"

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace saddle {

/// What happened in a run, in the order of its events.jsonl. A line that is torn or is no event is left out: what it
/// said is lost, the others are not. Without the file there are none.
std::vector<RunEvent> readEvents(const std::filesystem::path& runFolder);

/// What a line of events.jsonl says; nothing where it is torn or no event.
std::optional<RunEvent> eventIn(std::string_view line);

} // namespace saddle
