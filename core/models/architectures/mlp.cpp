// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/architectures/architectures.h"
#include "core/models/architectures/describe_architecture.h"

namespace saddle {

namespace {

enum class HiddenActivation { Relu, LeakyRelu, Tanh };

struct MlpOptions {
    std::int64_t width = 128;
    std::int64_t depth = 3;
    HiddenActivation activation = HiddenActivation::Relu;
};

const std::vector<ChoiceItem> activationChoices{{"relu", "ReLU"}, {"leaky_relu", "Leaky ReLU"}, {"tanh", "tanh"}};

Json layersOf(const MlpOptions& o, const NetworkFit& fit)
{
    Json layers = Json::array();
    if (fit.input.size() > 1)
        layers.push_back({{"kind", "flatten"}});
    for (std::int64_t i = 0; i < o.depth; ++i) {
        layers.push_back({{"kind", "linear"}, {"out", o.width},
            {"activation", activationChoices[static_cast<std::size_t>(o.activation)].value}});
    }
    // Images end in −1 to 1; points may lie anywhere.
    const bool image = fit.output.size() > 1;
    layers.push_back({{"kind", "linear"}, {"out", elementCount(fit.output)}, {"activation", image ? "tanh" : "none"}});
    if (image)
        layers.push_back({{"kind", "reshape"}, {"shape", fit.output}});
    return layers;
}

} // namespace

ArchitectureInfo mlpArchitecture(const Registry<LayerInfo>& layers)
{
    return describeArchitecture<MlpOptions>("mlp", "Fully-connected")
        .help("Linear layers only; the network for points of the plane")
        .source("Goodfellow et al. 2014, arXiv:1406.2661")
        .parameter("width", &MlpOptions::width,
            {.label = "Width", .help = "Numbers in each hidden layer", .min = 1, .max = 65536})
        .parameter("depth", &MlpOptions::depth, {.label = "Depth", .help = "Hidden layers", .min = 1, .max = 64})
        .parameter("activation", &MlpOptions::activation,
            {.label = "Activation", .help = "Non-linearity of the hidden layers", .choices = activationChoices})
        .build(layers, [](const MlpOptions& o, const NetworkFit& fit) -> Result<Json> { return layersOf(o, fit); });
}

} // namespace saddle
