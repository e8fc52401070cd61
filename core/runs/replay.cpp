// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/replay.h"

#include "core/base/files.h"
#include "core/runs/experiment.h"
#include "core/runs/metrics_text.h"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace saddle {

namespace fs = std::filesystem;

namespace {

constexpr const char* timeColumn = "seconds";

/// One repetition under way.
class Repetition {
public:
    Repetition(
        const RecordedRun& run, const Catalog& catalog, const EngineFactory& factory, const ReplayOptions& request)
        : m_run(run)
        , m_catalog(catalog)
        , m_factory(factory)
        , m_request(request)
        , m_document(run.document)
        , m_rows(run.metrics)
        , m_began(std::chrono::steady_clock::now())
    {
    }

    Result<ReplayOutcome> repeat();

private:
    Status begin();
    Status makeEngine();
    Status change();
    Status nothingMissed() const;
    Status apply(const LoggedChange& logged);
    Status computeOn(const LoggedChange& logged);
    Status stepDone();
    Status compare(const MetricRow& row);
    Status finish();
    Status log(RunEvent event);
    double seconds() const;
    std::string lineOf(const LoggedChange& logged) const
    {
        return (m_run.folder / "events.jsonl").string() + ":" + std::to_string(logged.line);
    }

    const RecordedRun& m_run;
    const Catalog& m_catalog;
    const EngineFactory& m_factory;
    const ReplayOptions& m_request;
    Json m_document; ///< with the edits so far
    MetricsText m_rows;
    std::unique_ptr<Engine> m_engine;
    std::unique_ptr<RunFolder> m_out;
    std::size_t m_next = 0; ///< of the logged changes
    ReplayOutcome m_outcome;
    std::chrono::steady_clock::time_point m_began;
};

Status Repetition::makeEngine()
{
    m_engine.reset(); // not two of them in memory at once
    Result<std::unique_ptr<Engine>> made = m_factory(m_document, m_request.loading);
    if (!made)
        return made.error();
    m_engine = *std::move(made);
    for (const auto& [path, value] : m_engine->info().resolved.items())
        setPath(m_document, path, value);
    return {};
}

Status Repetition::begin()
{
    if (Status made = makeEngine(); !made)
        return made;
    if (!m_run.beginFrom.empty()) {
        Result<CheckpointData> checkpoint = readCheckpoint(m_run.beginFrom);
        if (!checkpoint)
            return checkpoint.error();
        checkpoint->state["experiment"] = m_document; // a run that goes back may have had edits before it began
        Status begun = m_run.fork ? m_engine->beginFrom(*checkpoint) : m_engine->restore(*checkpoint);
        if (!begun)
            return begun.error().in(m_run.beginFrom.string());
    }
    const std::string header = metricsHeader(m_engine->info().columns);
    if (std::string_view(m_run.metrics).substr(0, m_run.metrics.find('\n')) != header) {
        return Error{"its columns are not those of this experiment", (m_run.folder / "metrics.csv").string(),
            "the file was changed or written by another version: this run cannot be repeated"};
    }
    if (m_request.out.empty())
        return {};
    Result<std::unique_ptr<RunFolder>> out =
        RunFolder::create(m_request.out, m_document, m_engine->info().columns, m_run.parent);
    if (!out)
        return out.error();
    m_out = *std::move(out);
    return log({m_engine->progress().step, 0, "start", "Repeats " + m_run.folder.filename().string()});
}

Result<ReplayOutcome> Repetition::repeat()
{
    if (Status begun = begin(); !begun)
        return begun.error();
    const std::int64_t steps = m_request.steps > 0 ? std::min(m_request.steps, m_run.steps) : m_run.steps;
    while (m_outcome.steps < steps && !m_outcome.difference && !m_outcome.cancelled) {
        if (Status changed = change(); !changed)
            return changed.error();
        const EngineProgress progress = m_engine->progress();
        const auto alone = m_run.script.alone.find(progress.step + 1);
        const bool single = alone != m_run.script.alone.end() && progress.duePhase.empty();
        const Engine::Advance advanced =
            m_engine->advance(single ? alone->second.data["phase"].get<std::string>() : std::string());
        if (advanced.fault)
            return advanced.fault->error;
        if (!advanced.stepDone)
            continue;
        if (single) {
            if (Status logged = log(alone->second); !logged)
                return logged.error();
        }
        if (Status done = stepDone(); !done)
            return done.error();
    }
    if (Status finished = finish(); !finished)
        return finished.error();
    return m_outcome;
}

/// Makes the changes whose moment has come.
Status Repetition::change()
{
    const RoundPosition now = positionOf(m_engine->progress());
    for (; m_next < m_run.script.changes.size() && m_run.script.changes[m_next].at == now; ++m_next) {
        const LoggedChange& logged = m_run.script.changes[m_next];
        if (Status applied = apply(logged); !applied)
            return applied.error().in(lineOf(logged));
    }
    return nothingMissed();
}

Status Repetition::nothingMissed() const
{
    if (m_next == m_run.script.changes.size() || m_run.script.changes[m_next].at.step >= m_engine->progress().step)
        return {};
    return Error{"this change was made at a moment that this run does not come to",
        lineOf(m_run.script.changes[m_next]), "the log does not belong to this experiment, or was changed"};
}

Status Repetition::apply(const LoggedChange& logged)
{
    if (logged.event.kind == "resume")
        return computeOn(logged);
    const Result<Parameter> parameter = findParameter(m_document, m_catalog, logged.path);
    if (!parameter)
        return parameter.error();
    if (parameter->applies == Applies::Restart)
        return Error{parameter->label + " cannot change while a run goes on", logged.path, "the log was changed"};
    Result<Json> changed = changeSetting(m_document, m_catalog, logged.path, logged.value);
    if (!changed)
        return changed.error();
    if (Status applied = m_engine->apply(logged.path, *findPath(*changed, logged.path)); !applied)
        return applied;
    m_document = *std::move(changed);
    return log(logged.event);
}

/// The number of threads and the device change the bits: the engine goes on as a resumed one did.
Status Repetition::computeOn(const LoggedChange& logged)
{
    const Json* before = findPath(m_document, logged.path);
    if (before && *before == logged.value)
        return {};
    Result<Json> changed = changeSetting(m_document, m_catalog, logged.path, logged.value);
    if (!changed)
        return changed.error();
    Result<CheckpointData> state = m_engine->save();
    if (!state)
        return state.error();
    m_document = *std::move(changed);
    state->state["experiment"] = m_document;
    if (Status made = makeEngine(); !made)
        return made;
    return m_engine->restore(*state);
}

Status Repetition::stepDone()
{
    if (Status whole = nothingMissed(); !whole)
        return whole;
    std::vector<MetricRow> rows;
    if (std::optional<Fault> fault = m_engine->takeRows(rows))
        return fault->error;
    for (MetricRow& row : rows) {
        if (Status compared = compare(row); !compared)
            return compared;
        row.seconds = seconds();
    }
    if (m_out) {
        if (Status written = m_out->appendRows(rows); !written)
            return written;
    }
    m_outcome.cancelled = m_request.progress && !m_request.progress(m_outcome.steps);
    return {};
}

Status Repetition::compare(const MetricRow& row)
{
    const std::string line = metricsLine(row);
    const std::vector<std::string_view> repeated = cellsOf(std::string_view(line).substr(0, line.size() - 1));
    const std::vector<std::string_view> recorded = cellsOf(m_rows.next());
    const std::vector<std::string_view>& columns = m_rows.columns();
    if (recorded.size() != repeated.size() || recorded.front() != repeated.front()) {
        return Error{"the row after step " + std::to_string(row.step - 1) + " is not that of the next step",
            (m_run.folder / "metrics.csv").string(), "the file is damaged: repeat fewer steps by --steps"};
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (recorded[i] != repeated[i] && columns[i] != timeColumn) {
            m_outcome.difference =
                ReplayDifference{row.step, std::string(columns[i]), std::string(recorded[i]), std::string(repeated[i])};
            return {};
        }
    }
    ++m_outcome.steps;
    return {};
}

/// What was repeated can be looked at and gone on with.
Status Repetition::finish()
{
    if (!m_out)
        return {};
    const std::int64_t step = m_engine->progress().step;
    if (Result<Samples> samples = m_engine->sample()) {
        if (Status written = m_out->writeSamples(*samples); !written)
            return written;
    }
    Result<CheckpointData> state = m_engine->save();
    if (!state)
        return state.error();
    state->state["seconds"] = seconds();
    state->state["experiment"] = m_document;
    if (Result<fs::path> written = writeCheckpoint(m_out->path(), step, *state); !written)
        return written.error();
    return log({step, 0, "finish", "Repeated " + std::to_string(m_outcome.steps) + " steps"});
}

Status Repetition::log(RunEvent event)
{
    if (!m_out)
        return {};
    event.seconds = seconds();
    return m_out->appendEvent(event);
}

double Repetition::seconds() const
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - m_began).count();
}

} // namespace

namespace {

/// Finds the checkpoint that a run with a parent began with.
Status findBeginning(RecordedRun& run)
{
    const Result<RunOrigin> origin = readOrigin(run.folder);
    if (!origin)
        return origin.error();
    run.parent = origin->parent;
    if (!run.parent)
        return {};
    const std::string step = stepName(run.parent->step);
    // Its own, unless a later one of the same step took its place, behind an edit.
    const fs::path own = run.folder / "checkpoints" / step;
    if (const Result<Json> state = readCheckpointState(own)) {
        const Json* lines = findPath(*state, "session.events");
        const bool first = lines && lines->is_number_integer()
            && (run.script.changes.empty()
                || static_cast<std::int64_t>(run.script.changes.front().line) > lines->get<std::int64_t>());
        if (first) {
            run.beginFrom = own;
            return {};
        }
    }
    const fs::path runs = namedPath(run.folder).parent_path();
    run.beginFrom = runs / run.parent->run / "checkpoints" / step;
    run.fork = run.parent->how == RunParent::How::Fork;
    if (const Result<Json> state = readCheckpointState(run.beginFrom); !state) {
        return Error{"this run began from step " + std::to_string(run.parent->step) + " of " + run.parent->run
                + ", whose checkpoint is not there any more",
            run.beginFrom.string(), "put it back, or repeat another run"};
    }
    return {};
}

} // namespace

Result<RecordedRun> readRecordedRun(const fs::path& runFolder, const Catalog& catalog)
{
    RecordedRun run;
    run.folder = runFolder;
    Result<Json> experiment = readExperiment(runFolder);
    if (!experiment)
        return experiment.error();
    Result<Json> document = resolveDocument(*experiment, catalog);
    if (!document)
        return document.error().in((runFolder / "experiment.json").string());
    run.document = *std::move(document);
    Result<RunScript> script = readRunScript(runFolder);
    if (!script)
        return script.error();
    run.script = *std::move(script);
    if (Status found = findBeginning(run); !found)
        return found.error();
    Result<std::string> metrics = readMetrics(runFolder);
    if (!metrics)
        return metrics.error();
    run.metrics = *std::move(metrics);
    run.steps = std::count(run.metrics.begin(), run.metrics.end(), '\n') - 1;
    return run;
}

Result<ReplayOutcome> replayRun(
    const RecordedRun& run, const Catalog& catalog, const EngineFactory& factory, const ReplayOptions& request)
{
    return Repetition(run, catalog, factory, request).repeat();
}

} // namespace saddle
