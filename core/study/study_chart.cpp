// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/study/study_chart.h"

#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace saddle {

namespace {

constexpr double topRoom = 26; ///< title and legend
constexpr double bottomRoom = 20; ///< step numbers
constexpr double leftRoom = 46; ///< value numbers
constexpr double rightRoom = 10;

std::string attribute(const char* name, double value)
{
    return std::string(" ") + name + "=\"" + coordinate(value) + "\"";
}

std::string textElement(double x, double y, const char* kind, const char* anchor, const std::string& text)
{
    return "<text class=\"" + std::string(kind) + "\"" + attribute("x", x) + attribute("y", y) + " text-anchor=\""
        + anchor + "\">" + escaped(text) + "</text>\n";
}

std::string lineElement(const char* kind, double x1, double y1, double x2, double y2)
{
    return "<line class=\"" + std::string(kind) + "\"" + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2)
        + attribute("y2", y2) + "/>\n";
}

struct Range {
    double low = INFINITY;
    double high = -INFINITY;
};

Range rangeOf(const StudyChart& chart)
{
    Range range;
    for (const StudyCurve& curve : chart.curves) {
        for (const StudyCurve::Stretch& stretch : curve.stretches) {
            range.low = std::fmin(range.low, stretch.low);
            range.high = std::fmax(range.high, stretch.high);
        }
    }
    const double room = (range.high - range.low) * 0.04;
    if (room > 0)
        return {range.low - room, range.high + room};
    const double around = std::max(std::abs(range.low) * 0.1, 1e-3); // one value only
    return {range.low - around, range.high + around};
}

/// "discriminator" for what has a colour of its own.
std::string colourOf(const std::string& role, std::size_t place)
{
    if (role == "discriminator" || role == "generator" || role == "encoder")
        return role;
    return place % 2 == 0 ? "other" : "second";
}

std::string curveElements(const StudyCurve& curve, const std::string& colour, const Range& range, double left,
    double top, double width, double height)
{
    const auto count = static_cast<double>(curve.stretches.size());
    const auto x = [&](std::size_t i) { return left + (static_cast<double>(i) + 0.5) / count * width; };
    const auto y = [&](double value) { return top + (range.high - value) / (range.high - range.low) * height; };
    std::string band, line;
    bool drawing = false;
    for (std::size_t i = 0; i < curve.stretches.size(); ++i) {
        const StudyCurve::Stretch& stretch = curve.stretches[i];
        if (!std::isfinite(stretch.mean)) {
            drawing = false;
            continue;
        }
        band += "M" + coordinate(x(i)) + " " + coordinate(y(stretch.low)) + "V" + coordinate(y(stretch.high));
        line += (drawing ? "L" : "M") + coordinate(x(i)) + " " + coordinate(y(stretch.mean));
        drawing = true;
    }
    const double thick = std::max(1.0, width / count);
    return "<path class=\"band " + colour + "\" stroke-width=\"" + coordinate(thick) + "\" d=\"" + band
        + "\"/>\n<path class=\"curve " + colour + "\" d=\"" + line + "\"/>\n";
}

} // namespace

std::string coordinate(double value)
{
    return fixedText(value, 1);
}

std::string escaped(std::string_view text)
{
    std::string safe;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = [&text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
        const unsigned char c = byte(i);
        const std::size_t following = c < 0x80 ? 0 : c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        bool good = (c < 0x80 || (c >= 0xc2 && c < 0xf5)) && i + following < text.size();
        for (std::size_t k = 1; good && k <= following; ++k)
            good = (byte(i + k) & 0xc0) == 0x80;
        if (good && following > 1) {
            // Longer than needed, halves of pairs, beyond the last letter, and the two that are none.
            const unsigned char next = byte(i + 1);
            good = !(c == 0xe0 && next < 0xa0) && !(c == 0xed && next > 0x9f) && !(c == 0xf0 && next < 0x90)
                && !(c == 0xf4 && next > 0x8f) && !(c == 0xef && next == 0xbf && byte(i + 2) > 0xbd);
        }
        if (!good || (c < 0x20 && c != '\n' && c != '\t')) {
            safe += '?';
            continue;
        }
        switch (c) {
        case '&':
            safe += "&amp;";
            break;
        case '<':
            safe += "&lt;";
            break;
        case '>':
            safe += "&gt;";
            break;
        case '"':
            safe += "&quot;";
            break;
        default:
            safe.append(text, i, following + 1);
            i += following;
        }
    }
    return safe;
}

std::string chartStyle(bool dark)
{
    struct Rule {
        const char* selector;
        const char* light;
        const char* dark;
        const char* property;
    };
    // The networks have the colours they have in the window.
    constexpr std::array rules{
        Rule{".title", "#1d2025", "#e3e6eb", "fill"},
        Rule{".tick, .legend", "#5b6470", "#b3bac4", "fill"},
        Rule{".grid", "#e6e8ec", "#3a3f49", "stroke"},
        Rule{".axis", "#b9bec7", "#4c525e", "stroke"},
        Rule{".discriminator", "#1259b8", "#6cb0ff", "stroke"},
        Rule{".generator", "#a63fd6", "#d3a1ff", "stroke"},
        Rule{".encoder", "#0b7a80", "#4fd0d8", "stroke"},
        Rule{".other", "#15803d", "#5fd38d", "stroke"},
        Rule{".second", "#b45309", "#fbbf24", "stroke"},
    };
    std::string style = ".tick, .legend, .title { font: 11px \"DejaVu Sans\", sans-serif }\n"
                        ".title { font-weight: bold }\n.band, .curve { fill: none }\n.band { stroke-opacity: 0.3 }\n"
                        ".curve { stroke-width: 1.5 }\n.key { stroke-width: 3 }\n";
    for (const Rule& rule : rules)
        style += std::string(rule.selector) + " { " + rule.property + ": " + (dark ? rule.dark : rule.light) + " }\n";
    return style;
}

std::vector<double> roundTicks(double low, double high, int most)
{
    if (!(high > low) || most < 1)
        return {};
    const double power = std::pow(10, std::floor(std::log10((high - low) / most)));
    double step = 10 * power;
    for (const double factor : {1, 2, 5}) {
        if (factor * power * most >= high - low) {
            step = factor * power;
            break;
        }
    }
    std::vector<double> ticks;
    // Counted: beyond 2^53 a number plus one is itself.
    const double first = std::ceil(low / step - 1e-9);
    for (int i = 0; i <= most + 1 && (first + i) * step <= high + step * 1e-9; ++i)
        ticks.push_back(first + i == 0 ? 0 : (first + i) * step); // no "-0"
    return ticks;
}

std::string chartElements(const StudyChart& chart, double width, double height)
{
    const Range range = rangeOf(chart);
    const double plotWidth = width - leftRoom - rightRoom;
    const double plotHeight = height - topRoom - bottomRoom;
    const double bottom = topRoom + plotHeight;
    std::string elements;
    for (const double tick : roundTicks(range.low, range.high, std::max(2, static_cast<int>(plotHeight / 18)))) {
        const double y = topRoom + (range.high - tick) / (range.high - range.low) * plotHeight;
        elements += lineElement("grid", leftRoom, y, leftRoom + plotWidth, y);
        elements += textElement(leftRoom - 6, y + 4, "tick", "end", numberText(tick));
    }
    for (const double tick : roundTicks(0, chart.lastStep, std::max(2, static_cast<int>(plotWidth / 90)))) {
        const double x = leftRoom + tick / chart.lastStep * plotWidth;
        elements += lineElement("axis", x, bottom, x, bottom + 4);
        elements += textElement(x, bottom + 16, "tick", "middle", numberText(tick));
    }
    elements += lineElement("axis", leftRoom, bottom, leftRoom + plotWidth, bottom);
    // A chart of one quantity is named by it; else each has a key.
    elements += textElement(
        leftRoom, 14, "title", "start", chart.curves.size() == 1 ? chart.curves.front().label : chart.title);
    double keyAt = leftRoom + plotWidth;
    for (std::size_t i = chart.curves.size(); i-- > 0;) {
        const StudyCurve& curve = chart.curves[i];
        const std::string colour = colourOf(curve.role, i);
        elements += curveElements(curve, colour, range, leftRoom, topRoom, plotWidth, plotHeight);
        if (chart.curves.size() == 1)
            break;
        elements += textElement(keyAt, 14, "legend", "end", curve.label);
        keyAt -= 7.0 * static_cast<double>(letterCount(curve.label)) + 6;
        elements += lineElement(("key " + colour).c_str(), keyAt - 14, 10, keyAt, 10);
        keyAt -= 26;
    }
    return elements;
}

} // namespace saddle
