// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/compared_runs.h"

#include "core/runs/checkpoints.h"
#include "core/runs/columns.h"
#include "core/runs/run_marks.h"
#include "ui/models/run_series.h"
#include "ui/widgets/parameter_text.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

namespace saddle {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// In this order the first ones differ most.
constexpr std::array runColours{SeriesColour::Discriminator, SeriesColour::Orange, SeriesColour::Real,
    SeriesColour::Rose, SeriesColour::Teal, SeriesColour::Generator, SeriesColour::Olive, SeriesColour::Neutral};
static_assert(runColours.size() == ComparedRuns::most);

QString tr(const char* text)
{
    return QCoreApplication::translate("ComparedRuns", text);
}

std::string columnName(const ComparedRun& run, const std::string& column)
{
    return run.name.toStdString() + "/" + column;
}

bool isAxis(const std::string& column)
{
    return column == "step" || column == "epoch" || column == "images" || column == "seconds";
}

/// What a person called it, or else the folder's name.
QString runName(const std::filesystem::path& folder)
{
    if (const RunMarks marks = readMarks(folder); !marks.name.empty())
        return QString::fromStdString(marks.name);
    return QString::fromStdString(folder.filename().string());
}

QString textOf(const Json& value, const Parameter* parameter)
{
    if (value.is_null())
        return QStringLiteral("\u2013");
    if (!parameter)
        return tr("a list of %1").arg(value.size());
    return parameterText(*parameter, value);
}

} // namespace

std::optional<std::size_t> ComparedRun::column(std::string_view key) const
{
    const auto found = std::find(columns.begin(), columns.end(), key);
    if (found == columns.end())
        return std::nullopt;
    return static_cast<std::size_t>(found - columns.begin());
}

std::optional<double> ComparedRun::last(std::string_view key) const
{
    const std::optional<std::size_t> place = column(key);
    if (!place)
        return std::nullopt;
    for (std::size_t row = rowCount(); row-- > 0;) {
        if (const double value = cells[row * columns.size() + *place]; !std::isnan(value))
            return value;
    }
    return std::nullopt;
}

int ComparedRun::gridAt(std::int64_t step) const
{
    if (grids.empty())
        return -1;
    const auto after = std::upper_bound(
        grids.begin(), grids.end(), step, [](std::int64_t at, const auto& grid) { return at < grid.first; });
    return static_cast<int>(std::max<std::ptrdiff_t>(0, after - grids.begin() - 1));
}

ComparedRuns::ComparedRuns(const Catalog& catalog)
    : m_catalog(catalog)
{
}

Result<ComparedRun> ComparedRuns::read(const std::filesystem::path& folder)
{
    const Result<Json> experiment = readExperiment(folder);
    if (!experiment)
        return experiment.error();
    Result<Json> begun = resolveDocument(*experiment, m_catalog);
    ComparedRun run;
    run.folder = folder;
    if (begun) {
        run.begun = *std::move(begun);
    } else {
        // Settings that are not known here, as of a newer version, do not make its curves worth less.
        run.begun = Json::object();
        m_problems << QString::fromStdString(begun.error().in((folder / "experiment.json").string()).sentence());
    }
    run.now = run.begun;
    if (const Result<std::filesystem::path> newest = latestCheckpoint(folder)) {
        const Result<Json> state = readCheckpointState(*newest);
        Result<Json> edited = state && state->contains("experiment")
            ? resolveDocument((*state)["experiment"], m_catalog)
            : Result<Json>(run.begun);
        if (edited)
            run.now = *std::move(edited);
    }
    run.lineage = lineageOf(folder);
    if (!run.lineage.problem.empty())
        m_problems << QString::fromStdString(run.lineage.problem);
    run.columns = lineageColumns(run.lineage);
    run.columns.emplace_back(diversityColumn);
    std::vector<std::string> problems;
    run.cells = rowsWithDiversity(run.lineage, run.columns, problems);
    for (const std::string& problem : problems)
        m_problems << QString::fromStdString(problem);
    run.grids = lineageSamples(run.lineage);
    return run;
}

Status ComparedRuns::add(const std::filesystem::path& folder)
{
    std::error_code error;
    std::filesystem::path place = std::filesystem::weakly_canonical(folder, error);
    if (!place.has_filename())
        place = place.parent_path();
    if (std::any_of(m_runs.begin(), m_runs.end(), [&place](const ComparedRun& run) { return run.folder == place; }))
        return Error{tr("this run is here already").toStdString(), place.string(), {}};
    if (m_runs.size() == most)
        return Error{tr("%1 runs are as many as can be told apart").arg(most).toStdString(), place.string(),
            tr("take one away first").toStdString()};
    Result<ComparedRun> run = read(place);
    if (!run)
        return run.error();
    // The first colour that no other has: the others keep theirs.
    for (const SeriesColour colour : runColours) {
        run->colour = colour;
        const auto has = [colour](const ComparedRun& other) { return other.colour == colour; };
        if (std::none_of(m_runs.begin(), m_runs.end(), has))
            break;
    }
    m_runs.push_back(*std::move(run));
    nameAll();
    return {};
}

void ComparedRuns::remove(std::size_t index)
{
    m_runs.erase(m_runs.begin() + static_cast<std::ptrdiff_t>(index));
    nameAll();
}

void ComparedRuns::reload()
{
    m_problems.clear();
    for (ComparedRun& run : m_runs) {
        Result<ComparedRun> fresh = read(run.folder);
        if (!fresh) {
            m_problems << QString::fromStdString(fresh.error().sentence());
            continue;
        }
        fresh->colour = run.colour;
        run = *std::move(fresh);
    }
    nameAll();
}

void ComparedRuns::nameAll()
{
    std::set<QString> taken;
    for (std::size_t i = 0; i < m_runs.size(); ++i) {
        ComparedRun& run = m_runs[i];
        const QString name = runName(run.folder);
        run.name = name;
        for (int number = 2; !taken.insert(run.name).second; ++number)
            run.name = tr("%1 (%2)").arg(name).arg(number);
        run.letter = QChar(static_cast<char16_t>(u'A' + i));
    }
}

void ComparedRuns::fill(SeriesStore& store, XAxis axis) const
{
    struct Reader {
        const ComparedRun* run;
        std::size_t x; ///< its column
        std::size_t first; ///< of its columns in the store
        std::size_t row = 0;
        double last = -std::numeric_limits<double>::infinity();

        double at() const { return run->cells[row * run->columns.size() + x]; }
        /// Past rows without an x, and such as go back: an x axis only rises.
        void settle()
        {
            while (row < run->rowCount() && !(std::isfinite(at()) && at() >= last))
                ++row;
        }
        bool done() const { return row == run->rowCount(); }
    };
    std::vector<std::string> names{xAxisColumn(axis)};
    std::vector<Reader> readers;
    for (const ComparedRun& run : m_runs) {
        if (const std::optional<std::size_t> x = run.column(names.front())) {
            readers.push_back({&run, *x, names.size()});
            readers.back().settle();
        }
        for (const std::string& column : run.columns)
            names.push_back(columnName(run, column));
    }
    const std::size_t width = names.size();
    store.reset(std::move(names));
    std::vector<double> cells;
    constexpr std::size_t atOnce = 4096;
    while (true) {
        double next = std::numeric_limits<double>::infinity();
        for (const Reader& reader : readers)
            next = reader.done() ? next : std::min(next, reader.at());
        if (std::isinf(next))
            break;
        const std::size_t begin = cells.size();
        cells.resize(begin + width, nan);
        cells[begin] = next;
        for (Reader& reader : readers) {
            if (reader.done() || reader.at() != next)
                continue;
            const std::size_t count = reader.run->columns.size();
            std::copy_n(reader.run->cells.begin() + static_cast<std::ptrdiff_t>(reader.row * count), count,
                cells.begin() + static_cast<std::ptrdiff_t>(begin + reader.first));
            reader.last = next;
            ++reader.row;
            reader.settle();
        }
        if (cells.size() >= atOnce * width) {
            store.appendCells(cells);
            cells.clear();
        }
    }
    store.appendCells(cells);
}

std::vector<PlotGroup> ComparedRuns::groups(const std::vector<bool>& shown) const
{
    const std::map<std::string, ColumnInfo> known = knownColumns(m_catalog);
    std::vector<ColumnInfo> columns;
    for (const ComparedRun& run : m_runs) {
        for (const std::string& key : run.columns) {
            const auto same = [&key](const ColumnInfo& column) { return column.key == key; };
            // Diversity has its plot in any case.
            if (isAxis(key) || key == diversityColumn || std::any_of(columns.begin(), columns.end(), same))
                continue;
            const auto found = known.find(key);
            columns.push_back(found != known.end() ? found->second : ColumnInfo{key, key, key, {}});
        }
    }
    std::vector<PlotGroup> groups;
    for (const PlotGroup& whole : plotGroups(columns)) {
        // More than a solid and a dashed line of each colour cannot be told apart.
        for (std::size_t first = 0; first < whole.series.size(); first += 2) {
            PlotGroup group{whole.id, whole.title, whole.unit, {}};
            const std::size_t count = std::min<std::size_t>(2, whole.series.size() - first);
            if (first > 0)
                group.id += QString::number(first / 2 + 1);
            if (whole.series.size() > 2) {
                QStringList labels;
                for (std::size_t i = 0; i < count; ++i)
                    labels << whole.series[first + i].label;
                group.title = QStringLiteral("%1: %2").arg(whole.title, labels.join(QStringLiteral(", ")));
            }
            for (std::size_t number = 0; number < m_runs.size(); ++number) {
                const ComparedRun& run = m_runs[number];
                for (std::size_t i = 0; shown[number] && i < count; ++i) {
                    const SeriesSpec& one = whole.series[first + i];
                    if (!run.last(one.column))
                        continue;
                    SeriesSpec series = one;
                    series.column = columnName(run, one.column);
                    series.label = count > 1 ? QStringLiteral("%1 %2").arg(run.letter, one.label) : run.letter;
                    series.colour = run.colour;
                    series.axis = ValueAxis::Left;
                    series.style = i == 0 ? LineStyle::Solid : LineStyle::Dashed;
                    series.gaps = Gaps::Join; // between its rows lie those of the others
                    group.series.push_back(std::move(series));
                }
            }
            if (!group.series.empty())
                groups.push_back(std::move(group));
        }
    }
    return groups;
}

std::vector<ComparedRuns::Setting> ComparedRuns::settings() const
{
    std::vector<Json> documents; // of each run as it began, and as it is
    for (const ComparedRun& run : m_runs) {
        documents.push_back(run.begun);
        documents.push_back(run.now);
    }
    const SettingsTable table(documents, m_catalog);
    std::vector<Setting> settings;
    for (const SettingsRow& row : table.rows()) {
        Setting setting{QString::fromStdString(row.section), QString::fromStdString(row.label), {}, row.differs()};
        for (std::size_t i = 0; i < row.values.size(); i += 2) {
            const QString begun = textOf(row.values[i], row.parameters[i]);
            const QString now = textOf(row.values[i + 1], row.parameters[i + 1]);
            setting.values << (row.values[i] == row.values[i + 1] ? now
                                                                  : QStringLiteral("%1 \u2192 %2").arg(begun, now));
        }
        settings.push_back(std::move(setting));
    }
    return settings;
}

std::vector<ComparedRuns::Setting> ComparedRuns::facts() const
{
    const QString section = tr("Run");
    Setting steps{section, tr("Steps trained"), {}, true};
    Setting time{section, tr("Training time"), {}, true};
    Setting origin{section, tr("Began from"), {}, true};
    for (const ComparedRun& run : m_runs) {
        const QString none = QStringLiteral("\u2013");
        const std::optional<double> last = run.last("step");
        const std::optional<double> seconds = run.last("seconds");
        steps.values << (last ? xText(*last, XAxis::Step) : none);
        time.values << (seconds ? xText(*seconds, XAxis::Time) : none);
        const LineagePart& part = run.lineage.parts.back();
        if (!part.begunBy || run.lineage.parts.size() < 2) {
            origin.values << (part.begunBy ? tr("step %1 of a run that is not there").arg(part.after) : tr("step 0"));
            continue;
        }
        const QString parent = runName(run.lineage.parts[run.lineage.parts.size() - 2].folder);
        const QString step = xText(static_cast<double>(part.after), XAxis::Step);
        origin.values << (*part.begunBy == RunParent::How::Fork ? tr("step %1 of %2, forked").arg(step, parent)
                                                                : tr("step %1 of %2, rewound").arg(step, parent));
    }
    return m_runs.empty() ? std::vector<Setting>() : std::vector<Setting>{steps, time, origin};
}

} // namespace saddle
