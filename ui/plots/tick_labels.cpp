// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/tick_labels.h"

#include "ui/widgets/number_text.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace saddle {
namespace {

/// How many decimals tell numbers apart that lie `step` apart.
int decimalsFor(double step)
{
    int decimals = 0;
    while (decimals < 12 && std::abs(step - std::round(step)) > 1e-6 * std::abs(step)) {
        step *= 10;
        ++decimals;
    }
    return decimals;
}

QString plain(double value, int decimals)
{
    // A tick at zero is often a tiny number left over from a sum.
    if (std::abs(value) < 0.5 * std::pow(10.0, -decimals))
        value = 0;
    return groupingLocale().toString(value, 'f', decimals);
}

} // namespace

QString exponentText(double value, int decimals)
{
    const QStringList parts = QString::number(value, 'e', decimals).split(QLatin1Char('e'));
    QString mantissa = parts.value(0);
    mantissa.replace(QLatin1Char('.'), groupingLocale().decimalPoint());
    return mantissa + QLatin1Char('e') + QString::number(parts.value(1).toInt());
}

QString durationText(double seconds, double resolution)
{
    const QString sign = seconds < 0 ? QStringLiteral("-") : QString();
    const int decimals = resolution >= 1 ? 0 : std::min(decimalsFor(resolution), 3);
    const double scale = std::pow(10.0, decimals);
    const auto ticks = static_cast<qint64>(std::llround(std::abs(seconds) * scale));
    const auto unit = static_cast<qint64>(scale);
    const qint64 whole = ticks / unit;
    const qint64 days = whole / 86400;
    const qint64 hours = whole / 3600 % 24;
    const qint64 minutes = whole / 60 % 60;
    QString text = sign;
    if (days > 0)
        text += QCoreApplication::translate("saddle::Plots", "%1 d ").arg(days);
    if (days > 0 || hours > 0)
        text += QStringLiteral("%1:%2").arg(hours).arg(minutes, 2, 10, QLatin1Char('0'));
    else
        text += QString::number(minutes);
    text += QStringLiteral(":%1").arg(whole % 60, 2, 10, QLatin1Char('0'));
    if (decimals > 0)
        text +=
            groupingLocale().decimalPoint() + QStringLiteral("%1").arg(ticks % unit, decimals, 10, QLatin1Char('0'));
    return text;
}

QVector<QString> CompactTicker::createLabelVector(
    const QVector<double>& ticks, const QLocale& /*locale*/, QChar /*formatChar*/, int /*precision*/)
{
    QVector<QString> labels;
    labels.reserve(ticks.size());
    if (ticks.isEmpty())
        return labels;
    const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : std::abs(ticks[0]);
    double largest = 0;
    for (const double tick : ticks)
        largest = std::max(largest, std::abs(tick));

    struct Unit {
        double from;
        double size;
        const char* name;
    };
    static constexpr std::array<Unit, 4> units = {{{1e9, 1e9, "G"}, {1e6, 1e6, "M"}, {1e4, 1e3, "k"}, {0, 1, ""}}};
    // One unit for the whole axis, the largest that needs few decimals: 12,950 is easier to read than 12.95k.
    for (const Unit& unit : units) {
        const int decimals = decimalsFor(step / unit.size);
        if (largest < unit.from || (unit.size > 1 && decimals > (unit.size > 1e3 ? 2 : 1)))
            continue;
        if (unit.size == 1 && decimals > 4)
            break;
        for (const double tick : ticks) {
            const bool zero = std::abs(tick) < step / 1000;
            labels.append(plain(tick / unit.size, decimals) + (zero ? QString() : QString::fromLatin1(unit.name)));
            if (zero)
                labels.last() = plain(0, unit.size == 1 ? decimals : 0);
        }
        return labels;
    }
    for (const double tick : ticks) {
        const bool zero = std::abs(tick) < step / 1000;
        const double mantissa = tick / std::pow(10.0, std::floor(std::log10(std::abs(tick))));
        // As many digits as this tick has, within those that the step can tell apart.
        const int most = static_cast<int>(std::ceil(std::log10(largest / step))) + 2;
        const double rounded = std::round(mantissa * std::pow(10.0, most)) / std::pow(10.0, most);
        labels.append(zero ? plain(0, 0) : exponentText(tick, std::min(decimalsFor(rounded), 8)));
    }
    return labels;
}

QVector<double> LogTicker::createTickVector(double tickStep, const QCPRange& range)
{
    if (range.lower <= 0)
        return {};
    const double decades = std::log10(range.upper / range.lower);
    if (decades < 0.35)
        return CompactTicker::createTickVector(tickStep, range);
    QVector<double> ticks;
    const QVector<double> within = decades < 1 ? QVector<double>{1.5, 2, 3, 4, 5, 7}
        : decades < 2                          ? QVector<double>{2, 5}
                                               : QVector<double>{};
    const int stride =
        within.isEmpty() ? std::max(1, static_cast<int>(std::ceil(decades / std::max(tickCount(), 1)))) : 1;
    const int first = static_cast<int>(std::floor(std::log10(range.lower)));
    const int last = static_cast<int>(std::ceil(std::log10(range.upper)));
    for (int power = first; power <= last; ++power) {
        const double decade = std::pow(10.0, power);
        if (power % stride == 0)
            ticks.append(decade);
        for (const double factor : within)
            ticks.append(factor * decade);
    }
    return ticks;
}

QVector<double> LogTicker::createSubTickVector(int /*subTickCount*/, const QVector<double>& /*ticks*/)
{
    return {};
}

QVector<QString> LogTicker::createLabelVector(
    const QVector<double>& ticks, const QLocale& locale, QChar formatChar, int precision)
{
    const bool even = ticks.size() > 2 && std::abs((ticks[2] - ticks[1]) - (ticks[1] - ticks[0])) < 1e-6 * ticks[1];
    if (even || ticks.size() < 2)
        return CompactTicker::createLabelVector(ticks, locale, formatChar, precision);
    QVector<QString> labels;
    for (const double tick : ticks) {
        if (tick < 0.00099 || tick >= 9.9e11)
            labels.append(exponentText(tick, decimalsFor(tick / std::pow(10.0, std::floor(std::log10(tick) + 1e-9)))));
        else
            labels.append(CompactTicker::createLabelVector({tick}, locale, formatChar, precision).constFirst());
    }
    return labels;
}

double DurationTicker::getTickStep(const QCPRange& range)
{
    static constexpr std::array<double, 27> steps = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
        15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400};
    const double wanted = range.size() / std::max(tickCount(), 1);
    const auto found = std::lower_bound(steps.begin(), steps.end(), wanted);
    m_step = found != steps.end() ? *found : std::max(86400.0, cleanMantissa(wanted / 86400) * 86400);
    return m_step;
}

int DurationTicker::getSubTickCount(double /*tickStep*/)
{
    return 0;
}

QString DurationTicker::getTickLabel(double tick, const QLocale& /*locale*/, QChar /*formatChar*/, int /*precision*/)
{
    return durationText(tick, m_step);
}

} // namespace saddle
