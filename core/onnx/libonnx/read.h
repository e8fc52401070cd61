// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator_model.h"

namespace saddle {

/// As OnnxFormat::read.
Result<GeneratorModel> readOnnx(const std::filesystem::path& path, const Catalog& catalog);

} // namespace saddle
