// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/experiment_checks.h"

#include <algorithm>

namespace saddle {

namespace {

std::string layerPlace(const Experiment& experiment, const std::string& role, std::size_t index)
{
    return role + ": layer " + std::to_string(index) + ", " + experiment.reports.at(role).layers[index].title;
}

/// The first layer of a network with batch norm, or -1.
std::ptrdiff_t batchNorm(const NetworkDescription& network)
{
    const auto found = std::find_if(network.layers.begin(), network.layers.end(),
        [](const LayerDescription& layer) { return layer.options.value("norm", "") == "batch"; });
    return found == network.layers.end() ? -1 : found - network.layers.begin();
}

bool usesSpectralNorm(const NetworkDescription& network)
{
    return std::any_of(network.layers.begin(), network.layers.end(),
        [](const LayerDescription& layer) { return layer.options.value("spectral_norm", false); });
}

bool hasCode(const NetworkDescription& network)
{
    return std::any_of(
        network.layers.begin(), network.layers.end(), [](const LayerDescription& layer) { return layer.id == "code"; });
}

Status checkRegulariser(Experiment& experiment, const RegulariserInfo& regulariser)
{
    const std::string place = "regularisers." + regulariser.kind;
    const auto critic = experiment.networks.find("discriminator");
    if (critic == experiment.networks.end()) {
        return Error{regulariser.label + " works on a discriminator, and " + experiment.objective->label + " has none",
            place, "switch it off"};
    }
    const NetworkDescription& network = critic->second;
    if (regulariser.asks == Asks::Code && !hasCode(network)) {
        return Error{regulariser.label + " needs the code of an auto-encoder, but no layer of D has the id “code”",
            place, "choose an auto-encoder as D, or give the layer that makes the code this id"};
    }
    const std::ptrdiff_t norm = batchNorm(network);
    const bool own = regulariser.asks == Asks::OwnGradient || regulariser.asks == Asks::OwnGradientLoosely;
    if (!own || norm < 0)
        return {};
    const std::string where = layerPlace(experiment, "discriminator", static_cast<std::size_t>(norm));
    const std::string text = regulariser.label
        + " takes the gradient of each sample alone, but batch norm makes a sample's output depend on its batch";
    if (regulariser.asks == Asks::OwnGradient)
        return Error{text, where, "use layer or instance norm there, or none"};
    experiment.warnings.push_back(text + " (" + where + "). The paper did so all the same.");
    return {};
}

/// Objectives read a discriminator's output as it is: what squeezes it first is nearly always left over.
void checkLastLayer(Experiment& experiment)
{
    const auto critic = experiment.networks.find("discriminator");
    if (critic == experiment.networks.end() || experiment.objective->critic != Critic::Score)
        return;
    const std::string activation = critic->second.layers.back().options.value("activation", "none");
    if (activation == "sigmoid" || activation == "tanh") {
        experiment.warnings.push_back("D ends in " + activation + ", but " + experiment.objective->label
            + " reads its output as it is, without one: remove it from the last layer.");
    }
}

} // namespace

Status checkCombination(Experiment& experiment)
{
    experiment.warnings.clear();
    const ObjectiveInfo& objective = *experiment.objective;
    bool bounded = false;
    for (const RegulariserInfo* regulariser : experiment.regularisers) {
        if (Status fits = checkRegulariser(experiment, *regulariser); !fits)
            return fits;
        bounded = bounded || regulariser->boundsSlope;
    }
    const auto critic = experiment.networks.find("discriminator");
    if (objective.unbounded && !bounded && !usesSpectralNorm(critic->second)) {
        experiment.warnings.push_back("Nothing keeps the critic's slope in bounds: " + objective.label
            + " wants weight clipping, a gradient penalty or spectral norm.");
    }
    checkLastLayer(experiment);
    if (experiment.training.patience > 0 && objective.measure.empty()) {
        experiment.warnings.push_back(
            "Patience has nothing to wait for: " + objective.label + " has no measure of convergence.");
    }
    if (objective.check) {
        if (Status fits = objective.check(experiment); !fits)
            return fits;
    }
    if (experiment.training.conditional) {
        if (experiment.classes == 0)
            return Error{"the networks are to use labels, but the data have none", "training.conditional",
                "choose data with labels, or switch it off"};
        for (const auto& [role, report] : experiment.reports) {
            if (report.labelReader() < 0)
                experiment.warnings.push_back("Labels are on, but the " + role + " does not read them.");
        }
    }
    return {};
}

} // namespace saddle
