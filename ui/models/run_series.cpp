// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_series.h"

#include "core/base/files.h"
#include "core/io/csv.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

namespace saddle {

namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("Curves", text);
}

struct GroupText {
    const char* title;
    const char* unit;
};

const std::map<std::string, GroupText>& groupTexts()
{
    static const std::map<std::string, GroupText> texts{
        {"loss", {QT_TRANSLATE_NOOP("Curves", "Loss"), ""}},
        {"output", {QT_TRANSLATE_NOOP("Curves", "Discriminator output, mean"), ""}},
        {"noise", {QT_TRANSLATE_NOOP("Curves", "Instance noise"), "σ"}},
        {"rate", {QT_TRANSLATE_NOOP("Curves", "Learning rate"), ""}},
        {"gradient", {QT_TRANSLATE_NOOP("Curves", "Gradient norm"), ""}},
        {"penalty", {QT_TRANSLATE_NOOP("Curves", "Penalties"), ""}},
        {"control", {QT_TRANSLATE_NOOP("Curves", "Control"), ""}},
        {"measure", {QT_TRANSLATE_NOOP("Curves", "Convergence"), ""}},
        {"likelihood", {QT_TRANSLATE_NOOP("Curves", "Likelihood"), ""}},
    };
    return texts;
}

/// The colour of a role; nothing for what belongs to none.
std::optional<SeriesColour> colourOf(const std::string& role)
{
    if (role == "discriminator")
        return SeriesColour::Discriminator;
    if (role == "generator")
        return SeriesColour::Generator;
    if (role == "real")
        return SeriesColour::Real;
    if (role == "encoder")
        return SeriesColour::Teal;
    return std::nullopt;
}

/// Gives a series a look that no other of its plot has: its role's colour, else the first that is free; dashed when all
/// are taken. Sixteen differ, more begin again.
void chooseLook(SeriesSpec& series, const std::string& role, const std::vector<SeriesSpec>& others)
{
    const auto taken = [&others](SeriesColour colour, LineStyle style) {
        return std::any_of(others.begin(), others.end(),
            [&](const SeriesSpec& other) { return other.colour == colour && other.style == style; });
    };
    constexpr std::array free{SeriesColour::Orange, SeriesColour::Teal, SeriesColour::Rose, SeriesColour::Olive,
        SeriesColour::Neutral, SeriesColour::Real, SeriesColour::Generator, SeriesColour::Discriminator};
    const std::optional<SeriesColour> own = colourOf(role);
    for (const LineStyle style : {LineStyle::Solid, LineStyle::Dashed}) {
        series.style = style;
        series.colour = own.value_or(free.front());
        if (own && !taken(*own, style))
            return;
        for (std::size_t i = 0; i < free.size() && !own; ++i) {
            series.colour = free[i];
            if (!taken(free[i], style))
                return;
        }
    }
    if (own) // both looks of the role are taken: any other will do
        chooseLook(series, {}, others);
}

} // namespace

void resetSeries(SeriesStore& store, const std::vector<ColumnInfo>& columns)
{
    std::vector<std::string> names{"step", "epoch", "images", "seconds"};
    for (const ColumnInfo& column : columns)
        names.push_back(column.key);
    store.reset(std::move(names));
}

void appendSeries(SeriesStore& store, const std::vector<MetricRow>& rows)
{
    std::vector<double> cells;
    cells.reserve(rows.size() * store.columnCount());
    for (const MetricRow& row : rows) {
        cells.insert(
            cells.end(), {static_cast<double>(row.step), row.epoch, static_cast<double>(row.images), row.seconds});
        for (std::size_t i = 4; i < store.columnCount(); ++i)
            cells.push_back(i - 4 < row.values.size() ? row.values[i - 4] : std::numeric_limits<double>::quiet_NaN());
    }
    store.appendCells(cells);
}

Status loadSeries(SeriesStore& store, const std::filesystem::path& runFolder)
{
    Result<CsvTable> table = readCsv(runFolder / "metrics.csv");
    if (!table)
        return table.error();
    std::vector<std::optional<std::size_t>> columns;
    for (std::size_t i = 0; i < store.columnCount(); ++i)
        columns.push_back(table->column(store.column(i).name()));
    std::vector<double> cells;
    for (const std::vector<std::string>& row : table->rows) {
        for (const std::optional<std::size_t>& column : columns)
            cells.push_back(column ? parseNumber(row[*column]).value_or(std::nan("")) : std::nan(""));
    }
    store.appendCells(cells);
    return {};
}

std::vector<RunEvent> loadEvents(const std::filesystem::path& runFolder)
{
    std::vector<RunEvent> events;
    constexpr std::size_t limit = std::size_t{256} << 20;
    const Result<std::string> text = readFile(runFolder / "events.jsonl", limit);
    if (!text)
        return events;
    std::size_t at = 0;
    while (at < text->size()) {
        const std::size_t end = std::min(text->find('\n', at), text->size());
        const Json line = Json::parse(text->begin() + static_cast<std::ptrdiff_t>(at),
            text->begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
        at = end + 1;
        // A crash may leave half a line; what it said is lost, the others are not.
        if (!line.is_object() || !line.contains("step") || !line["step"].is_number_integer())
            continue;
        RunEvent event;
        event.step = line["step"];
        event.kind = line.value("kind", std::string());
        event.text = line.value("text", std::string());
        events.push_back(std::move(event));
    }
    return events;
}

std::vector<PlotGroup> plotGroups(const std::vector<ColumnInfo>& columns)
{
    std::vector<PlotGroup> groups;
    for (const ColumnInfo& column : columns) {
        auto group = std::find_if(groups.begin(), groups.end(),
            [&column](const PlotGroup& each) { return each.id == QString::fromStdString(column.group); });
        if (group == groups.end()) {
            const auto text = groupTexts().find(column.group);
            const bool known = text != groupTexts().end();
            PlotGroup fresh;
            fresh.id = QString::fromStdString(column.group);
            fresh.title = known ? tr(text->second.title) : fresh.id;
            fresh.unit = known ? QString::fromUtf8(text->second.unit) : QString();
            groups.push_back(std::move(fresh));
            group = groups.end() - 1;
        }
        SeriesSpec series;
        series.column = column.key;
        series.label = QString::fromStdString(column.label);
        chooseLook(series, column.role, group->series);
        series.smoothed = column.group != "rate" && column.group != "noise";
        // Two rates are often the same: the dashed one shows the other through.
        if (column.group == "rate" && column.role == "generator")
            series.style = LineStyle::Dashed;
        group->series.push_back(std::move(series));
    }
    return groups;
}

std::optional<Marker> markerOf(const RunEvent& event)
{
    const QString text = QString::fromStdString(event.text);
    const auto step = static_cast<double>(event.step);
    if (event.kind == "edit")
        return Marker{step, text, MarkerKind::Edit};
    if (event.kind == "checkpoint" || event.kind == "trace")
        return Marker{step, text, MarkerKind::Checkpoint};
    if (event.kind == "error" || event.kind == "warning")
        return Marker{step, text, MarkerKind::Problem};
    return std::nullopt;
}

} // namespace saddle
