// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ctime>
#include <string>

namespace saddle {

/// A moment for a file, in universal time: "2026-05-01T14:02:33Z".
std::string utcText(std::time_t seconds);

} // namespace saddle
