// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/experiment_checks.h"

#include <algorithm>
#include <array>
#include <string_view>

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

/// Numbers behind these lie within the range of those before them.
constexpr std::array<std::string_view, 7> keepsRange{
    "reshape", "flatten", "pixel_shuffle", "upsample", "downsample", "average_pool", "max_pool"};

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

/// Where a sample's output depends on others, the gradient of their sum is not that of each alone.
Status checkOwnGradient(Experiment& experiment, const RegulariserInfo& regulariser)
{
    const std::string text = regulariser.label + " takes the gradient of each sample alone, but ";
    const std::string depends = " makes a sample's output depend on its batch";
    if (const std::ptrdiff_t norm = batchNorm(experiment.networks.at("discriminator")); norm >= 0) {
        const std::string where = layerPlace(experiment, "discriminator", static_cast<std::size_t>(norm));
        if (regulariser.asks == Asks::OwnGradient)
            return Error{text + "batch norm" + depends, where, "use layer or instance norm there, or none"};
        experiment.warnings.push_back(
            text + "batch norm" + depends + " (" + where + "). The paper did so all the same.");
    }
    if (const int mixer = experiment.reports.at("discriminator").mixer(Mixing::Always); mixer >= 0) {
        const std::string where = layerPlace(experiment, "discriminator", static_cast<std::size_t>(mixer));
        experiment.warnings.push_back(
            text + "a layer that compares samples" + depends + " (" + where + "). Papers did so all the same.");
    }
    return {};
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
    if (regulariser.asks == Asks::Images && experiment.dataShape.size() != 3) {
        return Error{regulariser.label + " is for images, but the data are " + shapeText(experiment.dataShape), place,
            "switch it off"};
    }
    if (regulariser.asks == Asks::OwnGradient || regulariser.asks == Asks::OwnGradientLoosely)
        return checkOwnGradient(experiment, regulariser);
    return {};
}

/// "sigmoid" and its like squeeze what should be free to lie anywhere.
bool squeezes(const std::string& activation)
{
    return activation == "sigmoid" || activation == "tanh" || activation == "relu";
}

/// Objectives read scores and codes as they are: what squeezes them first is nearly always left over. Samples lie on
/// both sides of 0, which not every activation reaches.
void checkOutputs(Experiment& experiment)
{
    const ObjectiveInfo& objective = *experiment.objective;
    for (const std::string& role : objective.roles) {
        const std::string activation = outputActivation(experiment, role);
        const bool sample =
            role == "generator" || (role == "discriminator" && objective.critic == Critic::Reconstruction);
        const std::string name = role == "discriminator" ? "D" : role == "generator" ? "G" : "The " + role;
        if (!sample && squeezes(activation)) {
            experiment.warnings.push_back(name + " ends in " + activation + ", but " + objective.label
                + " reads its output as it is, without one: remove it from the last layer.");
        } else if (sample && (activation == "sigmoid" || activation == "relu")) {
            experiment.warnings.push_back(name + " ends in " + activation
                + ", which gives nothing below 0, but samples lie on both sides of it: choose "
                + (experiment.dataShape.size() == 3 ? "tanh" : "none") + " in its last layer.");
        }
    }
}

/// With one sample a batch, what compares samples has none to compare. Batch norm is worse off: where it has one number
/// a channel, its variance is 0 / 0, which would stay in the running statistics.
Status checkBatchOfOne(Experiment& experiment)
{
    if (experiment.training.batchSize > 1)
        return {};
    const std::string nothing = " compares the samples of a batch, and training.batch_size is 1: it does nothing.";
    for (const auto& [role, network] : experiment.networks) {
        const NetworkReport& report = experiment.reports.at(role);
        for (std::size_t i = 0; i < network.layers.size(); ++i) {
            const Shape& shape = report.layers[i].shape.output;
            if (network.layers[i].options.value("norm", "") == "batch" && elementCount(shape) == shape.front()) {
                return Error{"batch norm has one number a channel, which has no variance",
                    layerPlace(experiment, role, i),
                    "set training.batch_size to 2 or more, or use layer norm there, or none"};
            }
        }
        if (const int mixer = report.mixer(Mixing::Always); mixer >= 0)
            experiment.warnings.push_back(layerPlace(experiment, role, static_cast<std::size_t>(mixer)) + nothing);
    }
    for (const RegulariserInfo* regulariser : experiment.regularisers) {
        if (regulariser->comparesSamples)
            experiment.warnings.push_back(regulariser->label + nothing);
    }
    return {};
}

Status checkLabels(Experiment& experiment)
{
    if (!experiment.training.conditional)
        return {};
    if (experiment.classes == 0) {
        const std::vector<Parameter>& options = experiment.dataSource->parameters;
        const bool optional = std::any_of(
            options.begin(), options.end(), [](const Parameter& parameter) { return parameter.key == "labels"; });
        return Error{"the networks are to use labels, but the data have none", "training.conditional",
            std::string(optional ? "set data.labels, " : "") + "choose data with labels, or switch it off"};
    }
    for (const auto& [role, report] : experiment.reports) {
        if (report.labelReader() < 0)
            experiment.warnings.emplace_back("Labels are on, but the " + role + " does not read them.");
    }
    return {};
}

} // namespace

std::string outputActivation(const Experiment& experiment, const std::string& role)
{
    const std::vector<LayerDescription>& layers = experiment.networks.at(role).layers;
    const NetworkReport& report = experiment.reports.at(role);
    int layer = static_cast<int>(layers.size()) - 1;
    const auto moves = [&](int number) {
        return std::find(keepsRange.begin(), keepsRange.end(), layers[static_cast<std::size_t>(number)].kind)
            != keepsRange.end();
    };
    while (layer >= 0 && moves(layer))
        layer = report.layers[static_cast<std::size_t>(layer)].inputs.front();
    if (layer < 0)
        return "none";
    const Json& options = layers[static_cast<std::size_t>(layer)].options;
    // A norm behind it scales and shifts its numbers again.
    const bool last = options.value("norm", "none") == "none" || options.value("order", "") != "activation_first";
    return last ? options.value("activation", "none") : "none";
}

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
    checkOutputs(experiment);
    if (Status fits = checkBatchOfOne(experiment); !fits)
        return fits;
    if (experiment.training.patience > 0 && objective.measure.empty()) {
        experiment.warnings.push_back(
            "Patience has nothing to wait for: " + objective.label + " has no measure of convergence.");
    }
    if (objective.check) {
        if (Status fits = objective.check(experiment); !fits)
            return fits;
    }
    return checkLabels(experiment);
}

} // namespace saddle
