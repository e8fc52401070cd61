// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/time_text.h"

namespace saddle {

std::string utcText(std::time_t seconds)
{
    std::tm universal{};
    ::gmtime_r(&seconds, &universal);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &universal);
    return text;
}

} // namespace saddle
