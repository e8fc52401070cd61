// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/study/study_page.h"

#include "core/study/study_chart.h"

#include <algorithm>

namespace saddle {

namespace {

constexpr int readableGrid = 400; ///< pixels
constexpr int chartWidth = 480;
constexpr int chartHeight = 150;

std::string base64(std::string_view bytes)
{
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        unsigned group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        for (std::size_t k = 0; k < 4; ++k)
            text += i + k > bytes.size() ? '=' : letters[group >> (18 - 6 * k) & 63];
    }
    return text;
}

std::string paragraph(const char* kind, const std::string& text)
{
    return text.empty() ? "" : "<p class=\"" + std::string(kind) + "\">" + escaped(text) + "</p>\n";
}

Result<std::string> picture(const Image& image, const std::string& description)
{
    Result<std::string> address = pictureAddress(image);
    if (!address)
        return address.error();
    const int scale = gridScale(image);
    return "<img width=\"" + std::to_string(image.width * scale) + "\" height=\"" + std::to_string(image.height * scale)
        + "\" alt=\"" + escaped(description) + "\" src=\"" + *address + "\">\n";
}

Result<std::string> card(const StudyReport& report, const StudyEntry& entry)
{
    const std::string& label = report.methods[entry.method];
    std::string html = "<section>\n<h3>" + escaped(label) + "</h3>\n" + paragraph("summary", entry.summary)
        + paragraph("state", entry.state);
    if (!entry.grid.empty()) {
        Result<std::string> grid = picture(entry.grid, "Samples of " + label);
        if (!grid)
            return grid.error();
        html += *grid;
    }
    for (const StudyChart& chart : entry.charts) {
        html += "<svg viewBox=\"0 0 " + std::to_string(chartWidth) + " " + std::to_string(chartHeight)
            + "\" role=\"img\" aria-label=\"" + escaped(chart.title + " of " + label) + "\">\n"
            + chartElements(chart, chartWidth, chartHeight) + "</svg>\n";
    }
    return html + "</section>\n";
}

enum class Shown {
    All, ///< a column for each method
    Differing, ///< the same, but rows with one value throughout are left out
    Shared, ///< those alone, with their value once
};

std::string table(const StudyReport& report, const std::vector<StudyRow>& rows, Shown shown)
{
    const bool wide = shown != Shown::Shared;
    std::string body;
    std::string section;
    for (const StudyRow& row : rows) {
        if (shown != Shown::All && row.differs() != wide)
            continue;
        if (row.section != section && shown != Shown::All) {
            section = row.section;
            body += "<tr class=\"group\"><th colspan=\"" + std::to_string(wide ? report.methods.size() + 1 : 2) + "\">"
                + escaped(section) + "</th></tr>\n";
        }
        body += "<tr><th>" + escaped(row.label) + "</th>";
        const std::size_t cells = wide ? row.values.size() : 1;
        for (std::size_t i = 0; i < cells; ++i)
            body += "<td>" + (row.values[i].empty() ? "–" : escaped(row.values[i])) + "</td>";
        body += "</tr>\n";
    }
    if (body.empty())
        return {};
    std::string head;
    if (wide) {
        head = "<thead><tr><th></th>";
        for (const std::string& method : report.methods)
            head += "<th>" + escaped(method) + "</th>";
        head += "</tr></thead>\n";
    }
    return "<div class=\"wide\"><table>\n" + head + "<tbody>\n" + body + "</tbody>\n</table></div>\n";
}

std::string pageStyle()
{
    return ":root { color-scheme: light dark }\n"
           "body { font: 15px/1.5 \"DejaVu Sans\", system-ui, sans-serif; margin: 2rem auto; padding: 0 1.5rem;"
           " max-width: 1760px; background: #f4f5f7; color: #1d2025 }\n"
           "h1 { margin: 0 0 .25rem; font-size: 1.7rem } h2 { margin: 2rem 0 .75rem; font-size: 1.2rem }\n"
           "h3 { margin: 0; font-size: 1rem } p { margin: .25rem 0; max-width: 60rem }\n"
           ".faint, .summary { color: #5b6470; font-size: .87rem } .state { color: #a3341f; font-size: .87rem }\n"
           ".cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 500px), 1fr))"
           " }\n"
           "section { background: #fff; border: 1px solid #e6e8ec; border-radius: 8px; padding: 1rem; min-width: 0 }\n"
           "img { display: block; margin: .5rem auto; max-width: 100%; height: auto; image-rendering: pixelated }\n"
           "svg { display: block; width: 100%; height: auto; margin-top: .5rem }\n"
           ".wide { overflow-x: auto } table { border-collapse: collapse; font-size: .87rem; background: #fff }\n"
           "th, td { text-align: left; padding: .3rem .9rem .3rem .6rem; border-bottom: 1px solid #e6e8ec;"
           " vertical-align: top }\n"
           "tbody th { font-weight: normal; color: #5b6470; white-space: nowrap }\n"
           ".group th { font-weight: bold; color: inherit; padding-top: .8rem }\n"
           "summary { cursor: pointer; font-weight: bold; margin: 1.5rem 0 .75rem }\n"
        + chartStyle(false)
        + "@media (prefers-color-scheme: dark) {\n"
          "body { background: #1a1c21; color: #e3e6eb } section, table { background: #22252b }\n"
          "section, th, td { border-color: #3a3f49 } .faint, .summary, tbody th { color: #b3bac4 }\n"
          ".group th { color: inherit } .state { color: #ff9b85 }\n"
        + chartStyle(true) + "}\n";
}

} // namespace

Result<std::string> pictureAddress(const Image& image)
{
    Result<std::string> png = encodePng(image);
    if (!png)
        return png.error();
    return "data:image/png;base64," + base64(*png);
}

int gridScale(const Image& grid)
{
    const int larger = std::max({grid.width, grid.height, 1});
    return std::max(1, (readableGrid + larger / 2) / larger);
}

std::string settingText(const StudyReport& report)
{
    std::string text;
    for (const std::string& part : {report.data, report.device}) {
        if (!part.empty())
            text += part + " · ";
    }
    text += report.seeds.size() == 1 ? "seed" : "seeds";
    for (const std::int64_t seed : report.seeds)
        text += (seed == report.seeds.front() ? " " : ", ") + std::to_string(seed);
    return text;
}

std::string readingText(const StudyReport& report)
{
    return std::string(report.sameLatents ? "Every method shows the same latents. " : "")
        + "Losses of different objectives are not comparable: each chart has its own scale.";
}

Result<std::string> studyHtml(const StudyReport& report)
{
    std::string html = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=\"generator\" content=\"Saddle " SADDLE_VERSION "\">\n<title>"
        + escaped(report.title) + "</title>\n<style>\n" + pageStyle() + "</style>\n</head>\n<body>\n<h1>"
        + escaped(report.title) + "</h1>\n" + paragraph("lead", report.description)
        + paragraph("faint", settingText(report)) + paragraph("faint", report.source);
    for (const std::string& note : report.notes)
        html += paragraph("faint", note);
    for (const std::int64_t seed : report.seeds) {
        html += "<h2>" + (report.seeds.size() == 1 ? std::string("Methods") : "Seed " + std::to_string(seed))
            + "</h2>\n<div class=\"cards\">\n";
        for (const StudyEntry& entry : report.entries) {
            if (entry.seed != seed)
                continue;
            Result<std::string> shown = card(report, entry);
            if (!shown)
                return shown.error();
            html += *shown;
        }
        if (!report.real.empty() && seed == report.seeds.front()) {
            Result<std::string> real = picture(report.real, "Real samples");
            if (!real)
                return real.error();
            html += "<section>\n<h3>Real samples</h3>\n" + paragraph("summary", report.data) + *real + "</section>\n";
        }
        html += "</div>\n";
    }
    html += paragraph("faint", readingText(report));
    html += "<h2>Results</h2>\n" + table(report, report.results, Shown::All);
    if (const std::string differing = table(report, report.settings, Shown::Differing); !differing.empty())
        html += "<h2>Settings that differ</h2>\n" + differing;
    html += "<details>\n<summary>Settings all methods share</summary>\n" + table(report, report.settings, Shown::Shared)
        + "</details>\n<p class=\"faint\">Made by Saddle " SADDLE_VERSION ".</p>\n</body>\n</html>\n";
    return html;
}

} // namespace saddle
