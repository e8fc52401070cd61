// SPDX-License-Identifier: GPL-3.0-or-later
// Saddle's own file of a generator: safetensors with the layer list in its metadata. docs/generator-file.md
#pragma once

#include "core/latent/generator_model.h"

#include <filesystem>
#include <string>

namespace saddle {

/// The key of the metadata under which the JSON text lies, here as in the other formats that take text beside weights.
inline constexpr const char* generatorKey = "saddle.generator";
inline constexpr int generatorFileVersion = 1;

/// All of a generator but its layers and tensors, and back. An Error names the key that is missing or makes no sense.
Json headToJson(const GeneratorHead& head);
Result<GeneratorHead> headFromJson(const Json& json, const std::string& where);

/// Runs the shapes through a model's layers. Refuses those that do not give its shape.
Result<NetworkReport> inspectModel(const GeneratorModel& model, const Catalog& catalog);

/// Whether a model makes sense: its layers give its shape, and there are weights enough for them. An Error names the
/// model's origin.
Result<NetworkReport> checkModel(const GeneratorModel& model, const Catalog& catalog);

/// Writes a generator, whole or not at all.
Status writeModel(const std::filesystem::path& path, const GeneratorModel& model);

/// Reads such a file. Refused, in a sentence: safetensors without the key, a newer version, layers that are not known
/// or do not give the shape, too few weights, and all that the safetensors reader refuses.
Result<GeneratorModel> readGeneratorFile(const std::filesystem::path& path, const Catalog& catalog);

} // namespace saddle
