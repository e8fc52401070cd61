// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/catalog.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace saddle {

/// A preset as it was written: a file compiled into the program, or one of the user's own.
struct PresetFile {
    std::string name;
    std::string text;
    std::filesystem::path path; ///< of a user's own; empty for one that ships
};

/// Whether a word means a file, by a slash or its ending in .json, and not something that ships.
bool namesFile(const std::string& word);

/// Says that nothing of a kind ("preset") has that name, with the nearest and all that there are.
Error unknownName(const std::string& noun, const std::string& name, const std::vector<std::string>& known);

/// The presets that ship, then the user's own (userConfigFolder()/presets), each by name.
std::vector<PresetFile> presetFiles();

/// A preset by name or an experiment by file, with `extends` merged and everything resolved. The file of an experiment
/// may extend presets and files beside it.
Result<Json> loadExperiment(const std::string& presetOrFile, const Catalog& catalog);

/// The same without resolving against a catalogue.
Result<Json> loadDocument(const std::string& presetOrFile);

/// Saves a resolved experiment as a preset of the user's own. The name is a word of letters, digits, - and _.
Result<std::filesystem::path> savePreset(const std::string& name, const Json& document);

} // namespace saddle
