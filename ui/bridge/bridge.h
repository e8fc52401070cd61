// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/run_watch.h"
#include "core/session/session.h"

#include <QObject>
#include <QTimer>

#include <memory>

namespace saddle {

/// The only object of the window that touches a Session. It drains at most thirty times a second and hands out values.
class Bridge : public QObject {
    Q_OBJECT

public:
    Bridge(const Catalog& catalog, EngineFactory factory, QObject* parent = nullptr);
    ~Bridge() override;

    /// Ends the session there is and loads another experiment; `runFolder` empty keeps nothing on disk.
    void open(const Json& document, const std::filesystem::path& runFolder, Beginning beginning = {});
    /// Ends the session there is and follows a run that another process trains, by its folder, looking there once a
    /// second. Returns what has been recorded so far, after `opened` and `stateChanged`. What comes later is told as
    /// that of a session; its samples are those it keeps.
    RunWatch::News watch(const Json& document, const std::filesystem::path& runFolder);
    /// While watching: whether a process trains the run still. A change of it is a change of state.
    bool isTrainedElsewhere() const { return m_trainedElsewhere; }

    void post(Command command);
    /// Ends the session, waiting for what it has to write.
    void close();

    SessionState state() const { return m_now.state; }
    const SessionUpdate& now() const { return m_now; }
    bool isOpen() const { return m_session != nullptr; }
    /// Whether training has begun in this session, so that something would be lost without saving.
    bool hasTrained() const { return m_now.progress.images > 0; }

Q_SIGNALS:
    /// A session was opened: whatever was shown of the one before is stale.
    void opened();
    void stateChanged();
    void progressChanged();
    void rowsAppended(const std::vector<saddle::MetricRow>& rows);
    void diversityMeasured(const std::vector<saddle::DiversityPoint>& points);
    void eventsAppended(const std::vector<saddle::RunEvent>& events);
    void samplesChanged(std::shared_ptr<const saddle::Samples> samples);
    void realSamplesChanged(std::shared_ptr<const saddle::Samples> samples);
    /// Copies of the weights that command::PublishWeights asked for.
    void weightsPublished(std::shared_ptr<const saddle::CheckpointData> weights);
    /// The watched run was gone on with from an earlier step: what was told of it holds no more.
    void watchedRunRewritten();
    /// `documentOf(now())` changed: an edit took effect.
    void documentChanged();

private:
    void drain();
    void noticed();
    void lookAgain();
    void follow(const RunWatch::News& news);

    const Catalog& m_catalog;
    EngineFactory m_factory;
    std::unique_ptr<Session> m_session;
    SessionUpdate m_now;
    QTimer m_timer;
    std::unique_ptr<RunWatch> m_watch; ///< instead of a session
    QTimer m_watchTimer;
    bool m_trainedElsewhere = false;
};

} // namespace saddle
