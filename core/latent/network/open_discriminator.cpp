// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/network/open_discriminator.h"

#include "core/latent/network/opened_discriminator.h"

namespace saddle {

namespace {

Result<std::unique_ptr<Discriminator>> open(const DiscriminatorModel& model, const Catalog& catalog)
{
    const std::string where = model.origin.string();
    Result<NetworkReport> report =
        inspectNetwork(catalog.layers, model.network, model.shape, where, static_cast<int>(model.classes.size()));
    if (!report)
        return report.error();
    const Result<const ObjectiveInfo*> objective =
        catalog.objectives.get(model.objective.value("kind", std::string()), where + ": objective.kind");
    if (!objective)
        return objective.error();
    Result<OpenedNetwork> opened =
        openNetwork(catalog, model.network, *std::move(report), model.tensors, model.device, model.format, where);
    if (!opened)
        return opened.error();
    DiscriminatorInfo info;
    info.origin = model.origin;
    info.step = model.step;
    info.shape = model.shape;
    info.classes = model.classes;
    info.device = opened->device.name;
    info.notes = opened->device.notes;
    return std::unique_ptr<Discriminator>(std::make_unique<OpenedDiscriminator>(
        std::move(info), *std::move(opened), torchFormat(model.format), **objective, model.objective));
}

template <class Work>
Result<std::unique_ptr<Discriminator>> guarded(const std::filesystem::path& origin, const Work& work)
{
    try {
        return work();
    } catch (const std::exception& thrown) {
        return torchError(thrown, "this discriminator cannot be opened", origin.string(), "choose another one");
    }
}

} // namespace

Result<std::unique_ptr<Discriminator>> openDiscriminatorModel(const DiscriminatorModel& model, const Catalog& catalog)
{
    return guarded(model.origin, [&] { return open(model, catalog); });
}

Result<std::unique_ptr<Discriminator>> openDiscriminator(const std::filesystem::path& path, const Catalog& catalog)
{
    return guarded(path, [&]() -> Result<std::unique_ptr<Discriminator>> {
        const Result<DiscriminatorModel> model = readDiscriminator(path, catalog);
        if (!model)
            return model.error();
        return open(*model, catalog);
    });
}

} // namespace saddle
