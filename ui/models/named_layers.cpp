// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/named_layers.h"

#include "ui/models/network_edits.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace saddle {

namespace {

/// The layer of a tensor "LAYER.NAME".
std::string layerOf(const std::string& tensor)
{
    return tensor.substr(0, tensor.find('.'));
}

bool has(const NetworkDescription& network, const std::string& id)
{
    return std::any_of(
        network.layers.begin(), network.layers.end(), [&id](const LayerDescription& layer) { return layer.id == id; });
}

} // namespace

GeneratorModel withNamedLayers(GeneratorModel model)
{
    std::map<std::string, std::string> names;
    for (std::size_t i = 0; i < model.network.layers.size(); ++i) {
        if (!model.network.layers[i].id.empty())
            continue;
        std::string name = "layer_" + std::to_string(i);
        while (has(model.network, name))
            name += '_';
        names.emplace(std::to_string(i), name);
        model.network = withLayerCalled(std::move(model.network), i, name);
    }
    TensorMap tensors;
    while (!model.tensors.empty()) {
        auto tensor = model.tensors.extract(model.tensors.begin());
        const std::string layer = layerOf(tensor.key());
        if (const auto named = names.find(layer); named != names.end())
            tensor.key() = named->second + tensor.key().substr(layer.size());
        tensors.insert(std::move(tensor));
    }
    model.tensors = std::move(tensors);
    return model;
}

GeneratorModel withOwnTensors(GeneratorModel model)
{
    std::set<std::string> names;
    for (std::size_t i = 0; i < model.network.layers.size(); ++i) {
        const std::string& id = model.network.layers[i].id;
        names.insert(id.empty() ? std::to_string(i) : id);
    }
    std::erase_if(model.tensors, [&names](const auto& tensor) { return !names.contains(layerOf(tensor.first)); });
    return model;
}

} // namespace saddle
