// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/wipe_view.h"

#include "ui/widgets/image_view.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QSignalBlocker>

#include <algorithm>
#include <cmath>

namespace saddle {

namespace {

constexpr int handleWidth = 17;
constexpr double knobRadius = 8;
constexpr double keyStep = 0.01;
constexpr double farKeyStep = 0.1;

/// The divider: a line with a knob, on whatever is below.
class WipeHandle : public QWidget {
public:
    explicit WipeHandle(QWidget* parent)
        : QWidget(parent)
    {
        setCursor(Qt::SplitHCursor);
        setObjectName(QStringLiteral("wipeHandle"));
    }

protected:
    void paintEvent(QPaintEvent* /*event*/) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const double x = width() / 2.0;
        const double y = height() / 2.0;
        const QColor accent = palette().color(QPalette::Highlight);
        const QColor on = palette().color(QPalette::HighlightedText);
        // Seen on light and on dark pictures.
        painter.setPen(QPen(on, 4));
        painter.drawLine(QPointF(x, 0), QPointF(x, height()));
        painter.setPen(QPen(accent, 2));
        painter.drawLine(QPointF(x, 0), QPointF(x, height()));
        painter.setPen(QPen(on, 1.5));
        painter.setBrush(accent);
        painter.drawEllipse(QPointF(x, y), knobRadius - 0.75, knobRadius - 0.75);
        painter.setPen(Qt::NoPen);
        painter.setBrush(on);
        for (const int side : {-1, 1}) {
            const QPointF arrow[]{{x + side * 5.0, y}, {x + side * 1.5, y - 3.2}, {x + side * 1.5, y + 3.2}};
            painter.drawPolygon(arrow, 3);
        }
    }
};

} // namespace

WipeView::WipeView(QWidget* parent)
    : QWidget(parent)
    , m_left(new ImageView(this))
    , m_right(new ImageView(this))
    , m_handle(new WipeHandle(this))
{
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Two grids with a divider"));
    m_left->setObjectName(QStringLiteral("wipeLeft"));
    m_right->setObjectName(QStringLiteral("wipeRight"));
    for (ImageView* view : {m_left, m_right}) {
        view->setFocusPolicy(Qt::NoFocus); // the keys are the divider's
        view->installEventFilter(this);
    }
    m_handle->installEventFilter(this);
    link(m_left, m_right);
    link(m_right, m_left);
    setDivider(m_divider);
}

void WipeView::link(ImageView* from, ImageView* to)
{
    connect(from, &ImageView::zoomChanged, to, [to](int zoom) {
        const QSignalBlocker quiet(to);
        to->setZoom(zoom);
    });
    connect(from, &ImageView::centreChanged, to, &ImageView::setCentre);
}

void WipeView::setImages(Image left, Image right)
{
    m_left->setImage(std::move(left));
    m_right->setImage(std::move(right));
}

void WipeView::setNotes(const QString& left, const QString& right)
{
    m_left->setNote(left);
    m_right->setNote(right);
}

void WipeView::setDivider(double place)
{
    place = std::clamp(place, 0.0, 1.0);
    const bool moved = place != m_divider;
    m_divider = place;
    arrange();
    setAccessibleDescription(tr("Divider at %1 %").arg(std::lround(100 * place)));
    if (moved)
        Q_EMIT dividerMoved(place);
}

void WipeView::arrange()
{
    m_left->setGeometry(rect());
    m_right->setGeometry(rect());
    const int x = static_cast<int>(std::lround(m_divider * width()));
    // A widget without a visible part takes its mask away, so it is hidden instead.
    m_right->setVisible(x < width());
    m_right->setMask(QRegion(x, 0, std::max(1, width() - x), height()));
    m_handle->setGeometry(
        std::clamp(x - handleWidth / 2, -handleWidth / 2, width() - handleWidth / 2 - 1), 0, handleWidth, height());
    m_handle->raise();
}

void WipeView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrange();
}

void WipeView::keyPressEvent(QKeyEvent* event)
{
    const double step = event->modifiers() & Qt::ShiftModifier ? farKeyStep : keyStep;
    switch (event->key()) {
    case Qt::Key_Left:
        return setDivider(m_divider - step);
    case Qt::Key_Right:
        return setDivider(m_divider + step);
    case Qt::Key_Home:
        return setDivider(0);
    case Qt::Key_End:
        return setDivider(1);
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        return m_left->zoomIn();
    case Qt::Key_Minus:
        return m_left->zoomOut();
    case Qt::Key_0:
        return m_left->setZoom(0);
    default:
        QWidget::keyPressEvent(event);
    }
}

void WipeView::dragTo(const QObject* source, const QPointF& position)
{
    const auto* widget = static_cast<const QWidget*>(source);
    setDivider(widget->mapTo(this, position).x() / std::max(1, width()));
}

bool WipeView::eventFilter(QObject* watched, QEvent* event)
{
    const auto* mouse = static_cast<QMouseEvent*>(event); // looked at only where it is one
    // A picture that is larger than the view is moved by a drag; its divider is dragged by its handle alone.
    const bool moves = watched == m_handle || !static_cast<ImageView*>(watched)->canPan();
    switch (event->type()) {
    case QEvent::MouseButtonPress:
        setFocus(Qt::MouseFocusReason);
        if (!moves || mouse->button() != Qt::LeftButton)
            break;
        m_dragging = true;
        dragTo(watched, mouse->position());
        return true;
    case QEvent::MouseMove:
        if (!m_dragging)
            break;
        dragTo(watched, mouse->position());
        return true;
    case QEvent::MouseButtonRelease:
        if (!m_dragging || mouse->button() != Qt::LeftButton)
            break;
        m_dragging = false;
        return true;
    case QEvent::MouseButtonDblClick:
        if (watched != m_handle)
            break;
        setDivider(0.5);
        return true;
    default:
        break;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace saddle
