// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace saddle {

/// A whole number with its thousands grouped: "60,000".
std::string grouped(std::int64_t number);

} // namespace saddle
