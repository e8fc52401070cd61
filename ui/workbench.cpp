// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/workbench.h"

#include "core/base/files.h"
#include "core/runs/checkpoints.h"
#include "core/runs/experiment.h"
#include "core/runs/run_marks.h"
#include "core/runs/trace_folder.h"
#include "ui/models/run_series.h"

#include <QFileInfo>
#include <QUndoStack>

#include <algorithm>
#include <iterator>

namespace saddle {

namespace {

constexpr int reopenDelay = 250; // milliseconds after the last edit

} // namespace

Workbench::Workbench(const Catalog& catalog, EngineFactory factory, QObject* parent)
    : QObject(parent)
    , m_document(catalog)
    , m_bridge(catalog, factory)
    , m_studyBridge(catalog, std::move(factory))
    , m_runsFolder(userDataFolder() / "runs")
{
    // Until something is trained there is nothing to lose: an edit that needs a restart simply gets it.
    m_reopen.setSingleShot(true);
    m_reopen.setInterval(reopenDelay);
    connect(&m_reopen, &QTimer::timeout, this, [this] {
        if (!hasBegun() && !m_waitingEdits.isEmpty())
            reopen();
    });
    connect(&m_document, &ExperimentDocument::changed, this, [this](const QString& path) { onDocumentChanged(path); });
    connect(&m_bridge, &Bridge::rowsAppended, this, &Workbench::onRows);
    connect(&m_bridge, &Bridge::diversityMeasured, this, [this](const std::vector<DiversityPoint>& points) {
        m_diversity.insert(m_diversity.end(), points.begin(), points.end());
    });
    connect(&m_bridge, &Bridge::eventsAppended, this, &Workbench::onEvents);
    connect(&m_bridge, &Bridge::stateChanged, this, &Workbench::onState);
    connect(&m_bridge, &Bridge::watchedRunRewritten, this, [this] {
        const std::filesystem::path run = m_bridge.now().runFolder;
        if (Status opened = openRun(QString::fromStdString(run.string())); !opened)
            Q_EMIT problem(QString::fromStdString(opened.error().sentence()));
    });
    connect(&m_bridge, &Bridge::documentChanged, this, [this] { findWaitingEdits(changedSettings()); });
}

Workbench::~Workbench()
{
    close();
}

Status Workbench::openExperiment(const QString& presetOrFile)
{
    if (Status loaded = m_document.load(presetOrFile); !loaded)
        return loaded;
    restart();
    return {};
}

Status Workbench::openRun(const QString& folder)
{
    const std::filesystem::path run = folder.toStdString();
    std::error_code missing;
    const bool own = m_bridge.isOpen() && std::filesystem::equivalent(run, m_bridge.now().runFolder, missing);
    if (!own && runIsLocked(run))
        return watch(run);
    Result<ResumePoint> point = findResumePoint(run, m_document.catalog());
    if (!point)
        return point.error();
    m_document.adopt(std::move(point->document), QString::fromStdString(run.filename().string()));
    m_parentsFolder.clear();
    openSession(run, std::move(point->beginning));
    return {};
}

Status Workbench::watch(const std::filesystem::path& run)
{
    if (Status whole = checkRunParts(run); !whole)
        return whole;
    const Result<Json> experiment = readExperiment(run);
    if (!experiment)
        return experiment.error();
    Result<Json> document = resolveDocument(*experiment, m_document.catalog());
    if (!document)
        return document.error().in((run / "experiment.json").string());
    // Whatever trains here is ended before its place on the bench is another's.
    m_bridge.close();
    m_document.adopt(*std::move(document), QString::fromStdString(run.filename().string()));
    m_parentsFolder.clear();
    clearRecord();
    m_beginning = {};
    m_lineage = lineageOf(run);
    RunWatch::News past = m_bridge.watch(m_document.json(), run);
    m_diversity = std::move(past.diversity);
    appendSeries(m_series, past.rows, m_diversity);
    m_events.insert(m_events.end(), past.events.begin(), past.events.end());
    Q_EMIT runChanged();
    findWaitingEdits({});
    return {};
}

void Workbench::playTurn(QueueTurn turn)
{
    const QString name = headText(turn.document, "name");
    m_document.adopt(std::move(turn.document), name);
    m_parentsFolder.clear();
    openSession(turn.runFolder, std::move(turn.beginning));
    playWhenReady();
}

void Workbench::openEdited(Json document, Json base)
{
    const QString name = headText(document, "name");
    m_document.adoptEdited(std::move(document), std::move(base), name);
    restart();
}

bool Workbench::hasUnsavedEdits() const
{
    // Only a session that takes edits has them in its run: one that is watched, or that fell over, has none.
    const bool inRun = permits(m_bridge.state(), SessionAction::Edit) && hasBegun() && !m_bridge.now().runFolder.empty()
        && m_waitingEdits.isEmpty();
    return m_document.isModified() && !inRun;
}

std::filesystem::path Workbench::queueFile() const
{
    if (!m_queueFile.empty() || m_runsFolder.empty())
        return m_queueFile;
    return m_runsFolder.parent_path() / "queue.json";
}

Status Workbench::rewindTo(const std::filesystem::path& checkpoint)
{
    const bool training = isRunning();
    Status begun = goOnFrom(checkpoint, RunParent::How::Rewind);
    if (begun && training)
        playWhenReady();
    return begun;
}

Status Workbench::forkFrom(const std::filesystem::path& checkpoint)
{
    return goOnFrom(checkpoint, RunParent::How::Fork);
}

Status Workbench::goOnFrom(const std::filesystem::path& checkpoint, RunParent::How how)
{
    const std::filesystem::path run = checkpoint.parent_path().parent_path();
    const std::string where = (checkpoint / "state.json").string();
    // Looked at before what trains now is ended: a checkpoint that is of no use changes nothing.
    const Result<Json> state = readCheckpointState(checkpoint);
    if (!state)
        return state.error();
    const Json* step = findPath(*state, "step");
    if (!step || !step->is_number_integer())
        return Error{"it does not say its step", where, "choose another checkpoint"};
    Result<Json> document = resolveDocument(state->value("experiment", Json::object()), m_document.catalog());
    if (!document)
        return document.error().in(where);
    // Its end is a checkpoint too, which must not make the run thin out the one that the other begins from.
    RunMarks marks = readMarks(run);
    if (std::find(marks.keep.begin(), marks.keep.end(), step->get<std::int64_t>()) == marks.keep.end()) {
        marks.keep.push_back(step->get<std::int64_t>());
        std::sort(marks.keep.begin(), marks.keep.end());
        if (Status kept = writeMarks(run, std::move(marks)); !kept)
            return kept;
    }
    // Whatever this run has still to write is written before another goes on from it.
    m_bridge.close();
    m_document.adopt(*std::move(document), fromUtf8(run.filename().string()));
    m_parentsFolder = run.parent_path();
    openSession(freshRunFolder(),
        {.goesOn = false,
            .checkpoint = checkpoint,
            .parent = RunParent{run.filename().string(), *step, how},
            .warnings = {}});
    return {};
}

Status Workbench::useFolderAsData(const QString& folder)
{
    const SourceInfo* source = m_document.catalog().sources.find("image-folder");
    const auto asksForFolder = [](const Parameter& parameter) { return parameter.type == ParameterType::Path; };
    const auto parameter = source ? std::find_if(source->parameters.begin(), source->parameters.end(), asksForFolder)
                                  : decltype(source->parameters.begin())();
    if (!source || parameter == source->parameters.end()) {
        return Error{tr("this folder holds no run, and folders of pictures cannot be read yet").toStdString(),
            folder.toStdString(), tr("drop the folder of a run or the file of an experiment").toStdString()};
    }
    m_document.undoStack()->beginMacro(tr("data from %1").arg(QFileInfo(folder).fileName()));
    Status done = m_document.set(QStringLiteral("data.source"), source->kind);
    if (done)
        done = m_document.set(QStringLiteral("data.") + fromUtf8(parameter->key), folder.toStdString());
    m_document.undoStack()->endMacro();
    return done;
}

void Workbench::restart()
{
    m_parentsFolder.clear();
    openSession(freshRunFolder(), {});
}

void Workbench::reopen()
{
    if (!m_beginning.parent)
        return restart();
    openSession(freshRunFolder(), Beginning(m_beginning));
}

bool Workbench::hasBegun() const
{
    // Of a run that begins from another the images are counted on.
    return m_beginning.parent ? !m_bridge.now().runFolder.empty() : m_bridge.hasTrained();
}

std::optional<RunParent> Workbench::beginsFrom() const
{
    return hasBegun() ? std::nullopt : m_beginning.parent;
}

void Workbench::close()
{
    m_bridge.close();
}

std::filesystem::path Workbench::freshRunFolder() const
{
    // Beside its parent, so that the two find each other.
    const std::filesystem::path& runs = m_parentsFolder.empty() ? m_runsFolder : m_parentsFolder;
    if (runs.empty())
        return {};
    const Json* name = findPath(m_document.json(), "name");
    return newRunFolder(runs, name && name->is_string() ? name->get<std::string>() : std::string());
}

void Workbench::clearRecord()
{
    m_reopen.stop();
    m_info.reset();
    m_events.clear();
    m_series.reset({"step", "epoch", "images", "seconds"});
    m_diversity.clear();
}

void Workbench::openSession(const std::filesystem::path& runFolder, Beginning beginning)
{
    clearRecord();
    m_beginning = std::move(beginning);
    m_lineage.reset();
    if (!runFolder.empty())
        m_lineage = m_beginning.goesOn ? lineageOf(runFolder) : lineageOf(runFolder, m_beginning.parent);
    m_bridge.open(m_document.json(), runFolder, Beginning(m_beginning));
    Q_EMIT runChanged();
    findWaitingEdits(changedSettings());
}

void Workbench::onState()
{
    const SessionUpdate& now = m_bridge.now();
    if (now.info == m_info || !now.info)
        return;
    m_info = now.info;
    resetSeries(m_series, m_info->columns);
    m_memoryEstimate = 0;
    m_warnings.clear();
    m_canvas = Error{};
    if (const Result<Experiment> experiment = buildExperiment(*now.document, m_document.catalog())) {
        const std::int64_t bytesEach = experiment->dataShape.size() == 1 ? sizeof(float) : 1;
        // Nothing is loaded here for what another process trains.
        if (m_info->dataCount > 0)
            m_memoryEstimate =
                estimateMemory(*experiment, m_info->dataCount * elementCount(experiment->dataShape) * bytesEach);
        m_canvas = planCanvas(experiment->reports.at("generator"), "generator");
        for (const std::string& warning : experiment->warnings)
            m_warnings << fromUtf8(warning);
    }
    loadPast();
    Q_EMIT runChanged();
}

void Workbench::loadPast()
{
    const bool watching = m_bridge.state() == SessionState::Watching;
    if (!m_lineage || (!m_beginning.goesOn && !m_beginning.parent && !watching))
        return;
    Lineage life = *m_lineage;
    if (watching) // the watch tells of the run itself
        life.parts.pop_back();
    QStringList problems = loadSeries(m_series, life);
    if (!life.problem.empty())
        problems << fromUtf8(life.problem);
    std::vector<RunEvent> past = lineageEvents(life);
    m_events.insert(m_events.begin(), std::make_move_iterator(past.begin()), std::make_move_iterator(past.end()));
    if (!problems.isEmpty())
        Q_EMIT problem(problems.join(QLatin1Char(' ')));
}

void Workbench::onRows(const std::vector<MetricRow>& rows)
{
    // Rows may come with the news of what columns they have.
    onState();
    appendSeries(m_series, rows, m_diversity);
    Q_EMIT rowsAppended();
}

void Workbench::onEvents(const std::vector<RunEvent>& events)
{
    for (const RunEvent& event : events) {
        m_events.push_back(event);
        Q_EMIT eventHappened(event);
    }
}

QString Workbench::whyNoPainting() const
{
    if (!m_latentTools.openModel)
        return tr("This program paints nothing");
    // What it will never do comes before what it cannot do yet.
    if (m_info && !m_canvas)
        return QString::fromStdString(m_canvas.error().sentence());
    const char* reason = whyNot(m_bridge.state(), SessionAction::Sample);
    return reason ? tr(reason) : QString();
}

void Workbench::togglePlay()
{
    if (permits(m_bridge.state(), SessionAction::Pause))
        m_bridge.post(command::Pause{});
    else if (permits(m_bridge.state(), SessionAction::Play))
        m_bridge.post(command::Play{});
}

void Workbench::playWhenReady()
{
    // The session takes commands in order once it has loaded.
    m_bridge.post(command::Play{});
}

void Workbench::step(const QString& phase)
{
    if (permits(m_bridge.state(), SessionAction::Step))
        m_bridge.post(command::Step{phase.toStdString()});
}

void Workbench::trace(const QString& folder)
{
    if (const char* reason = whyNot(m_bridge.state(), SessionAction::Trace)) {
        Q_EMIT problem(tr(reason));
        return;
    }
    const std::filesystem::path chosen = folder.toStdString();
    const std::string name = QFileInfo(m_document.name()).completeBaseName().toStdString() + "-trace";
    m_bridge.post(command::Trace{TraceFolder::check(chosen) ? chosen : newRunFolder(chosen, name)});
}

void Workbench::stop()
{
    if (permits(m_bridge.state(), SessionAction::Stop))
        m_bridge.post(command::Stop{});
}

void Workbench::saveCheckpoint()
{
    if (const char* reason = whyNot(m_bridge.state(), SessionAction::Checkpoint))
        Q_EMIT problem(tr(reason));
    else
        m_bridge.post(command::SaveCheckpoint{});
}

void Workbench::apply(const Remedy& remedy)
{
    if (remedy.checkpoint) {
        Q_EMIT goBackRequested(*remedy.checkpoint);
        return;
    }
    Status done;
    m_document.undoStack()->beginMacro(fromUtf8(remedy.label));
    for (const Setting& change : remedy.changes) {
        if (done)
            done = m_document.set(fromUtf8(change.path), change.value);
    }
    m_document.undoStack()->endMacro();
    if (!done)
        Q_EMIT problem(QString::fromStdString(done.error().sentence()));
}

void Workbench::setNoise(double level)
{
    Status done = m_document.set(QStringLiteral("instance_noise.level"), level);
    if (done && !noiseIsManual())
        done = m_document.set(QStringLiteral("instance_noise.manual"), true);
    if (!done)
        Q_EMIT problem(QString::fromStdString(done.error().sentence()));
}

void Workbench::releaseNoise()
{
    if (Status done = m_document.set(QStringLiteral("instance_noise.manual"), false); !done)
        Q_EMIT problem(QString::fromStdString(done.error().sentence()));
}

bool Workbench::noiseIsManual() const
{
    return m_document.value(QStringLiteral("instance_noise.manual")) == true;
}

double Workbench::noiseLevel() const
{
    const Json& json = m_document.json();
    const Json* section = findPath(json, "instance_noise");
    if (!section)
        return 0;
    if (noiseIsManual())
        return section->value("level", 0.0);
    const std::optional<std::size_t> column = m_series.columnIndex("noise_std");
    if (column && m_series.rowCount() > 0)
        return m_series.value(*column, m_series.rowCount() - 1);
    return section->value("start", 0.0);
}

void Workbench::onDocumentChanged(const QString& path)
{
    if (!m_bridge.isOpen())
        return;
    // Undo and changes of kind may touch more than one setting: whatever differs and is live goes to the session.
    const std::vector<ChangedSetting> changed = changedSettings();
    bool posted = false;
    for (const ChangedSetting& setting : changed) {
        if (setting.applies == Applies::Restart || setting.before.is_null())
            continue;
        m_bridge.post(command::SetParameter{setting.path, setting.after});
        posted = posted || setting.path == path.toStdString();
    }
    // What is in force again may wait behind the other value that was posted before.
    const Json value = m_document.value(path);
    if (!posted && !value.is_null()) {
        const Result<Parameter> parameter = findParameter(m_document.json(), m_document.catalog(), path.toStdString());
        if (parameter && parameter->applies != Applies::Restart)
            m_bridge.post(command::SetParameter{path.toStdString(), value});
    }
    findWaitingEdits(changed);
    if (!m_waitingEdits.isEmpty() && !hasBegun())
        m_reopen.start();
}

std::vector<ChangedSetting> Workbench::changedSettings() const
{
    const std::shared_ptr<const Json>& inForce = m_bridge.now().document;
    if (!inForce)
        return {};
    return settingsThatDiffer(*inForce, m_document.json(), m_document.catalog());
}

void Workbench::findWaitingEdits(const std::vector<ChangedSetting>& changed)
{
    m_waitingEdits.clear();
    const std::shared_ptr<const EngineInfo>& info = m_bridge.now().info;
    for (const ChangedSetting& setting : changed) {
        // What the engine settled for itself (threads, device) is no edit.
        const bool settled =
            info && info->resolved.contains(setting.path) && !m_document.isChanged(fromUtf8(setting.path));
        if (setting.applies == Applies::Restart && !settled)
            m_waitingEdits << fromUtf8(setting.section + ": " + setting.label);
    }
    Q_EMIT waitingEditsChanged();
}

} // namespace saddle
