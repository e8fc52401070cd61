// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator.h"

namespace saddle {

/// Writes latents as CSV, whole or not at all: `picture` (the name of what a row made), `label` where there are labels,
/// then z0, z1, … in as many digits as bring back every bit. `pictures` holds one name a row.
Status writeLatents(
    const std::filesystem::path& path, const Latents& latents, const std::vector<std::string>& pictures);

/// Reads such a file; `picture` may be missing, and so may `label`: then there are no labels. An Error names the line
/// and column of what is no finite number (of float32), or says how many numbers a row should have.
Result<Latents> readLatents(const std::filesystem::path& path, std::int64_t dimensions);

/// Writes points as CSV: x, y and the label where there are any.
Status writePoints(
    const std::filesystem::path& path, const std::vector<float>& points, const std::vector<std::int64_t>& labels);

} // namespace saddle
