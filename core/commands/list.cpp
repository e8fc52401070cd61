// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/commands/commands.h"

#include "core/base/shipped_files.h"
#include "core/runs/presets.h"
#include "core/study/study.h"
#include "core/training/builtin.h"

#include <cstdio>

namespace saddle {

namespace {

Json parameterJson(const Parameter& parameter)
{
    Json json = {{"key", parameter.key}, {"label", parameter.label}, {"help", parameter.help},
        {"default", parameter.defaultValue}, {"applies", appliesName(parameter.applies)}};
    if (!parameter.unit.empty())
        json["unit"] = parameter.unit;
    if (!parameter.rangeText().empty())
        json["range"] = parameter.rangeText();
    for (const ChoiceItem& choice : parameter.choices)
        json["choices"].push_back(choice.value);
    return json;
}

Json infoJson(const InfoBase& info)
{
    Json json = {{"kind", info.kind}, {"label", info.label}, {"help", info.help}, {"source", info.source}};
    json["parameters"] = Json::array();
    for (const Parameter& parameter : info.parameters)
        json["parameters"].push_back(parameterJson(parameter));
    return json;
}

template <typename Info>
Json registryJson(const Registry<Info>& registry)
{
    Json json = Json::array();
    for (const Info& info : registry.items())
        json.push_back(infoJson(info));
    return json;
}

Result<Json> presetsJson()
{
    Json json = Json::array();
    for (const PresetFile& preset : presetFiles()) {
        Result<Json> document = loadDocument(preset.name);
        if (!document)
            return document.error();
        json.push_back({{"kind", preset.name}, {"label", document->value("title", preset.name)},
            {"help", document->value("description", "")}, {"source", document->value("source", "")}});
    }
    return json;
}

Result<Json> studiesJson(const Catalog& catalog)
{
    Json json = Json::array();
    for (const ShippedFile& shipped : shippedStudies()) {
        Result<Study> study = loadStudy(std::string(shipped.name), catalog);
        if (!study)
            return study.error();
        json.push_back(
            {{"kind", study->name}, {"label", study->title}, {"help", study->description}, {"source", study->source}});
    }
    return json;
}

} // namespace

int listCommand(const std::string& what, bool json)
{
    const Catalog& catalog = builtinCatalog();
    Json items;
    if (what == "objectives") {
        items = registryJson(catalog.objectives);
        for (std::size_t i = 0; i < items.size(); ++i) {
            items[i]["discriminator_loss"] = catalog.objectives.items()[i].discriminatorFormula;
            items[i]["generator_loss"] = catalog.objectives.items()[i].generatorFormula;
        }
    } else if (what == "regularisers") {
        items = registryJson(catalog.regularisers);
    } else if (what == "networks") {
        items = registryJson(catalog.architectures);
    } else if (what == "layers") {
        items = registryJson(catalog.layers);
    } else if (what == "optimisers") {
        items = registryJson(catalog.optimisers);
    } else if (what == "sources") {
        items = registryJson(catalog.sources);
    } else {
        Result<Json> files = what == "studies" ? studiesJson(catalog) : presetsJson();
        if (!files)
            return report(files.error());
        items = *std::move(files);
    }
    if (json) {
        std::printf("%s", prettyJson(items).c_str());
        return Success;
    }
    for (const Json& item : items) {
        std::printf("%-22s %s\n", item["kind"].get<std::string>().c_str(), item["label"].get<std::string>().c_str());
        for (const char* key : {"help", "source"}) {
            const std::string text = item[key];
            if (!text.empty())
                std::printf("%-22s %s\n", "", text.c_str());
        }
    }
    return Success;
}

int validateCommand(const std::string& experiment)
{
    const Catalog& catalog = builtinCatalog();
    // Here a bare word is a file if there is one of that name: "validate FILE".
    std::error_code error;
    const bool file = std::filesystem::exists(experiment, error) && experiment.find('/') == std::string::npos;
    Result<Json> document = loadExperiment(file ? "./" + experiment : experiment, catalog);
    if (!document)
        return report(document.error());
    Result<Experiment> built = buildExperiment(*document, catalog);
    if (!built)
        return report(built.error().in(experiment));
    std::printf("%s: good\n", experiment.c_str());
    for (const auto& [role, network] : built->reports) {
        std::printf("  %s: %s → %s, %zu layers, %lld parameters\n", role.c_str(), shapeText(network.input).c_str(),
            shapeText(network.output).c_str(), network.layers.size(), static_cast<long long>(network.parameters));
    }
    for (const std::string& warning : built->warnings)
        std::printf("  note: %s\n", warning.c_str());
    return Success;
}

} // namespace saddle
