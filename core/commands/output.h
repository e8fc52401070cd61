// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <filesystem>

namespace saddle {

/// Whether a file can be written there, asked before the work whose outcome it takes.
Status checkOutputFile(const std::filesystem::path& file);

} // namespace saddle
