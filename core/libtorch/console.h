// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/libtorch/fetch.h"

namespace saddle {

/// fetchLibtorch() with words and a line of progress on standard error; Ctrl+C cancels.
Result<Ended> fetchOnConsole(const FetchRequest& request);

/// The start of saddle-cli where it is installed: see launch.h.
int launchOnConsole(int argc, char** argv);

} // namespace saddle
