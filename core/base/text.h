// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace saddle {

/// A number in words for people: "60,000".
std::string grouped(std::int64_t number);

/// "1 image", "60,000 images": the plural is made by an s.
std::string counted(std::int64_t number, const std::string& noun);

/// A time for people: "48 s", "3 min 07 s", "2 h 15 min".
std::string durationText(double seconds);

} // namespace saddle
