// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/architectures/architectures.h"
#include "core/models/architectures/describe_architecture.h"
#include "core/models/architectures/layer_list.h"

namespace saddle {

namespace {

enum class HiddenActivation { Relu, LeakyRelu, Tanh };

struct MlpOptions {
    std::int64_t width = 128;
    std::int64_t depth = 3;
    HiddenActivation activation = HiddenActivation::Relu;
    bool spectralNorm = false;
    double dropout = 0;
    std::int64_t code = 32;
};

const std::vector<ChoiceItem> activationChoices{{"relu", "ReLU"}, {"leaky_relu", "Leaky ReLU"}, {"tanh", "tanh"}};

Json layersOf(const MlpOptions& o, const NetworkFit& fit)
{
    const Json weights = {{"spectral_norm", o.spectralNorm}};
    LayerList list(fit.input.size() == 1 ? fit : NetworkFit{});
    if (fit.input.size() > 1) {
        list.add("flatten");
        if (fit.classes > 0)
            list.add("concat", Json::object(), {list.last(), "label"});
    }
    const auto addHidden = [&] {
        for (std::int64_t i = 0; i < o.depth; ++i) {
            const std::string& activation = activationChoices[static_cast<std::size_t>(o.activation)].value;
            list.add("linear", with(weights, {{"out", o.width}, {"activation", activation}}));
            if (o.dropout > 0)
                list.add("dropout", {{"probability", o.dropout}});
        }
    };
    addHidden();
    if (taskOf(fit) == NetworkTask::Rebuild) {
        list.add("linear", with(weights, {{"out", o.code}})).called("code");
        addHidden();
    }
    // Images end in −1 to 1; points may lie anywhere.
    const bool image = fit.output.size() > 1;
    list.add("linear", with(weights, {{"out", elementCount(fit.output)}, {"activation", image ? "tanh" : "none"}}));
    if (image)
        list.add("reshape", {{"shape", fit.output}});
    return list.json();
}

} // namespace

ArchitectureInfo mlpArchitecture(const Registry<LayerInfo>& layers)
{
    return describeArchitecture<MlpOptions>("mlp", "Fully-connected")
        .help("Linear layers only; the network for points of the plane")
        .source("Goodfellow et al. 2014, arXiv:1406.2661")
        .parameter("width", &MlpOptions::width,
            {.label = "Width", .help = "Numbers in each hidden layer", .min = 1, .max = 65536})
        .parameter("depth", &MlpOptions::depth,
            {.label = "Depth", .help = "Hidden layers; an auto-encoder has them twice", .min = 1, .max = 64})
        .parameter("activation", &MlpOptions::activation,
            {.label = "Activation", .help = "Non-linearity of the hidden layers", .choices = activationChoices})
        .parameter("spectral_norm", &MlpOptions::spectralNorm,
            {.label = "Spectral norm", .help = "On every weight of this network"})
        .parameter("dropout", &MlpOptions::dropout,
            {.label = "Dropout",
                .help = "Share of the numbers dropped behind each hidden layer",
                .min = 0,
                .max = 0.95})
        .parameter("code", &MlpOptions::code,
            {.label = "Code", .help = "Numbers in the middle of an auto-encoder", .min = 1, .max = 65536})
        .build(layers, [](const MlpOptions& o, const NetworkFit& fit) -> Result<Json> { return layersOf(o, fit); });
}

} // namespace saddle
