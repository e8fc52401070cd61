// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/params/schema.h"

namespace saddle::test {

/// A source's options with every default filled in; the error's sentence where they are refused.
inline Json resolved(const SourceInfo& source, const Json& given)
{
    const Result<Json> options = resolveParameters(source.parameters, given, "data");
    return options ? *options : Json(options.error().sentence());
}

} // namespace saddle::test
