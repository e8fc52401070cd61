// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/run_timeline.h"

#include <QSlider>

namespace saddle {

/// A run's life from left to right, live at the right end behind a gap. Small lines are kept grids; above them stand
/// what the curves mark: checkpoints, edits, problems, and where the run left its parent, whose part is drawn hollow.
///
/// Its value is a step; the maximum is live. The mouse goes to the nearest moment that left something behind.
class TimeSlider : public QSlider {
    Q_OBJECT

public:
    explicit TimeSlider(RunTimeline* timeline, QWidget* parent = nullptr);

    /// Where a step is drawn, and the step at a place.
    double xOf(qint64 step) const;
    qint64 stepAt(double x) const;
    /// What is told of a place: the moment and the events there; empty where there is nothing.
    QString textAt(double x) const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {80, sizeHint().height()}; }

Q_SIGNALS:
    /// Somebody wants a menu about a moment.
    void menuRequested(qint64 step, const QPoint& place);

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void follow();
    void goToPlace(double x);
    double left() const;
    double right() const;
    double liveX() const;
    void drawGroove(QPainter& painter) const;
    void drawTicks(QPainter& painter) const;
    void drawHandle(QPainter& painter) const;

    RunTimeline* m_timeline;
    bool m_dragging = false;
    int m_wheel = 0; ///< what is left of a wheel with fine steps
};

} // namespace saddle
