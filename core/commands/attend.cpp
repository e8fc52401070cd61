// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/commands/attend.h"

#include "core/commands/interrupt.h"
#include "core/commands/progress_line.h"

#include <utility>

namespace saddle {

Attendance attend(ProgressLine& line, const InterruptGuard& guard)
{
    Attendance attendance;
    attendance.stop = [&guard] { return guard.interrupted(); };
    attendance.watch = [&line, told = false](const SessionUpdate& update, Session&) mutable {
        for (const RunEvent& event : update.events) {
            if (event.kind == "warning" || event.kind == "diagnosis")
                line.note(event.text);
        }
        if (update.state == SessionState::Failed)
            return;
        if (update.state == SessionState::Loading) {
            line.loading(update);
            return;
        }
        if (!std::exchange(told, true)) {
            for (const std::string& note : update.info->notes)
                line.note(note);
            line.note(update.info->data + ", " + update.info->device);
            return;
        }
        if (update.awaitsDisk && update.fault)
            line.refused(update.fault->error.sentence());
        else if (update.state == SessionState::Running)
            line.refused({});
        line.update(update);
    };
    return attendance;
}

} // namespace saddle
