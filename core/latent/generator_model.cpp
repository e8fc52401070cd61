// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/generator_model.h"

#include "core/runs/experiment_sections.h"
#include "core/runs/run_folder.h"

#include <algorithm>

namespace saddle {

namespace fs = std::filesystem;

namespace {

Result<fs::path> findCheckpoint(const fs::path& path)
{
    std::error_code error;
    if (fs::exists(path / "state.json", error))
        return path;
    if (!fs::exists(path / "experiment.json", error)) {
        return Error{fs::exists(path, error) ? "this is neither a run nor a checkpoint" : "there is nothing here",
            path.string(), "give the folder of a run, or one of those in its checkpoints"};
    }
    Result<fs::path> latest = latestCheckpoint(path);
    if (!latest)
        return Error{latest.error().what, latest.error().where, "train it until one is saved"};
    return latest;
}

/// What a checkpoint says of the data, so that the data itself need not be here; else what the source says now.
Result<DataHeader> dataOf(const Json& state, const Json& document, const Catalog& catalog,
    std::vector<std::string>& classes, const std::string& where)
{
    if (!state.contains("data")) {
        Result<DataHeader> data = catalog.sources.find(document["data"]["source"])->header(document["data"]);
        if (!data)
            return data;
        for (int i = 0; i < (document["training"]["conditional"].get<bool>() ? data->classes : 0); ++i)
            classes.push_back(std::to_string(i));
        return data;
    }
    DataHeader header;
    try {
        header.shape = state["data"].at("shape").get<Shape>();
        classes = state["data"].at("classes").get<std::vector<std::string>>();
    } catch (const Json::exception&) {
        header.shape.clear();
    }
    constexpr std::int64_t largestSide = 65536;
    const bool fits = std::all_of(
        header.shape.begin(), header.shape.end(), [](std::int64_t size) { return size >= 1 && size <= largestSide; });
    if (!fits || (header.shape.size() != 1 && header.shape.size() != 3))
        return Error{"what it says of the data makes no sense", where + ": data", "choose another checkpoint"};
    header.classes = static_cast<int>(classes.size());
    return header;
}

/// The tensors whose names begin with a prefix, without it.
TensorMap withoutPrefix(const TensorMap& tensors, const std::string& prefix)
{
    TensorMap named;
    for (auto at = tensors.lower_bound(prefix); at != tensors.end() && at->first.rfind(prefix, 0) == 0; ++at)
        named.emplace(at->first.substr(prefix.size()), at->second);
    return named;
}

struct ChosenWeights {
    TensorMap tensors;
    bool averaged = false;
};

Result<ChosenWeights> chooseWeights(
    const CheckpointData& checkpoint, const Json& document, Weights weights, const fs::path& where)
{
    const bool shown = weights == Weights::Best && samplingSchema().read(document["sampling"]).ema;
    if (weights == Weights::Averaged || shown) {
        TensorMap averaged = withoutPrefix(checkpoint.tensors, "ema/");
        if (!averaged.empty())
            return ChosenWeights{std::move(averaged), true};
        if (weights == Weights::Averaged) {
            return Error{"this checkpoint has no averaged weights", (where / "tensors.safetensors").string(),
                "take the plain ones, or train with training.ema_decay above 0"};
        }
    }
    return ChosenWeights{withoutPrefix(checkpoint.tensors, "generator/"), false};
}

std::int64_t numbersIn(const TensorMap& tensors)
{
    std::int64_t count = 0;
    for (const auto& [name, tensor] : tensors)
        count += static_cast<std::int64_t>(tensor.data.size() / dtypeSize(tensor.dtype));
    return count;
}

/// The resolved experiment in the state of a checkpoint.
Result<Json> documentOf(const Json& state, const Catalog& catalog, const std::string& where)
{
    if (!state.contains("experiment"))
        return Error{"it does not say of which experiment it is", where, "choose a checkpoint of a run"};
    Result<Json> document = resolveDocument(state["experiment"], catalog);
    return document ? std::move(document) : Result<Json>(document.error().in(where));
}

} // namespace

Result<GeneratorModel> modelOf(
    const CheckpointData& checkpoint, const fs::path& where, const Catalog& catalog, Weights weights)
{
    const std::string stateFile = (where / "state.json").string();
    const Json& state = checkpoint.state;
    const Result<Json> document = documentOf(state, catalog, stateFile);
    if (!document)
        return document.error();
    Result<ChosenWeights> chosen = chooseWeights(checkpoint, *document, weights, where);
    if (!chosen)
        return chosen.error();

    const SamplingOptions sampling = samplingSchema().read((*document)["sampling"]);
    const TrainingOptions training = trainingSchema().read((*document)["training"]);
    GeneratorModel model;
    GeneratorHead& head = model.head;
    head.origin = where;
    head.step = state.at("step").get<std::int64_t>();
    head.averaged = chosen->averaged;
    head.latent = latentSchema().read((*document)["latent"]);
    head.seed = static_cast<std::uint64_t>(training.seed);
    head.rows = sampling.rows;
    head.columns = sampling.columns;
    head.points = sampling.points;
    const Result<DataHeader> data = dataOf(state, *document, catalog, head.classes, stateFile);
    if (!data)
        return data.error();
    head.shape = data->shape;
    Result<FittedNetwork> fitted = fitNetwork(*document, catalog, "generator", *data);
    if (!fitted)
        return fitted.error().in(stateFile);
    if (fitted->report.parameters > numbersIn(chosen->tensors)) {
        return Error{"the weights of the generator are missing or are those of a smaller one",
            (where / "tensors.safetensors").string(), "choose another checkpoint"};
    }
    model.network = std::move(fitted->network);
    model.tensors = std::move(chosen->tensors);
    model.device = training.device;
    model.format = training.memoryFormat;
    return model;
}

Result<GeneratorModel> readModel(const fs::path& path, const Catalog& catalog, Weights weights)
{
    const Result<fs::path> folder = findCheckpoint(path);
    if (!folder)
        return folder.error();
    const auto wanted = [](const std::string& name) {
        return name.rfind("generator/", 0) == 0 || name.rfind("ema/", 0) == 0;
    };
    const Result<CheckpointData> checkpoint = readCheckpoint(*folder, wanted);
    if (!checkpoint)
        return checkpoint.error();
    return modelOf(*checkpoint, *folder, catalog, weights);
}

} // namespace saddle
