// SPDX-License-Identifier: GPL-3.0-or-later
// A session's run folder, and what becomes of the session while the disk refuses it.
#include "core/session/session.h"

#include <utility>

namespace saddle {

bool Session::openRunFolder()
{
    if (m_plan.runFolder.empty() || (m_run && !m_beginningDue))
        return true;
    const std::optional<RunParent>& parent = m_plan.beginning.parent;
    if (!m_run) {
        Result<std::unique_ptr<RunFolder>> run =
            RunFolder::create(m_plan.runFolder, m_document, m_engine->info().columns, parent);
        if (!run) {
            fail({Fault::Kind::Disk, m_engine->progress().step, run.error()}, m_now);
            return false;
        }
        m_run = *std::move(run);
        m_beginningDue = true;
        const std::lock_guard lock(m_mutex);
        m_update.runFolder = m_plan.runFolder;
    }
    if (option("sampling.keep_every") > 0 && m_keptStep < 0 && !keepSamples())
        return false;
    m_beginningDue = false;
    if (!parent)
        return true;
    record("start", "Began at step " + std::to_string(parent->step) + " of " + parent->run,
        {{"run", parent->run}, {"step", parent->step}});
    return saveCheckpoint("to begin with"); // so that it needs the other run no more
}

/// A run whose folder was deleted or moved away goes on, on demand, in a new one at its place.
bool Session::replaceLostFolder()
{
    if (!m_run || m_run->isThere())
        return true;
    Result<std::unique_ptr<RunFolder>> made =
        RunFolder::create(m_plan.runFolder, m_document, m_engine->info().columns, m_plan.beginning.parent, m_run.get());
    if (!made) {
        fail({Fault::Kind::Disk, m_engine->progress().step, made.error()}, m_now);
        return false;
    }
    m_run = *std::move(made);
    m_savedStep = -1;
    record("warning", "The run's folder was gone. The run goes on in a new one, without the rows before this step.");
    return saveCheckpoint("in the new folder");
}

void Session::setAwaitsDisk(bool awaits)
{
    const bool before = std::exchange(m_awaitsDisk, awaits);
    m_triedDiskAt = Clock::now();
    const std::lock_guard lock(m_mutex);
    if (before && !awaits)
        m_update.fault.reset();
    m_update.awaitsDisk = awaits;
}

/// After a fault of the disk: tries again what it refused, and when all is written trains on.
void Session::goOnWhenWritable()
{
    if (Clock::now() - m_triedDiskAt < diskInterval)
        return;
    m_triedDiskAt = Clock::now();
    if (!writeOwed())
        return;
    // It may have been in the way of the last step.
    if (const std::optional<StopRules::Reason> limit =
            m_stopRules.reached(m_document, m_engine->progress(), trainingSeconds()))
        return finishAt(*limit);
    startClock();
    setState(SessionState::Running);
    record("play", "The run can be written again: went on"); // where even this has no room, it waits again
}

/// What was still to be done at this step when the disk got in the way.
void Session::owe(bool grid, bool checkpoint)
{
    m_gridDue = m_awaitsDisk && grid;
    m_checkpointDue = m_checkpointDue || (m_awaitsDisk && checkpoint);
}

/// What the disk refuses again goes unsaid: the fault has been told, and it may take many tries.
bool Session::writeOwed()
{
    if (!m_run->writePending())
        return false;
    if (std::exchange(m_gridDue, false)) {
        if (Result<Samples> samples = takeEngineSamples())
            m_grid = std::make_shared<const Samples>(*std::move(samples));
    }
    if (m_grid && !writeGrid())
        return false;
    if (!m_checkpointDue)
        return true;
    const std::int64_t step = m_engine->progress().step;
    const std::string reason = "that the disk refused before";
    Result<Snapshot> data = snapshot(reason);
    if (!data) {
        fail({Fault::Kind::Other, step, data.error()}, halted());
        return false;
    }
    const WrittenCheckpoint written = writeAndThin(m_run->path(), step, reason, *std::move(data), checkpointBudget());
    if (!written.place) {
        if (written.fault != Fault::Kind::Disk)
            fail({written.fault, step, written.place.error()}, halted());
        return false;
    }
    m_savedStep = step;
    m_savedSeconds = trainingSeconds();
    checkpointKept(written);
    return true;
}

} // namespace saddle
