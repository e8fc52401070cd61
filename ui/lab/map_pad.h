// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QPointF>
#include <QWidget>

#include <vector>

namespace saddle {

/// A square with a marker to drag, over small pictures of what lies around. Coordinates run from -1 to 1, to the right
/// and upwards.
///
/// Arrow keys move the marker, with Shift finely; Home brings it to the middle.
class MapPad : public QWidget {
    Q_OBJECT

public:
    static constexpr int side = 7; ///< pictures along a side; the middle one lies in the middle
    static constexpr std::size_t cells = std::size_t{side} * side;

    explicit MapPad(QWidget* parent = nullptr);

    QPointF place() const { return m_place; }
    /// Does not signal.
    void setPlace(const QPointF& place);
    /// The middle of a cell, row by row from the upper left.
    static QPointF middleOf(int cell);
    void setPicture(int cell, QImage picture);
    void clearPictures();
    int pictureCount() const;

    QSize sizeHint() const override { return {320, 320}; }
    QSize minimumSizeHint() const override { return {180, 180}; }

Q_SIGNALS:
    void moved(const QPointF& place);
    /// A drag or a key press is over.
    void released();

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    QRectF square() const;
    void moveTo(const QPointF& place);

    QPointF m_place;
    std::vector<QImage> m_pictures = std::vector<QImage>(cells);
};

} // namespace saddle
