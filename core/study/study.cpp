// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/study/study.h"

#include "core/base/shipped_files.h"
#include "core/runs/presets.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace saddle {

namespace fs = std::filesystem;

namespace {

constexpr int studySchemaVersion = 1;

/// A word for a file's name: letters and digits in lower case, all else a hyphen.
std::string slug(const std::string& label)
{
    std::string name;
    for (const unsigned char c : label) {
        if (c < 0x80 && std::isalnum(c))
            name += static_cast<char>(std::tolower(c));
        else if (!name.empty() && name.back() != '-')
            name += '-';
    }
    while (!name.empty() && name.back() == '-')
        name.pop_back();
    return name.empty() ? "method" : name;
}

Status checkKeys(const Json& object, const std::vector<std::string>& known, const std::string& where)
{
    if (!object.is_object())
        return Error{"an object { … } is expected", where, ""};
    for (const auto& [key, value] : object.items()) {
        if (std::find(known.begin(), known.end(), key) != known.end())
            continue;
        const std::string near = nearestWord(key, known);
        return Error{"unknown key “" + key + "”", where, near.empty() ? "remove it" : "did you mean “" + near + "”?"};
    }
    return {};
}

Result<std::string> textAt(const Json& object, const std::string& key, const std::string& where)
{
    if (!object.contains(key))
        return std::string();
    if (!object[key].is_string())
        return Error{"a text is expected", where + ": " + key, "put it in quotes"};
    return object[key].get<std::string>();
}

Result<std::vector<Setting>> settingsAt(const Json& object, const std::string& where)
{
    std::vector<Setting> settings;
    if (!object.contains("set"))
        return settings;
    if (!object["set"].is_object())
        return Error{"an object { \"path\": value } is expected", where + ": set", ""};
    for (const auto& [path, value] : object["set"].items())
        settings.push_back({path, value});
    return settings;
}

Result<std::vector<std::int64_t>> seedsAt(const Json& object, const std::string& where)
{
    if (!object.contains("seeds"))
        return std::vector<std::int64_t>{1};
    const Json& given = object["seeds"];
    std::vector<std::int64_t> seeds;
    for (const Json& seed : given.is_array() ? given : Json::array()) {
        if (seed.is_number_integer())
            seeds.push_back(seed.get<std::int64_t>());
    }
    if (seeds.empty() || seeds.size() != given.size())
        return Error{"a list of whole numbers is expected", where + ": seeds", "write for example [1, 2, 3]"};
    return seeds;
}

Result<Json> readStudy(const std::string& studyOrFile)
{
    if (namesFile(studyOrFile))
        return readJson(studyOrFile);
    std::vector<std::string> names;
    for (const ShippedFile& shipped : shippedStudies()) {
        if (shipped.name == studyOrFile)
            return parseJson(shipped.text, "study " + studyOrFile, documentDepth);
        names.emplace_back(shipped.name);
    }
    return unknownName("study", studyOrFile, names);
}

/// A preset beside the study's file, or one that is known by name.
std::string presetPath(const std::string& preset, const fs::path& beside)
{
    return namesFile(preset) && !beside.empty() && fs::path(preset).is_relative() ? (beside / preset).string() : preset;
}

Result<StudyMethod> loadMethod(const Json& given, const std::string& where, const fs::path& beside,
    const std::vector<Setting>& common, const std::vector<Setting>& changes, const Catalog& catalog)
{
    if (Status known = checkKeys(given, {"preset", "label", "set"}, where); !known)
        return known.error();
    StudyMethod method;
    Result<std::string> preset = textAt(given, "preset", where);
    Result<std::string> label = textAt(given, "label", where);
    Result<std::vector<Setting>> own = settingsAt(given, where);
    if (!preset)
        return preset.error();
    if (!label)
        return label.error();
    if (!own)
        return own.error();
    if (preset->empty())
        return Error{"a method needs a preset", where, "add \"preset\": \"NAME\""};
    Result<Json> document = loadExperiment(presetPath(*preset, beside), catalog);
    for (const std::vector<Setting>* settings : {&common, std::as_const(own).operator->(), &changes}) {
        if (document)
            document = changeSettings(*std::move(document), catalog, *settings);
    }
    if (!document)
        return document.error().in(where);
    method.preset = *preset;
    method.document = *std::move(document);
    method.label = label->empty() ? method.document["title"].get<std::string>() : *label;
    return method;
}

/// What a study says of itself, and its seeds.
Status readHead(Study& study, const Json& json, const std::string& where)
{
    if (json.contains("schema") && json["schema"] != studySchemaVersion)
        return Error{"this study has schema " + jsonText(json["schema"]) + "; this program knows "
                + std::to_string(studySchemaVersion),
            where, "use a newer Saddle"};
    for (const auto& [key, member] : {std::pair{"title", &Study::title}, std::pair{"description", &Study::description},
             std::pair{"source", &Study::source}}) {
        Result<std::string> text = textAt(json, key, where);
        if (!text)
            return text.error();
        study.*member = *std::move(text);
    }
    if (study.title.empty())
        study.title = study.name;
    Result<std::vector<std::int64_t>> seeds = seedsAt(json, where);
    if (!seeds)
        return seeds.error();
    study.seeds = *std::move(seeds);
    return {};
}

/// Says where a comparison is not one of like with like.
std::vector<std::string> notesOn(const Study& study)
{
    std::vector<std::string> notes;
    const auto differ = [&study](const char* section) {
        return std::any_of(study.methods.begin(), study.methods.end(), [&](const StudyMethod& method) {
            return method.document[section] != study.methods.front().document[section];
        });
    };
    if (differ("data"))
        notes.emplace_back("The methods are not trained on the same data.");
    if (differ("latent"))
        notes.emplace_back("The methods have different latents: pictures at one place do not belong together.");
    return notes;
}

} // namespace

std::vector<StudyRun> studyRuns(const Study& study)
{
    std::vector<StudyRun> runs;
    for (const std::int64_t seed : study.seeds) {
        for (std::size_t method = 0; method < study.methods.size(); ++method)
            runs.push_back({method, seed});
    }
    return runs;
}

Json studyDocument(const Study& study, const StudyRun& run)
{
    Json document = study.methods[run.method].document;
    document["training"]["seed"] = run.seed;
    return document;
}

std::string studyRunFolder(const Study& study, const StudyRun& run)
{
    return "runs/" + slug(study.methods[run.method].label) + "-seed-" + std::to_string(run.seed);
}

Result<Study> loadStudy(const std::string& studyOrFile, const Catalog& catalog, const StudyChanges& changes)
{
    Result<Json> given = readStudy(studyOrFile);
    if (!given)
        return given.error();
    const Json& json = *given;
    const std::string& where = studyOrFile;
    if (Status known = checkKeys(json, {"schema", "title", "description", "source", "seeds", "set", "methods"}, where);
        !known)
        return known.error();
    Study study;
    study.name = fs::path(studyOrFile).stem().string();
    if (Status head = readHead(study, json, where); !head)
        return head.error();
    if (!changes.seeds.empty())
        study.seeds = changes.seeds;
    if (std::set<std::int64_t>(study.seeds.begin(), study.seeds.end()).size() != study.seeds.size())
        return Error{"a seed is named twice", where + ": seeds", "name each once"};
    const Result<std::vector<Setting>> common = settingsAt(json, where);
    if (!common)
        return common.error();
    if (!json.contains("methods") || !json["methods"].is_array() || json["methods"].empty())
        return Error{"a study needs a list of methods", where + ": methods",
            "write for example [{\"preset\": \"mnist-lsgan\"}, {\"preset\": \"mnist-wgan\"}]"};
    const fs::path beside = namesFile(studyOrFile) ? fs::path(studyOrFile).parent_path() : fs::path();
    std::set<std::string> slugs;
    for (std::size_t i = 0; i < json["methods"].size(); ++i) {
        const std::string place = where + ": methods." + std::to_string(i);
        Result<StudyMethod> method = loadMethod(json["methods"][i], place, beside, *common, changes.settings, catalog);
        if (!method)
            return method.error();
        if (!slugs.insert(slug(method->label)).second)
            return Error{"two methods are called “" + method->label + "”", place, "give each a \"label\" of its own"};
        study.methods.push_back(*std::move(method));
    }
    study.notes = notesOn(study);
    return study;
}

Status checkStudy(const Study& study, const Catalog& catalog)
{
    for (const StudyMethod& method : study.methods) {
        Result<Experiment> experiment = buildExperiment(method.document, catalog);
        if (!experiment)
            return experiment.error().in(method.label);
        for (const std::int64_t seed : study.seeds) {
            if (Result<Json> seeded = changeSetting(method.document, catalog, "training.seed", seed); !seeded)
                return seeded.error();
        }
        const TrainingOptions& training = experiment->training;
        if (training.steps == 0 && training.images == 0 && training.minutes == 0)
            return Error{"this method would train without end", method.label + ": training.steps",
                "say in the study how many steps it takes"};
    }
    return {};
}

Json studyRecord(const Study& study)
{
    Json methods = Json::array();
    for (const StudyMethod& method : study.methods)
        methods.push_back({{"label", method.label}, {"preset", method.preset}, {"experiment", method.document}});
    return {{"schema", studySchemaVersion}, {"name", study.name}, {"title", study.title},
        {"description", study.description}, {"source", study.source}, {"seeds", study.seeds}, {"methods", methods}};
}

Result<Study> readStudyRecord(const fs::path& folder, const Catalog& catalog)
{
    const std::string where = (folder / "study.json").string();
    std::error_code error;
    if (!fs::exists(where, error))
        return Error{"there is no study in this folder", folder.string(), "choose the folder of a study"};
    Result<Json> json = readJson(where);
    if (!json)
        return json.error();
    Study study;
    study.name = folder.filename().string();
    const Json* methods = findPath(*json, "methods");
    if (!methods || !methods->is_array() || methods->empty())
        return Error{"this is not the record of a study", where, "choose the folder of a study"};
    if (Status head = readHead(study, *json, where); !head)
        return head.error();
    Result<std::string> name = textAt(*json, "name", where);
    if (!name)
        return name.error();
    study.name = *std::move(name);
    for (std::size_t i = 0; i < methods->size(); ++i) {
        const Json& given = (*methods)[i];
        const std::string place = where + ": methods." + std::to_string(i);
        if (Status known = checkKeys(given, {"label", "preset", "experiment"}, place); !known)
            return known.error();
        Result<std::string> label = textAt(given, "label", place);
        Result<std::string> preset = textAt(given, "preset", place);
        const Json* experiment = findPath(given, "experiment");
        if (!label || label->empty() || !preset || !experiment)
            return Error{"this method is not whole", place, "start the study anew in another folder"};
        Result<Json> document = resolveDocument(*experiment, catalog);
        if (!document)
            return document.error().in(place);
        study.methods.push_back({*std::move(label), *std::move(preset), *std::move(document)});
    }
    study.notes = notesOn(study);
    return study;
}

} // namespace saddle
