// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/play_to_end.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace saddle {

PlayedRun playToEnd(SessionPlan plan, const Attendance& attendance)
{
    const Json* steps = findPath(plan.document, "training.steps");
    std::int64_t limit = steps && steps->is_number_integer() ? steps->get<std::int64_t>() : 0;
    for (const command::SetParameter& edit : attendance.edits) {
        if (edit.path == "training.steps" && edit.value.is_number_integer())
            limit = edit.value.get<std::int64_t>();
    }
    std::mutex mutex;
    std::condition_variable wake;
    bool news = false;
    PlayedRun run;
    bool played = false;
    bool stopping = false;
    Session session(std::move(plan), [&] {
        {
            const std::lock_guard lock(mutex);
            news = true;
        }
        wake.notify_one();
    });
    while (true) {
        {
            // The wait also ends by itself: whoever wants the run stopped may have no way to wake it.
            std::unique_lock lock(mutex);
            wake.wait_for(lock, std::chrono::milliseconds(100), [&news] { return news; });
            news = false;
        }
        run.last = session.drain();
        attendance.watch(run.last, session);
        if (run.last.state == SessionState::Failed) {
            run.ending = Ending::Failed;
            run.fault = run.last.fault;
            return run;
        }
        if (run.last.state == SessionState::Loading) {
            if (attendance.stop()) {
                run.ending = Ending::Stopped;
                return run;
            }
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
        if (run.last.fault && !stopping) {
            run.ending = Ending::Failed;
            run.fault = run.last.fault;
            stopping = true;
            // What the disk refused, it would refuse again.
            if (run.fault->kind == Fault::Kind::Disk)
                return run;
            session.post(command::Stop{});
        } else if (!stopping && attendance.stop()) {
            run.ending = Ending::Stopped;
            stopping = true;
            session.post(command::Stop{});
        }
        const bool neverBegan = run.last.state == SessionState::Ready && run.fault;
        if (run.last.state == SessionState::Finished || neverBegan) {
            if (run.last.fault && run.ending == Ending::Finished)
                run.ending = Ending::Failed;
            if (run.last.fault && !run.fault)
                run.fault = run.last.fault;
            return run;
        }
    }
}

} // namespace saddle
