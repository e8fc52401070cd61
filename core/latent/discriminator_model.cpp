// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/discriminator_model.h"

#include "core/latent/checkpoint_network.h"
#include "core/runs/experiment_sections.h"
#include "core/runs/run_folder.h"

#include <algorithm>

namespace saddle {

namespace fs = std::filesystem;

Result<DiscriminatorModel> discriminatorOf(
    const CheckpointData& checkpoint, const fs::path& where, const Catalog& catalog)
{
    Result<CheckpointExperiment> experiment = experimentOf(checkpoint, where, catalog);
    if (!experiment)
        return experiment.error();
    const Json& document = experiment->document;
    const std::vector<std::string> roles = experimentRoles(document, catalog);
    if (std::find(roles.begin(), roles.end(), "discriminator") == roles.end()) {
        return Error{"this run has no discriminator: its objective is "
                + catalog.objectives.find(document["objective"]["kind"])->label,
            where.string(), "choose a run of an adversarial objective"};
    }
    DiscriminatorModel model;
    model.tensors = withoutPrefix(checkpoint.tensors, "discriminator/");
    Result<NetworkDescription> layers = layersOf(*experiment, "discriminator", model.tensors, catalog);
    if (!layers)
        return layers.error();
    const TrainingOptions training = trainingSchema().read(document["training"]);
    model.origin = where;
    model.step = experiment->step;
    model.shape = experiment->data.shape;
    model.classes = experiment->classes;
    model.objective = document["objective"];
    model.network = *std::move(layers);
    model.device = training.device;
    model.format = training.memoryFormat;
    return model;
}

Result<DiscriminatorModel> readDiscriminator(const fs::path& path, const Catalog& catalog)
{
    const Result<fs::path> folder = findCheckpoint(path);
    if (!folder)
        return folder.error();
    const Result<CheckpointData> checkpoint =
        readCheckpoint(*folder, [](const std::string& name) { return name.rfind("discriminator/", 0) == 0; });
    if (!checkpoint)
        return checkpoint.error();
    return discriminatorOf(*checkpoint, *folder, catalog);
}

} // namespace saddle
