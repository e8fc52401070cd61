// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace saddle {

/// A name from a file, which may hold any bytes, for a sentence: one line of UTF-8, cut short where it is long.
std::string shownName(std::string_view name);

} // namespace saddle
