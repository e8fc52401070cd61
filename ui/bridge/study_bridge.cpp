// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/study_bridge.h"

namespace saddle {

namespace {
constexpr int drainInterval = 100; // milliseconds: a study is watched now and then
}

StudyBridge::StudyBridge(const Catalog& catalog, EngineFactory factory, QObject* parent)
    : QObject(parent)
    , m_catalog(catalog)
    , m_factory(std::move(factory))
{
    m_timer.setSingleShot(true);
    m_timer.setInterval(drainInterval);
    connect(&m_timer, &QTimer::timeout, this, &StudyBridge::drain);
}

StudyBridge::~StudyBridge()
{
    // The runner joins its thread before anything it could notify is gone.
    m_runner.reset();
}

void StudyBridge::start(Study study, const std::filesystem::path& folder)
{
    m_runner.reset();
    m_study = std::move(study);
    m_runner = std::make_unique<StudyRunner>(m_study, m_catalog, m_factory, folder, [this] {
        // On the runner's thread: only asks this thread to look.
        QMetaObject::invokeMethod(
            this,
            [this] {
                if (!m_timer.isActive())
                    m_timer.start();
            },
            Qt::QueuedConnection);
    });
    drain();
}

void StudyBridge::stop()
{
    if (m_runner)
        m_runner->stop();
}

void StudyBridge::drain()
{
    if (!m_runner)
        return;
    m_now = m_runner->progress();
    std::shared_ptr<const Samples> samples = m_runner->takeSamples();
    Q_EMIT changed();
    if (samples)
        Q_EMIT samplesChanged(std::move(samples));
}

} // namespace saddle
