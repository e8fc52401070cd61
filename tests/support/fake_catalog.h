// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/catalog.h"

namespace saddle::test {

/// A catalog without torch: the real data sources, and layers, architectures, objectives and optimisers that carry the
/// real names, parameters and shapes where presets use them, but can build nothing.
///
/// Beside those: the source "fake-images", which needs no files, and the objective "with-encoder", which asks for a
/// third network and has one parameter of each time of effect ("weight" live, "warmup" epoch, "mode" restart).
const Catalog& fakeCatalog();

} // namespace saddle::test
