// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/direction_row.h"

#include "ui/lab/slider_row.h"
#include "ui/widgets/elided_label.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QSlider>
#include <QStackedWidget>

namespace saddle {

namespace {

constexpr int gap = 4;
constexpr int indent = 8;
constexpr int barWidth = 3;
constexpr int nameLetters = 11;

} // namespace

DirectionRow::DirectionRow(QWidget* parent)
    : QWidget(parent)
    , m_place(new QStackedWidget)
    , m_name(new ElidedLabel)
    , m_edit(new QLineEdit)
    , m_share(new QLabel)
    , m_slider(new SliderRow)
{
    m_name->setObjectName(QStringLiteral("directionName"));
    m_edit->setObjectName(QStringLiteral("directionEdit"));
    m_share->setObjectName(QStringLiteral("directionShare"));
    m_share->setForegroundRole(QPalette::PlaceholderText);
    m_share->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_share->setFixedWidth(fontMetrics().horizontalAdvance(tr("99.9 %")));
    m_place->addWidget(m_name);
    m_place->addWidget(m_edit);
    m_place->setFixedWidth(fontMetrics().averageCharWidth() * nameLetters);
    m_place->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Ignored);
    m_slider->setReach(reach);
    m_slider->setLockable(false);
    m_slider->setNameWidth(0);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(indent, 0, indent, 0);
    row->setSpacing(gap);
    row->addWidget(m_place);
    row->addWidget(m_share);
    row->addWidget(m_slider, 1);
    connect(m_slider, &SliderRow::valueChanged, this, &DirectionRow::offsetChanged);
    connect(m_slider, &SliderRow::released, this, &DirectionRow::released);
    connect(m_slider, &SliderRow::resetRequested, this, [this] {
        Q_EMIT offsetChanged(0);
        Q_EMIT released();
    });
    for (QWidget* part : m_slider->findChildren<QWidget*>() + QList<QWidget*>{m_name, m_edit})
        part->installEventFilter(this);
}

void DirectionRow::setDirection(const QString& name, const QString& share, const QString& tip)
{
    m_name->setText(name);
    m_name->setToolTip(name + QLatin1Char('\n') + tip + QLatin1Char('\n')
        + tr("Double click or F2 changes the name, Del deletes the direction."));
    m_share->setText(share);
    m_share->setToolTip(tip);
    m_slider->setName(name, tip);
    m_slider->slider()->setAccessibleDescription(tip);
    m_edit->setAccessibleName(tr("Name of %1").arg(name));
}

void DirectionRow::show(double offset)
{
    m_slider->show(offset, false, offset != 0);
    QFont font = m_name->font();
    if (font.bold() != (offset != 0)) {
        font.setBold(offset != 0);
        m_name->setFont(font);
    }
}

void DirectionRow::setCurrent(bool current)
{
    m_current = current;
    update();
}

void DirectionRow::editName()
{
    m_editing = true;
    m_edit->setText(m_name->text());
    m_edit->selectAll();
    m_place->setCurrentWidget(m_edit);
    // As wide as it needs: what is beside it comes back afterwards.
    m_share->hide();
    m_slider->hide();
    m_place->setFixedWidth(width() - 2 * indent);
    m_edit->setFocus();
}

void DirectionRow::endEditing(bool keep)
{
    if (!m_editing)
        return;
    m_editing = false;
    const bool focused = m_edit->hasFocus();
    m_place->setCurrentWidget(m_name);
    m_place->setFixedWidth(fontMetrics().averageCharWidth() * nameLetters);
    m_share->setVisible(true);
    m_slider->setVisible(true);
    if (focused)
        m_slider->slider()->setFocus();
    if (keep)
        Q_EMIT renamed(m_edit->text());
}

bool DirectionRow::eventFilter(QObject* watched, QEvent* event)
{
    switch (event->type()) {
    case QEvent::FocusIn:
    case QEvent::MouseButtonPress:
        Q_EMIT chosen();
        break;
    case QEvent::MouseButtonDblClick:
        if (watched == m_name)
            editName();
        break;
    case QEvent::FocusOut:
        if (watched == m_edit && static_cast<QFocusEvent*>(event)->reason() != Qt::PopupFocusReason)
            endEditing(true);
        break;
    case QEvent::KeyPress:
        if (watched == m_edit) {
            const int key = static_cast<QKeyEvent*>(event)->key();
            if (key == Qt::Key_Escape || key == Qt::Key_Return || key == Qt::Key_Enter) {
                endEditing(key != Qt::Key_Escape);
                return true;
            }
        }
        break;
    default:
        break;
    }
    return QWidget::eventFilter(watched, event);
}

void DirectionRow::paintEvent(QPaintEvent*)
{
    if (m_current)
        QPainter(this).fillRect(0, 0, barWidth, height(), palette().color(QPalette::Highlight));
}

} // namespace saddle
