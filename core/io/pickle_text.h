// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace saddle {

/// UTF-8 of a line that Python wrote as raw-unicode-escape: Latin-1 with \uXXXX and \UXXXXXXXX.
std::string fromRawUnicode(std::string_view line);

/// The bytes of a text in quotes with Python's escapes; nothing where it is none.
std::optional<std::string> fromQuoted(std::string_view line);

/// The bytes of a UTF-8 text whose letters are Latin-1; nothing where one is not.
std::optional<std::string> toLatin1(std::string_view text);

/// A little-endian two's complement number, where it fits.
std::optional<std::int64_t> toInteger(std::string_view littleEndian);

} // namespace saddle
