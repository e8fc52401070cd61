// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator.h"

#include <string>
#include <string_view>

namespace saddle {

/// One latent as a line to copy: "0.25, -1.5, …", with "; label 3" behind it where it has one. Its digits bring back
/// every bit.
std::string latentText(const Latents& latent);

/// Reads such a line, and what else people paste: numbers set apart by commas, blanks, semicolons or line ends, with or
/// without brackets around them, "tensor(…)" too. An Error says which number is none, or how many there should be.
Result<Latents> latentFromText(std::string_view text, std::int64_t dimensions);

} // namespace saddle
