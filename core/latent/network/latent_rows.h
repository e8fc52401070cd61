// SPDX-License-Identifier: GPL-3.0-or-later
// What generators do with latents, whatever they are made of.
#pragma once

#include "core/latent/generator.h"
#include "core/models/built_network.h"

namespace saddle {

Status checkTruncation(const std::optional<double>& truncation, const LatentOptions& latent);
/// Refuses rows of another length, numbers that are not finite, and labels missing or out of range.
Status checkLatents(const Latents& latents, const GeneratorInfo& info);
/// As Generator::draw.
Result<Latents> drawFor(const GeneratorInfo& info, const LatentRequest& request);
/// Latents that have passed the check, as a network reads them.
NetworkInput latentInput(const Latents& latents, const GeneratorInfo& info, torch::Device device);

} // namespace saddle
