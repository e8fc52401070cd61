// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/experiment.h"

#include "core/runs/experiment_checks.h"
#include "core/runs/experiment_sections.h"

#include <algorithm>
#include <optional>
#include <set>

namespace saddle {

namespace {

const std::vector<std::string> headKeys{"schema", "name", "title", "description", "source"};

bool startsWith(const std::string& text, const std::string& prefix)
{
    return text.compare(0, prefix.size(), prefix) == 0;
}

Status checkHead(const Json& given)
{
    const auto schema = given.find("schema");
    if (schema != given.end()) {
        if (!schema->is_number_integer())
            return Error{
                "a whole number is expected here", "schema", "write " + std::to_string(experimentSchemaVersion)};
        if (schema->get<std::int64_t>() > experimentSchemaVersion) {
            return Error{"this experiment is of schema " + jsonText(*schema) + ", newer than this program knows ("
                    + std::to_string(experimentSchemaVersion) + ")",
                "schema", "open it with a newer Saddle"};
        }
        if (schema->get<std::int64_t>() < 1)
            return Error{"there is no schema " + jsonText(*schema), "schema",
                "write " + std::to_string(experimentSchemaVersion)};
    }
    for (const std::string& key : headKeys) {
        const auto value = given.find(key);
        if (key != "schema" && value != given.end() && !value->is_string())
            return Error{jsonText(*value) + " is not a text", key, "put it in quotes"};
    }
    return {};
}

/// Keys allowed inside `key`, whose sections lie one level deeper.
Status checkInnerKeys(const Json& given, const std::vector<Section>& sections, const std::string& key,
    const std::string& remedy, const std::string& unknown)
{
    const auto part = given.find(key);
    if (part == given.end())
        return {};
    if (!part->is_object())
        return Error{"an object { … } is expected here", key, remedy};
    std::vector<std::string> known;
    for (const Section& section : sections) {
        if (startsWith(section.path, key + "."))
            known.push_back(section.path.substr(key.size() + 1));
    }
    for (const auto& [name, value] : part->items()) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            const std::string near = nearestWord(name, known);
            return Error{unknown, key + "." + name, near.empty() ? "remove it" : "did you mean “" + near + "”?"};
        }
    }
    return {};
}

/// Keys allowed at the top: the head, the sections, and the first word of sections that lie deeper.
Status checkTopKeys(const Json& given, const std::vector<Section>& sections)
{
    std::vector<std::string> known = headKeys;
    for (const Section& section : sections)
        known.push_back(section.path.substr(0, section.path.find('.')));
    for (const auto& [key, value] : given.items()) {
        if (std::find(known.begin(), known.end(), key) != known.end())
            continue;
        const std::string near = nearestWord(key, known);
        return Error{
            "there is no setting of this name", key, near.empty() ? "remove it" : "did you mean “" + near + "”?"};
    }
    if (Status optimisers = checkInnerKeys(given, sections, "optimisers", "give one optimiser a network",
            "no network of this experiment is called so");
        !optimisers)
        return optimisers;
    return checkInnerKeys(given, sections, "regularisers", "give the options of each by its name",
        "there is no regulariser of this name");
}

Result<Json> resolveSection(const Section& section, const Json& given, const Catalog& catalog)
{
    if (!section.network)
        return resolveParameters(section.parameters, given, section.path);
    if (!given.is_object() || !given.contains("layers"))
        return resolveParameters(section.parameters, given, section.path);
    if (given.contains("architecture")) {
        return Error{"a network has either an architecture or layers, not both", section.path,
            "remove one of them; where “extends” brings the architecture, write \"architecture\": null"};
    }
    Result<NetworkDescription> network = networkFromJson(catalog.layers, given["layers"], section.path + ".layers");
    if (!network)
        return network.error();
    Result<Json> rest = resolveParameters(section.parameters, given, section.path, {"layers"});
    if (!rest)
        return rest.error();
    Json resolved = {{"layers", networkToJson(*network)}};
    resolved.update(*rest);
    return resolved;
}

/// An unknown kind must be told before its options are called unknown.
Status checkKind(const Section& section, const Json& given)
{
    if (section.kindKey.empty() || !given.is_object() || !given.contains(section.kindKey))
        return {};
    const Result<Json> checked =
        section.parameters.front().check(given[section.kindKey], section.path + "." + section.kindKey);
    return checked ? Status() : Status(checked.error());
}

/// "3.out" of a path "generator.layers.3.out", or nothing when it is no option of a layer.
std::optional<std::string> layerOption(const Section& section, const std::string& path)
{
    const std::string prefix = section.path + ".layers.";
    if (!section.network || !startsWith(path, prefix))
        return std::nullopt;
    return path.substr(prefix.size());
}

/// The layers of a network as a list: its own, or what its architecture stands for.
Result<Json> layersOf(const Json& document, const Catalog& catalog, const std::string& role)
{
    if (const Json* layers = findPath(document, role + ".layers"))
        return *layers;
    const SourceInfo* source = catalog.sources.find(document["data"].value("source", std::string()));
    if (!source)
        return Error{"no data source is chosen", "data.source", "choose one"};
    Result<DataHeader> data = source->header(document["data"]);
    if (!data)
        return data.error();
    Result<NetworkDescription> network =
        expandNetwork(document[role], catalog, networkFit(document, catalog, role, *data), role);
    if (!network)
        return network.error();
    return networkToJson(*network);
}

/// The list of layers with one option changed. `option` is "3.out": a number or an id, and a key.
Result<Json> layersWith(Json layers, const std::string& option, const Json& value, const std::string& where)
{
    const std::string name = option.substr(0, option.find('.'));
    const std::string key = name.size() < option.size() ? option.substr(name.size() + 1) : std::string();
    if (key.empty())
        return Error{"an option of this layer is expected here", where + "." + name, "write for example layers.0.out"};
    auto layer = std::find_if(
        layers.begin(), layers.end(), [&name](const Json& each) { return each.value("id", std::string()) == name; });
    for (std::size_t i = 0; i < layers.size() && layer == layers.end(); ++i) {
        if (std::to_string(i) == name)
            layer = layers.begin() + static_cast<std::ptrdiff_t>(i);
    }
    if (layer == layers.end()) {
        return Error{"there is no layer “" + name + "” among these " + std::to_string(layers.size()), where,
            "give a layer's id, or its number counted from 0"};
    }
    (*layer)[key] = value;
    return layers;
}

} // namespace

Result<Json> resolveDocument(const Json& given, const Catalog& catalog)
{
    if (!given.is_object())
        return Error{"an experiment is an object { … }", "", "start from a preset"};
    if (Status head = checkHead(given); !head)
        return head.error();
    const std::vector<Section> sections = experimentSections(given, catalog);

    Json resolved = Json::object();
    resolved["schema"] = experimentSchemaVersion;
    for (const std::string& key : headKeys) {
        if (key != "schema")
            resolved[key] = given.value(key, std::string());
    }
    // Objective first: an unknown one changes which networks are expected.
    for (const Section& section : sections) {
        const Json* part = findPath(given, section.path);
        if (part) {
            if (Status kind = checkKind(section, *part); !kind)
                return kind.error();
        }
    }
    if (Status keys = checkTopKeys(given, sections); !keys)
        return keys.error();
    for (const Section& section : sections) {
        const Json* part = findPath(given, section.path);
        Result<Json> filled = resolveSection(section, part ? *part : Json::object(), catalog);
        if (!filled)
            return filled.error();
        setPath(resolved, section.path, *std::move(filled));
    }
    return resolved;
}

Result<Parameter> findParameter(const Json& document, const Catalog& catalog, const std::string& path)
{
    std::vector<std::string> known;
    for (const Section& section : experimentSections(document, catalog)) {
        for (const Parameter& parameter : section.parameters) {
            known.push_back(section.path + "." + parameter.key);
            if (known.back() == path)
                return parameter;
        }
    }
    const std::string near = nearestWord(path, known);
    return Error{"there is no setting of this name", path,
        near.empty() ? "see the settings in the experiment's file" : "did you mean “" + near + "”?"};
}

Result<Json> changeSetting(const Json& document, const Catalog& catalog, const std::string& path, const Json& value)
{
    Json changed = document;
    for (const std::string& key : headKeys) {
        if (path == key) {
            changed[key] = value;
            return resolveDocument(changed, catalog);
        }
    }
    for (const Section& section : experimentSections(document, catalog)) {
        if (const std::optional<std::string> option = layerOption(section, path)) {
            Result<Json> layers = layersOf(document, catalog, section.path);
            if (layers)
                layers = layersWith(*std::move(layers), *option, value, section.path + ".layers");
            return layers ? changeSetting(document, catalog, section.path + ".layers", *layers) : layers;
        }
        if (section.network && (path == section.path + ".layers" || path == section.path + ".architecture")) {
            // The same choice again is no reason to forget its options.
            const Json* now = findPath(document, path);
            if (now && *now == value)
                return changed;
            // A list of layers takes the place of the name it stood for, and the other way round.
            const Json* old = findPath(document, section.path + ".initialisation");
            Json fresh = Json::object();
            fresh[path.substr(section.path.size() + 1)] = value;
            if (old)
                fresh["initialisation"] = *old;
            setPath(changed, section.path, std::move(fresh));
            return resolveDocument(changed, catalog);
        }
        if (!section.kindKey.empty() && path == section.path + "." + section.kindKey) {
            Result<Json> checked = section.parameters.front().check(value, path);
            if (!checked)
                return checked.error();
            Json only = Json::object();
            only[section.kindKey] = value;
            setPath(changed, section.path, only);
            // Options that the new kind has too are kept where their values are allowed.
            const Json* old = findPath(document, section.path);
            for (const Section& next : experimentSections(changed, catalog)) {
                if (next.path != section.path || !old)
                    continue;
                for (const Parameter& parameter : next.parameters) {
                    // A path stays behind: what lies there is of the old kind.
                    if (parameter.key != section.kindKey && parameter.type != ParameterType::Path
                        && old->contains(parameter.key) && parameter.check((*old)[parameter.key], path)) {
                        only[parameter.key] = (*old)[parameter.key];
                    }
                }
            }
            setPath(changed, section.path, std::move(only));
            // Another objective may ask for other networks; what it does not ask for goes.
            if (section.path == "objective") {
                const std::vector<std::string> roles = experimentRoles(changed, catalog);
                for (const std::string& role : experimentRoles(document, catalog)) {
                    if (std::find(roles.begin(), roles.end(), role) == roles.end()) {
                        changed.erase(role);
                        changed["optimisers"].erase(role);
                    }
                }
            }
            return resolveDocument(changed, catalog);
        }
    }
    Result<Parameter> parameter = findParameter(document, catalog, path);
    if (!parameter)
        return parameter.error();
    Result<Json> checked = parameter->check(value, path);
    if (!checked)
        return checked.error();
    setPath(changed, path, *std::move(checked));
    return changed;
}

Result<Json> changeSettings(Json document, const Catalog& catalog, const std::vector<Setting>& settings)
{
    for (const Setting& setting : settings) {
        Result<Json> changed = changeSetting(document, catalog, setting.path, setting.value);
        if (!changed)
            return changed.error();
        document = *std::move(changed);
    }
    return document;
}

std::vector<ChangedSetting> settingsThatDiffer(const Json& before, const Json& after, const Catalog& catalog)
{
    std::vector<ChangedSetting> changed;
    for (const Section& section : experimentSections(after, catalog)) {
        const auto compare = [&](const std::string& key, const std::string& label, Applies applies) {
            const std::string path = section.path + "." + key;
            const Json* was = findPath(before, path);
            const Json* is = findPath(after, path);
            if (is && (!was || *was != *is))
                changed.push_back({path, section.label, label, applies, was ? *was : Json(), *is});
        };
        for (const Parameter& parameter : section.parameters)
            compare(parameter.key, parameter.label, parameter.applies);
        if (section.network)
            compare("layers", "Layers", Applies::Restart);
    }
    return changed;
}

NetworkFit networkFit(const Json& document, const Catalog& catalog, const std::string& role, const DataHeader& data)
{
    const Json* dimensions = findPath(document, "latent.dimensions");
    const std::int64_t latent = dimensions ? dimensions->get<std::int64_t>() : LatentOptions().dimensions;
    const Json* conditional = findPath(document, "training.conditional");
    const int classes = conditional && conditional->get<bool>() ? data.classes : 0;
    if (role == "generator")
        return {role, {latent}, data.shape, classes};
    if (role == "encoder") // mean and log variance of each latent number
        return {role, data.shape, {2 * latent}, classes};
    const Json* kind = findPath(document, "objective.kind");
    const ObjectiveInfo* objective = kind ? catalog.objectives.find(*kind) : nullptr;
    if (objective && objective->critic == Critic::Reconstruction)
        return {role, data.shape, data.shape, classes};
    return {role, data.shape, {1}, classes};
}

Result<NetworkDescription> expandNetwork(
    const Json& section, const Catalog& catalog, const NetworkFit& fit, const std::string& where)
{
    if (section.contains("layers"))
        return networkFromJson(catalog.layers, section["layers"], where + ".layers");
    Result<const ArchitectureInfo*> info =
        catalog.architectures.get(section.value("architecture", std::string()), where + ".architecture");
    if (!info)
        return info.error();
    Result<NetworkDescription> network = (*info)->expand(section, fit);
    return network ? std::move(network) : Result<NetworkDescription>(network.error().in(where));
}

namespace {

/// A network that ends in another shape than is asked for.
Error misfit(const ObjectiveInfo& objective, const NetworkFit& fit, const NetworkReport& report)
{
    const std::string ends = "the network ends in " + shapeText(report.output) + ", but ";
    if (fit.role == "discriminator" && objective.critic == Critic::Reconstruction) {
        return {ends + objective.label + " needs an auto-encoder that gives the sample again, " + shapeText(fit.output),
            fit.role, "choose an auto-encoder architecture, or an objective that reads one number"};
    }
    if (fit.role == "discriminator" && report.output == fit.input) {
        return {ends + objective.label + " reads one number a sample", fit.role,
            "choose another architecture, or an objective of auto-encoders such as BEGAN or EBGAN"};
    }
    return {ends + shapeText(fit.output)
            + (fit.role == "generator" ? " is the shape of the data" : " is what the objective reads"),
        fit.role, "change its last layers, or choose an architecture that fits"};
}

} // namespace

Result<FittedNetwork> fitNetwork(
    const Json& document, const Catalog& catalog, const std::string& role, const DataHeader& data)
{
    const Json* section = findPath(document, role);
    if (!section)
        return Error{"the experiment has no such network", role, ""};
    const NetworkFit fit = networkFit(document, catalog, role, data);
    Result<NetworkDescription> network = expandNetwork(*section, catalog, fit, role);
    if (!network)
        return network.error();
    Result<NetworkReport> report = inspectNetwork(catalog.layers, *network, fit.input, role, fit.classes);
    if (!report)
        return report.error();
    if (report->output != fit.output)
        return misfit(*catalog.objectives.find(document["objective"]["kind"]), fit, *report);
    if (Status taken = checkAllTaken(*report, role); !taken)
        return taken.error();
    return FittedNetwork{*std::move(network), *std::move(report)};
}

Result<Experiment> buildExperiment(const Json& given, const Catalog& catalog)
{
    Result<Json> document = resolveDocument(given, catalog);
    if (!document)
        return document.error();
    Experiment experiment;
    experiment.document = *std::move(document);
    const Json& json = experiment.document;
    experiment.name = json["name"];
    experiment.title = json["title"];
    experiment.description = json["description"];
    experiment.source = json["source"];
    experiment.latent = latentSchema().read(json["latent"]);
    experiment.instanceNoise = instanceNoiseSchema().read(json["instance_noise"]);
    experiment.training = trainingSchema().read(json["training"]);
    experiment.schedules = scheduleSchema().read(json["schedules"]);
    experiment.sampling = samplingSchema().read(json["sampling"]);
    experiment.dataSource = catalog.sources.find(json["data"]["source"]);
    experiment.objective = catalog.objectives.find(json["objective"]["kind"]);

    for (const RegulariserInfo& info : catalog.regularisers.items()) {
        if (json["regularisers"][info.kind]["enabled"].get<bool>())
            experiment.regularisers.push_back(&info);
    }
    Result<DataHeader> data = experiment.dataSource->header(json["data"]);
    if (!data)
        return data.error();
    experiment.dataShape = data->shape;
    experiment.classes = experiment.training.conditional ? data->classes : 0;

    for (const std::string& role : experiment.objective->roles) {
        Result<FittedNetwork> fitted = fitNetwork(json, catalog, role, *data);
        if (!fitted)
            return fitted.error();
        experiment.networks[role] = std::move(fitted->network);
        experiment.reports[role] = std::move(fitted->report);
    }
    if (Status fits = checkCombination(experiment); !fits)
        return fits.error();
    return experiment;
}

Json explicitDocument(const Experiment& experiment)
{
    Json document = experiment.document;
    for (const auto& [role, network] : experiment.networks) {
        Json section = {{"layers", networkToJson(network)}};
        for (const Parameter& parameter : networkParameters())
            section[parameter.key] = document[role][parameter.key];
        document[role] = std::move(section);
    }
    return document;
}

std::int64_t estimateMemory(const Experiment& experiment, std::int64_t datasetBytes)
{
    constexpr std::int64_t copiesOfWeights = 4; // weight, gradient, two moments
    constexpr std::int64_t copiesOfActivations = 4; // before and after the activation, their gradients
    std::int64_t numbers = 0;
    for (const auto& [role, report] : experiment.reports) {
        numbers += report.parameters * (copiesOfWeights + (role == "generator" ? 1 : 0));
        numbers += report.activations * experiment.training.batchSize * copiesOfActivations;
    }
    return numbers * 4 + datasetBytes;
}

Result<Json> flattenExtends(
    const Json& document, const std::string& where, const std::function<Result<Json>(const std::string&)>& load)
{
    std::vector<Json> chain{document};
    std::set<std::string> seen{where};
    while (chain.back().is_object() && chain.back().contains("extends")) {
        const Json parent = chain.back()["extends"];
        if (!parent.is_string())
            return Error{"the name of a preset or a file is expected here", where + ": extends", "put it in quotes"};
        if (!seen.insert(parent.get<std::string>()).second)
            return Error{"experiments extend each other in a circle, through “" + parent.get<std::string>() + "”",
                where + ": extends", "remove one of the “extends”"};
        Result<Json> loaded = load(parent.get<std::string>());
        if (!loaded)
            return loaded.error().in(where + ": extends");
        if (!loaded->is_object())
            return Error{"“" + parent.get<std::string>() + "” is not an object { … }", where + ": extends",
                "give another experiment"};
        loaded->erase("name"); // each has a name of its own
        chain.push_back(*std::move(loaded));
    }
    Json merged = Json::object();
    for (auto link = chain.rbegin(); link != chain.rend(); ++link)
        merged.merge_patch(*link);
    if (merged.is_object())
        merged.erase("extends");
    return merged;
}

} // namespace saddle
