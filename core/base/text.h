// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace saddle {

/// A number in words for people: "60,000".
std::string grouped(std::int64_t number);

/// "1 image", "60,000 images": the plural is made by an s.
std::string counted(std::int64_t number, const std::string& noun);

} // namespace saddle
