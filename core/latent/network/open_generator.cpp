// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/network/open_generator.h"

#include "core/latent/network/opened_generator.h"
#include "core/runs/experiment_sections.h"
#include "core/runs/run_folder.h"
#include "core/training/devices.h"
#include "core/training/host_tensors.h"

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

/// The tensors of a checkpoint whose names begin with a prefix, without it.
Result<TensorMap> readWeights(const fs::path& checkpoint, const std::string& prefix)
{
    const auto wanted = [&prefix](const std::string& name) { return name.rfind(prefix, 0) == 0; };
    Result<TensorFile> file = readSafetensors(checkpoint / "tensors.safetensors", wanted);
    if (!file)
        return file.error();
    TensorMap named;
    for (auto& [name, tensor] : file->tensors)
        named.emplace(name.substr(prefix.size()), std::move(tensor));
    return named;
}

std::int64_t numbersIn(const TensorMap& tensors)
{
    std::int64_t count = 0;
    for (const auto& [name, tensor] : tensors)
        count += static_cast<std::int64_t>(tensor.data.size() / dtypeSize(tensor.dtype));
    return count;
}

struct ChosenWeights {
    TensorMap tensors;
    bool averaged = false;
};

Result<ChosenWeights> chooseWeights(const fs::path& checkpoint, const Json& document, Weights weights)
{
    const bool shown = weights == Weights::Best && samplingSchema().read(document["sampling"]).ema;
    if (weights == Weights::Averaged || shown) {
        Result<TensorMap> averaged = readWeights(checkpoint, "ema/");
        if (!averaged)
            return averaged.error();
        if (!averaged->empty())
            return ChosenWeights{*std::move(averaged), true};
        if (weights == Weights::Averaged) {
            return Error{"this checkpoint has no averaged weights", (checkpoint / "tensors.safetensors").string(),
                "take the plain ones, or train with training.ema_decay above 0"};
        }
    }
    Result<TensorMap> plain = readWeights(checkpoint, "generator/");
    if (!plain)
        return plain.error();
    return ChosenWeights{*std::move(plain), false};
}

/// The resolved experiment in the state of a checkpoint.
Result<Json> documentOf(const Json& state, const Catalog& catalog, const std::string& where)
{
    if (!state.contains("experiment"))
        return Error{"it does not say of which experiment it is", where, "choose a checkpoint of a run"};
    Result<Json> document = resolveDocument(state["experiment"], catalog);
    return document ? std::move(document) : Result<Json>(document.error().in(where));
}

Result<std::unique_ptr<Generator>> open(const fs::path& path, const Catalog& catalog, Weights weights)
{
    Result<fs::path> checkpoint = findCheckpoint(path);
    if (!checkpoint)
        return checkpoint.error();
    const std::string stateFile = (*checkpoint / "state.json").string();
    const Result<CheckpointData> checked = readCheckpoint(*checkpoint, [](const std::string&) { return false; });
    if (!checked)
        return checked.error();
    const Json& state = checked->state;
    Result<Json> document = documentOf(state, catalog, stateFile);
    if (!document)
        return document.error();
    Result<ChosenWeights> chosen = chooseWeights(*checkpoint, *document, weights);
    if (!chosen)
        return chosen.error();

    GeneratorInfo info;
    info.document = *std::move(document);
    info.checkpoint = *checkpoint;
    info.step = state.at("step").get<std::int64_t>();
    info.averaged = chosen->averaged;
    info.latent = latentSchema().read(info.document["latent"]);
    Result<DataHeader> data = dataOf(state, info.document, catalog, info.classes, stateFile);
    if (!data)
        return data.error();
    info.shape = data->shape;
    const Result<FittedNetwork> fitted = fitNetwork(info.document, catalog, "generator", *data);
    if (!fitted)
        return fitted.error().in(stateFile);
    info.canvas = planCanvas(fitted->report, "generator");
    // Before memory is taken for what the experiment claims.
    if (fitted->report.parameters > numbersIn(chosen->tensors)) {
        return Error{"the weights of the generator are missing or are those of a smaller one",
            (*checkpoint / "tensors.safetensors").string(), "choose another checkpoint"};
    }

    TrainingOptions options = trainingSchema().read(info.document["training"]);
    // Trained on a GPU, it is sampled there only if there is one here.
    if (options.device == Device::Cuda)
        options.device = Device::Auto;
    Result<ChosenDevice> device = chooseDevice(options);
    if (!device)
        return device.error();
    info.device = device->name;
    info.notes = device->notes;
    auto network = std::make_unique<BuiltNetwork>(catalog.layers, fitted->network, fitted->report);
    network->to(device->device, torch::kFloat, torchFormat(options.memoryFormat));
    network->setLearning(false);
    if (Status held = checkTensors(chosen->tensors, network->tensors()); !held)
        return held.error().in(checkpoint->string());
    for (const NamedTensor& tensor : network->tensors())
        copyValues(chosen->tensors.at(tensor.name), tensor.tensor);
    return std::unique_ptr<Generator>(
        std::make_unique<OpenedGenerator>(std::move(info), std::move(network), device->device));
}

} // namespace

Result<std::unique_ptr<Generator>> openGenerator(const fs::path& path, const Catalog& catalog, Weights weights)
{
    try {
        return open(path, catalog, weights);
    } catch (const std::exception& thrown) {
        const std::string text = thrown.what();
        return Error{"this generator cannot be opened: " + text.substr(0, text.find('\n')), path.string(),
            "choose another checkpoint"};
    }
}

} // namespace saddle
