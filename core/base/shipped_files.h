// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string_view>

namespace saddle {

/// A file compiled into the program: window and command line then have the same wherever they run.
struct ShippedFile {
    std::string_view name; ///< without folder and ending
    std::string_view text;
};

// The sources are generated from the files as the build found them.

/// resources/presets/*.json
std::span<const ShippedFile> shippedPresets();
/// resources/studies/*.json
std::span<const ShippedFile> shippedStudies();
/// packaging/libtorch-*.txt
std::span<const ShippedFile> shippedWheelLists();

} // namespace saddle
