// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/play_to_end.h"

#include "core/base/notice.h"

namespace saddle {

PlayedRun playToEnd(SessionPlan plan, const Attendance& attendance)
{
    const Json* steps = findPath(plan.document, "training.steps");
    std::int64_t limit = steps && steps->is_number_integer() ? steps->get<std::int64_t>() : 0;
    for (const command::SetParameter& edit : attendance.edits) {
        if (edit.path == "training.steps" && edit.value.is_number_integer())
            limit = edit.value.get<std::int64_t>();
    }
    Notice news;
    PlayedRun run;
    bool played = false;
    Session session(std::move(plan), [&news] { news.tell(); });
    while (true) {
        news.await();
        run.last = session.drain();
        attendance.watch(run.last, session);
        if (run.last.state == SessionState::Failed) {
            run.fault = run.last.fault;
            return run;
        }
        if (run.last.state == SessionState::Loading) {
            run.stopped = attendance.stop();
            if (run.stopped)
                return run;
            continue;
        }
        if (!played) {
            played = true;
            if (limit > 0 && run.last.progress.step >= limit) {
                run.nothingToDo = true;
                return run;
            }
            for (const command::SetParameter& edit : attendance.edits)
                session.post(edit);
            session.post(command::Play{});
            continue;
        }
        const bool ending = run.stopped || run.fault;
        // A disk that refuses the run is waited for.
        if (run.last.fault && !run.fault && !run.last.awaitsDisk)
            run.fault = run.last.fault;
        if (!ending) {
            if (run.fault && run.fault->kind == Fault::Kind::Disk)
                return run;
            run.stopped = !run.fault && attendance.stop();
            if (run.fault || run.stopped)
                session.post(command::Stop{});
        }
        const bool neverBegan = run.last.state == SessionState::Ready && run.fault;
        if (run.last.state == SessionState::Finished || neverBegan)
            return run;
    }
}

} // namespace saddle
