// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/image_view.h"

#include "ui/widgets/theme.h"

#include <QContextMenuEvent>
#include <QMenu>
#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>

namespace saddle {
namespace {

constexpr std::array zoomSteps{1, 2, 3, 4, 6, 8, 12, 16, 24, ImageView::maximumZoom};
constexpr int wheelNotch = 120;
constexpr double arrowStep = 48; // screen pixels

} // namespace

QColor pictureGround(const QPalette& palette)
{
    return theme::mixed(palette.color(QPalette::Window), palette.color(QPalette::WindowText), 0.06);
}

ImageView::ImageView(QWidget* parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setAccessibleName(tr("Picture"));
}

void ImageView::setImage(Image image)
{
    const bool sameSize = image.width == m_image.width && image.height == m_image.height;
    m_image = std::move(image);
    m_pixels = {};
    m_shrunk = {};
    if (!m_image.empty()) {
        const auto format = m_image.channels == 1 ? QImage::Format_Grayscale8 : QImage::Format_RGB888;
        const uchar* pixels = m_image.pixels.data();
        m_pixels = QImage(pixels, m_image.width, m_image.height, qsizetype{m_image.width} * m_image.channels, format);
    }
    if (!sameSize)
        m_centre = {m_image.width / 2.0, m_image.height / 2.0};
    settle();
}

void ImageView::setNote(const QString& note)
{
    if (note == m_note)
        return;
    m_note = note;
    update();
}

QSize ImageView::deviceSize() const
{
    const double ratio = devicePixelRatioF();
    // Never rounded up: a picture that fits must not lose its last row.
    return {static_cast<int>(std::floor(width() * ratio)), static_cast<int>(std::floor(height() * ratio))};
}

int ImageView::fittingZoom() const
{
    const QSize room = deviceSize();
    return isEmpty() ? 0 : std::min(room.width() / m_image.width, room.height() / m_image.height);
}

double ImageView::scale() const
{
    if (isEmpty())
        return 1;
    if (m_zoom > 0)
        return m_zoom;
    if (const int zoom = fittingZoom())
        return zoom;
    const QSize room = deviceSize();
    return std::min(
        static_cast<double>(room.width()) / m_image.width, static_cast<double>(room.height()) / m_image.height);
}

QRect ImageView::deviceRect() const
{
    const QSize room = deviceSize();
    const double factor = scale();
    const QSize size(
        std::max(1, static_cast<int>(m_image.width * factor)), std::max(1, static_cast<int>(m_image.height * factor)));
    const auto place = [factor](int space, int length, double centre) {
        if (length <= space)
            return (space - length) / 2;
        return std::clamp(static_cast<int>(std::lround(space / 2.0 - centre * factor)), space - length, 0);
    };
    return {QPoint(place(room.width(), size.width(), m_centre.x()), place(room.height(), size.height(), m_centre.y())),
        size};
}

QRectF ImageView::pictureRect() const
{
    const QRect rect = deviceRect();
    const double ratio = devicePixelRatioF();
    return isEmpty() ? QRectF()
                     : QRectF(rect.x() / ratio, rect.y() / ratio, rect.width() / ratio, rect.height() / ratio);
}

QPointF ImageView::centre() const
{
    return m_centre;
}

bool ImageView::canPan() const
{
    const QSize room = deviceSize();
    return m_zoom > 0 && !isEmpty()
        && (m_image.width * m_zoom > room.width() || m_image.height * m_zoom > room.height());
}

void ImageView::keepInside()
{
    const QSize room = deviceSize();
    const double factor = scale();
    const auto inside = [factor](double centre, int length, int space) {
        const double half = space / 2.0 / factor;
        return length * factor <= space ? length / 2.0 : std::clamp(centre, half, length - half);
    };
    m_centre = {inside(m_centre.x(), m_image.width, room.width()), inside(m_centre.y(), m_image.height, room.height())};
}

void ImageView::settle()
{
    keepInside();
    if (!canPan()) {
        m_dragging = false;
        unsetCursor();
    } else if (!m_dragging) {
        setCursor(Qt::OpenHandCursor);
    }
    update();
}

void ImageView::setZoom(int zoom)
{
    zoomTo(zoom, QPointF(deviceSize().width(), deviceSize().height()) / 2);
}

void ImageView::zoomTo(int zoom, const QPointF& at)
{
    zoom = std::clamp(zoom, 0, maximumZoom);
    if (zoom == m_zoom)
        return;
    // What is under the mouse stays there.
    const QRect before = deviceRect();
    const QPointF held = (at - before.topLeft()) / scale();
    const QPointF fromMiddle = at - QPointF(deviceSize().width(), deviceSize().height()) / 2;
    m_zoom = zoom;
    m_shrunk = {};
    m_centre = held - fromMiddle / scale();
    settle();
    Q_EMIT zoomChanged(m_zoom);
    Q_EMIT centreChanged(m_centre);
}

void ImageView::setCentre(const QPointF& centre)
{
    if (centre == m_centre)
        return;
    m_centre = centre;
    settle();
}

void ImageView::zoomIn()
{
    const auto next = std::upper_bound(zoomSteps.begin(), zoomSteps.end(), scale());
    if (next != zoomSteps.end())
        setZoom(*next);
}

void ImageView::zoomOut()
{
    const auto at = std::lower_bound(zoomSteps.begin(), zoomSteps.end(), scale());
    if (at != zoomSteps.begin())
        setZoom(*std::prev(at));
}

void ImageView::moveBy(const QPointF& devicePixels)
{
    m_centre -= devicePixels / scale();
    settle();
    Q_EMIT centreChanged(m_centre);
}

void ImageView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), pictureGround(palette()));
    if (!isEmpty()) {
        drawPicture(painter);
    } else if (!m_note.isEmpty()) {
        painter.setPen(palette().color(QPalette::PlaceholderText));
        painter.drawText(rect().adjusted(16, 16, -16, -16), Qt::AlignCenter | Qt::TextWordWrap, m_note);
    }
    if (m_focusShown) {
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1));
        painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    }
}

void ImageView::drawPicture(QPainter& painter)
{
    const QRect target = deviceRect();
    painter.save();
    // In the screen's own pixels, and on their edges even where the widget begins between two of them.
    const QTransform device = painter.deviceTransform();
    painter.scale(1 / devicePixelRatioF(), 1 / devicePixelRatioF());
    painter.translate(std::round(device.dx()) - device.dx(), std::round(device.dy()) - device.dy());
    if (scale() < 1) {
        if (m_shrunk.size() != target.size())
            m_shrunk = m_pixels.scaled(target.size(), Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
        painter.drawImage(target.topLeft(), m_shrunk);
    } else {
        painter.drawImage(target, m_pixels);
    }
    painter.restore();
}

void ImageView::resizeEvent(QResizeEvent*)
{
    settle();
}

void ImageView::wheelEvent(QWheelEvent* event)
{
    if (event->modifiers() & Qt::ControlModifier) {
        m_wheel += event->angleDelta().y();
        const QPointF at = event->position() * devicePixelRatioF();
        for (; std::abs(m_wheel) >= wheelNotch; m_wheel -= m_wheel > 0 ? wheelNotch : -wheelNotch) {
            const auto next = m_wheel > 0 ? std::upper_bound(zoomSteps.begin(), zoomSteps.end(), scale())
                                          : std::lower_bound(zoomSteps.begin(), zoomSteps.end(), scale());
            if (m_wheel > 0 && next != zoomSteps.end())
                zoomTo(*next, at);
            else if (m_wheel < 0 && next != zoomSteps.begin())
                zoomTo(*std::prev(next), at);
        }
        event->accept();
    } else if (canPan()) {
        QPointF by = event->angleDelta();
        if (event->modifiers() & Qt::ShiftModifier)
            by = {by.y(), by.x()};
        moveBy(by * arrowStep / wheelNotch * devicePixelRatioF());
        event->accept();
    } else {
        event->ignore();
    }
}

void ImageView::keyPressEvent(QKeyEvent* event)
{
    const double step = arrowStep * devicePixelRatioF();
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        return zoomIn();
    case Qt::Key_Minus:
        return zoomOut();
    case Qt::Key_0:
        return setZoom(0);
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Up:
    case Qt::Key_Down: {
        if (!canPan())
            break;
        const int key = event->key();
        return moveBy({key == Qt::Key_Left ? step
                : key == Qt::Key_Right     ? -step
                                           : 0,
            key == Qt::Key_Up         ? step
                : key == Qt::Key_Down ? -step
                                      : 0});
    }
    default:
        break;
    }
    QWidget::keyPressEvent(event);
}

void ImageView::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || !canPan())
        return QWidget::mousePressEvent(event);
    m_dragging = true;
    m_dragFrom = event->position();
    setCursor(Qt::ClosedHandCursor);
}

void ImageView::mouseMoveEvent(QMouseEvent* event)
{
    if (!m_dragging)
        return QWidget::mouseMoveEvent(event);
    moveBy((event->position() - m_dragFrom) * devicePixelRatioF());
    m_dragFrom = event->position();
}

void ImageView::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    m_dragging = false;
    settle();
}

void ImageView::focusInEvent(QFocusEvent* event)
{
    // A click needs no frame that says where the keys go.
    m_focusShown = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason
        || event->reason() == Qt::ShortcutFocusReason;
    update();
}

void ImageView::focusOutEvent(QFocusEvent*)
{
    m_focusShown = false;
    update();
}

Status ImageView::savePng(const QString& path) const
{
    return writePng(path.toStdString(), m_image, m_text);
}

QMenu* ImageView::makeMenu()
{
    auto* menu = new QMenu(this);
    addPictureActions(menu, this,
        {QStringLiteral("image"), m_suggestedName, m_saveDialog, [this] { return copy(); },
            [this](const QString& path) { return savePng(path); }, {},
            [this](const QString& what) { Q_EMIT problem(what); }});
    menu->addSeparator();
    QAction* in = menu->addAction(tr("Zoom &in"), this, &ImageView::zoomIn);
    QAction* out = menu->addAction(tr("Zoom &out"), this, &ImageView::zoomOut);
    QAction* fit = menu->addAction(tr("&Fit"), this, [this] { setZoom(0); });
    fit->setObjectName(QStringLiteral("imageFit"));
    in->setEnabled(scale() < maximumZoom);
    out->setEnabled(scale() > 1);
    fit->setEnabled(m_zoom != 0);
    for (QAction* action : menu->actions()) {
        if (isEmpty())
            action->setEnabled(false);
    }
    return menu;
}

void ImageView::contextMenuEvent(QContextMenuEvent* event)
{
    popUpMenu(makeMenu(), event->globalPos());
}

} // namespace saddle
