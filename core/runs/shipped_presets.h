// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string_view>

namespace saddle {

struct ShippedPreset {
    std::string_view name;
    std::string_view text;
};

/// resources/presets/*.json as the build found them; the source is generated.
std::span<const ShippedPreset> shippedPresets();

} // namespace saddle
