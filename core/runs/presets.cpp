// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/presets.h"

#include "core/base/files.h"
#include "core/base/shipped_files.h"
#include "core/runs/experiment.h"

#include <algorithm>

namespace saddle {

namespace fs = std::filesystem;

namespace {

fs::path ownPresets()
{
    return userConfigFolder() / "presets";
}

const PresetFile* findPreset(const std::vector<PresetFile>& presets, const std::string& name)
{
    const auto found =
        std::find_if(presets.begin(), presets.end(), [&name](const PresetFile& preset) { return preset.name == name; });
    return found == presets.end() ? nullptr : &*found;
}

/// A file when it looks like one, else a preset.
Result<Json> loadOne(const std::string& name, const fs::path& beside)
{
    if (!namesFile(name)) {
        const std::vector<PresetFile> presets = presetFiles();
        if (const PresetFile* preset = findPreset(presets, name))
            return parseJson(
                preset->text, preset->path.empty() ? "preset " + name : preset->path.string(), documentDepth);
        std::vector<std::string> known;
        known.reserve(presets.size());
        for (const PresetFile& preset : presets)
            known.push_back(preset.name);
        return unknownName("preset", name, known);
    }
    const fs::path file = fs::path(name).is_absolute() || beside.empty() ? fs::path(name) : beside / name;
    return readJson(file);
}

} // namespace

bool namesFile(const std::string& word)
{
    return word.find('/') != std::string::npos || word.ends_with(".json");
}

Error unknownName(const std::string& noun, const std::string& name, const std::vector<std::string>& known)
{
    std::string all;
    for (const std::string& each : known)
        all += (all.empty() ? "" : ", ") + each;
    const std::string near = nearestWord(name, known);
    return {"there is no " + noun + " “" + name + "”", "",
        (near.empty() ? "" : "did you mean “" + near + "”? ") + std::string("Known: ") + all
            + ". A file's name has a slash or ends in .json"};
}

std::vector<PresetFile> presetFiles()
{
    std::vector<PresetFile> presets;
    for (const ShippedFile& shipped : shippedPresets())
        presets.push_back({std::string(shipped.name), std::string(shipped.text), {}});
    std::vector<PresetFile> own;
    std::error_code error;
    for (fs::directory_iterator entry(ownPresets(), error), end; !error && entry != end; entry.increment(error)) {
        if (entry->path().extension() != ".json")
            continue;
        constexpr std::size_t limit = 16u << 20;
        Result<std::string> text = readFile(entry->path(), limit);
        const std::string name = entry->path().stem().string();
        if (text && !findPreset(presets, name))
            own.push_back({name, *std::move(text), entry->path()});
    }
    std::sort(own.begin(), own.end(), [](const PresetFile& a, const PresetFile& b) { return a.name < b.name; });
    presets.insert(presets.end(), own.begin(), own.end());
    return presets;
}

Result<Json> loadDocument(const std::string& presetOrFile)
{
    Result<Json> document = loadOne(presetOrFile, {});
    if (!document)
        return document.error();
    const bool file = namesFile(presetOrFile);
    const fs::path beside = file ? fs::path(presetOrFile).parent_path() : fs::path();
    Result<Json> merged =
        flattenExtends(*document, presetOrFile, [&beside](const std::string& name) { return loadOne(name, beside); });
    if (merged && merged->is_object() && !merged->contains("name"))
        (*merged)["name"] = file ? fs::path(presetOrFile).stem().string() : presetOrFile;
    return merged;
}

Result<Json> loadExperiment(const std::string& presetOrFile, const Catalog& catalog)
{
    Result<Json> document = loadDocument(presetOrFile);
    if (!document)
        return document.error();
    Result<Json> resolved = resolveDocument(*document, catalog);
    return resolved ? std::move(resolved) : Result<Json>(resolved.error().in(presetOrFile));
}

Result<fs::path> savePreset(const std::string& name, const Json& document)
{
    const bool good = !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return std::isalnum(c) || c == '-' || c == '_';
    });
    if (!good)
        return Error{"“" + name + "” cannot be a preset's name", "", "use letters, digits, - and _"};
    for (const ShippedFile& shipped : shippedPresets()) {
        if (shipped.name == name)
            return Error{"a preset that ships is called “" + name + "”", "", "choose another name"};
    }
    std::error_code error;
    fs::create_directories(ownPresets(), error);
    if (error)
        return systemError(error.value(), "the folder cannot be made", ownPresets());
    const fs::path file = ownPresets() / (name + ".json");
    Json named = document;
    named["name"] = name;
    if (Status written = writeFileWhole(file, prettyJson(named)); !written)
        return written.error();
    return file;
}

} // namespace saddle
