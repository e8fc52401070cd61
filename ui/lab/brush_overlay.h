// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <QWidget>

#include <optional>

namespace saddle {

class ImageView;

/// A round brush over a picture. While it is shown the mouse is its own, the wheel the picture's.
class BrushOverlay : public QWidget {
    Q_OBJECT

public:
    /// Covers the view as it grows and shrinks.
    explicit BrushOverlay(ImageView* view);

    /// In pixels of the picture.
    void setRadius(double radius);

Q_SIGNALS:
    /// A place of the picture, in its pixels; along a drag every half radius.
    void painted(const QPointF& place);
    void released();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    /// Where a place of the widget lies in the picture; nothing outside.
    std::optional<QPointF> inPicture(const QPointF& place) const;

    ImageView* m_view;
    double m_radius = 16;
    std::optional<QPointF> m_mouse;
    std::optional<QPointF> m_last; ///< painted, of the drag under way
};

} // namespace saddle
