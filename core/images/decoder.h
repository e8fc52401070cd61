// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/image_decoder.h"

namespace saddle {

/// The decoder of this build; its function is empty where the build has none.
ImageDecoder imageDecoder();

} // namespace saddle
