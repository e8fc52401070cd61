// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/theme.h"

#include <QAbstractSpinBox>
#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusVariant>
#include <QPainter>
#include <QPalette>
#include <QProxyStyle>
#include <QStyleOption>
#include <QToolTip>

#include <cmath>

namespace saddle::theme {

namespace {

constexpr const char* portalService = "org.freedesktop.portal.Desktop";
constexpr const char* portalPath = "/org/freedesktop/portal/desktop";
constexpr const char* portalSettings = "org.freedesktop.portal.Settings";
constexpr const char* appearance = "org.freedesktop.appearance";
constexpr const char* colourScheme = "color-scheme";
constexpr uint portalDark = 1;

Choice chosen = Choice::System;
bool systemIsDark = false;

QPalette lightPalette()
{
    QPalette p;
    p.setColor(QPalette::Window, QColor(0xf4, 0xf5, 0xf7));
    p.setColor(QPalette::WindowText, QColor(0x1d, 0x20, 0x25));
    p.setColor(QPalette::Base, QColor(0xff, 0xff, 0xff));
    p.setColor(QPalette::AlternateBase, QColor(0xf0, 0xf1, 0xf4));
    p.setColor(QPalette::Text, QColor(0x1d, 0x20, 0x25));
    p.setColor(QPalette::PlaceholderText, QColor(0x6d, 0x73, 0x7d));
    p.setColor(QPalette::Button, QColor(0xfa, 0xfb, 0xfc));
    p.setColor(QPalette::ButtonText, QColor(0x1d, 0x20, 0x25));
    p.setColor(QPalette::BrightText, QColor(0xff, 0xff, 0xff));
    p.setColor(QPalette::Light, QColor(0xff, 0xff, 0xff));
    p.setColor(QPalette::Midlight, QColor(0xe6, 0xe8, 0xec));
    p.setColor(QPalette::Mid, QColor(0xb9, 0xbe, 0xc7));
    p.setColor(QPalette::Dark, QColor(0x9a, 0xa0, 0xab));
    p.setColor(QPalette::Shadow, QColor(0x6d, 0x73, 0x7d));
    p.setColor(QPalette::Highlight, QColor(0x3a, 0x6f, 0xd8));
    p.setColor(QPalette::HighlightedText, QColor(0xff, 0xff, 0xff));
    p.setColor(QPalette::Link, QColor(0x2a, 0x5f, 0xc8));
    p.setColor(QPalette::ToolTipBase, QColor(0x2a, 0x2e, 0x36));
    p.setColor(QPalette::ToolTipText, QColor(0xf1, 0xf3, 0xf6));
    const QColor faded(0x9a, 0xa0, 0xab);
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, faded);
    p.setColor(QPalette::Disabled, QPalette::Highlight, QColor(0xc9, 0xcd, 0xd4));
    return p;
}

QPalette darkPalette()
{
    QPalette p;
    p.setColor(QPalette::Window, QColor(0x22, 0x25, 0x2b));
    p.setColor(QPalette::WindowText, QColor(0xe3, 0xe6, 0xeb));
    p.setColor(QPalette::Base, QColor(0x1a, 0x1c, 0x21));
    p.setColor(QPalette::AlternateBase, QColor(0x26, 0x29, 0x30));
    p.setColor(QPalette::Text, QColor(0xe3, 0xe6, 0xeb));
    p.setColor(QPalette::PlaceholderText, QColor(0x8f, 0x96, 0xa3));
    p.setColor(QPalette::Button, QColor(0x2d, 0x31, 0x39));
    p.setColor(QPalette::ButtonText, QColor(0xe3, 0xe6, 0xeb));
    p.setColor(QPalette::BrightText, QColor(0xff, 0xff, 0xff));
    p.setColor(QPalette::Light, QColor(0x4a, 0x50, 0x5c));
    p.setColor(QPalette::Midlight, QColor(0x3a, 0x3f, 0x49));
    p.setColor(QPalette::Mid, QColor(0x4c, 0x52, 0x5e));
    p.setColor(QPalette::Dark, QColor(0x14, 0x16, 0x1a));
    p.setColor(QPalette::Shadow, QColor(0x0c, 0x0d, 0x10));
    p.setColor(QPalette::Highlight, QColor(0x4d, 0x82, 0xe8));
    p.setColor(QPalette::HighlightedText, QColor(0xff, 0xff, 0xff));
    p.setColor(QPalette::Link, QColor(0x82, 0xa9, 0xf5));
    p.setColor(QPalette::ToolTipBase, QColor(0x3a, 0x3f, 0x49));
    p.setColor(QPalette::ToolTipText, QColor(0xf1, 0xf3, 0xf6));
    const QColor faded(0x70, 0x77, 0x83);
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, faded);
    p.setColor(QPalette::Disabled, QPalette::Highlight, QColor(0x3a, 0x3f, 0x49));
    return p;
}

void paint()
{
    const bool dark = chosen == Choice::Dark || (chosen == Choice::System && systemIsDark);
    const QPalette palette = dark ? darkPalette() : lightPalette();
    if (QApplication::palette() == palette)
        return;
    QApplication::setPalette(palette);
    QToolTip::setPalette(palette);
}

/// Fusion draws the edges of fields darker than the ground, which on a dark ground nobody sees.
class OutlinedStyle : public QProxyStyle {
public:
    OutlinedStyle()
        : QProxyStyle(QStringLiteral("Fusion"))
    {
    }

    void drawPrimitive(
        PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const override
    {
        QProxyStyle::drawPrimitive(element, option, painter, widget);
        // A line inside a spin box has no frame of its own.
        const bool framed = element == PE_IndicatorCheckBox
            || (element == PE_PanelLineEdit && widget
                && !qobject_cast<const QAbstractSpinBox*>(widget->parentWidget()));
        if (framed)
            outline(option, painter);
    }

    void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
        const QWidget* widget) const override
    {
        QProxyStyle::drawComplexControl(control, option, painter, widget);
        if (control == CC_SpinBox)
            outline(option, painter);
    }

private:
    static void outline(const QStyleOption* option, QPainter* painter)
    {
        const bool focused = option->state & State_HasFocus && option->state & State_Enabled;
        if (!isDark(option->palette) || focused)
            return;
        const double strength = option->state & State_Enabled ? 0.42 : 0.25;
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setBrush(Qt::NoBrush);
        painter->setPen(
            mixed(option->palette.color(QPalette::Window), option->palette.color(QPalette::WindowText), strength));
        painter->drawRoundedRect(QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5), 2, 2);
        painter->restore();
    }
};

/// The portal's answer lies in a variant inside a variant.
uint unwrapped(QVariant value)
{
    while (value.canConvert<QDBusVariant>())
        value = value.value<QDBusVariant>().variant();
    return value.toUInt();
}

/// Hears of changes of the desktop's colour scheme.
class PortalListener : public QObject {
    Q_OBJECT

public:
    explicit PortalListener(QObject* parent)
        : QObject(parent)
    {
        QDBusConnection bus = QDBusConnection::sessionBus();
        if (!bus.isConnected())
            return;
        QDBusMessage ask = QDBusMessage::createMethodCall(QLatin1String(portalService), QLatin1String(portalPath),
            QLatin1String(portalSettings), QStringLiteral("Read"));
        ask << QLatin1String(appearance) << QLatin1String(colourScheme);
        // Asked without waiting: a desktop without a portal must not hold up the first picture.
        bus.callWithCallback(ask, this, SLOT(answered(QDBusMessage)));
        bus.connect(QLatin1String(portalService), QLatin1String(portalPath), QLatin1String(portalSettings),
            QStringLiteral("SettingChanged"), this, SLOT(settingChanged(QString, QString, QDBusVariant)));
    }

public Q_SLOTS:
    void answered(const QDBusMessage& message)
    {
        if (!message.arguments().isEmpty())
            setDark(unwrapped(message.arguments().constFirst()) == portalDark);
    }
    void settingChanged(const QString& group, const QString& key, const QDBusVariant& value)
    {
        if (group == QLatin1String(appearance) && key == QLatin1String(colourScheme))
            setDark(unwrapped(value.variant()) == portalDark);
    }

private:
    static void setDark(bool dark)
    {
        systemIsDark = dark;
        paint();
    }
};

} // namespace

void apply(Choice choice)
{
    static bool prepared = false;
    if (!prepared) {
        prepared = true;
        QApplication::setStyle(new OutlinedStyle);
        systemIsDark = isDark(QApplication::palette());
        new PortalListener(qApp);
    }
    chosen = choice;
    paint();
}

Choice current()
{
    return chosen;
}

Choice choiceNamed(const QString& name)
{
    if (name == QLatin1String("light"))
        return Choice::Light;
    return name == QLatin1String("dark") ? Choice::Dark : Choice::System;
}

QString nameOf(Choice choice)
{
    switch (choice) {
    case Choice::Light:
        return QStringLiteral("light");
    case Choice::Dark:
        return QStringLiteral("dark");
    case Choice::System:
        break;
    }
    return QStringLiteral("system");
}

bool isDark(const QPalette& palette)
{
    return palette.color(QPalette::Window).lightness() < 128;
}

QColor roleColour(const QString& role, const QPalette& palette)
{
    // Each keeps a contrast of 4.5 or more to white (light) and to a dark grey (dark). Blue and purple also differ in
    // lightness, for eyes that tell their hues apart badly.
    const bool dark = isDark(palette);
    if (role == QLatin1String("discriminator"))
        return dark ? QColor(0x6c, 0xb0, 0xff) : QColor(0x12, 0x59, 0xb8);
    if (role == QLatin1String("generator"))
        return dark ? QColor(0xd3, 0xa1, 0xff) : QColor(0xa6, 0x3f, 0xd6);
    if (role == QLatin1String("real"))
        return dark ? QColor(0x5f, 0xd3, 0x8d) : QColor(0x15, 0x80, 0x3d);
    if (role == QLatin1String("encoder"))
        return dark ? QColor(0x4f, 0xd0, 0xd8) : QColor(0x0b, 0x7a, 0x80);
    return dark ? QColor(0xb3, 0xba, 0xc4) : QColor(0x5b, 0x64, 0x70);
}

QColor errorColour()
{
    return {0xd6, 0x3b, 0x3b};
}
QColor warningColour()
{
    return {0xdc, 0x9a, 0x1e};
}
QColor informationColour()
{
    return {0x3a, 0x6f, 0xd8};
}

QColor mixed(const QColor& under, const QColor& over, double share)
{
    const auto mix = [share](int a, int b) { return static_cast<int>(std::lround(a + (b - a) * share)); };
    return {mix(under.red(), over.red()), mix(under.green(), over.green()), mix(under.blue(), over.blue())};
}

} // namespace saddle::theme

#include "theme.moc"
