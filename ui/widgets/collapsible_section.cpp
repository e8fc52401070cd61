// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/collapsible_section.h"

#include "ui/widgets/theme.h"

#include <QAbstractButton>
#include <QKeyEvent>
#include <QPainter>
#include <QStyle>
#include <QStyleOptionFocusRect>
#include <QVBoxLayout>

namespace saddle {

namespace {

constexpr int arrowSize = 9;
constexpr int accentWidth = 3;
constexpr int padding = 8;

QFont boldened(QFont font)
{
    font.setBold(true);
    return font;
}

} // namespace

/// The row that is always there: arrow, title, summary.
class SectionHeader : public QAbstractButton {
public:
    explicit SectionHeader(QWidget* parent)
        : QAbstractButton(parent)
    {
        setCheckable(true);
        setFocusPolicy(Qt::StrongFocus);
        setCursor(Qt::PointingHandCursor);
        setAttribute(Qt::WA_Hover);
        setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    }

    QString summary;
    QString accent;

    QSize sizeHint() const override { return {160, fontMetrics().height() + 12}; }
    QSize minimumSizeHint() const override { return {80, sizeHint().height()}; }

protected:
    void keyPressEvent(QKeyEvent* event) override
    {
        switch (event->key()) {
        case Qt::Key_Return:
        case Qt::Key_Enter:
            click();
            return;
        case Qt::Key_Left:
        case Qt::Key_Right: {
            const bool towardsEnd = (event->key() == Qt::Key_Right) == (layoutDirection() == Qt::LeftToRight);
            if (isChecked() != towardsEnd)
                click();
            return;
        }
        default:
            QAbstractButton::keyPressEvent(event);
        }
    }

    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const QColor window = palette().color(QPalette::Window);
        const QColor text = palette().color(QPalette::WindowText);
        painter.fillRect(rect(), theme::mixed(window, text, underMouse() ? 0.11 : 0.065));
        if (!accent.isEmpty())
            painter.fillRect(onThisSide({0, 0, accentWidth, height()}), theme::roleColour(accent, palette()));

        paintArrow(painter, theme::mixed(window, text, 0.75));

        const QFont bold = boldened(font());
        const QFontMetrics titleMetrics(bold);
        const int left = padding + arrowSize + 7;
        const int space = width() - left - padding;
        const QString title = titleMetrics.elidedText(this->text(), Qt::ElideRight, space);
        painter.setPen(text);
        painter.setFont(bold);
        const int titleWidth = titleMetrics.horizontalAdvance(title);
        painter.drawText(onThisSide({left, 0, titleWidth + 2, height()}),
            Qt::AlignVCenter | Qt::AlignLeading | Qt::TextSingleLine, title);

        const int rest = space - titleWidth - 12;
        if (rest < 24 || summary.isEmpty())
            return paintFocus(painter);
        painter.setPen(theme::mixed(window, text, 0.72));
        painter.setFont(font());
        painter.drawText(onThisSide({left + titleWidth + 12, 0, rest, height()}),
            Qt::AlignVCenter | Qt::AlignTrailing | Qt::TextSingleLine,
            fontMetrics().elidedText(summary, Qt::ElideRight, rest));
        paintFocus(painter);
    }

private:
    QRect onThisSide(const QRect& box) const { return QStyle::visualRect(layoutDirection(), rect(), box); }

    void paintArrow(QPainter& painter, const QColor& colour)
    {
        const QRectF box = onThisSide({padding, (height() - arrowSize) / 2, arrowSize, arrowSize});
        QPolygonF arrow;
        if (isChecked()) {
            arrow << QPointF(box.left(), box.top() + 2) << QPointF(box.center().x(), box.bottom() - 2)
                  << QPointF(box.right(), box.top() + 2);
        } else if (layoutDirection() == Qt::LeftToRight) {
            arrow << QPointF(box.left() + 2, box.top()) << QPointF(box.right() - 2, box.center().y())
                  << QPointF(box.left() + 2, box.bottom());
        } else {
            arrow << QPointF(box.right() - 2, box.top()) << QPointF(box.left() + 2, box.center().y())
                  << QPointF(box.right() - 2, box.bottom());
        }
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colour, 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter.drawPolyline(arrow);
    }

    void paintFocus(QPainter& painter)
    {
        if (!hasFocus())
            return;
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRectF(rect()).adjusted(0.75, 0.75, -0.75, -0.75));
    }
};

CollapsibleSection::CollapsibleSection(const QString& title, QWidget* parent)
    : QWidget(parent)
    , m_header(new SectionHeader(this))
    , m_content(new QWidget(this))
    , m_body(new QVBoxLayout(m_content))
{
    m_body->setContentsMargins(padding, 6, padding, 10);
    m_body->setSpacing(6);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_header);
    column->addWidget(m_content);
    m_content->hide();
    setTitle(title);
    connect(m_header, &QAbstractButton::toggled, this, [this](bool expanded) {
        m_content->setVisible(expanded);
        Q_EMIT expandedChanged(expanded);
    });
    connect(m_header, &QAbstractButton::clicked, this, &CollapsibleSection::toggledByUser);
}

QString CollapsibleSection::title() const
{
    return m_header->text();
}

void CollapsibleSection::setTitle(const QString& title)
{
    m_header->setText(title);
    m_header->setAccessibleName(title);
}

QString CollapsibleSection::summary() const
{
    return m_header->summary;
}

void CollapsibleSection::setSummary(const QString& summary)
{
    if (m_header->summary == summary)
        return;
    m_header->summary = summary;
    m_header->setAccessibleDescription(summary);
    m_header->setToolTip(summary);
    m_header->update();
}

void CollapsibleSection::setAccent(const QString& role)
{
    m_header->accent = role;
    m_header->update();
}

bool CollapsibleSection::isExpanded() const
{
    return m_header->isChecked();
}

void CollapsibleSection::setExpanded(bool expanded)
{
    m_header->setChecked(expanded);
}

QAbstractButton* CollapsibleSection::header() const
{
    return m_header;
}

} // namespace saddle
