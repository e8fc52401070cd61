// SPDX-License-Identifier: GPL-3.0-or-later
// The steps of a session, what each of them is followed by, and the last.
#include "core/session/session.h"

#include "core/runs/trace_folder.h"

#include <utility>

namespace saddle {

namespace {

/// Four times a second is live to the eye; more often, drawing the curves would take the cores from training.
constexpr auto flushInterval = std::chrono::milliseconds(250);

} // namespace

void Session::advance()
{
    const bool tracing = !m_steps.empty() && !m_steps.front().trace.empty();
    if (tracing && m_engine->progress().inRound.empty())
        return traceStep();
    const std::string phase = m_steps.empty() ? std::string() : m_steps.front().phase;
    const Engine::Advance advanced = m_engine->advance(phase);
    if (advanced.fault) {
        m_steps.clear();
        publishProgress();
        flushRows();
        fail(*advanced.fault, SessionState::Paused);
        return;
    }
    if (!advanced.stepDone) {
        if (Clock::now() - m_flushedAt >= flushInterval)
            publishProgress();
        return;
    }
    const bool single = !m_steps.empty() && !tracing;
    if (single) {
        m_steps.pop_front();
        if (!phase.empty())
            record("step", "One step of the " + phase + " alone", {{"phase", phase}});
    }
    timeStep();
    stepDone();
    if (single)
        singleStepDone();
}

void Session::traceStep()
{
    const std::filesystem::path folder = std::exchange(m_steps.front().trace, {});
    m_steps.pop_front();
    const std::int64_t before = m_engine->progress().step;
    const auto trace = [&]() -> Result<std::filesystem::path> {
        Result<TraceFolder> made = TraceFolder::create(folder);
        if (!made)
            return made.error();
        const Result<TensorFile> traced = m_engine->trace();
        return traced ? made->write(*traced) : Result<std::filesystem::path>(traced.error());
    };
    const Result<std::filesystem::path> file = trace();
    const std::int64_t step = m_engine->progress().step;
    if (file) {
        record("trace", "Traced into " + folder.string(), {{"folder", folder.string()}, {"file", file->filename()}});
    } else {
        record("warning",
            (step > before ? "The trace of this step is lost: " : "No step was traced: ") + file.error().sentence());
    }
    m_stepStarted = Clock::now(); // ms/step speaks of training alone
    if (step > before)
        stepDone();
    singleStepDone();
}

/// After the last of the steps asked for the session rests, unless it was running.
void Session::singleStepDone()
{
    if (!m_steps.empty() || !m_counting || m_now == SessionState::Running)
        return;
    stopClock();
    flushRows();
    publishProgress();
    if (m_now != SessionState::Paused)
        setState(SessionState::Paused);
    refreshSamples(true);
}

void Session::timeStep()
{
    const auto now = Clock::now();
    const double milliseconds = std::chrono::duration<double, std::milli>(now - m_stepStarted).count();
    m_stepStarted = now;
    // A running mean that forgets over about twenty steps keeps the figure readable.
    m_stepMilliseconds = m_stepMilliseconds == 0 ? milliseconds : 0.95 * m_stepMilliseconds + 0.05 * milliseconds;
}

void Session::stepDone()
{
    const EngineProgress progress = m_engine->progress();
    m_samplesPerStep = static_cast<double>(progress.images - m_imagesBefore);
    m_imagesBefore = progress.images;
    m_rowSeconds.push_back(trainingSeconds());

    const auto every = [this, &progress](const char* path) {
        const auto steps = static_cast<std::int64_t>(option(path));
        return steps > 0 && progress.step % steps == 0;
    };
    const bool keep = every("sampling.keep_every");
    const bool bySteps = every("sampling.checkpoint_every");
    const double minutes = option("sampling.checkpoint_minutes");
    const bool byTime = minutes > 0 && trainingSeconds() - m_savedSeconds >= minutes * 60;
    const bool diagnosed = std::exchange(m_diagnosed, false);
    const bool checkpoint = diagnosed || bySteps || byTime;
    // Beyond the limit, single steps are what was asked for.
    const std::optional<StopRules::Reason> limit = m_stopRules.reached(m_document, progress, trainingSeconds());
    const bool last = limit
        && (m_now == SessionState::Running
            || (limit->path == "training.steps"
                && progress.step == static_cast<std::int64_t>(option("training.steps"))));

    applyEpochEdits();
    const bool full = m_engine->pendingRows() >= m_engine->rowCapacity();
    if (full || keep || checkpoint || last || Clock::now() - m_flushedAt >= flushInterval) {
        publishProgress(); // first: a fault that comes with the rows shows it too
        if (!flushRows())
            return owe(keep && m_run, checkpoint);
    }
    showBegunSamples();
    if (keep && m_run) {
        if (!keepSamples())
            return owe(false, checkpoint);
    } else {
        refreshSamples(false);
    }
    if (checkpoint && m_run && !last
        && !saveCheckpoint(diagnosed ? "for a diagnosis"
                : bySteps
                ? "every " + std::to_string(static_cast<std::int64_t>(option("sampling.checkpoint_every"))) + " steps"
                : "every " + jsonText(Json(minutes)) + " minutes"))
        return;
    if (!last)
        return;
    if (!m_steps.empty() && !m_steps.front().trace.empty())
        record("warning", "No step was traced: the run had its " + limit->text + " before. Trace again for one more.");
    finishAt(*limit);
}

bool Session::flushRows()
{
    m_flushedAt = Clock::now();
    std::vector<MetricRow> rows;
    const std::optional<Fault> fault = m_engine->takeRows(rows);
    for (std::size_t i = 0; i < rows.size() && i < m_rowSeconds.size(); ++i)
        rows[i].seconds = m_rowSeconds[i];
    m_rowSeconds.clear();
    if (m_measure < m_engine->info().columns.size())
        m_stopRules.observe(rows, m_measure, m_engine->info().measureCourse);
    Status written;
    if (m_run)
        written = m_run->appendRows(rows);
    if (const std::string note = m_engine->takeNote(); !note.empty())
        record("warning", note);
    if (watchesTraining())
        m_diagnosis.observe(rows, m_document);
    {
        const std::lock_guard lock(m_mutex);
        m_update.rows.insert(
            m_update.rows.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
    }
    notify();
    tellSymptoms();
    if (fault)
        fail(*fault, halted());
    else if (!written)
        fail({Fault::Kind::Disk, m_engine->progress().step, written.error()}, halted());
    return !fault && written.ok();
}

bool Session::reachedLimit()
{
    const auto reached = [this] { return m_stopRules.reached(m_document, m_engine->progress(), trainingSeconds()); };
    std::optional<StopRules::Reason> limit = reached();
    // A run whose patience is used up gets the whole of it anew; after a pause there is what was left.
    if (limit && limit->path == "training.patience") {
        m_stopRules.restart();
        limit = reached();
    }
    if (!limit)
        return false;
    record("rejected", "This run already has its " + limit->text + ". Raise " + limit->path + ", then play on.",
        {{"path", limit->path}, {"value", *findPath(m_document, limit->path)}});
    if (m_now == SessionState::Paused)
        finishAt(*limit);
    return true;
}

/// What a run ends with: its last rows, grid and checkpoint. False: some of it is not on the disk.
bool Session::writeRest()
{
    stopClock();
    m_steps.clear();
    const std::int64_t step = m_engine->progress().step;
    bool whole = flushRows();
    if (whole && m_run && option("sampling.keep_every") > 0 && m_keptStep != step)
        whole = keepSamples();
    else
        refreshSamples(true);
    if (m_run && m_savedStep != step)
        whole = saveCheckpoint("at the end") && whole;
    m_writer.wait();
    whole = collectCheckpoints() && whole;
    return (!m_run || m_run->writePending()) && whole;
}

void Session::finish(const std::string& reason)
{
    setAwaitsDisk(false);
    m_now = SessionState::Paused; // a disk that refuses something from here on is not waited for
    writeRest();
    end(reason);
}

/// By itself a run ends when all of it is on the disk, however long that takes.
void Session::finishAt(const StopRules::Reason& limit)
{
    if (writeRest() || !m_awaitsDisk)
        end("Reached " + limit.text, {{"limit", limit.path}});
}

void Session::end(const std::string& reason, Json data)
{
    setAwaitsDisk(false);
    m_now = SessionState::Finished;
    record("finish", reason, std::move(data));
    publishProgress();
    setState(SessionState::Finished);
}

} // namespace saddle
