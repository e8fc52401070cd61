// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/plot_types.h"

#include "ui/plots/tick_labels.h"
#include "ui/widgets/number_text.h"
#include "ui/widgets/theme.h"

#include <QPainter>
#include <QPalette>

#include <cmath>

namespace saddle {
namespace {

struct TwoColours {
    QRgb onLight;
    QRgb onDark;

    QColor on(const QPalette& palette) const
    {
        return QColor::fromRgb(palette.color(QPalette::Base).lightness() < 128 ? onDark : onLight);
    }
};

} // namespace

const char* xAxisColumn(XAxis axis)
{
    switch (axis) {
    case XAxis::Images:
        return "images";
    case XAxis::Time:
        return "seconds";
    case XAxis::Step:
        break;
    }
    return "step";
}

QColor seriesColour(SeriesColour colour, const QPalette& palette)
{
    switch (colour) {
    case SeriesColour::Discriminator:
        return theme::roleColour(QStringLiteral("discriminator"), palette);
    case SeriesColour::Generator:
        return theme::roleColour(QStringLiteral("generator"), palette);
    case SeriesColour::Real:
        return theme::roleColour(QStringLiteral("real"), palette);
    case SeriesColour::Orange:
        return TwoColours{0xffb45309, 0xffffb45c}.on(palette);
    case SeriesColour::Teal:
        return theme::roleColour(QStringLiteral("encoder"), palette);
    case SeriesColour::Rose:
        return TwoColours{0xffc2185b, 0xffff8fb3}.on(palette);
    case SeriesColour::Olive:
        return TwoColours{0xff66700f, 0xffc3cf5a}.on(palette);
    case SeriesColour::Neutral:
        break;
    }
    return theme::roleColour({}, palette);
}

QColor markerColour(MarkerKind kind, const QPalette& palette)
{
    switch (kind) {
    case MarkerKind::Edit:
        return TwoColours{0xffc26a00, 0xffffc266}.on(palette);
    case MarkerKind::Problem:
        return TwoColours{0xffd11f2f, 0xffff7a80}.on(palette);
    case MarkerKind::Branch:
        return TwoColours{0xff00798c, 0xff5fd3e6}.on(palette);
    case MarkerKind::Checkpoint:
        break;
    }
    return TwoColours{0xff6b7480, 0xff9aa3ae}.on(palette);
}

void drawMarkerFlag(QPainter& painter, MarkerKind kind, const QPointF& top, const QColor& colour)
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    const double x = top.x();
    const double y = top.y();
    switch (kind) {
    case MarkerKind::Edit: {
        const QPointF triangle[]{{x - 4.5, y}, {x + 4.5, y}, {x, y + 7}};
        painter.drawPolygon(triangle, 3);
        break;
    }
    case MarkerKind::Checkpoint:
        painter.drawRect(QRectF(x - 2.5, y, 5, 5));
        break;
    case MarkerKind::Problem: {
        const QPointF diamond[]{{x, y}, {x + 4.5, y + 4.5}, {x, y + 9}, {x - 4.5, y + 4.5}};
        painter.drawPolygon(diamond, 4);
        break;
    }
    case MarkerKind::Branch:
        painter.drawEllipse(QPointF(x, y + 4), 4, 4);
        break;
    }
    painter.setBrush(Qt::NoBrush);
}

QString compactNumber(double value)
{
    const QLocale locale = groupingLocale();
    if (std::isnan(value))
        return QStringLiteral("\u2013");
    if (std::isinf(value))
        return value > 0 ? QStringLiteral("\u221e") : QStringLiteral("\u2212\u221e");
    const double size = std::abs(value);
    if (size == 0)
        return locale.toString(0);
    if (size < 0.00095 || size >= 9.995e11)
        return exponentText(value, 2);
    if (size >= 9999.5) {
        struct Unit {
            double size;
            const char* name;
        };
        // The limits lie where rounding to four digits would already reach the next unit.
        static constexpr Unit units[] = {{1e9, "G"}, {1e6, "M"}, {1e3, "k"}};
        for (const Unit& unit : units) {
            const double scaled = value / unit.size;
            if (std::abs(scaled) >= 0.99995) {
                const int digits = std::abs(scaled) < 100 ? 2 : 1;
                return locale.toString(scaled, 'f', digits) + QLatin1String(unit.name);
            }
        }
    }
    const int decimals = size < 0.99995 ? 4 : size < 99.995 ? 3 - (size >= 9.9995 ? 1 : 0) : size < 999.95 ? 1 : 0;
    return locale.toString(value, 'f', decimals);
}

QString xText(double x, XAxis axis)
{
    if (!std::isfinite(x))
        return {};
    if (axis == XAxis::Time)
        return durationText(x, x < 60 ? 0.1 : 1);
    return groupingLocale().toString(x, 'f', 0);
}

} // namespace saddle
