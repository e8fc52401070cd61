// SPDX-License-Identifier: GPL-3.0-or-later
// The page of a study as one picture: laid out as SVG, of which drawSvg makes pixels.
#include "core/base/text.h"
#include "core/study/study_chart.h"
#include "core/study/study_page.h"

#include <algorithm>
#include <cmath>

namespace saddle {

namespace {

constexpr double margin = 40;
constexpr double gap = 24;
constexpr double padding = 16; ///< inside a card
constexpr double chartHeight = 150;
constexpr double lineHeight = 22;
constexpr double rowHeight = 24;
constexpr double nameWidth = 250; ///< of the first column of a table
constexpr double letterWidth = 7.6; ///< of 13-pixel text, on the wide side: nothing is measured here

/// SVG elements one under another.
class Sheet {
public:
    explicit Sheet(double width)
        : m_width(width)
    {
    }

    double y = margin;

    double width() const { return m_width; }
    const std::string& elements() const { return m_elements; }
    void add(const std::string& elements) { m_elements += elements; }
    void text(double x, double at, const char* kind, const std::string& words)
    {
        add("<text class=\"" + std::string(kind) + "\" x=\"" + coordinate(x) + "\" y=\"" + coordinate(at) + "\">"
            + escaped(words) + "</text>\n");
    }
    void rectangle(const char* kind, double x, double at, double wide, double high)
    {
        add("<rect class=\"" + std::string(kind) + "\" x=\"" + coordinate(x) + "\" y=\"" + coordinate(at)
            + "\" width=\"" + coordinate(wide) + "\" height=\"" + coordinate(high) + "\"/>\n");
    }
    std::string document() const
    {
        const std::string size = "width=\"" + coordinate(static_cast<int>(m_width)) + "\" height=\""
            + coordinate(static_cast<int>(std::ceil(y + margin))) + "\"";
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" " + size
            + ">\n<style>text { font: 13px \"DejaVu Sans\", sans-serif; fill: #1d2025 }\n"
              ".page { fill: #f4f5f7 } .card { fill: #ffffff; stroke: #e6e8ec } .rule { fill: #e6e8ec }\n"
              ".h1 { font-size: 26px; font-weight: bold } .h2 { font-size: 18px; font-weight: bold }\n"
              ".h3 { font-size: 15px; font-weight: bold } .faint { fill: #5b6470 } .state { fill: #a3341f }\n"
            + chartStyle(false) + "</style>\n<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n" + m_elements
            + "</svg>\n";
    }

private:
    double m_width;
    std::string m_elements;
};

/// Words in lines that fit a width.
std::vector<std::string> wrapped(const std::string& text, double width)
{
    const auto most = static_cast<std::size_t>(std::max(8.0, width / letterWidth));
    std::vector<std::string> lines;
    std::string line;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(' ', begin), text.size());
        const std::string word = text.substr(begin, end - begin);
        begin = end + 1;
        if (!line.empty() && letterCount(line) + 1 + letterCount(word) > most) {
            lines.push_back(std::move(line));
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    if (!line.empty())
        lines.push_back(std::move(line));
    return lines;
}

void paragraph(Sheet& sheet, const char* kind, const std::string& text)
{
    for (const std::string& line : wrapped(text, sheet.width() - 2 * margin)) {
        sheet.text(margin, sheet.y + 14, kind, line);
        sheet.y += lineHeight;
    }
}

void heading(Sheet& sheet, const std::string& text)
{
    sheet.y += gap;
    sheet.text(margin, sheet.y + 16, "h2", text);
    sheet.y += 34;
}

/// How large everything in the cards is.
struct Layout {
    double cardWidth = 0;
    std::size_t columns = 1;
    double gridHeight = 0;
    double sheetWidth = 0;
};

Layout layoutOf(const StudyReport& report)
{
    Layout layout;
    double widest = 0;
    std::vector<const Image*> pictures{&report.real};
    for (const StudyEntry& entry : report.entries)
        pictures.push_back(&entry.grid);
    for (const Image* picture : pictures) {
        widest = std::max(widest, static_cast<double>(picture->width * gridScale(*picture)));
        layout.gridHeight = std::max(layout.gridHeight, static_cast<double>(picture->height * gridScale(*picture)));
    }
    layout.cardWidth = std::max(widest, 440.0) + 2 * padding;
    const std::size_t cards = report.methods.size() + (report.real.empty() ? 0 : 1);
    layout.columns = cards <= 4 ? cards : cards <= 6 ? 3 : 4;
    layout.sheetWidth = 2 * margin + static_cast<double>(layout.columns) * (layout.cardWidth + gap) - gap;
    // A table with all methods needs its room too.
    layout.sheetWidth =
        std::max(layout.sheetWidth, 2 * margin + nameWidth + 110.0 * static_cast<double>(report.methods.size()));
    return layout;
}

/// One card; returns how high it is.
Result<double> card(Sheet& sheet, const Layout& layout, double x, double top, const std::string& label,
    const std::string& summary, const std::string& state, const Image& grid, const std::vector<StudyChart>& charts)
{
    const double inner = layout.cardWidth - 2 * padding;
    std::string content;
    double y = top + padding;
    sheet.text(x + padding, y + 14, "h3", label);
    y += 24;
    for (const auto& [kind, words] : {std::pair{"faint", summary}, std::pair{"state", state}}) {
        for (const std::string& line : wrapped(words, inner)) {
            sheet.text(x + padding, y + 14, kind, line);
            y += lineHeight;
        }
    }
    if (!grid.empty()) {
        Result<std::string> address = pictureAddress(scaleUp(grid, gridScale(grid)));
        if (!address)
            return address.error();
        const double width = grid.width * gridScale(grid);
        const double height = grid.height * gridScale(grid);
        sheet.add("<image x=\"" + coordinate(x + padding + (inner - width) / 2) + "\" y=\"" + coordinate(y + 8)
            + "\" width=\"" + coordinate(width) + "\" height=\"" + coordinate(height) + "\" xlink:href=\"" + *address
            + "\"/>\n");
        y += height + 16;
    }
    for (const StudyChart& chart : charts) {
        sheet.add("<g transform=\"translate(" + coordinate(x + padding) + " " + coordinate(y + 6) + ")\">\n"
            + chartElements(chart, inner, chartHeight) + "</g>\n");
        y += chartHeight + 10;
    }
    return y + padding - top;
}

/// The cards of one seed in rows, each row as high as its highest card.
Status cards(Sheet& sheet, const Layout& layout, const StudyReport& report, std::int64_t seed)
{
    struct Shown {
        std::string label, summary, state;
        const Image* grid;
        std::vector<StudyChart> charts;
    };
    std::vector<Shown> shown;
    for (const StudyEntry& entry : report.entries) {
        if (entry.seed == seed)
            shown.push_back({report.methods[entry.method], entry.summary, entry.state, &entry.grid, entry.charts});
    }
    if (!report.real.empty() && seed == report.seeds.front())
        shown.push_back({"Real samples", report.data, "", &report.real, {}});
    for (std::size_t begin = 0; begin < shown.size(); begin += layout.columns) {
        const std::size_t end = std::min(shown.size(), begin + layout.columns);
        Sheet row(layout.sheetWidth); // drawn apart: the frames behind it need its height
        double highest = 0;
        for (std::size_t i = begin; i < end; ++i) {
            const double x = margin + static_cast<double>(i - begin) * (layout.cardWidth + gap);
            const Shown& one = shown[i];
            Result<double> height =
                card(row, layout, x, sheet.y, one.label, one.summary, one.state, *one.grid, one.charts);
            if (!height)
                return height.error();
            highest = std::max(highest, *height);
        }
        for (std::size_t i = begin; i < end; ++i) {
            const double x = margin + static_cast<double>(i - begin) * (layout.cardWidth + gap);
            sheet.rectangle("card", x, sheet.y, layout.cardWidth, highest);
        }
        sheet.add(row.elements());
        sheet.y += highest + gap;
    }
    return {};
}

void table(Sheet& sheet, const StudyReport& report, const std::vector<StudyRow>& rows)
{
    const double width = sheet.width() - 2 * margin;
    const double column = (width - nameWidth) / static_cast<double>(report.methods.size());
    const auto line = [&](const char* nameKind, const std::string& name, const char* kind,
                          const std::vector<std::string>& values) {
        std::vector<std::vector<std::string>> cells;
        std::size_t high = 1;
        for (const std::string& value : values) {
            cells.push_back(wrapped(value.empty() ? "–" : value, column - 12));
            high = std::max(high, cells.back().size());
        }
        sheet.text(margin + 10, sheet.y + 16, nameKind, name);
        for (std::size_t i = 0; i < cells.size(); ++i) {
            for (std::size_t k = 0; k < cells[i].size(); ++k) {
                sheet.text(margin + nameWidth + static_cast<double>(i) * column,
                    sheet.y + 16 + static_cast<double>(k) * 18, kind, cells[i][k]);
            }
        }
        sheet.y += rowHeight + static_cast<double>(high - 1) * 18;
        sheet.rectangle("rule", margin, sheet.y, width, 1);
    };
    line("h3", "", "h3", report.methods);
    std::string section;
    for (const StudyRow& row : rows) {
        if (row.section != section && row.section != "Results")
            line("h3", row.section, "faint", {});
        section = row.section;
        line("faint", row.label, "text", row.values);
    }
}

} // namespace

Result<std::optional<Image>> studyPicture(const StudyReport& report)
{
    const Layout layout = layoutOf(report);
    Sheet sheet(layout.sheetWidth);
    sheet.text(margin, sheet.y + 24, "h1", report.title);
    sheet.y += 42;
    paragraph(sheet, "lead", report.description);
    paragraph(sheet, "faint", settingText(report));
    paragraph(sheet, "faint", report.source);
    for (const std::string& note : report.notes)
        paragraph(sheet, "faint", note);
    for (const std::int64_t seed : report.seeds) {
        heading(sheet, report.seeds.size() == 1 ? "Methods" : "Seed " + std::to_string(seed));
        if (Status drawn = cards(sheet, layout, report, seed); !drawn)
            return drawn.error();
    }
    paragraph(sheet, "faint", readingText(report));
    heading(sheet, "Results");
    table(sheet, report, report.results);
    std::vector<StudyRow> differing = report.settings;
    std::erase_if(differing, [](const StudyRow& row) { return !row.differs(); });
    if (!differing.empty()) {
        heading(sheet, "Settings that differ");
        table(sheet, report, differing);
    }
    return drawSvg(sheet.document());
}

} // namespace saddle
