// SPDX-License-Identifier: GPL-3.0-or-later
// Built without librsvg: pages are for browsers only.
#include "core/study/study_page.h"

namespace saddle {

Result<std::optional<Image>> drawSvg(const std::string& /*svg*/)
{
    return std::optional<Image>();
}

} // namespace saddle
