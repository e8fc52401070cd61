// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <QWidget>

#include <optional>
#include <vector>

namespace saddle {

/// A square of the plane on which points are drawn: a click puts one, a drag a row of them, a right click takes the
/// nearest away. By keys: arrows move a cursor (with Shift far), Enter puts a point there, Delete takes the one beneath
/// away.
///
/// It changes nothing by itself: what the user did comes out of edited(), one list a gesture, and setPoints() shows
/// what became of it.
class PointPad : public QWidget {
    Q_OBJECT

public:
    explicit PointPad(QWidget* parent = nullptr);

    const std::vector<QPointF>& points() const { return m_points; }
    void setPoints(std::vector<QPointF> points);
    /// Both axes reach from -reach to reach.
    void setReach(double reach);
    /// No more than this are taken.
    void setMost(std::size_t most) { m_most = most; }

    /// Where a point of the plane lies in the widget, and back, kept within the reach.
    QPointF placeOf(const QPointF& point) const;
    QPointF pointAt(const QPointF& place) const;

    QSize sizeHint() const override { return {220, 220}; }
    QSize minimumSizeHint() const override { return {120, 120}; }
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override { return std::min(width, 260); }

Q_SIGNALS:
    /// What the points would be after the gesture that has just ended.
    void edited(const std::vector<QPointF>& points);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    QRectF square() const;
    /// The point within a few pixels of a place.
    std::optional<std::size_t> nearest(const QPointF& place) const;
    void drawTo(const QPointF& place);
    void removeAt(const QPointF& place);

    std::vector<QPointF> m_points;
    std::vector<QPointF> m_stroke; ///< drawn since the button went down
    double m_reach = 1;
    std::size_t m_most = 20'000;
    bool m_drawing = false;
    QPointF m_last; ///< place of the last point of the stroke
    std::optional<QPointF> m_hover; ///< place of the mouse
    QPointF m_cursor; ///< of the keys, a point of the plane
};

} // namespace saddle
