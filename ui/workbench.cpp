// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/workbench.h"

#include "core/base/files.h"
#include "core/runs/resume.h"
#include "ui/models/run_series.h"

namespace saddle {

namespace {

constexpr int reopenDelay = 250; // milliseconds after the last edit

bool trained(const SessionUpdate& now)
{
    return now.progress.images > 0;
}

} // namespace

Workbench::Workbench(const Catalog& catalog, EngineFactory factory, QObject* parent)
    : QObject(parent)
    , m_document(catalog)
    , m_bridge(catalog, std::move(factory))
    , m_runsFolder(userDataFolder() / "runs")
{
    // Until something is trained there is nothing to lose: an edit that needs a restart simply gets it.
    m_reopen.setSingleShot(true);
    m_reopen.setInterval(reopenDelay);
    connect(&m_reopen, &QTimer::timeout, this, [this] {
        if (!trained(m_bridge.now()) && !waitingEdits().isEmpty())
            restart();
    });
    connect(&m_document, &ExperimentDocument::changed, this, [this](const QString& path) { onDocumentChanged(path); });
    connect(&m_bridge, &Bridge::rowsAppended, this, &Workbench::onRows);
    connect(&m_bridge, &Bridge::eventsAppended, this, &Workbench::onEvents);
    connect(&m_bridge, &Bridge::stateChanged, this, &Workbench::onState);
    connect(&m_bridge, &Bridge::documentChanged, this, &Workbench::waitingEditsChanged);
}

Workbench::~Workbench()
{
    close();
}

Status Workbench::openExperiment(const QString& presetOrFile)
{
    if (Status loaded = m_document.load(presetOrFile); !loaded)
        return loaded;
    m_openedRun.clear();
    restart();
    return {};
}

Status Workbench::openRun(const QString& folder)
{
    const std::filesystem::path run = folder.toStdString();
    Result<ResumePoint> point = findResumePoint(run, m_document.catalog());
    if (!point)
        return point.error();
    m_document.adopt(std::move(point->document), QString::fromStdString(run.filename().string()));
    m_openedRun = run;
    openSession(run, point->checkpoint);
    return {};
}

void Workbench::restart()
{
    m_openedRun.clear();
    openSession(freshRunFolder(), {});
}

void Workbench::close()
{
    m_bridge.close();
}

std::filesystem::path Workbench::freshRunFolder() const
{
    if (m_runsFolder.empty())
        return {};
    const Json* name = findPath(m_document.json(), "name");
    return newRunFolder(m_runsFolder, name && name->is_string() ? name->get<std::string>() : std::string());
}

void Workbench::openSession(const std::filesystem::path& runFolder, const std::filesystem::path& checkpoint)
{
    m_reopen.stop();
    m_info.reset();
    m_events.clear();
    m_series.reset({"step", "epoch", "images", "seconds"});
    m_bridge.open(m_document.json(), runFolder, checkpoint);
    Q_EMIT runChanged();
    Q_EMIT waitingEditsChanged();
}

void Workbench::onState()
{
    const SessionUpdate& now = m_bridge.now();
    if (now.info == m_info || !now.info)
        return;
    m_info = now.info;
    resetSeries(m_series, m_info->columns);
    m_memoryEstimate = 0;
    if (const Result<Experiment> experiment = buildExperiment(*now.document, m_document.catalog())) {
        const std::int64_t bytesEach = experiment->dataShape.size() == 1 ? sizeof(float) : 1;
        m_memoryEstimate =
            estimateMemory(*experiment, m_info->dataCount * elementCount(experiment->dataShape) * bytesEach);
    }
    if (!m_openedRun.empty()) {
        if (Status loaded = loadSeries(m_series, m_openedRun); !loaded)
            Q_EMIT problem(QString::fromStdString(loaded.error().sentence()));
        for (const RunEvent& event : loadEvents(m_openedRun))
            m_events.push_back(event);
    }
    Q_EMIT runChanged();
}

void Workbench::onRows(const std::vector<MetricRow>& rows)
{
    // Rows may come with the news of what columns they have.
    onState();
    appendSeries(m_series, rows);
    Q_EMIT rowsAppended();
}

void Workbench::onEvents(const std::vector<RunEvent>& events)
{
    for (const RunEvent& event : events) {
        m_events.push_back(event);
        Q_EMIT eventHappened(event);
    }
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
    const Json* inForce = m_bridge.now().document.get();
    for (const Section& section : m_document.sections()) {
        for (const Parameter& parameter : section.parameters) {
            if (parameter.applies == Applies::Restart)
                continue;
            const std::string key = section.path + "." + parameter.key;
            const Json* wanted = findPath(m_document.json(), key);
            const Json* now = inForce ? findPath(*inForce, key) : nullptr;
            if (wanted && now && (*wanted != *now || key == path.toStdString()))
                m_bridge.post(command::SetParameter{key, *wanted});
        }
    }
    if (!waitingEdits().isEmpty() && !trained(m_bridge.now()))
        m_reopen.start();
    Q_EMIT waitingEditsChanged();
}

QStringList Workbench::waitingEdits() const
{
    QStringList labels;
    const SessionUpdate& now = m_bridge.now();
    if (!now.document)
        return labels;
    for (const Section& section : m_document.sections()) {
        for (const Parameter& parameter : section.parameters) {
            const std::string key = section.path + "." + parameter.key;
            // What the engine settled for itself (threads, device) is no edit.
            if (parameter.applies != Applies::Restart
                || (now.info && now.info->resolved.contains(key) && !m_document.isChanged(QString::fromStdString(key))))
                continue;
            const Json* wanted = findPath(m_document.json(), key);
            const Json* inForce = findPath(*now.document, key);
            if (wanted && (!inForce || *wanted != *inForce))
                labels << QString::fromStdString(section.label + ": " + parameter.label);
        }
        const Json* layers = findPath(m_document.json(), section.path + ".layers");
        const Json* layersInForce = findPath(*now.document, section.path + ".layers");
        if (section.network && layers && (!layersInForce || *layers != *layersInForce))
            labels << tr("%1: layers").arg(QString::fromStdString(section.label));
    }
    return labels;
}

} // namespace saddle
