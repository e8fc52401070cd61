// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_series.h"

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
        {"diversity",
            {QT_TRANSLATE_NOOP("Curves", "Diversity of samples"), QT_TRANSLATE_NOOP("Curves", "of real ones")}},
    };
    return texts;
}

/// The run's columns and the one that comes beside them.
std::vector<ColumnInfo> allColumns(std::vector<ColumnInfo> columns)
{
    columns.push_back({diversityColumn, "Diversity", "diversity", "generator"});
    return columns;
}

/// Puts the points into the last column of rows that begin with their step. What finds no row stays in `points`.
void putDiversity(std::vector<double>& cells, std::size_t width, std::vector<DiversityPoint>& points)
{
    auto next = points.begin();
    for (std::size_t at = 0; at + width <= cells.size() && next != points.end(); at += width) {
        // Of several that fall on one row the newest counts.
        for (; next != points.end() && static_cast<double>(next->step) <= cells[at]; ++next)
            cells[at + width - 1] = next->diversity;
    }
    points.erase(points.begin(), next);
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
    for (const ColumnInfo& column : allColumns(columns))
        names.push_back(column.key);
    store.reset(std::move(names));
}

void appendSeries(SeriesStore& store, const std::vector<MetricRow>& rows, std::vector<DiversityPoint>& waiting)
{
    std::vector<double> cells;
    cells.reserve(rows.size() * store.columnCount());
    for (const MetricRow& row : rows) {
        cells.insert(
            cells.end(), {static_cast<double>(row.step), row.epoch, static_cast<double>(row.images), row.seconds});
        for (std::size_t i = 4; i < store.columnCount(); ++i)
            cells.push_back(i - 4 < row.values.size() ? row.values[i - 4] : std::numeric_limits<double>::quiet_NaN());
    }
    putDiversity(cells, store.columnCount(), waiting);
    store.appendCells(cells);
}

std::vector<double> rowsWithDiversity(
    const Lineage& lineage, const std::vector<std::string>& columns, std::vector<std::string>& problems)
{
    std::vector<double> cells = lineageRows(lineage, columns, problems);
    std::vector<DiversityPoint> points;
    for (const LineagePart& part : lineage.parts) {
        for (const DiversityPoint& point : readDiversity(part.folder)) {
            if (part.holds(point.step))
                points.push_back(point);
        }
    }
    putDiversity(cells, columns.size(), points);
    return cells;
}

QStringList loadSeries(SeriesStore& store, const Lineage& lineage)
{
    std::vector<std::string> columns;
    columns.reserve(store.columnCount());
    for (std::size_t i = 0; i < store.columnCount(); ++i)
        columns.push_back(store.column(i).name());
    std::vector<std::string> problems;
    store.appendCells(rowsWithDiversity(lineage, columns, problems));
    QStringList sentences;
    for (const std::string& problem : problems)
        sentences << QString::fromStdString(problem);
    return sentences;
}

std::vector<PlotGroup> plotGroups(const std::vector<ColumnInfo>& columns)
{
    std::vector<PlotGroup> groups;
    for (const ColumnInfo& column : allColumns(columns)) {
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
        if (column.key == diversityColumn)
            series.gaps = Gaps::Join;
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
    if (event.kind == "error" || event.kind == "warning" || event.kind == "diagnosis")
        return Marker{step, text, MarkerKind::Problem};
    return std::nullopt;
}

std::vector<Marker> markersOf(const Lineage& lineage, const std::vector<RunEvent>& events)
{
    std::vector<Marker> markers;
    for (std::size_t i = 1; i < lineage.parts.size(); ++i) {
        const LineagePart& part = lineage.parts[i];
        const QString parent = QString::fromStdString(lineage.parts[i - 1].folder.filename().string());
        const QString text =
            part.begunBy == RunParent::How::Fork ? tr("forked from %1 at step %2") : tr("rewound from %1 to step %2");
        const auto step = static_cast<double>(part.after);
        markers.push_back({step, text.arg(parent, xText(step, XAxis::Step)), MarkerKind::Branch});
    }
    for (const RunEvent& event : events) {
        if (std::optional<Marker> marker = markerOf(event))
            markers.push_back(*std::move(marker));
    }
    return markers;
}

} // namespace saddle
