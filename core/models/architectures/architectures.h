// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/network.h"

namespace saddle {

// One function an architecture; builtin.cpp lists them.
ArchitectureInfo dcganArchitecture(const Registry<LayerInfo>& layers);
ArchitectureInfo mlpArchitecture(const Registry<LayerInfo>& layers);
ArchitectureInfo cs231nArchitecture(const Registry<LayerInfo>& layers);
ArchitectureInfo upsampleArchitecture(const Registry<LayerInfo>& layers);
ArchitectureInfo subpixelArchitecture(const Registry<LayerInfo>& layers);
ArchitectureInfo snganArchitecture(const Registry<LayerInfo>& layers);
ArchitectureInfo resnetArchitecture(const Registry<LayerInfo>& layers);
ArchitectureInfo ebganArchitecture(const Registry<LayerInfo>& layers);
ArchitectureInfo beganArchitecture(const Registry<LayerInfo>& layers);
ArchitectureInfo r3ganArchitecture(const Registry<LayerInfo>& layers);

} // namespace saddle
