// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/banner.h"

#include "ui/widgets/theme.h"

#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QStyle>
#include <QToolButton>

namespace saddle {

Banner::Banner(QWidget* parent, Button button)
    : QFrame(parent)
    , m_icon(new QLabel(this))
    , m_text(new QLabel(this))
    , m_action(new QPushButton(this))
    , m_close(new QToolButton(this))
{
    setObjectName(QStringLiteral("banner"));
    setAutoFillBackground(true);
    m_text->setObjectName(QStringLiteral("bannerText"));
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_action->setObjectName(QStringLiteral("bannerAction"));
    m_close->setObjectName(QStringLiteral("bannerClose"));
    m_close->setText(QStringLiteral("✕"));
    m_close->setAutoRaise(true);
    m_close->setToolTip(tr("Dismiss"));
    m_close->setAccessibleName(tr("Dismiss this message"));

    layOut(button);
    connect(m_action, &QPushButton::clicked, this, &Banner::actionTriggered);
    connect(m_close, &QToolButton::clicked, this, [this] {
        clear();
        Q_EMIT dismissed();
    });
    hide();
}

void Banner::layOut(Button button)
{
    const bool below = button == Button::Below;
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(below ? 8 : 10, 6, below ? 4 : 6, 6);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(4);
    grid->setColumnStretch(1, 1);
    grid->addWidget(m_icon, 0, 0, Qt::AlignTop);
    grid->addWidget(m_text, 0, 1);
    grid->addWidget(m_close, 0, 3, Qt::AlignTop);
    if (below)
        grid->addWidget(m_action, 1, 1, 1, 3, Qt::AlignLeft);
    else
        grid->addWidget(m_action, 0, 2, Qt::AlignVCenter);
}

void Banner::setFooter(QWidget* footer)
{
    static_cast<QGridLayout*>(layout())->addWidget(footer, 2, 1, 1, 3);
}

void Banner::show(Kind kind, const QString& text, const QString& action)
{
    m_kind = kind;
    m_text->setText(text);
    m_action->setText(action);
    m_action->setVisible(!action.isEmpty());
    restyle();
    setVisible(true);
}

void Banner::clear()
{
    m_text->clear();
    setVisible(false);
}

QString Banner::text() const
{
    return m_text->text();
}

void Banner::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange)
        restyle();
    QFrame::changeEvent(event);
}

void Banner::restyle()
{
    const QStyle::StandardPixmap icon = m_kind == Kind::Error ? QStyle::SP_MessageBoxCritical
        : m_kind == Kind::Warning                             ? QStyle::SP_MessageBoxWarning
                                                              : QStyle::SP_MessageBoxInformation;
    const int size = style()->pixelMetric(QStyle::PM_SmallIconSize);
    m_icon->setPixmap(style()->standardIcon(icon).pixmap(size, size));
    const QColor tint = m_kind == Kind::Error ? theme::errorColour()
        : m_kind == Kind::Warning             ? theme::warningColour()
                                              : theme::informationColour();
    // Set on this widget alone; the palette of the application stays the text's.
    const QPalette base = parentWidget() ? parentWidget()->palette() : palette();
    const QColor back = theme::mixed(base.color(QPalette::Window), tint, 0.18);
    if (palette().color(QPalette::Window) != back) {
        QPalette own = base;
        own.setColor(QPalette::Window, back);
        setPalette(own);
    }
}

} // namespace saddle
