// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/discriminator.h"
#include "core/latent/discriminator_model.h"

namespace saddle {

/// Opens a discriminator without data or trainer, on the device of its run, or where that is a GPU which is not here,
/// on the CPU. An Error names the origin and what to do.
Result<std::unique_ptr<Discriminator>> openDiscriminatorModel(const DiscriminatorModel& model, const Catalog& catalog);

/// The same of what readDiscriminator reads.
Result<std::unique_ptr<Discriminator>> openDiscriminator(const std::filesystem::path& path, const Catalog& catalog);

} // namespace saddle
