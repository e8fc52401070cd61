// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator_model.h"

namespace saddle {

/// As OnnxFormat::write.
Status writeOnnx(const std::filesystem::path& path, const GeneratorModel& model, const Catalog& catalog);

} // namespace saddle
