// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/queue/queued_experiment.h"

#include "core/base/json_values.h"
#include "core/base/shown_name.h"
#include "core/base/text.h"
#include "core/runs/experiment.h"
#include "core/runs/presets.h"
#include "core/runs/run_folder.h"
#include "core/runs/run_marks.h"

namespace saddle {

namespace fs = std::filesystem;

namespace {

std::string text(const Json& document, const char* path)
{
    const Json* value = findPath(document, path);
    return value && value->is_string() ? value->get<std::string>() : std::string();
}

std::string valueInWords(const Json& value)
{
    if (value.is_boolean())
        return value.get<bool>() ? "on" : "off";
    if (value.is_number())
        return numberText(value.get<double>());
    if (value.is_string())
        return shownName(value.get<std::string>());
    return "changed"; // a list, which is long
}

bool isEnd(const std::string& path)
{
    return path == "training.steps" || path == "training.images" || path == "training.minutes"
        || path == "training.patience";
}

/// Whether a setting is there only because a kind was chosen (of objective, of source), and is what it is with it.
bool cameWithItsKind(const ChangedSetting& setting, const Json& document, const Catalog& catalog)
{
    const Result<Parameter> parameter =
        setting.before.is_null() ? findParameter(document, catalog, setting.path) : Error{"", "", ""};
    return parameter && parameter->defaultValue == setting.after;
}

} // namespace

Status checkEnds(const Json& document, const Catalog& catalog)
{
    for (const char* path : {"training.steps", "training.images", "training.minutes"}) {
        if (numberAt(document, path) > 0)
            return {};
    }
    const bool patient = numberAt(document, "training.patience") > 0;
    const ObjectiveInfo* objective = catalog.objectives.find(text(document, "objective.kind"));
    if (patient && objective && !objective->measure.empty())
        return {};
    return Error{patient ? "its only end is patience, and this objective has no measure of convergence to wait for"
                         : "this experiment has no end, so that none after it would have its turn",
        experimentName(document), "set training.steps, training.images or training.minutes"};
}

std::string experimentName(const Json& document)
{
    for (const char* key : {"title", "name"}) {
        if (std::string name = shownName(text(document, key)); !name.empty())
            return name;
    }
    return "experiment";
}

std::string changesFromPreset(const Json& document, const Catalog& catalog)
{
    const std::string name = text(document, "name");
    if (name.empty() || namesFile(name))
        return {};
    const Result<Json> preset = loadExperiment(name, catalog);
    if (!preset)
        return {};
    std::string all;
    for (const ChangedSetting& setting : settingsThatDiffer(*preset, document, catalog)) {
        if (!isEnd(setting.path) && !cameWithItsKind(setting, document, catalog))
            all += (all.empty() ? "" : ", ") + setting.label + " " + valueInWords(setting.after);
    }
    return all;
}

Result<QueueEntry> makeEntry(Json document, const std::string& name, const Catalog& catalog)
{
    if (Status ends = checkEnds(document, catalog); !ends)
        return ends.error();
    const SourceInfo* source = catalog.sources.find(text(document, "data.source"));
    if (source && source->header(document["data"])) {
        if (Result<Experiment> built = buildExperiment(document, catalog); !built)
            return built.error();
    }
    QueueEntry entry;
    entry.name = name.empty() ? experimentName(document) : shownName(name);
    entry.note = changesFromPreset(document, catalog);
    entry.document = std::move(document);
    return entry;
}

std::string noteOnData(const QueueEntry& entry, const Catalog& catalog)
{
    const SourceInfo* source = catalog.sources.find(text(entry.document, "data.source"));
    const Result<DataHeader> header = source ? source->header(entry.document["data"]) : Error{"", "", ""};
    return header ? std::string() : header.error().sentence();
}

Result<QueueTurn> turnOf(const QueueEntry& entry, const fs::path& runs, const Catalog& catalog)
{
    std::error_code error;
    if (!entry.run.empty() && fs::exists(entry.run / "experiment.json", error)) {
        Result<ResumePoint> point = findResumePoint(entry.run, catalog);
        if (!point)
            return point.error();
        return QueueTurn{std::move(point->document), entry.run, std::move(point->beginning)};
    }
    Result<Json> document = resolveDocument(entry.document, catalog);
    if (!document)
        return document.error().in(entry.name);
    if (Status ends = checkEnds(*document, catalog); !ends)
        return ends.error();
    const std::string name = text(*document, "name");
    return QueueTurn{*std::move(document), newRunFolder(runs, name), {}};
}

void nameRun(const QueueEntry& entry)
{
    std::error_code error;
    const bool ownName = entry.name == experimentName(entry.document);
    if (ownName || entry.run.empty() || !fs::exists(entry.run / "experiment.json", error))
        return;
    RunMarks marks = readMarks(entry.run);
    if (!marks.name.empty())
        return;
    marks.name = entry.name;
    // A name is no reason to stop: the run is there without it.
    [[maybe_unused]] const Status named = writeMarks(entry.run, std::move(marks));
}

} // namespace saddle
