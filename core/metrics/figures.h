// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and names as the sentences of a diagnosis say them.
#pragma once

#include "core/base/text.h"

#include <cctype>
#include <cmath>
#include <cstdint>
#include <string>

namespace saddle {

/// Three digits: "0.0277", "1.39", "4,500".
inline std::string figure(double value)
{
    if (value == 0 || !std::isfinite(value))
        return numberText(value);
    const double unit = std::pow(10.0, std::floor(std::log10(std::abs(value))) - 2);
    return numberText(std::round(value / unit) * unit);
}

inline std::string stepText(std::int64_t step)
{
    return "step " + grouped(step);
}

/// "D" of the discriminator.
inline std::string initial(const std::string& role)
{
    return role.empty() ? role : std::string(1, static_cast<char>(std::toupper(static_cast<unsigned char>(role[0]))));
}

} // namespace saddle
