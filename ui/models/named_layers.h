// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator_model.h"

namespace saddle {

/// The same generator with a name for every layer, its tensors called after it: so a layer keeps its weights when
/// layers before it are added, moved or removed.
GeneratorModel withNamedLayers(GeneratorModel model);

/// Without the tensors of layers that it has not.
GeneratorModel withOwnTensors(GeneratorModel model);

} // namespace saddle
