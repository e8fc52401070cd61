// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session.h"

#include "core/runs/experiment.h"
#include "core/runs/replay_log.h"
#include "core/runs/trace_folder.h"

#include <algorithm>
#include <cmath>
#include <exception>

namespace saddle {

namespace {

/// Four times a second is live to the eye; more often, drawing the curves would take the cores from training.
constexpr auto flushInterval = std::chrono::milliseconds(250);
/// How often a disk that refused something is tried again.
constexpr auto diskInterval = std::chrono::seconds(1);
/// Edits that follow each other faster belong together, as those of a dragged slider do.
constexpr auto editsApart = std::chrono::seconds(10);

/// Whether an edit may spoil what was learned: not how often samples are taken, nor when the run ends.
bool isRisky(const std::string& path)
{
    return path.rfind("sampling.", 0) != 0 && path.rfind("training.", 0) != 0;
}

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

bool Session::load(const std::stop_token& stop)
{
    const LoadMonitor monitor = [this, &stop](double fraction, const std::string& what) {
        {
            const std::lock_guard lock(m_mutex);
            m_update.loading = what;
            m_update.loadingFraction = fraction;
        }
        notify();
        return !stop.stop_requested();
    };
    Result<std::unique_ptr<Engine>> made = m_plan.factory(m_document, monitor);
    if (stop.stop_requested())
        return false;
    if (!made) {
        fail({Fault::Kind::Other, 0, made.error()}, SessionState::Failed);
        return false;
    }
    m_engine = *std::move(made);
    for (const auto& [path, value] : m_engine->info().resolved.items())
        setPath(m_document, path, value);
    {
        const std::lock_guard lock(m_mutex);
        m_update.info = std::make_shared<EngineInfo>(m_engine->info());
        m_update.document = std::make_shared<Json>(m_document);
        m_update.loading.clear();
    }
    const std::vector<ColumnInfo>& columns = m_engine->info().columns;
    while (m_measure < columns.size() && columns[m_measure].key != m_engine->info().measure)
        ++m_measure;
    if (!begin())
        return false;
    beginDiagnosis();
    if (m_plan.renderSamples) {
        if (Result<Samples> real = m_engine->realSamples()) {
            m_diagnosis.setReal(*real);
            const std::lock_guard lock(m_mutex);
            m_realSamples = std::make_shared<Samples>(*std::move(real));
        }
        refreshSamples(true);
    }
    publishProgress();
    setState(m_plan.beginning.checkpoint.empty() ? SessionState::Ready : SessionState::Paused);
    return true;
}

/// Where it does not begin at step 0.
bool Session::begin()
{
    const Beginning& beginning = m_plan.beginning;
    Status begun;
    std::int64_t keptLines = 0; ///< of the log, where the run goes on
    if (!beginning.checkpoint.empty()) {
        const Result<CheckpointData> checkpoint = readCheckpoint(beginning.checkpoint);
        begun = checkpoint ? restore(*checkpoint) : Status(checkpoint.error());
        keptLines = checkpoint ? keptLinesOf(checkpoint->state) : 0;
    }
    if (begun && beginning.goesOn) {
        const std::int64_t step = m_engine->progress().step;
        Result<std::unique_ptr<RunFolder>> run = RunFolder::resume(m_plan.runFolder, step, m_engine->info().columns);
        if (run) {
            m_run = *std::move(run);
            m_savedStep = m_keptStep = step;
            const CheckpointUse use = checkpointUse(m_plan.runFolder);
            const std::lock_guard lock(m_mutex);
            m_update.runFolder = m_plan.runFolder;
            m_update.checkpoints = use;
        } else {
            begun = run.error();
        }
    }
    if (!begun) {
        fail({Fault::Kind::Other, 0, begun.error()}, SessionState::Failed);
        return false;
    }
    if (beginning.goesOn) {
        const EngineProgress progress = m_engine->progress();
        record(
            "resume", "Resumed at step " + std::to_string(progress.step), resumeData(progress, m_document, keptLines));
    }
    for (const std::string& warning : beginning.warnings)
        record("warning", warning);
    return true;
}

Status Session::restore(const CheckpointData& checkpoint)
{
    const std::optional<RunParent>& parent = m_plan.beginning.parent;
    const bool fork = parent && parent->how == RunParent::How::Fork;
    if (Status restored = fork ? m_engine->beginFrom(checkpoint) : m_engine->restore(checkpoint); !restored)
        return restored;
    const Json* seconds = findPath(checkpoint.state, "seconds");
    m_secondsBefore = m_savedSeconds = seconds && seconds->is_number() ? seconds->get<double>() : 0.0;
    if (!fork)
        return restoreKept(checkpoint.state);
    m_epoch = static_cast<std::int64_t>(m_engine->progress().epoch);
    return {};
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
                record(fresh ? "start" : "play", fresh ? "Started" : "Went on");
                startClock();
                setState(SessionState::Running);
            },
            [this](const command::Pause&) {
                if (!permits(m_now, SessionAction::Pause))
                    return;
                // The last rows come before the state that says there are no more.
                stopClock();
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

void Session::setParameter(const std::string& path, const Json& value)
{
    if (!permits(m_now, SessionAction::Edit))
        return;
    const auto reject = [this, &path, &value](const Error& error) {
        record("rejected", error.sentence(), {{"path", path}, {"value", value}});
    };
    Result<Parameter> parameter = findParameter(m_document, *m_plan.catalog, path);
    if (!parameter)
        return reject(parameter.error());
    if (parameter->applies == Applies::Restart) {
        return reject({parameter->label + " cannot change while this run goes on", path,
            "it takes effect when the experiment is started anew"});
    }
    Result<Json> changed = changeSetting(m_document, *m_plan.catalog, path, value);
    if (!changed)
        return reject(changed.error());
    const Json checked = *findPath(*changed, path);
    if (parameter->applies == Applies::Epoch && m_now != SessionState::Ready) {
        m_atEpoch[path] = checked;
        return;
    }
    const Json before = *findPath(m_document, path);
    if (checked != before)
        saveBeforeEdit(path, parameter->label);
    if (Status applied = m_engine->apply(path, checked); !applied)
        return reject(applied.error());
    m_document = *std::move(changed);
    {
        const std::lock_guard lock(m_mutex);
        m_update.document = std::make_shared<Json>(m_document);
    }
    if (checked != before) {
        m_savedStep = -1; // the checkpoint of this step lacks the edit
        record("edit", parameter->label + ": " + jsonText(before) + " → " + jsonText(checked),
            withRound({{"path", path}, {"value", checked}, {"before", before}}, m_engine->progress()));
    }
    if (path.rfind("sampling.", 0) == 0)
        refreshSamples(true);
    publishProgress();
}

void Session::applyEpochEdits()
{
    const auto epoch = static_cast<std::int64_t>(m_engine->progress().epoch);
    if (epoch == m_epoch)
        return;
    m_epoch = epoch;
    for (const auto& [path, value] : std::exchange(m_atEpoch, {})) {
        if (Status applied = m_engine->apply(path, value); !applied) {
            record("rejected", applied.error().sentence(), {{"path", path}, {"value", value}});
            continue;
        }
        setPath(m_document, path, value);
        record("edit", path + ": " + jsonText(value), {{"path", path}, {"value", value}});
        const std::lock_guard lock(m_mutex);
        m_update.document = std::make_shared<Json>(m_document);
    }
}

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
            return;
    }
    if (keep && m_run) {
        if (!keepSamples())
            return;
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
    finish("Reached " + limit->text, {{"limit", limit->path}});
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

void Session::refreshSamples(bool force)
{
    if (!m_plan.renderSamples)
        return;
    if (!force) {
        const std::chrono::duration<double> since = Clock::now() - m_sampledAt;
        if (since.count() < option("sampling.refresh_seconds"))
            return;
        // A picture nobody has looked at yet means the window is behind: the next one waits.
        const std::lock_guard lock(m_mutex);
        if (m_samples)
            return;
    }
    if (Result<Samples> samples = takeEngineSamples())
        publishSamples(*std::move(samples));
}

Result<Samples> Session::takeEngineSamples()
{
    const auto before = Clock::now();
    Result<Samples> samples = m_engine->sample();
    m_sampledAt = Clock::now();
    m_stepStarted += m_sampledAt - before; // ms/step speaks of training alone
    if (!samples)
        record("warning", "No samples: " + samples.error().sentence());
    else if (watchesTraining())
        measureDiversity(*samples);
    return samples;
}

void Session::publishSamples(Samples samples)
{
    if (!m_plan.renderSamples)
        return;
    {
        const std::lock_guard lock(m_mutex);
        m_samples = std::make_shared<Samples>(std::move(samples));
    }
    notify();
}

void Session::publishWeights()
{
    const auto before = Clock::now();
    Result<CheckpointData> weights = m_engine->publish();
    m_stepStarted += Clock::now() - before;
    if (!weights)
        return record("warning", "No weights: " + weights.error().sentence());
    weights->state["experiment"] = m_document;
    {
        const std::lock_guard lock(m_mutex);
        m_weights = std::make_shared<CheckpointData>(*std::move(weights));
    }
    notify();
}

bool Session::keepSamples()
{
    Result<Samples> samples = takeEngineSamples();
    if (!samples)
        return true; // told as a warning
    const std::int64_t step = m_engine->progress().step;
    const Status kept = m_run->writeSamples(*samples);
    publishSamples(*std::move(samples));
    if (!kept)
        fail({Fault::Kind::Disk, step, kept.error()}, halted());
    else
        m_keptStep = step;
    return kept.ok();
}

Result<CheckpointData> Session::snapshot(const std::string& reason)
{
    const auto before = Clock::now();
    Result<CheckpointData> data = m_engine->save();
    m_stepStarted += Clock::now() - before; // ms/step speaks of training alone
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
    Result<CheckpointData> data = snapshot(reason);
    if (!data) {
        fail({Fault::Kind::Other, step, data.error()}, halted());
        return false;
    }
    m_writer.write(m_run->path(), step, reason, *std::move(data), checkpointBudget());
    m_savedStep = step;
    m_savedSeconds = trainingSeconds();
    return true;
}

/// So that there is a way back from an edit that turns out badly.
void Session::saveBeforeEdit(const std::string& path, const std::string& label)
{
    if (!m_run || !isRisky(path) || m_engine->progress().images == 0)
        return;
    const auto last = std::exchange(m_editedAt, Clock::now());
    if (m_savedStep != m_engine->progress().step && (!last || *m_editedAt - *last >= editsApart))
        saveCheckpoint("before an edit: " + label);
}

bool Session::collectCheckpoints()
{
    bool whole = true;
    for (const WrittenCheckpoint& written : m_writer.take()) {
        if (!written.place) {
            m_savedStep = -1;
            m_checkpointRefused = true;
            fail({Fault::Kind::Disk, written.step, written.place.error()}, halted());
            whole = false;
            continue;
        }
        m_checkpointRefused = false;
        recordAt(written.step, "checkpoint", "Checkpoint, " + written.reason,
            {{"folder", written.place->filename().string()}});
        if (!written.use) {
            record("warning", written.use.error().sentence());
            continue;
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
    return whole;
}

/// After a fault of the disk: tries again what it refused, and when all is written trains on.
void Session::goOnWhenWritable()
{
    if (Clock::now() - m_triedDiskAt < diskInterval)
        return;
    m_triedDiskAt = Clock::now();
    if (!m_run->appendRows({}))
        return;
    if (m_checkpointRefused) {
        const std::int64_t step = m_engine->progress().step;
        const std::string reason = "that the disk refused before";
        const Result<CheckpointData> data = snapshot(reason);
        if (!data || !writeCheckpoint(m_run->path(), step, *data))
            return;
        m_checkpointRefused = false;
        m_savedStep = step;
        record("checkpoint", "Checkpoint, " + reason, {{"folder", stepName(step)}});
    }
    record("play", "The run can be written again: went on");
    startClock();
    setState(SessionState::Running);
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
    m_awaitsDisk = awaits;
    m_triedDiskAt = Clock::now();
    const std::lock_guard lock(m_mutex);
    m_update.awaitsDisk = awaits;
}

void Session::finish(const std::string& reason, Json data)
{
    stopClock();
    m_steps.clear();
    const std::int64_t step = m_engine->progress().step;
    const bool flushed = flushRows();
    if (flushed && m_run && option("sampling.keep_every") > 0 && m_keptStep != step)
        keepSamples();
    else
        refreshSamples(true);
    if (m_run && m_savedStep != step)
        saveCheckpoint("at the end");
    m_writer.wait();
    collectCheckpoints();
    setAwaitsDisk(false);
    record("finish", reason, std::move(data));
    publishProgress();
    setState(SessionState::Finished);
}

bool Session::openRunFolder()
{
    if (m_run || m_plan.runFolder.empty())
        return true;
    const std::optional<RunParent>& parent = m_plan.beginning.parent;
    Result<std::unique_ptr<RunFolder>> run =
        RunFolder::create(m_plan.runFolder, m_document, m_engine->info().columns, parent);
    if (!run) {
        fail({Fault::Kind::Disk, m_engine->progress().step, run.error()}, m_now);
        return false;
    }
    m_run = *std::move(run);
    {
        const std::lock_guard lock(m_mutex);
        m_update.runFolder = m_plan.runFolder;
    }
    if (option("sampling.keep_every") > 0 && !keepSamples())
        return false;
    if (!parent)
        return true;
    record("start", "Began at step " + std::to_string(parent->step) + " of " + parent->run,
        {{"run", parent->run}, {"step", parent->step}});
    return saveCheckpoint("to begin with"); // so that it needs the other run no more
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
        finish("Reached " + limit->text, {{"limit", limit->path}});
    return true;
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
    const bool awaits = m_now == SessionState::Running || m_counting || m_awaitsDisk;
    if (fault.kind == Fault::Kind::Disk && m_run && awaits) {
        fault.error.remedy = "training goes on by itself once it can be written"
            + (fault.error.remedy.empty() ? std::string() : ": " + fault.error.remedy);
    }
    stopClock();
    m_steps.clear();
    // What the disk refused cannot be logged on it, and trying would end up here again.
    if (fault.kind == Fault::Kind::Disk) {
        setAwaitsDisk(m_run && awaits);
        const std::lock_guard lock(m_mutex);
        m_update.events.push_back({fault.step, trainingSeconds(), "error", fault.error.sentence(), Json::object()});
    } else {
        record("error", fault.error.sentence());
        if (watchesTraining())
            m_diagnosis.observe(fault);
        tellSymptoms();
    }
    {
        // After record(), which may fail in its turn: this is the first cause.
        const std::lock_guard lock(m_mutex);
        m_update.fault = fault;
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
    if (!written)
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
