// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/builtin.h"

#include "core/data/sources.h"
#include "core/images/decoder.h"
#include "core/models/architectures/architectures.h"
#include "core/models/layers/layers.h"
#include "core/objectives/objectives.h"
#include "core/training/optimiser.h"
#include "core/training/trainer.h"

#include <torch/version.h>

namespace saddle {

const Catalog& builtinCatalog()
{
    static const Catalog& catalog = []() -> const Catalog& {
        static Catalog c;
        c.sources.add(fashionMnistSource());
        c.sources.add(mnistSource());
        c.sources.add(idxSource());
        c.sources.add(cifar10Source());
        c.sources.add(imageFolderSource(imageDecoder()));
        c.sources.add(ringSource());
        c.sources.add(gridSource());
        c.sources.add(moonsSource());
        c.sources.add(spiralSource());
        c.sources.add(lineSource());
        c.sources.add(pointsSource());

        c.layers.add(linearLayer());
        c.layers.add(convLayer());
        c.layers.add(convTransposeLayer());
        c.layers.add(reshapeLayer());
        c.layers.add(flattenLayer());
        c.layers.add(normLayer());
        c.layers.add(activationLayer());
        c.layers.add(upsampleLayer());
        c.layers.add(averagePoolLayer());
        c.layers.add(addLayer());
        c.layers.add(concatLayer());

        c.architectures.add(dcganArchitecture(c.layers));
        c.architectures.add(mlpArchitecture(c.layers));

        c.objectives.add(nonSaturatingObjective());
        c.objectives.add(minimaxObjective());
        c.objectives.add(lsganObjective());

        c.optimisers.add(adamOptimiser());
        c.optimisers.add(rmspropOptimiser());
        return c;
    }();
    return catalog;
}

Result<std::unique_ptr<Engine>> makeTrainer(const Json& document, const LoadMonitor& monitor)
{
    try {
        const Catalog& catalog = builtinCatalog();
        Result<Experiment> experiment = buildExperiment(document, catalog);
        if (!experiment)
            return experiment.error();
        for (const auto& [role, report] : experiment->reports) {
            if (report.parameters == 0)
                return Error{"the network has no weights, so it cannot learn", role, "add a layer that has some"};
        }
        if (!monitor(0.1, "Getting the device ready"))
            return loadingCancelled();
        Result<ChosenDevice> device = chooseDevice(experiment->training);
        if (!device)
            return device.error();
        const std::string loading = "Loading " + experiment->dataSource->label;
        if (!monitor(0.2, loading))
            return loadingCancelled();
        Result<Dataset> dataset =
            experiment->dataSource->load(experiment->section("data"), [&](double fraction, const std::string& what) {
                return monitor(0.2 + 0.6 * fraction, loading + ": " + what);
            });
        if (!dataset)
            return dataset.error();
        if (!monitor(0.8, "Building the networks"))
            return loadingCancelled();
        return std::unique_ptr<Engine>(
            std::make_unique<Trainer>(*std::move(experiment), catalog, *std::move(dataset), *device));
    } catch (const std::exception& thrown) {
        const std::string text = thrown.what();
        const bool memory = text.find("memory") != std::string::npos;
        return Error{memory ? "there is not enough memory for this experiment" : text.substr(0, text.find('\n')), "",
            memory ? "use a smaller width, batch or data set" : "change the experiment, or report this"};
    }
}

std::string libtorchVersion()
{
    return TORCH_VERSION;
}

} // namespace saddle
