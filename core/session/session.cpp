// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session.h"

#include "core/runs/trace_folder.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace saddle {

namespace {

template <typename... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

} // namespace

Session::Session(SessionPlan plan, std::function<void()> notify)
    : m_plan(std::move(plan))
    , m_document(m_plan.document)
    , m_notify(std::move(notify))
    , m_writer([this] {
        {
            const std::lock_guard lock(m_mutex);
            m_checkpointWritten = true;
        }
        m_wake.notify_all();
    })
{
    m_update.document = std::make_shared<Json>(m_document);
    m_thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Session::~Session()
{
    m_thread.request_stop();
    m_wake.notify_all();
    m_thread.join();
}

void Session::post(Command command)
{
    {
        const std::lock_guard lock(m_mutex);
        // What was asked for before a stop and has not begun is not wanted any more.
        if (std::holds_alternative<command::Stop>(command)) {
            std::erase_if(m_commands, [](const Command& waiting) {
                return std::holds_alternative<command::Play>(waiting) || std::holds_alternative<command::Step>(waiting)
                    || std::holds_alternative<command::Trace>(waiting);
            });
        }
        // A dragged slider posts many values of one parameter: only the last one matters, in its first place.
        const auto mergeable = [&command](const Command& waiting) {
            if (const auto* edit = std::get_if<command::SetParameter>(&command)) {
                const auto* other = std::get_if<command::SetParameter>(&waiting);
                return other && other->path == edit->path;
            }
            return command.index() == waiting.index()
                && (std::holds_alternative<command::RequestSamples>(command)
                    || std::holds_alternative<command::PublishWeights>(command));
        };
        for (Command& waiting : m_commands) {
            if (mergeable(waiting)) {
                waiting = std::move(command);
                m_wake.notify_all();
                return;
            }
        }
        m_commands.push_back(std::move(command));
    }
    m_wake.notify_all();
}

SessionUpdate Session::drain()
{
    const std::lock_guard lock(m_mutex);
    m_dirty = false;
    // Taken out before the rest is copied: there may be many rows, and the training thread waits meanwhile.
    std::vector<MetricRow> rows = std::exchange(m_update.rows, {});
    std::vector<RunEvent> events = std::exchange(m_update.events, {});
    std::vector<DiversityPoint> diversity = std::exchange(m_update.diversity, {});
    SessionUpdate update = m_update;
    update.rows = std::move(rows);
    update.events = std::move(events);
    update.diversity = std::move(diversity);
    return update;
}

std::shared_ptr<const Samples> Session::takeSamples()
{
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_samples, nullptr);
}

std::shared_ptr<const Samples> Session::takeRealSamples()
{
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_realSamples, nullptr);
}

std::shared_ptr<const CheckpointData> Session::takeWeights()
{
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_weights, nullptr);
}

void Session::run(const std::stop_token& stop)
{
    // Nothing thrown below may leave this thread.
    std::optional<Error> thrown;
    try {
        if (load(stop))
            loop(stop);
    } catch (const std::exception& error) {
        thrown = Error{std::string("an internal error: ") + error.what(), "", "please report it"};
    } catch (...) {
        thrown = Error{"an internal error of unknown kind", "", "please report it"};
    }
    if (thrown) {
        const Fault fault{Fault::Kind::Other, m_update.progress.step, *thrown};
        try {
            fail(fault, SessionState::Failed);
        } catch (...) { // an engine that throws may throw again when it is asked for its step
            {
                const std::lock_guard lock(m_mutex);
                m_update.fault = fault;
                m_update.events.push_back(
                    {fault.step, m_secondsBefore, "error", fault.error.sentence(), Json::object()});
            }
            setState(SessionState::Failed);
        }
    }
    try {
        m_engine.reset();
        m_run.reset();
    } catch (...) { // a device that is gone may throw while it is left; there is nobody to tell
    }
}

std::deque<Command> Session::takeCommands(const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    const auto news = [this] { return !m_commands.empty() || m_checkpointWritten; };
    if (m_now != SessionState::Running && m_steps.empty()) {
        if (m_awaitsDisk)
            m_wake.wait_for(lock, stop, diskInterval, news);
        else
            m_wake.wait(lock, stop, news);
    }
    m_checkpointWritten = false;
    return std::exchange(m_commands, {});
}

void Session::loop(const std::stop_token& stop)
{
    while (!stop.stop_requested()) {
        for (const Command& command : takeCommands(stop))
            handle(command);
        if (stop.stop_requested())
            break;
        if (!collectCheckpoints())
            continue;
        if (m_awaitsDisk)
            goOnWhenWritable();
        if (m_now == SessionState::Running || !m_steps.empty())
            advance();
    }
    // A single step may be under way while the state is still Ready or Finished.
    if (permits(m_now, SessionAction::Stop) || m_counting)
        finish("Closed");
    else if (m_run && m_now == SessionState::Finished && m_savedStep != m_engine->progress().step)
        saveCheckpoint("with later edits");
    m_writer.wait();
    collectCheckpoints();
}

void Session::handle(const Command& command)
{
    std::visit(
        Overloaded{
            [this](const command::Play&) {
                if (!permits(m_now, SessionAction::Play) || reachedLimit() || !replaceLostFolder() || !openRunFolder())
                    return;
                std::erase_if(m_steps, [](const SingleStep& step) { return step.trace.empty(); });
                const bool fresh = m_engine->progress().images == 0;
                startClock();
                setState(SessionState::Running);
                record(fresh ? "start" : "play", fresh ? "Started" : "Went on"); // without room, it waits at once
            },
            [this](const command::Pause&) {
                if (!permits(m_now, SessionAction::Pause))
                    return;
                // The last rows come before the state that says there are no more. A disk that refuses them now is
                // not waited for.
                stopClock();
                m_now = SessionState::Paused;
                flushRows();
                record("pause", "Paused");
                publishProgress();
                setState(SessionState::Paused);
                refreshSamples(true);
                if (m_run && m_savedStep != m_engine->progress().step && !saveCheckpoint("at a pause"))
                    return;
                if (!m_steps.empty()) // the step to be traced is still made
                    startClock();
            },
            [this](const command::Step& step) {
                if (!permits(m_now, SessionAction::Step))
                    return;
                const std::vector<PhaseInfo>& phases = m_engine->info().phases;
                const auto known = [&step](const PhaseInfo& phase) { return phase.key == step.phase; };
                if (!step.phase.empty() && std::none_of(phases.begin(), phases.end(), known)) {
                    record("rejected", "No phase of this objective is called “" + step.phase + "”.");
                    return;
                }
                if (!openRunFolder())
                    return;
                // A round that was cut by a pause is finished before another kind of step begins.
                if (!step.phase.empty() && m_steps.empty() && !m_engine->progress().inRound.empty())
                    askForStep({});
                askForStep({step.phase});
            },
            [this](const command::Trace& trace) {
                if (!permits(m_now, SessionAction::Trace))
                    return;
                if (const Status usable = TraceFolder::check(trace.folder); !usable)
                    record("rejected", "No step was traced: " + usable.error().sentence());
                else if (openRunFolder())
                    askForStep({{}, trace.folder});
            },
            [this](const command::Stop&) {
                if (permits(m_now, SessionAction::Stop) || m_counting)
                    finish("Stopped");
            },
            [this](const command::SetParameter& edit) { setParameter(edit.path, edit.value); },
            [this](const command::RequestSamples&) {
                if (permits(m_now, SessionAction::Sample))
                    refreshSamples(true);
            },
            [this](const command::SaveCheckpoint&) {
                if (!permits(m_now, SessionAction::Checkpoint) || !openRunFolder())
                    return;
                if (m_run)
                    saveCheckpoint("by hand");
                else
                    record("rejected", "There is no run folder to keep a checkpoint in.");
            },
            [this](const command::PublishWeights&) {
                if (permits(m_now, SessionAction::Sample))
                    publishWeights();
            },
        },
        command);
}

void Session::askForStep(SingleStep step)
{
    if (m_steps.empty() && m_now != SessionState::Running)
        startClock();
    m_steps.push_back(std::move(step));
}

void Session::setState(SessionState state)
{
    m_now = state;
    {
        const std::lock_guard lock(m_mutex);
        m_update.state = state;
    }
    notify();
}

/// Where a fault leaves a run: paused, but one that has not begun or has ended stays so.
SessionState Session::halted() const
{
    return m_now == SessionState::Running || m_counting ? SessionState::Paused : m_now;
}

void Session::fail(Fault fault, SessionState state)
{
    // Whoever makes single steps or pauses does not want it to go on by itself.
    const bool awaits = m_run && (m_now == SessionState::Running || m_awaitsDisk);
    if (fault.kind == Fault::Kind::Disk && awaits) {
        fault.error.remedy = "training goes on by itself once it can be written"
            + (fault.error.remedy.empty() ? std::string() : ": " + fault.error.remedy);
    }
    stopClock();
    m_steps.clear();
    // What the disk refused cannot be logged on it, and trying would end up here again.
    if (fault.kind == Fault::Kind::Disk) {
        setAwaitsDisk(awaits);
        const std::lock_guard lock(m_mutex);
        m_update.events.push_back({fault.step, trainingSeconds(), "error", fault.error.sentence(), Json::object()});
    } else {
        if (m_awaitsDisk)
            setAwaitsDisk(false);
        record("error", fault.error.sentence());
        if (watchesTraining())
            m_diagnosis.observe(fault);
        tellSymptoms();
    }
    {
        // After record(), which may fail in its turn: this is the first cause.
        const std::lock_guard lock(m_mutex);
        m_update.fault = fault;
        m_update.state = state;
    }
    setState(state);
}

void Session::record(const std::string& kind, const std::string& text, Json data)
{
    recordAt(m_engine ? m_engine->progress().step : 0, kind, text, std::move(data));
}

void Session::recordAt(std::int64_t step, const std::string& kind, const std::string& text, Json data)
{
    RunEvent event{step, trainingSeconds(), kind, text, std::move(data)};
    Status written;
    if (m_run)
        written = m_run->appendEvent(event);
    {
        const std::lock_guard lock(m_mutex);
        m_update.events.push_back(std::move(event));
    }
    notify();
    // While it loads there is nothing to stop; the next line takes this one along, or tells.
    if (!written && m_now != SessionState::Loading)
        fail({Fault::Kind::Disk, step, written.error()}, halted());
}

void Session::publishProgress()
{
    const EngineProgress progress = m_engine->progress();
    const std::int64_t memory = m_engine->memoryBytes();
    {
        const std::lock_guard lock(m_mutex);
        m_update.progress = progress;
        m_update.memoryBytes = memory;
        m_update.millisecondsPerStep = m_stepMilliseconds;
        m_update.imagesPerSecond = m_stepMilliseconds > 0 ? m_samplesPerStep * 1000 / m_stepMilliseconds : 0;
        m_update.seconds = trainingSeconds();
    }
    notify();
}

void Session::notify()
{
    if (m_notify && !m_dirty.exchange(true))
        m_notify();
}

void Session::startClock()
{
    m_secondsBefore = trainingSeconds(); // it may be running, for single steps
    m_playedAt = m_stepStarted = m_flushedAt = Clock::now();
    m_imagesBefore = m_engine->progress().images;
    m_counting = true;
    m_gridDue = false;
    {
        // First: a fault without the waiting would be taken for one that ends the run.
        const std::lock_guard lock(m_mutex);
        m_update.fault.reset();
    }
    setAwaitsDisk(false);
}

void Session::stopClock()
{
    m_secondsBefore = trainingSeconds();
    m_counting = false;
}

double Session::trainingSeconds() const
{
    return m_secondsBefore + (m_counting ? std::chrono::duration<double>(Clock::now() - m_playedAt).count() : 0.0);
}

double Session::option(const char* path) const
{
    const Json* value = findPath(m_document, path);
    return value && value->is_number() ? value->get<double>() : 0.0;
}

} // namespace saddle
