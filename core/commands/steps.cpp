// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/commands/steps.h"

#include <utility>

namespace saddle {

Result<std::int64_t> takeSteps(SettingChanges& changes, std::int64_t otherwise)
{
    const std::int64_t steps = std::exchange(changes.steps, std::nullopt).value_or(otherwise);
    if (steps < 1)
        return Error{"at least one step is wanted", "--steps", "give a number from 1 on"};
    return steps;
}

} // namespace saddle
