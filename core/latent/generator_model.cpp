// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/generator_model.h"

#include "core/latent/checkpoint_network.h"
#include "core/latent/file_kind.h"
#include "core/latent/generator_file.h"
#include "core/runs/experiment_sections.h"
#include "core/runs/run_folder.h"

namespace saddle {

namespace fs = std::filesystem;

namespace {

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

} // namespace

Result<GeneratorModel> modelOf(
    const CheckpointData& checkpoint, const fs::path& where, const Catalog& catalog, Weights weights)
{
    const Result<CheckpointExperiment> experiment = experimentOf(checkpoint, where, catalog);
    if (!experiment)
        return experiment.error();
    const Json& document = experiment->document;
    Result<ChosenWeights> chosen = chooseWeights(checkpoint, document, weights, where);
    if (!chosen)
        return chosen.error();
    Result<NetworkDescription> layers = layersOf(*experiment, "generator", chosen->tensors, catalog);
    if (!layers)
        return layers.error();

    const SamplingOptions sampling = samplingSchema().read(document["sampling"]);
    const TrainingOptions training = trainingSchema().read(document["training"]);
    GeneratorModel model;
    GeneratorHead& head = model.head;
    head.origin = where;
    head.step = experiment->step;
    head.averaged = chosen->averaged;
    head.latent = latentSchema().read(document["latent"]);
    head.shape = experiment->data.shape;
    head.classes = experiment->classes;
    head.seed = static_cast<std::uint64_t>(training.seed);
    head.rows = sampling.rows;
    head.columns = sampling.columns;
    head.points = sampling.points;
    model.network = *std::move(layers);
    model.tensors = std::move(chosen->tensors);
    model.device = training.device;
    model.format = training.memoryFormat;
    return model;
}

namespace {

Result<GeneratorModel> readFileOf(const fs::path& path, const Catalog& catalog, const ModelReader& onnx)
{
    const std::string where = path.string();
    const Result<FileKind> kind = fileKind(path);
    if (!kind)
        return kind.error();
    switch (*kind) {
    case FileKind::Saddle:
        return readGeneratorFile(path, catalog);
    case FileKind::Onnx:
        if (onnx)
            return onnx(path, catalog);
        return Error{"this is an ONNX file, which this build cannot read", where,
            "build with libonnx (Debian: libonnx-dev, libprotobuf-dev)"};
    case FileKind::TorchScript:
        return Error{"this is TorchScript, whose layers are code and cannot be told apart", where,
            "open it as it is, or export the generator as ONNX"};
    case FileKind::StateDict:
        return Error{"these are weights of PyTorch without the layers they belong to", where,
            "open them in the window, where the layers are proposed and can be mended, or use saddle-cli import"};
    case FileKind::Other:
        break;
    }
    return Error{"this is no generator", where,
        "give a run, a checkpoint, or a file: Saddle's own, ONNX, TorchScript, or weights of PyTorch"};
}

} // namespace

Result<GeneratorModel> readModel(const fs::path& path, const Catalog& catalog, Weights weights, const ModelReader& onnx)
{
    std::error_code error;
    if (fs::exists(path, error) && !fs::is_directory(path, error))
        return readFileOf(path, catalog, onnx);
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
