// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace saddle {

/// The SHA-256 of a file as 64 lower-case hexadecimal digits; empty when `goOn`, which is told the bytes read so far,
/// says false.
Result<std::string> sha256OfFile(const std::filesystem::path& path, const std::function<bool(std::uint64_t)>& goOn);

} // namespace saddle
