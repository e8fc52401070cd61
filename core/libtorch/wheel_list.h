// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace saddle {

/// A file of the Python package index that is fetched: which one is told by its hash alone.
struct Wheel {
    std::string name; ///< of the project, as the index writes it: lower case, digits and hyphens
    std::string version;
    std::string sha256; ///< 64 lower-case hexadecimal digits
};

/// The wheels that make a LibTorch, the first being torch itself.
struct WheelList {
    std::vector<Wheel> wheels;
    std::uint64_t downloadBytes = 0; ///< about so many are fetched
    std::uint64_t diskBytes = 0; ///< and about so many unpacked

    const std::string& version() const { return wheels.front().version; }
};

/// Reads a list as packaging/libtorch-*.txt are written: pip's requirements with one hash each, and the two sizes in
/// comments. An Error names `where` and the line.
Result<WheelList> parseWheelList(std::string_view text, const std::string& where);

/// packaging/libtorch-SET.txt as the build found it; `set` is "cpu" or "cuda".
Result<WheelList> shippedWheelList(std::string_view set);

} // namespace saddle
