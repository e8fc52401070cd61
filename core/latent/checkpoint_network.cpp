// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/checkpoint_network.h"

#include "core/runs/experiment_sections.h"
#include "core/runs/run_folder.h"

#include <algorithm>

namespace saddle {

namespace fs = std::filesystem;

namespace {

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

Result<fs::path> findCheckpoint(const fs::path& path)
{
    std::error_code error;
    if (fs::exists(path / "state.json", error))
        return path;
    if (!fs::exists(path / "experiment.json", error)) {
        return Error{fs::exists(path, error) ? "this is neither a run nor a checkpoint" : "there is nothing here",
            path.string(), "give the folder of a run, one of those in its checkpoints, or the file of a generator"};
    }
    Result<fs::path> latest = latestCheckpoint(path);
    if (!latest)
        return Error{latest.error().what, latest.error().where, "train it until one is saved"};
    return latest;
}

TensorMap withoutPrefix(const TensorMap& tensors, const std::string& prefix)
{
    TensorMap named;
    for (auto at = tensors.lower_bound(prefix); at != tensors.end() && at->first.rfind(prefix, 0) == 0; ++at)
        named.emplace(at->first.substr(prefix.size()), at->second);
    return named;
}

Result<CheckpointExperiment> experimentOf(
    const CheckpointData& checkpoint, const fs::path& where, const Catalog& catalog)
{
    const std::string file = (where / "state.json").string();
    Result<Json> document = documentOf(checkpoint.state, catalog, file);
    if (!document)
        return document.error();
    CheckpointExperiment experiment;
    experiment.where = where;
    experiment.document = *std::move(document);
    experiment.step = checkpoint.state.at("step").get<std::int64_t>();
    Result<DataHeader> data = dataOf(checkpoint.state, experiment.document, catalog, experiment.classes, file);
    if (!data)
        return data.error();
    experiment.data = *std::move(data);
    return experiment;
}

Result<NetworkDescription> layersOf(
    const CheckpointExperiment& experiment, const std::string& role, const TensorMap& weights, const Catalog& catalog)
{
    Result<FittedNetwork> fitted = fitNetwork(experiment.document, catalog, role, experiment.data);
    if (!fitted)
        return fitted.error().in((experiment.where / "state.json").string());
    if (fitted->report.parameters > numbersIn(weights)) {
        return Error{"the weights of the " + role + " are missing or are those of a smaller one",
            (experiment.where / "tensors.safetensors").string(), "choose another checkpoint"};
    }
    return std::move(fitted->network);
}

} // namespace saddle
