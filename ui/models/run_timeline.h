// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/lineage.h"
#include "ui/plots/plot_types.h"

#include <QObject>
#include <QTimer>

#include <functional>

class QDateTime;
class QKeyEvent;

namespace saddle {

/// The whole life of the run on the bench, with that of the runs it began from, and where in it one looks: at a step
/// that left something behind, or live. Whatever shows the past (grids, curves, the latent lab) follows `moved`.
class RunTimeline : public QObject {
    Q_OBJECT

public:
    static constexpr qint64 live = -1;

    /// A step that left a grid, a checkpoint or both.
    struct Moment {
        qint64 step = 0;
        std::filesystem::path grid; ///< empty: none was kept
        std::filesystem::path checkpoint; ///< empty: none is there

        bool operator==(const Moment&) const = default;
    };
    enum class Stop { Grid, Checkpoint };

    explicit RunTimeline(QObject* parent = nullptr);

    /// Another run, whose folder may not exist yet; nothing for none. Goes back to live.
    void setRun(std::optional<Lineage> lineage);
    /// Nothing while there is no run.
    const std::optional<Lineage>& lineage() const { return m_lineage; }
    /// What happened: the lines in the curves, and ticks on the slider.
    void setMarkers(std::vector<Marker> markers);
    void addMarker(const Marker& marker);
    const std::vector<Marker>& markers() const { return m_markers; }
    /// How far the run has come.
    void setEnd(qint64 step);
    /// How the training time of a step is found; without it none is told.
    void setClock(std::function<std::optional<double>(qint64 step)> clock) { m_clock = std::move(clock); }

    /// Looks for grids and checkpoints left since. The runs it began from write no more.
    void look();
    /// The same, at most once a second.
    void lookSoon();

    const std::vector<Moment>& moments() const { return m_moments; }
    bool isEmpty() const { return m_moments.empty(); }
    std::size_t count(Stop stop) const;
    qint64 first() const;
    qint64 last() const;

    /// Where one looks; `live` for the newest.
    qint64 step() const { return m_step; }
    bool isLive() const { return m_step == live; }
    /// The last moment that left such a thing, at or before where one looks; null without one. Live is after all.
    const Moment* atOrBefore(Stop stop) const;
    /// Where there is none before, the first one after.
    const Moment* nearestGrid() const;
    /// Training seconds at a step, and when by the clock on the wall that was; nothing (invalid) where it is unknown.
    std::optional<double> seconds(qint64 step) const;
    QDateTime time(const Moment& moment) const;

    /// Left, Right: grids; with Ctrl: checkpoints; Home, End: the beginning, live. Whether the key was one of these.
    bool takeKey(const QKeyEvent& event);

public Q_SLOTS:
    /// Goes to the moment nearest to a step; `live`, or any negative step, is the newest.
    void goTo(qint64 step);
    void goLive() { goTo(live); }
    /// The next such moment in a direction; behind the last one is live.
    void goNext(saddle::RunTimeline::Stop stop, int direction);

Q_SIGNALS:
    /// Moments or markers are others.
    void changed();
    /// The run has come further, and nothing else.
    void grew();
    /// Another step is looked at, or live again.
    void moved(qint64 step);

private:
    static bool has(const Moment& moment, Stop stop);
    void setMoments(std::vector<Moment> moments);

    std::optional<Lineage> m_lineage;
    std::vector<Marker> m_markers;
    std::vector<Moment> m_moments; ///< by step
    std::vector<Moment> m_inherited; ///< of the runs before
    std::function<std::optional<double>(qint64)> m_clock;
    qint64 m_end = 0;
    qint64 m_step = live;
    QTimer m_lookAgain;
};

} // namespace saddle
