// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/inversion.h"
#include "core/latent/network/opened_discriminator.h"

namespace saddle {

/// As Generator::invert, but for the picture, and the error is that before it is rounded to bytes. `discriminator` may
/// be null. Throws what torch throws.
Result<Inversion> findLatents(OpenedNetwork& generator, const GeneratorInfo& info, const InversionRequest& request,
    const InversionMonitor& monitor, OpenedDiscriminator* discriminator);

} // namespace saddle
