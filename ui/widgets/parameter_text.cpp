// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/parameter_text.h"

#include <QLocale>
#include <QObject>
#include <QStringList>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace saddle {

namespace {

/// The largest of 1, 2, 5 times a power of ten that is not above `value` (with room for rounding).
double roundDown(double value)
{
    const double power = std::pow(10.0, std::floor(std::log10(value) + 1e-9));
    for (const double factor : {5.0, 2.0}) {
        if (factor * power <= value * (1 + 1e-9))
            return factor * power;
    }
    return power;
}

/// Sums of steps like 0.1 are shown and kept as people mean them.
double tidied(double value)
{
    return QString::number(value, 'g', 12).toDouble();
}

/// The neighbour of a positive value in 1, 2, 5, 10, 20, …
double neighbour(double value, bool up)
{
    const double below = tidied(roundDown(value));
    const bool onSeries = std::abs(value - below) <= 1e-9 * value;
    const double power = std::pow(10.0, std::floor(std::log10(below) + 1e-9));
    const double lead = std::round(below / power);
    if (up)
        return tidied(lead == 1 ? 2 * power : lead == 2 ? 5 * power : 10 * power);
    if (!onSeries)
        return below;
    return tidied(lead == 5 ? 2 * power : lead == 2 ? power : power / 2);
}

double steppedByFactor(const Parameter& parameter, double value, int steps)
{
    const bool integer = parameter.type == ParameterType::Integer;
    const bool up = steps > 0;
    constexpr double smallest = 1e-12; // below lies 0, where that is allowed
    const double start = parameter.defaultValue.is_number() && parameter.defaultValue.get<double>() > 0
        ? parameter.defaultValue.get<double>()
        : 1e-6;
    for (int left = std::abs(steps); left > 0; --left) {
        if (value <= 0)
            value = up ? (integer ? 1 : start) : value;
        else if (integer)
            value = up ? value * 2 : std::floor(value / 2);
        else if (!up && value <= smallest)
            value = parameter.min <= 0 ? 0 : value;
        else
            value = neighbour(value, up);
    }
    return value;
}

double linearStep(const Parameter& parameter, double value, bool up)
{
    if (parameter.type == ParameterType::Integer) {
        // Counts in the thousands step by a digit before the last ones; sizes and the like by one.
        constexpr double small = 1e5;
        const double size = std::abs(value) - (up ? 0 : 1);
        if (parameter.max <= small || size < 100)
            return 1;
        return std::pow(10.0, std::floor(std::log10(size)) - 1);
    }
    double step = std::numeric_limits<double>::infinity();
    if (std::isfinite(parameter.min) && std::isfinite(parameter.max))
        step = (parameter.max - parameter.min) / 100;
    const double usual = parameter.defaultValue.is_number() ? std::abs(parameter.defaultValue.get<double>()) : 0;
    if (usual > 0)
        step = std::min(step, usual / 10);
    return std::isfinite(step) && step > 0 ? roundDown(step) : 0.1;
}

} // namespace

QString plainNumber(double value)
{
    QString text = QString::number(value, 'g', QLocale::FloatingPointShortest);
    const qsizetype e = text.indexOf(QLatin1Char('e'));
    if (e < 0)
        return text;
    // "1e-06" and "1e+06" as people write them.
    return text.left(e + 1) + QString::number(text.mid(e + 1).toInt());
}

double steppedValue(const Parameter& parameter, double value, int steps)
{
    double next = value;
    if (parameter.scale == Scale::Log) {
        // A page is a decade.
        const int pages = steps / 10;
        next = steppedByFactor(parameter, value, pages * 3 + steps % 10);
    } else {
        next = tidied(value + steps * linearStep(parameter, value, steps > 0));
        if (parameter.type == ParameterType::Integer)
            next = std::round(value) + steps * linearStep(parameter, value, steps > 0);
    }
    if (parameter.type == ParameterType::Integer) {
        constexpr double exact = 9007199254740992.0; // beyond, a double skips whole numbers
        next = std::clamp(next, -exact, exact);
    }
    return std::clamp(next, parameter.min, parameter.max);
}

Json numberFromText(const QString& text, ParameterType type)
{
    QString plain = text.trimmed();
    plain.replace(QChar(0x2212), QLatin1Char('-')); // a minus sign pasted from a paper
    plain.remove(QLatin1Char('_'));
    plain.remove(QChar(0x00a0));
    if (type == ParameterType::Integer) {
        plain.remove(QLatin1Char(' '));
        // 50,000 is a count; 0,5 is left to be refused.
        const QStringList groups = plain.split(QLatin1Char(','));
        bool grouped = groups.size() > 1 && !groups.front().isEmpty() && groups.front().size() <= 3;
        for (qsizetype i = 1; grouped && i < groups.size(); ++i)
            grouped = groups[i].size() == 3;
        if (grouped)
            plain.remove(QLatin1Char(','));
    }
    if (plain.startsWith(QLatin1Char('+')))
        plain.remove(0, 1);
    const std::string utf8 = plain.toStdString();
    const char* const end = utf8.data() + utf8.size();
    if (type == ParameterType::Integer) {
        std::int64_t whole = 0;
        if (const auto [at, error] = std::from_chars(utf8.data(), end, whole); at == end && error == std::errc())
            return whole;
    }
    double number = 0;
    if (const auto [at, error] = std::from_chars(utf8.data(), end, number);
        at == end && error == std::errc() && std::isfinite(number)) {
        return number;
    }
    return text.trimmed().toStdString();
}

QString parameterText(const Parameter& parameter, const Json& value)
{
    if (parameter.type == ParameterType::Sizes && value.is_array())
        return QString::fromStdString(sizesText(value));
    if (value.is_boolean())
        return value.get<bool>() ? QObject::tr("on") : QObject::tr("off");
    if (value.is_number_float())
        return plainNumber(value.get<double>());
    if (value.is_string()) {
        const std::string word = value.get<std::string>();
        for (const ChoiceItem& item : parameter.choices) {
            if (item.value == word)
                return QString::fromStdString(item.label);
        }
        return QString::fromStdString(word);
    }
    return value.is_null() ? QString() : QString::fromStdString(value.dump());
}

} // namespace saddle
