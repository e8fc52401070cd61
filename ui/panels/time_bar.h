// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QPushButton;

namespace saddle {

class ElidedLabel;
class RunTimeline;
class TimeSlider;

/// The time machine: the slider over a run's life, what is known of the step it stands at, and the two ways to go on
/// from there. Several may look at one timeline.
///
/// Object names: timeSlider, timeLive, timeStep (the words), timeRewind, timeFork.
class TimeBar : public QWidget {
    Q_OBJECT

public:
    explicit TimeBar(RunTimeline* timeline, QWidget* parent = nullptr);

    /// What is known of where the timeline stands.
    QString words() const;
    /// Why the run cannot go on from there, in words for a tooltip; empty when it can.
    QString whyNoRewind() const;
    QString whyNoFork() const;

Q_SIGNALS:
    /// To go on from the checkpoint at a step: as it was, or with other settings.
    void rewindRequested(qint64 step);
    void forkRequested(qint64 step);

private:
    void refresh();
    QString wordsOfThePast() const;
    void showMenu(qint64 step, const QPoint& place);

    RunTimeline* m_timeline;
    TimeSlider* m_slider;
    ElidedLabel* m_words;
    QPushButton* m_live;
    QPushButton* m_rewind;
    QPushButton* m_fork;
};

} // namespace saddle
