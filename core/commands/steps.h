// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/commands/commands.h"

namespace saddle {

/// How many steps a command makes: --steps, taken out of the changes since the experiment's own end stays as it is.
Result<std::int64_t> takeSteps(SettingChanges& changes, std::int64_t otherwise);

} // namespace saddle
