// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/builtin.h"

#include "core/data/sources.h"
#include "core/images/decoder.h"
#include "core/models/architectures/architectures.h"
#include "core/models/layers/layers.h"
#include "core/objectives/objectives.h"
#include "core/regularisers/regularisers.h"
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
        c.layers.add(downsampleLayer());
        c.layers.add(pixelShuffleLayer());
        c.layers.add(averagePoolLayer());
        c.layers.add(maxPoolLayer());
        c.layers.add(dropoutLayer());
        c.layers.add(minibatchDiscriminationLayer());
        c.layers.add(minibatchStddevLayer());
        c.layers.add(basisLayer());
        c.layers.add(addLayer());
        c.layers.add(concatLayer());
        c.layers.add(labelMapLayer());

        c.architectures.add(dcganArchitecture(c.layers));
        c.architectures.add(mlpArchitecture(c.layers));
        c.architectures.add(cs231nArchitecture(c.layers));
        c.architectures.add(upsampleArchitecture(c.layers));
        c.architectures.add(subpixelArchitecture(c.layers));
        c.architectures.add(snganArchitecture(c.layers));
        c.architectures.add(resnetArchitecture(c.layers));
        c.architectures.add(ebganArchitecture(c.layers));
        c.architectures.add(beganArchitecture(c.layers));
        c.architectures.add(r3ganArchitecture(c.layers));

        c.objectives.add(nonSaturatingObjective());
        c.objectives.add(minimaxObjective());
        c.objectives.add(lsganObjective());
        c.objectives.add(wganObjective());
        c.objectives.add(hingeObjective());
        c.objectives.add(relativisticObjective());
        c.objectives.add(ebganObjective());
        c.objectives.add(beganObjective());
        c.objectives.add(vaeObjective());

        c.regularisers.add(gradientPenaltyRegulariser());
        c.regularisers.add(r1Regulariser());
        c.regularisers.add(r2Regulariser());
        c.regularisers.add(draganRegulariser());
        c.regularisers.add(pullAwayRegulariser());
        c.regularisers.add(weightClippingRegulariser());
        c.regularisers.add(diffAugmentRegulariser());

        c.optimisers.add(adamOptimiser());
        c.optimisers.add(rmspropOptimiser());
        c.optimisers.add(sgdOptimiser());
        return c;
    }();
    return catalog;
}

namespace {

Result<std::unique_ptr<Engine>> makeTrainerOf(torch::ScalarType type, const Json& document, const LoadMonitor& monitor,
    const WorkerPlace& place = WorkerPlace(), std::shared_ptr<WorkerGroup> workers = nullptr)
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
        if (Status shared = checkShares(experiment->training.batchSize, place.size); !shared)
            return shared.error();
        if (!monitor(0.1, "Getting the device ready"))
            return loadingCancelled();
        Result<ChosenDevice> device = chooseDevice(experiment->training, place);
        if (!device)
            return device.error();
        if (experiment->training.graphs && !workers)
            readyForGraphs(*device);
        device->side = makeSideStream(device->device);
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
        return std::unique_ptr<Engine>(std::make_unique<Trainer>(
            *std::move(experiment), catalog, *std::move(dataset), *device, type, std::move(workers)));
    } catch (const std::exception& thrown) {
        const std::string text = thrown.what();
        const bool memory = text.find("memory") != std::string::npos;
        return Error{memory ? "there is not enough memory for this experiment" : text.substr(0, text.find('\n')), "",
            memory ? "use a smaller width, batch or data set" : "change the experiment, or report this"};
    }
}

} // namespace

Result<std::unique_ptr<Engine>> makeTrainer(const Json& document, const LoadMonitor& monitor)
{
    return makeTrainerOf(torch::kFloat, document, monitor);
}

Result<std::unique_ptr<Engine>> makeWideTrainer(const Json& document, const LoadMonitor& monitor)
{
    return makeTrainerOf(torch::kDouble, document, monitor);
}

Result<std::unique_ptr<Engine>> makeSharingTrainer(const Json& document, const LoadMonitor& monitor,
    const WorkerPlace& place, std::shared_ptr<WorkerGroup> workers, Precision precision)
{
    const torch::ScalarType type = precision == Precision::Float64 ? torch::kDouble : torch::kFloat;
    return makeTrainerOf(type, document, monitor, place, std::move(workers));
}

std::string libtorchVersion()
{
    return TORCH_VERSION;
}

} // namespace saddle
