// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_timeline.h"

#include <QDateTime>
#include <QFileInfo>
#include <QKeyEvent>

#include <algorithm>
#include <map>

namespace saddle {

namespace {

constexpr int lookAgainMilliseconds = 1000;

using Moments = std::map<qint64, RunTimeline::Moment>;

void gather(Moments& moments, const Lineage& lineage)
{
    for (auto& [step, file] : lineageSamples(lineage)) {
        moments[step].step = step;
        moments[step].grid = std::move(file);
    }
    for (auto& [step, folder] : lineageCheckpoints(lineage)) {
        moments[step].step = step;
        moments[step].checkpoint = std::move(folder);
    }
}

} // namespace

RunTimeline::RunTimeline(QObject* parent)
    : QObject(parent)
{
    m_lookAgain.setSingleShot(true);
    m_lookAgain.setInterval(lookAgainMilliseconds);
    connect(&m_lookAgain, &QTimer::timeout, this, &RunTimeline::look);
}

void RunTimeline::setRun(std::optional<Lineage> lineage)
{
    m_lookAgain.stop();
    m_lineage = std::move(lineage);
    m_markers.clear();
    m_inherited.clear();
    m_end = 0;
    if (m_lineage && m_lineage->parts.size() > 1) {
        Lineage before = *m_lineage;
        before.parts.pop_back();
        Moments inherited;
        gather(inherited, before);
        for (auto& [step, moment] : inherited)
            m_inherited.push_back(std::move(moment));
    }
    goLive();
    m_moments.clear();
    look();
    Q_EMIT changed();
}

void RunTimeline::setMarkers(std::vector<Marker> markers)
{
    m_markers = std::move(markers);
    Q_EMIT changed();
}

void RunTimeline::addMarker(const Marker& marker)
{
    m_markers.push_back(marker);
    Q_EMIT changed();
}

void RunTimeline::setEnd(qint64 step)
{
    if (step == m_end)
        return;
    m_end = step;
    Q_EMIT grew();
}

void RunTimeline::look()
{
    Moments found;
    if (m_lineage) {
        for (const Moment& moment : m_inherited)
            found[moment.step] = moment;
        Lineage own;
        own.parts.push_back(m_lineage->parts.back());
        gather(found, own);
    }
    std::vector<Moment> moments;
    moments.reserve(found.size());
    for (auto& [step, moment] : found)
        moments.push_back(std::move(moment));
    setMoments(std::move(moments));
}

void RunTimeline::lookSoon()
{
    if (m_lineage && !m_lookAgain.isActive())
        m_lookAgain.start();
}

void RunTimeline::setMoments(std::vector<Moment> moments)
{
    if (moments == m_moments)
        return;
    m_moments = std::move(moments);
    const auto here = [this](const Moment& moment) { return moment.step == m_step; };
    // What is looked at was taken away: a checkpoint that was thinned out, or the whole folder.
    if (!isLive() && std::none_of(m_moments.begin(), m_moments.end(), here))
        m_moments.empty() ? goLive() : goTo(m_step);
    Q_EMIT changed();
}

bool RunTimeline::has(const Moment& moment, Stop stop)
{
    return !(stop == Stop::Grid ? moment.grid : moment.checkpoint).empty();
}

std::size_t RunTimeline::count(Stop stop) const
{
    return static_cast<std::size_t>(
        std::count_if(m_moments.begin(), m_moments.end(), [stop](const Moment& moment) { return has(moment, stop); }));
}

qint64 RunTimeline::first() const
{
    const qint64 begun = m_lineage ? m_lineage->firstStep() : 0;
    return m_moments.empty() ? begun : std::min<qint64>(begun, m_moments.front().step);
}

qint64 RunTimeline::last() const
{
    return m_moments.empty() ? m_end : std::max(m_end, m_moments.back().step);
}

const RunTimeline::Moment* RunTimeline::atOrBefore(Stop stop) const
{
    const auto found = std::find_if(m_moments.rbegin(), m_moments.rend(),
        [this, stop](const Moment& moment) { return (isLive() || moment.step <= m_step) && has(moment, stop); });
    return found == m_moments.rend() ? nullptr : &*found;
}

const RunTimeline::Moment* RunTimeline::nearestGrid() const
{
    if (const Moment* before = atOrBefore(Stop::Grid))
        return before;
    const auto after =
        std::find_if(m_moments.begin(), m_moments.end(), [](const Moment& moment) { return has(moment, Stop::Grid); });
    return after == m_moments.end() ? nullptr : &*after;
}

std::optional<double> RunTimeline::seconds(qint64 step) const
{
    return m_clock ? m_clock(step) : std::nullopt;
}

QDateTime RunTimeline::time(const Moment& moment) const
{
    // What it left was written then, and is not written again.
    const std::filesystem::path& file = moment.grid.empty() ? moment.checkpoint / "state.json" : moment.grid;
    return QFileInfo(QString::fromStdString(file.string())).lastModified();
}

bool RunTimeline::takeKey(const QKeyEvent& event)
{
    const Qt::KeyboardModifiers modifiers = event.modifiers() & ~Qt::KeypadModifier;
    if (modifiers != Qt::NoModifier && modifiers != Qt::ControlModifier)
        return false;
    const Stop stop = modifiers == Qt::ControlModifier ? Stop::Checkpoint : Stop::Grid;
    switch (event.key()) {
    case Qt::Key_Left:
        goNext(stop, -1);
        return true;
    case Qt::Key_Right:
        goNext(stop, 1);
        return true;
    case Qt::Key_Home:
        if (!m_moments.empty())
            goTo(m_moments.front().step);
        return true;
    case Qt::Key_End:
        goLive();
        return true;
    default:
        return false;
    }
}

void RunTimeline::goTo(qint64 step)
{
    qint64 target = live;
    if (step >= 0 && !m_moments.empty()) {
        const auto nearest =
            std::min_element(m_moments.begin(), m_moments.end(), [step](const Moment& one, const Moment& other) {
                return std::abs(one.step - step) < std::abs(other.step - step);
            });
        target = nearest->step;
    }
    if (target == m_step)
        return;
    m_step = target;
    Q_EMIT moved(m_step);
}

void RunTimeline::goNext(Stop stop, int direction)
{
    if (direction < 0) {
        const auto before = std::find_if(m_moments.rbegin(), m_moments.rend(),
            [this, stop](const Moment& moment) { return (isLive() || moment.step < m_step) && has(moment, stop); });
        if (before != m_moments.rend())
            goTo(before->step);
        return;
    }
    if (isLive())
        return;
    const auto after = std::find_if(m_moments.begin(), m_moments.end(),
        [this, stop](const Moment& moment) { return moment.step > m_step && has(moment, stop); });
    goTo(after == m_moments.end() ? live : after->step);
}

} // namespace saddle
