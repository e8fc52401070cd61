// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace saddle {

/// How many letters a UTF-8 text has, bytes that go on with one not counted.
std::size_t letterCount(std::string_view text);

/// A number in words for people: "60,000".
std::string grouped(std::int64_t number);

/// "1 image", "60,000 images": the plural is made by an s.
std::string counted(std::int64_t number, const std::string& noun);

/// A number with so many digits behind the point, in any locale: "12.30"; "nan" and "inf" as they are.
std::string fixedText(double value, int digits);

/// A number as papers print it, with six digits at most: "0.0002", "5e-05", "20,000".
std::string numberText(double value);

/// A time for people: "48 s", "3 min 07 s", "2 h 15 min".
std::string durationText(double seconds);

/// An amount of storage for people: "812 B", "3.4 MB", "1.2 GB", each 1024 of the one before.
std::string sizeText(std::int64_t bytes);

} // namespace saddle
