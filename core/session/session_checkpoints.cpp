// SPDX-License-Identifier: GPL-3.0-or-later
// A session's checkpoints: each is a copy that is written beside training.
#include "core/session/session.h"

#include <utility>

namespace saddle {

Result<Snapshot> Session::snapshot(const std::string& reason)
{
    Result<Snapshot> data = aside([this] { return m_engine->snapshot(); });
    if (!data)
        return data;
    data->state["seconds"] = trainingSeconds();
    data->state["experiment"] = m_document;
    data->state["session"] = keptState();
    data->state["reason"] = reason;
    if (const std::optional<double> measure = m_stopRules.measure())
        data->state["measure"] = *measure;
    return data;
}

std::uint64_t Session::checkpointBudget() const
{
    return static_cast<std::uint64_t>(option("sampling.checkpoint_gigabytes") * 1e9);
}

/// It is written beside training, from a copy; collectCheckpoints() tells when it is there.
bool Session::saveCheckpoint(const std::string& reason)
{
    if (!flushRows())
        return false;
    const std::int64_t step = m_engine->progress().step;
    m_writer.wait(); // of copies of the run's state there are never two
    Result<Snapshot> data = snapshot(reason);
    if (!data) {
        fail({Fault::Kind::Other, step, data.error()}, halted());
        return false;
    }
    m_writer.write(m_run->path(), step, reason, *std::move(data), checkpointBudget());
    m_savedStep = step;
    m_savedSeconds = trainingSeconds();
    return true;
}

bool Session::collectCheckpoints()
{
    bool whole = true;
    for (const WrittenCheckpoint& written : m_writer.take()) {
        if (!written.place) {
            m_savedStep = -1;
            m_checkpointDue = written.fault == Fault::Kind::Disk;
            fail({written.fault, written.step, written.place.error()}, halted());
            whole = false;
            continue;
        }
        checkpointKept(written);
    }
    return whole;
}

void Session::checkpointKept(const WrittenCheckpoint& written)
{
    m_checkpointDue = false;
    recordAt(
        written.step, "checkpoint", "Checkpoint, " + written.reason, {{"folder", written.place->filename().string()}});
    if (!written.use) {
        record("warning", written.use.error().sentence());
        return;
    }
    const std::uint64_t budget = checkpointBudget();
    if (budget > 0 && written.use->bytes > budget && !std::exchange(m_toldOfRoom, true)) {
        record("warning",
            "The checkpoints that always stay (the last two, the best, those pinned or saved by hand) take more "
            "than the room for checkpoints. Unpin some, or give them more room.");
    }
    const std::lock_guard lock(m_mutex);
    m_update.checkpoints = *written.use;
}

} // namespace saddle
