// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/generator_file.h"

#include "core/runs/experiment_sections.h"

#include <algorithm>
#include <cmath>

namespace saddle {

namespace {

constexpr const char* otherFile = "export it again, or choose another file";

Error wrong(const std::string& what, const std::string& where)
{
    return {what, where, otherFile};
}

/// The document in a file's metadata, of a version that is known.
Result<Json> documentOf(const TensorFile& file, const std::string& where)
{
    const auto found = file.metadata.find(generatorKey);
    if (found == file.metadata.end()) {
        return Error{"these are tensors without the layers they belong to", where,
            "give a run, or a generator that was exported with its layers"};
    }
    const std::string place = where + ": " + generatorKey;
    Result<Json> document = parseJson(found->second, place, documentDepth);
    if (!document)
        return document;
    const Json* version = findPath(*document, "format");
    if (!version || !version->is_number_integer() || version->get<std::int64_t>() < 1)
        return wrong("it does not say of which version it is", place + ".format");
    if (version->get<std::int64_t>() > generatorFileVersion) {
        return Error{"this file is of version " + version->dump() + ", and this program knows those up to "
                + std::to_string(generatorFileVersion),
            place, "use a newer Saddle"};
    }
    if (!document->contains("layers"))
        return wrong("there are no layers in it", place);
    return document;
}

std::int64_t numbersIn(const TensorMap& tensors)
{
    std::int64_t count = 0;
    for (const auto& [name, tensor] : tensors)
        count += static_cast<std::int64_t>(tensor.data.size() / dtypeSize(tensor.dtype));
    return count;
}

bool isShape(const Shape& shape)
{
    constexpr std::int64_t largestSide = 65536;
    const bool fits =
        std::all_of(shape.begin(), shape.end(), [](std::int64_t side) { return side >= 1 && side <= largestSide; });
    if (!fits)
        return false;
    return shape.size() == 3 ? shape[0] == 1 || shape[0] == 3 : shape == Shape{2};
}

} // namespace

Json headToJson(const GeneratorHead& head)
{
    return {{"latent", latentSchema().write(head.latent)}, {"shape", head.shape},
        {"range", {head.range.low, head.range.high}}, {"classes", head.classes}, {"step", head.step},
        {"averaged", head.averaged}, {"seed", head.seed}, {"rows", head.rows}, {"columns", head.columns},
        {"points", head.points}};
}

Result<GeneratorHead> headFromJson(const Json& json, const std::string& where)
{
    GeneratorHead head;
    std::string key;
    const auto at = [&](const char* name) -> const Json& {
        key = name;
        return json.at(name);
    };
    try {
        Result<Json> latent = resolveParameters(latentSchema().parameters(), at("latent"), where + ".latent");
        if (!latent)
            return latent.error();
        head.latent = latentSchema().read(*latent);
        head.shape = at("shape").get<Shape>();
        if (!isShape(head.shape))
            return wrong("samples of " + shapeText(head.shape) + " are neither images nor points", where + ".shape");
        const auto range = at("range").get<std::vector<double>>();
        if (range.size() != 2 || !std::isfinite(range[0]) || !std::isfinite(range[1]) || range[0] >= range[1])
            return wrong("it must be two numbers, black and white", where + ".range");
        head.range = {range[0], range[1]};
        head.classes = at("classes").get<std::vector<std::string>>();
        head.step = std::max<std::int64_t>(0, at("step").get<std::int64_t>());
        head.averaged = at("averaged").get<bool>();
        head.seed = at("seed").get<std::uint64_t>();
        head.rows = std::clamp<std::int64_t>(at("rows").get<std::int64_t>(), 1, 64);
        head.columns = std::clamp<std::int64_t>(at("columns").get<std::int64_t>(), 1, 64);
        head.points = std::clamp<std::int64_t>(at("points").get<std::int64_t>(), 1, 100'000);
    } catch (const Json::exception&) {
        return wrong("“" + key + "” is missing or makes no sense", where);
    }
    return head;
}

Result<NetworkReport> inspectModel(const GeneratorModel& model, const Catalog& catalog)
{
    const GeneratorHead& head = model.head;
    const std::string where = head.origin.string();
    Result<NetworkReport> report = inspectNetwork(
        catalog.layers, model.network, {head.latent.dimensions}, where, static_cast<int>(head.classes.size()));
    if (report && report->output != head.shape) {
        return Error{"its layers give " + shapeText(report->output) + ", not " + shapeText(head.shape), where,
            "mend the layers or the shape"};
    }
    return report;
}

Result<NetworkReport> checkModel(const GeneratorModel& model, const Catalog& catalog)
{
    Result<NetworkReport> report = inspectModel(model, catalog);
    if (report && report->parameters > numbersIn(model.tensors)) {
        return Error{"the weights of the generator are missing or are those of a smaller one",
            model.head.origin.string(), "choose another file or checkpoint"};
    }
    return report;
}

Status writeModel(const std::filesystem::path& path, const GeneratorModel& model)
{
    Json document = {{"format", generatorFileVersion}};
    document.update(headToJson(model.head));
    document["layers"] = networkToJson(model.network);
    document["memory_format"] = model.format == MemoryFormat::ChannelsLast ? "channels_last" : "contiguous";
    try {
        return writeSafetensors(path, model.tensors, {{generatorKey, document.dump()}, {"format", "pt"}});
    } catch (const Json::exception&) {
        return Error{"a name in this generator is not UTF-8 text", path.string(), "rename its layers or classes"};
    }
}

Result<GeneratorModel> readGeneratorFile(const std::filesystem::path& path, const Catalog& catalog)
{
    Result<TensorFile> file = readSafetensors(path);
    if (!file)
        return file.error();
    const std::string where = path.string();
    const Result<Json> document = documentOf(*file, where);
    if (!document)
        return document.error();
    const std::string place = where + ": " + generatorKey;
    GeneratorModel model;
    Result<GeneratorHead> head = headFromJson(*document, place);
    if (!head)
        return head.error();
    model.head = *std::move(head);
    model.head.origin = path;
    Result<NetworkDescription> network = networkFromJson(catalog.layers, (*document)["layers"], place + ".layers");
    if (!network)
        return network.error();
    model.network = *std::move(network);
    model.tensors = std::move(file->tensors);
    const Json* format = findPath(*document, "memory_format");
    model.format = format && *format == "channels_last" ? MemoryFormat::ChannelsLast : MemoryFormat::Contiguous;
    if (const Result<NetworkReport> sane = checkModel(model, catalog); !sane)
        return sane.error();
    return model;
}

} // namespace saddle
