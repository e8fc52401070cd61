// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace saddle {

/// The start of the window where it is installed: see core/libtorch/launch.h.
int launchWindow(int argc, char** argv);

} // namespace saddle
