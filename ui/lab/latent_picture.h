// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator.h"

namespace saddle {

/// What a generator made of a latent, and the latent.
struct LatentPicture {
    Latents latents;
    Samples samples;
};

} // namespace saddle
