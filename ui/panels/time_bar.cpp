// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/time_bar.h"

#include "ui/models/run_timeline.h"
#include "ui/panels/moment_menu.h"
#include "ui/panels/time_slider.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/save_file.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QLocale>
#include <QMenu>
#include <QPushButton>
#include <QVBoxLayout>

namespace saddle {

namespace {

constexpr int margin = 8;

QString stepText(qint64 step)
{
    return xText(static_cast<double>(step), XAxis::Step);
}

/// Some styles make short texts too wide a button.
void keepNarrow(QPushButton* button)
{
    button->setMaximumWidth(button->fontMetrics().horizontalAdvance(button->text()) + 28);
}

} // namespace

TimeBar::TimeBar(RunTimeline* timeline, QWidget* parent)
    : QWidget(parent)
    , m_timeline(timeline)
    , m_slider(new TimeSlider(timeline))
    , m_words(new ElidedLabel)
    , m_live(pushButton("timeLive", tr("&Live")))
    , m_rewind(pushButton("timeRewind", tr("Re&wind here")))
    , m_fork(pushButton("timeFork", tr("For&k\u2026")))
{
    m_slider->setObjectName(QStringLiteral("timeSlider"));
    m_words->setObjectName(QStringLiteral("timeStep"));
    m_words->setForegroundRole(QPalette::PlaceholderText);
    for (QPushButton* button : {m_live, m_rewind, m_fork})
        keepNarrow(button);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(margin, 4, margin, 6);
    layout->setSpacing(2);
    layout->addWidget(m_slider);
    auto* row = new QHBoxLayout;
    row->setSpacing(6);
    row->addWidget(m_words, 1);
    row->addWidget(m_rewind);
    row->addWidget(m_fork);
    row->addWidget(m_live);
    layout->addLayout(row);

    connect(timeline, &RunTimeline::changed, this, &TimeBar::refresh);
    connect(timeline, &RunTimeline::moved, this, &TimeBar::refresh);
    connect(m_live, &QPushButton::clicked, timeline, &RunTimeline::goLive);
    connect(m_slider, &TimeSlider::menuRequested, this, &TimeBar::showMenu);
    const auto ask = [this](auto signal) {
        if (const RunTimeline::Moment* from = m_timeline->atOrBefore(RunTimeline::Stop::Checkpoint))
            Q_EMIT(this->*signal)(from->step);
    };
    connect(m_rewind, &QPushButton::clicked, this, [ask] { ask(&TimeBar::rewindRequested); });
    connect(m_fork, &QPushButton::clicked, this, [ask] { ask(&TimeBar::forkRequested); });
    refresh();
}

void TimeBar::showMenu(qint64 step, const QPoint& place)
{
    if (QMenu* menu = makeMomentMenu(
            this, *m_timeline, step, [this](qint64 at) { m_timeline->goTo(at); },
            [this](qint64 at) { Q_EMIT rewindRequested(at); }, [this](qint64 at) { Q_EMIT forkRequested(at); }))
        popUpMenu(menu, place);
}

QString TimeBar::wordsOfThePast() const
{
    const qint64 step = m_timeline->step();
    QStringList parts{tr("Step %1").arg(stepText(step))};
    for (const RunTimeline::Moment& moment : m_timeline->moments()) {
        if (moment.step != step)
            continue;
        if (const QDateTime time = m_timeline->time(moment); time.isValid()) {
            const bool today = time.date() == QDate::currentDate();
            parts << (today ? QLocale().toString(time.time(), QLocale::ShortFormat)
                            : QLocale().toString(time, QLocale::ShortFormat));
        }
    }
    if (const std::optional<double> seconds = m_timeline->seconds(step))
        parts << tr("%1 of training").arg(xText(*seconds, XAxis::Time));
    if (const RunTimeline::Moment* checkpoint = m_timeline->atOrBefore(RunTimeline::Stop::Checkpoint)) {
        parts << (checkpoint->step == step ? tr("checkpoint here")
                                           : tr("checkpoint at %1").arg(stepText(checkpoint->step)));
    } else {
        parts << tr("no checkpoint before");
    }
    return parts.join(QStringLiteral(" \u00b7 "));
}

QString TimeBar::words() const
{
    if (!m_timeline->isLive())
        return wordsOfThePast();
    const auto counted = [this](RunTimeline::Stop stop) { return static_cast<int>(m_timeline->count(stop)); };
    const int grids = counted(RunTimeline::Stop::Grid);
    const int checkpoints = counted(RunTimeline::Stop::Checkpoint);
    if (grids + checkpoints == 0)
        return tr("Nothing kept yet");
    const QString kept = grids == 1 ? tr("1 grid kept") : tr("%1 grids kept").arg(grids);
    return kept + QStringLiteral(" \u00b7 ")
        + (checkpoints == 1 ? tr("1 checkpoint") : tr("%1 checkpoints").arg(checkpoints));
}

void TimeBar::refresh()
{
    const bool live = m_timeline->isLive();
    const RunTimeline::Moment* checkpoint = m_timeline->atOrBefore(RunTimeline::Stop::Checkpoint);
    m_words->setText(words());
    m_words->setToolTip(m_words->text());
    m_slider->setAccessibleDescription(live ? tr("Live") : m_words->text());
    m_slider->setToolTip(m_timeline->isEmpty() ? tr("Grids and checkpoints that a run leaves appear here")
                                               : tr("Back in time: Left and Right go through the kept grids, with Ctrl "
                                                    "through the checkpoints, Home to the "
                                                    "beginning, End to live"));
    m_live->setEnabled(!live);
    m_live->setToolTip(live ? tr("The newest is shown") : tr("Back to the newest (End)"));
    m_rewind->setEnabled(whyNoRewind().isEmpty());
    m_fork->setEnabled(whyNoFork().isEmpty());
    const QString at = checkpoint ? stepText(checkpoint->step) : QString();
    m_rewind->setToolTip(m_rewind->isEnabled() ? tr("Go on from the checkpoint at step %1, in a run of its own. What "
                                                    "came after it stays in this run.")
                                                     .arg(at)
                                               : whyNoRewind());
    m_fork->setToolTip(m_fork->isEnabled() ? tr("A new run from the checkpoint at step %1, with other settings").arg(at)
                                           : whyNoFork());
}

QString TimeBar::whyNoRewind() const
{
    return m_timeline->isLive() ? tr("Go back in time first, with the slider") : whyNoFork();
}

QString TimeBar::whyNoFork() const
{
    if (m_timeline->atOrBefore(RunTimeline::Stop::Checkpoint))
        return {};
    return m_timeline->isLive() ? tr("This run has no checkpoint yet: Ctrl+S saves one")
                                : tr("There is no checkpoint at or before this step");
}

} // namespace saddle
