// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/study/study_report.h"

#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/io/csv.h"
#include "core/runs/run_folder.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace saddle {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t stretchesAcross = 240;
constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

/// A quantity that the page draws.
struct Wanted {
    std::string key;
    std::string label;
    std::string role;
};

std::vector<double> numbersIn(const CsvTable& table, const std::string& key)
{
    std::vector<double> numbers;
    if (const std::optional<std::size_t> column = table.column(key)) {
        numbers.reserve(table.rows.size());
        for (const std::vector<std::string>& row : table.rows)
            numbers.push_back(parseNumber(row[*column]).value_or(nothing));
    }
    return numbers;
}

StudyCurve curveOf(const Wanted& wanted, const std::vector<double>& steps, const std::vector<double>& values)
{
    StudyCurve curve{wanted.label, wanted.role, {}};
    const std::size_t count = std::min(stretchesAcross, std::max<std::size_t>(values.size(), 1));
    curve.stretches.assign(count, {nothing, nothing, 0});
    std::vector<int> filled(count, 0);
    const double last = steps.empty() ? 0 : steps.back();
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i]) || !std::isfinite(steps[i]) || !(last > 0))
            continue;
        const auto at =
            std::min(count - 1, static_cast<std::size_t>((steps[i] - 0.5) / last * static_cast<double>(count)));
        StudyCurve::Stretch& stretch = curve.stretches[at];
        stretch.low = std::fmin(stretch.low, values[i]);
        stretch.high = std::fmax(stretch.high, values[i]);
        stretch.mean += values[i];
        ++filled[at];
    }
    for (std::size_t i = 0; i < count; ++i)
        curve.stretches[i].mean = filled[i] > 0 ? curve.stretches[i].mean / filled[i] : nothing;
    return curve;
}

bool holdsSomething(const StudyCurve& curve)
{
    return std::any_of(curve.stretches.begin(), curve.stretches.end(),
        [](const StudyCurve::Stretch& stretch) { return std::isfinite(stretch.mean); });
}

/// The losses; then what the objective itself reports, one chart for each group of columns.
std::vector<std::pair<std::string, std::vector<Wanted>>> wantedCharts(const Experiment& experiment)
{
    std::vector<std::pair<std::string, std::vector<Wanted>>> charts{{"Losses", {}}};
    for (const PhaseInfo& phase : experiment.objective->phases)
        charts.front().second.push_back({phase.lossColumn, phase.label + " loss", phase.learns.back()});
    std::vector<std::string> groups;
    for (const ColumnInfo& column : experiment.objective->columns) {
        const auto found = std::find(groups.begin(), groups.end(), column.group);
        const auto at = static_cast<std::size_t>(found - groups.begin());
        if (found == groups.end()) {
            groups.push_back(column.group);
            charts.push_back({"", {}});
        }
        auto& [title, wanted] = charts[at + 1];
        if (column.group == "output")
            title = "Output of D";
        else
            title += (title.empty() ? "" : ", ") + column.label;
        wanted.push_back({column.key, column.label, column.role});
    }
    return charts;
}

/// Rows of one flush share their time now and then, so that the time of a step is taken over a few.
double millisecondsPerStep(const std::vector<double>& steps, const std::vector<double>& seconds)
{
    constexpr std::size_t span = 8;
    const std::size_t apart = std::min(span, steps.size() / 2);
    std::vector<double> times;
    for (std::size_t i = apart; apart > 0 && i < steps.size(); ++i) {
        if (steps[i] > steps[i - apart])
            times.push_back((seconds[i] - seconds[i - apart]) / (steps[i] - steps[i - apart]) * 1000);
    }
    return median(std::move(times));
}

/// Finer where steps are short.
std::string millisecondsText(double value)
{
    return fixedText(value, value < 10 ? 2 : value < 100 ? 1 : 0);
}

std::string stateText(const StudyRunProgress& run)
{
    switch (run.state) {
    case StudyRunState::Done:
        return "";
    case StudyRunState::Failed:
        return "It failed: " + run.failure;
    case StudyRunState::Stopped:
        return "It was stopped before its end.";
    case StudyRunState::Waiting:
    case StudyRunState::Loading:
    case StudyRunState::Training:
        break;
    }
    return "It has not been trained yet.";
}

StudyEntry readEntry(const StudyRunProgress& run, const Experiment& experiment)
{
    StudyEntry entry{run.run.method, run.run.seed, stateText(run), "", 0, 0, 0, 0, {}, {}};
    const Result<CsvTable> table = readCsv(run.folder / "metrics.csv");
    if (!table || table->rows.empty())
        return entry;
    const std::vector<double> steps = numbersIn(*table, "step");
    const std::vector<double> seconds = numbersIn(*table, "seconds");
    const std::vector<double> images = numbersIn(*table, "images");
    const auto known = [](const std::vector<double>& column) {
        return !column.empty() && std::isfinite(column.back());
    };
    if (!known(steps) || !known(seconds) || !known(images))
        return entry;
    entry.steps = static_cast<std::int64_t>(steps.back());
    entry.images = static_cast<std::int64_t>(images.back());
    entry.seconds = seconds.back();
    entry.millisecondsPerStep = millisecondsPerStep(steps, seconds);
    entry.summary = millisecondsText(entry.millisecondsPerStep) + " ms a step · " + counted(entry.steps, "step") + " · "
        + durationText(entry.seconds);
    for (const auto& [title, wanted] : wantedCharts(experiment)) {
        StudyChart chart{title, steps.back(), {}};
        for (const Wanted& quantity : wanted) {
            StudyCurve curve = curveOf(quantity, steps, numbersIn(*table, quantity.key));
            if (holdsSomething(curve))
                chart.curves.push_back(std::move(curve));
        }
        if (!chart.curves.empty())
            entry.charts.push_back(std::move(chart));
    }
    const std::vector<std::pair<std::int64_t, fs::path>> kept = keptSamples(run.folder);
    if (!kept.empty()) {
        if (Result<Image> grid = readPng(kept.back().second))
            entry.grid = *std::move(grid);
    }
    return entry;
}

std::string valueText(const Parameter& parameter, const Json& value)
{
    if (value.is_boolean())
        return value.get<bool>() ? "yes" : "no";
    if (parameter.type == ParameterType::Sizes)
        return sizesText(value);
    if (parameter.type == ParameterType::Points)
        return counted(static_cast<std::int64_t>(value.size()), "point");
    for (const ChoiceItem& item : parameter.choices) {
        if (value == item.value)
            return item.label;
    }
    if (value.is_string())
        return value.get<std::string>();
    std::string text = value.is_number() ? numberText(value.get<double>()) : jsonText(value);
    return parameter.unit.empty() ? text : text + " " + parameter.unit;
}

/// A parameter of a regulariser that is off says nothing.
bool counts(const Section& section, const Parameter& parameter, const Json& values)
{
    const bool off = section.group == "Regularisers" && values.contains("enabled") && values["enabled"] == false;
    return parameter.visibleIn(values) && (!off || parameter.key == "enabled");
}

/// What does not make a method what it is.
bool besidePoint(const Section& section, const Parameter& parameter)
{
    return section.path == "sampling" || (section.path == "training" && parameter.key == "seed");
}

void put(std::vector<StudyRow>& rows, const std::string& section, const std::string& label, std::size_t method,
    std::size_t methods, const std::string& value)
{
    auto row = std::find_if(rows.begin(), rows.end(),
        [&](const StudyRow& known) { return known.section == section && known.label == label; });
    if (row == rows.end()) {
        // Beside its section's others: a kind that only a later method has brings settings of its own.
        auto place = std::find_if(
            rows.rbegin(), rows.rend(), [&section](const StudyRow& known) { return known.section == section; });
        row = rows.insert(
            place == rows.rend() ? rows.end() : place.base(), {section, label, std::vector<std::string>(methods)});
    }
    row->values[method] = value;
}

std::vector<StudyRow> settingsOf(const Study& study, const Catalog& catalog)
{
    std::vector<StudyRow> rows;
    const std::size_t methods = study.methods.size();
    for (std::size_t method = 0; method < methods; ++method) {
        const Json& document = study.methods[method].document;
        for (const Section& section : experimentSections(document, catalog)) {
            const Json* values = findPath(document, section.path);
            if (!values)
                continue;
            if (section.network && values->contains("layers")) {
                put(rows, section.label, "Layers", method, methods,
                    counted(static_cast<std::int64_t>((*values)["layers"].size()), "layer") + " of its own");
            }
            for (const Parameter& parameter : section.parameters) {
                if (values->contains(parameter.key) && counts(section, parameter, *values)
                    && !besidePoint(section, parameter))
                    put(rows, section.label, parameter.label, method, methods,
                        valueText(parameter, (*values)[parameter.key]));
            }
        }
    }
    return rows;
}

std::vector<StudyRow> resultsOf(const StudyReport& report, const std::vector<Experiment>& experiments)
{
    std::vector<StudyRow> rows;
    const std::size_t methods = report.methods.size();
    for (std::size_t method = 0; method < methods; ++method) {
        std::vector<double> times, seconds, steps, images;
        for (const StudyEntry& entry : report.entries) {
            if (entry.method != method || entry.steps == 0)
                continue;
            times.push_back(entry.millisecondsPerStep);
            seconds.push_back(entry.seconds);
            steps.push_back(static_cast<double>(entry.steps));
            images.push_back(static_cast<double>(entry.images));
        }
        const bool any = !times.empty();
        const auto result = [&](const char* label, const std::string& value) {
            put(rows, "Results", label, method, methods, any ? value : "");
        };
        const double time = median(times);
        const double perStep = any && median(steps) > 0 ? median(images) / median(steps) : 0;
        result("Time per step", millisecondsText(time) + " ms");
        result("Real images per second",
            time > 0 ? grouped(static_cast<std::int64_t>(std::llround(perStep * 1000 / time))) : "");
        result("Training time", durationText(median(seconds)));
        result("Steps", grouped(static_cast<std::int64_t>(median(steps))));
        result("Real images seen", grouped(static_cast<std::int64_t>(median(images))));
        for (const auto& [role, network] : experiments[method].reports)
            put(rows, "Results", "Parameters of the " + role, method, methods, grouped(network.parameters));
    }
    return rows;
}

} // namespace

bool StudyRow::differs() const
{
    return std::any_of(values.begin(), values.end(), [this](const std::string& value) { return value != values[0]; });
}

Result<StudyReport> readStudyReport(
    const Study& study, const Catalog& catalog, const StudyProgress& progress, const Image& real)
{
    StudyReport report;
    report.title = study.title;
    report.description = study.description;
    report.source = study.source;
    report.data = progress.data;
    report.device = progress.device;
    report.notes = progress.notes;
    report.seeds = study.seeds;
    report.real = real;
    std::vector<Experiment> experiments;
    for (const StudyMethod& method : study.methods) {
        report.methods.push_back(method.label);
        if (method.document["latent"] != study.methods.front().document["latent"])
            report.sameLatents = false;
        Result<Experiment> experiment = buildExperiment(method.document, catalog);
        if (!experiment)
            return experiment.error().in(method.label);
        experiments.push_back(*std::move(experiment));
    }
    for (const StudyRunProgress& run : progress.runs)
        report.entries.push_back(readEntry(run, experiments[run.run.method]));
    report.results = resultsOf(report, experiments);
    report.settings = settingsOf(study, catalog);
    return report;
}

} // namespace saddle
