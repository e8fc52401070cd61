// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/run_follower.h"

#include "ui/bridge/lab.h"
#include "ui/workbench.h"

namespace saddle {

namespace {

constexpr int settleMilliseconds = 120;

} // namespace

RunFollower::RunFollower(Workbench* workbench, Lab* lab, QObject* parent)
    : QObject(parent)
    , m_workbench(workbench)
    , m_lab(lab)
{
    m_settle.setSingleShot(true);
    m_settle.setInterval(settleMilliseconds);
    connect(&m_settle, &QTimer::timeout, this, &RunFollower::openCheckpoint);
    const Bridge* bridge = workbench->bridge();
    connect(bridge, &Bridge::opened, this, [this] {
        m_stale = true;
        m_asked = false;
    });
    connect(bridge, &Bridge::stateChanged, this, [this] {
        m_lab->setBeside(m_workbench->isRunning());
        look();
    });
    connect(bridge, &Bridge::progressChanged, this, &RunFollower::look);
    connect(bridge, &Bridge::weightsPublished, this, &RunFollower::take);
}

void RunFollower::setFollowing(bool following)
{
    m_stale = m_stale || !m_following;
    m_following = following;
    look();
}

void RunFollower::setWatched(bool watched)
{
    m_watched = watched;
    look();
}

void RunFollower::setWeights(Weights weights)
{
    m_stale = m_stale || m_weights != weights;
    m_weights = weights;
    look();
}

void RunFollower::setCheckpoint(const std::filesystem::path& checkpoint)
{
    if (checkpoint == m_checkpoint)
        return;
    m_checkpoint = checkpoint;
    m_stale = true;
    look();
}

void RunFollower::openCheckpoint()
{
    if (!m_following || !m_watched || m_checkpoint.empty() || !m_stale)
        return;
    if (m_lab->isOpening()) // one at a time: those passed meanwhile are not read
        return m_settle.start();
    m_stale = false;
    m_lab->open(m_checkpoint, m_weights);
}

void RunFollower::look()
{
    // A copy that failed is not told of here: it is asked for again after a while.
    constexpr int givenUpAfter = 5 * interval;
    if (!m_checkpoint.empty()) {
        if (m_stale && !m_settle.isActive())
            m_settle.start();
        return;
    }
    if (!m_following || !m_watched || (m_asked && !m_since.hasExpired(givenUpAfter)))
        return;
    const SessionUpdate& now = m_workbench->bridge()->now();
    if (!permits(now.state, SessionAction::Sample) || !m_workbench->bridge()->isOpen())
        return;
    const bool due = now.progress.step != m_step && (!m_workbench->isRunning() || m_since.hasExpired(interval));
    if (!m_stale && !due)
        return;
    m_asked = true;
    m_stale = false;
    m_since.start();
    m_workbench->bridge()->post(command::PublishWeights{});
}

void RunFollower::take(const std::shared_ptr<const CheckpointData>& weights)
{
    m_asked = false;
    m_since.start();
    m_step = weights->state.at("step").get<std::int64_t>();
    if (m_following && m_checkpoint.empty())
        m_lab->follow(weights, m_workbench->bridge()->now().runFolder, m_weights);
    look(); // a step may have been made while the copy was under way
}

} // namespace saddle
