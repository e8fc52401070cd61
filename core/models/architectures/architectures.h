// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/network.h"

namespace saddle {

// One function an architecture; builtin.cpp lists them.
ArchitectureInfo dcganArchitecture(const Registry<LayerInfo>& layers);
ArchitectureInfo mlpArchitecture(const Registry<LayerInfo>& layers);

} // namespace saddle
