// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/image.h"

#include <QWidget>

namespace saddle {

class ImageView;

/// Two pictures over each other, the one left of a divider and the other right of it. The divider is dragged, also by a
/// press anywhere in pictures that fit; Left and Right move it (with Shift in large steps), Home and End bring it to an
/// edge, and a double click to the middle.
class WipeView : public QWidget {
    Q_OBJECT

public:
    explicit WipeView(QWidget* parent = nullptr);

    void setImages(Image left, Image right);
    /// Words in the place of a picture that is not there.
    void setNotes(const QString& left, const QString& right);
    ImageView* leftView() const { return m_left; }
    ImageView* rightView() const { return m_right; }

    /// Where the divider is: 0 at the left edge, 1 at the right one.
    double divider() const { return m_divider; }
    void setDivider(double place);

Q_SIGNALS:
    void dividerMoved(double place);

protected:
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void arrange();
    void dragTo(const QObject* source, const QPointF& position);
    void link(ImageView* from, ImageView* to);

    ImageView* m_left; ///< the whole picture, below
    ImageView* m_right; ///< what lies right of the divider, above
    QWidget* m_handle;
    double m_divider = 0.5;
    bool m_dragging = false;
};

} // namespace saddle
