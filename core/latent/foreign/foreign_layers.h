// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/foreign/foreign_answers.h"

namespace saddle {

/// Fills in the model's layers and tensors from a chain, with the sizes of a plan (null for layers without maps), and
/// says in `guesses` what was taken to be so.
Status buildLayers(const ForeignChain& chain, const SizePlan* plan, const ForeignSettings& settings, const Shape& image,
    const Registry<LayerInfo>& layers, ForeignProposal& proposal);

} // namespace saddle
