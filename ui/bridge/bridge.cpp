// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/bridge.h"

#include "core/runs/columns.h"
#include "core/runs/experiment.h"

namespace saddle {

namespace {

constexpr int drainInterval = 33; // milliseconds: thirty frames a second
constexpr int watchInterval = 1000; // milliseconds

} // namespace

Bridge::Bridge(const Catalog& catalog, EngineFactory factory, QObject* parent)
    : QObject(parent)
    , m_catalog(catalog)
    , m_factory(std::move(factory))
{
    m_timer.setSingleShot(true);
    m_timer.setInterval(drainInterval);
    connect(&m_timer, &QTimer::timeout, this, &Bridge::drain);
    m_watchTimer.setInterval(watchInterval);
    connect(&m_watchTimer, &QTimer::timeout, this, &Bridge::lookAgain);
}

Bridge::~Bridge()
{
    // The session joins its thread before anything it could notify is gone.
    m_session.reset();
}

void Bridge::open(const Json& document, const std::filesystem::path& runFolder, Beginning beginning)
{
    close();
    m_now = SessionUpdate();
    SessionPlan plan;
    plan.document = document;
    plan.catalog = &m_catalog;
    plan.factory = m_factory;
    plan.runFolder = runFolder;
    plan.beginning = std::move(beginning);
    m_session = std::make_unique<Session>(std::move(plan), [this] {
        // On the training thread: only asks this thread to look.
        QMetaObject::invokeMethod(this, &Bridge::noticed, Qt::QueuedConnection);
    });
    Q_EMIT opened();
    Q_EMIT stateChanged();
    noticed();
}

void Bridge::post(Command command)
{
    if (m_session)
        m_session->post(std::move(command));
}

RunWatch::News Bridge::watch(const Json& document, const std::filesystem::path& runFolder)
{
    close();
    auto info = std::make_shared<EngineInfo>();
    info->columns = columnsOf(document, m_catalog);
    info->data = tr("Trained by another process").toStdString();
    if (const Result<Experiment> experiment = buildExperiment(document, m_catalog))
        info->phases = experiment->objective->phases;
    std::vector<std::string> columns;
    for (const ColumnInfo& column : info->columns)
        columns.push_back(column.key);
    m_watch = std::make_unique<RunWatch>(runFolder, std::move(columns));
    m_now = SessionUpdate();
    m_now.state = SessionState::Watching;
    m_now.info = std::move(info);
    m_now.document = std::make_shared<Json>(document);
    m_now.runFolder = runFolder;
    RunWatch::News past = m_watch->look();
    follow(past);
    m_watchTimer.start();
    Q_EMIT opened();
    Q_EMIT stateChanged();
    return past;
}

void Bridge::follow(const RunWatch::News& news)
{
    m_trainedElsewhere = news.trained;
    if (news.rows.empty())
        return;
    const MetricRow& last = news.rows.back();
    m_now.progress.step = last.step;
    m_now.progress.epoch = last.epoch;
    m_now.progress.images = last.images;
    m_now.seconds = last.seconds;
    // Over what came at once: a figure of the time since the last look.
    const MetricRow& first = news.rows.front();
    const double seconds = last.seconds - first.seconds;
    if (last.step > first.step && seconds > 0) {
        m_now.millisecondsPerStep = 1000 * seconds / static_cast<double>(last.step - first.step);
        m_now.imagesPerSecond = static_cast<double>(last.images - first.images) / seconds;
    }
}

void Bridge::lookAgain()
{
    const bool trainedBefore = m_trainedElsewhere;
    const RunWatch::News news = m_watch->look();
    if (news.rewritten) {
        m_watchTimer.stop();
        Q_EMIT watchedRunRewritten();
        return;
    }
    follow(news);
    if (!news.diversity.empty())
        Q_EMIT diversityMeasured(news.diversity);
    if (!news.rows.empty())
        Q_EMIT rowsAppended(news.rows);
    if (!news.events.empty())
        Q_EMIT eventsAppended(news.events);
    Q_EMIT progressChanged();
    if (m_trainedElsewhere != trainedBefore)
        Q_EMIT stateChanged();
}

void Bridge::close()
{
    if (!m_session && !m_watch)
        return;
    m_watchTimer.stop();
    m_watch.reset();
    m_trainedElsewhere = false;
    m_session.reset();
    m_timer.stop();
    m_now = SessionUpdate();
}

void Bridge::noticed()
{
    if (!m_timer.isActive())
        m_timer.start();
}

void Bridge::drain()
{
    if (!m_session)
        return;
    const SessionState before = m_now.state;
    const bool hadFault = m_now.fault.has_value();
    const std::shared_ptr<const Json> documentBefore = m_now.document;
    const std::shared_ptr<const EngineInfo> infoBefore = m_now.info;
    SessionUpdate update = m_session->drain();
    const std::vector<MetricRow> rows = std::exchange(update.rows, {});
    const std::vector<RunEvent> events = std::exchange(update.events, {});
    const std::vector<DiversityPoint> diversity = std::exchange(update.diversity, {});
    m_now = std::move(update);

    if (!diversity.empty())
        Q_EMIT diversityMeasured(diversity);
    if (!rows.empty())
        Q_EMIT rowsAppended(rows);
    if (!events.empty())
        Q_EMIT eventsAppended(events);
    if (m_now.document != documentBefore)
        Q_EMIT documentChanged();
    Q_EMIT progressChanged();
    if (m_now.state != before || m_now.fault.has_value() != hadFault || m_now.info != infoBefore)
        Q_EMIT stateChanged();
    if (!m_session) // a slot may have closed it
        return;
    if (std::shared_ptr<const Samples> real = m_session->takeRealSamples())
        Q_EMIT realSamplesChanged(std::move(real));
    if (!m_session)
        return;
    if (std::shared_ptr<const Samples> samples = m_session->takeSamples())
        Q_EMIT samplesChanged(std::move(samples));
    if (!m_session)
        return;
    if (std::shared_ptr<const CheckpointData> weights = m_session->takeWeights())
        Q_EMIT weightsPublished(std::move(weights));
}

} // namespace saddle
