// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/image.h"
#include "ui/widgets/save_file.h"

#include <QImage>
#include <QPointF>
#include <QWidget>

class QMenu;
class QPainter;

namespace saddle {

/// What lies behind pictures: a shade off the window's, so that an edge of any brightness shows.
QColor pictureGround(const QPalette& palette);

/// A picture at whole multiples of the screen's own pixels, never blurred: as large as fits, or at a chosen zoom, where
/// a picture larger than the view is dragged. Only a picture that does not fit at 1:1 is scaled down smoothly.
///
/// Ctrl+wheel, + and - zoom, 0 fits; arrow keys, wheel and drag move a picture that is larger than the view.
class ImageView : public QWidget {
    Q_OBJECT

public:
    static constexpr int maximumZoom = 32;

    explicit ImageView(QWidget* parent = nullptr);

    /// Zoom stays; so does the place in the picture, when the size is the same.
    void setImage(Image image);
    void clear() { setImage({}); }
    const Image& image() const { return m_image; }
    bool isEmpty() const { return m_image.empty(); }
    /// A copy for the clipboard, which outlives the picture.
    QImage copy() const { return m_pixels.copy(); }
    /// Words in the middle while there is no picture.
    void setNote(const QString& note);

    /// 0: as large as fits.
    int zoom() const { return m_zoom; }
    /// Screen pixels a pixel of the picture takes now; below 1 when it is scaled down.
    double scale() const;
    /// Where the picture lies in the widget; larger than the widget when it can be dragged.
    QRectF pictureRect() const;
    /// The place in the picture, in its pixels, that is in the middle of the view.
    QPointF centre() const;
    bool canPan() const;

    /// The same bytes for the same picture, with the text set.
    Status savePng(const QString& path) const;
    void setPngText(PngText text) { m_text = std::move(text); }
    void setSuggestedName(const QString& name) { m_suggestedName = name; }
    void setSaveDialog(SaveDialog dialog) { m_saveDialog = std::move(dialog); }
    /// The context menu, made anew; the caller owns it.
    QMenu* makeMenu();

    QSize sizeHint() const override { return {360, 360}; }
    QSize minimumSizeHint() const override { return {96, 96}; }

public Q_SLOTS:
    void setZoom(int zoom);
    /// Does not signal.
    void setCentre(const QPointF& centre);
    void zoomIn();
    void zoomOut();

Q_SIGNALS:
    void zoomChanged(int zoom);
    /// The user moved the picture.
    void centreChanged(const QPointF& centre);
    /// Something could not be done, in words for a person.
    void problem(const QString& what);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    QSize deviceSize() const;
    QRect deviceRect() const;
    int fittingZoom() const;
    void zoomTo(int zoom, const QPointF& at);
    void moveBy(const QPointF& devicePixels);
    void keepInside();
    void settle();
    void drawPicture(QPainter& painter);

    Image m_image;
    QImage m_pixels; ///< looks into m_image, copies nothing
    QImage m_shrunk; ///< only for a picture that does not fit at 1:1
    PngText m_text;
    QString m_note;
    QString m_suggestedName = QStringLiteral("picture");
    SaveDialog m_saveDialog = systemSaveDialog();
    int m_zoom = 0;
    QPointF m_centre;
    QPointF m_dragFrom;
    bool m_dragging = false;
    bool m_focusShown = false;
    int m_wheel = 0; ///< what is left of a wheel with fine steps
};

} // namespace saddle
