// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/engine.h"

#include <exception>

namespace saddle {

Error noCheckpoint(const std::exception& thrown)
{
    return {std::string("the checkpoint could not be made: ") + thrown.what(), "", "free some memory, then try again"};
}

Result<CheckpointData> Engine::save()
{
    Result<Snapshot> taken = snapshot();
    if (!taken)
        return taken.error();
    try {
        return CheckpointData{std::move(taken->state), taken->tensors()};
    } catch (const std::exception& thrown) {
        return noCheckpoint(thrown);
    }
}

} // namespace saddle
