// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/workers/group/worker_group.h"

#include <string_view>

namespace saddle {

/// What became of another worker, by what a process group throws in its stead.
inline WorkerGone goneBy(const std::exception& thrown)
{
    const std::string_view text = thrown.what();
    const bool late = text.find("imed out") != text.npos || text.find("timeout") != text.npos;
    return WorkerGone(late ? "another worker gives no sign of life" : "another worker has ended");
}

} // namespace saddle
