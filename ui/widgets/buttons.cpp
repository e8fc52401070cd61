// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/buttons.h"

#include <QAction>
#include <QPushButton>
#include <QToolButton>

namespace saddle {

QPushButton* pushButton(const char* name, const QString& text, const QString& tip)
{
    auto* made = new QPushButton(text);
    made->setObjectName(QLatin1String(name));
    made->setToolTip(tip);
    return made;
}

QToolButton* flatButton(const char* name, const QString& tip, const QString& text)
{
    auto* made = new QToolButton;
    made->setObjectName(QLatin1String(name));
    made->setText(text);
    made->setToolTip(tip);
    made->setAutoRaise(true);
    return made;
}

QPushButton* buttonFor(QAction* action, const char* name, const QString& text)
{
    QPushButton* button = pushButton(name, text, action->toolTip());
    button->setEnabled(action->isEnabled());
    QObject::connect(button, &QPushButton::clicked, action, &QAction::trigger);
    QObject::connect(action, &QAction::changed, button, [button, action] {
        button->setEnabled(action->isEnabled());
        button->setToolTip(action->toolTip());
    });
    return button;
}

} // namespace saddle
