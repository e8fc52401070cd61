// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/images/decoder.h"

namespace saddle {

ImageDecoder imageDecoder()
{
    return {};
}

} // namespace saddle
