// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/json.h"

#include <string_view>

namespace saddle {

/// The number at a dotted path; 0 where there is none.
inline double numberAt(const Json& json, std::string_view path)
{
    const Json* value = findPath(json, path);
    return value && value->is_number() ? value->get<double>() : 0.0;
}

} // namespace saddle
