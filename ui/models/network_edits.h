// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/network.h"

#include <optional>
#include <string>
#include <vector>

namespace saddle {

/// A network as the editor shows it, whether it builds or not: shapes as far as they are known, and where they end.
struct NetworkPicture {
    NetworkFit fit;
    NetworkDescription network;
    std::vector<std::string> titles; ///< one a layer
    std::vector<LayerShape> shapes; ///< of the layers before the error, or of all
    std::int64_t parameters = 0; ///< of the layers above
    std::int64_t flops = 0;
    std::optional<Error> error;
    int errorLayer = -1; ///< the number of layers when the output is at fault; -1 while all is well

    bool builds() const { return !error; }
};

/// Runs the shapes through a network and holds its output against what the experiment wants of this role.
NetworkPicture inspectPicture(
    const Registry<LayerInfo>& layers, const NetworkDescription& network, const NetworkFit& fit);

/// A picture of layers whose shapes cannot be known, as while the data are missing.
NetworkPicture pictureWithoutShapes(const Registry<LayerInfo>& layers, const NetworkDescription& network, Error error);

// Edits of a list of layers. Layers know each other by number or id (LayerDescription::inputs): every edit rewrites
// these names, so that a layer keeps taking what it took. A layer that comes to lie inside of a block belongs to it;
// one that leaves its block behind belongs to none.

/// A layer of a kind with its defaults; one that takes several inputs is given the nearest layers before `at`, and the
/// label where its kind takes that.
LayerDescription newLayer(const LayerInfo& info, const NetworkDescription& network, std::size_t at);
/// Where the next layer takes the one before, it takes the new one in its place.
NetworkDescription withLayer(NetworkDescription network, std::size_t at, LayerDescription layer);
/// Those that took what the layer gave take what it was given: where it took several, the one before it, else the
/// first.
NetworkDescription withoutLayer(NetworkDescription network, std::size_t at);
/// `to` is where the layer ends up.
NetworkDescription withLayerMoved(NetworkDescription network, std::size_t from, std::size_t to);
/// The copy follows its model and has no id.
NetworkDescription withLayerTwice(NetworkDescription network, std::size_t at);
NetworkDescription withLayerCalled(NetworkDescription network, std::size_t at, std::string id);

/// What a form of a layer asks: the options of its kind, and what every layer has beside: "inputs" as text, and "id".
std::vector<Parameter> layerFormParameters(const LayerInfo& info);
Json layerFormValues(const LayerDescription& layer);
/// A layer with one of these changed.
NetworkDescription withLayerValue(
    NetworkDescription network, std::size_t at, const std::string& key, const Json& value);

/// "input, 3" as it is typed, and back.
std::string inputsText(const std::vector<std::string>& inputs);
std::vector<std::string> inputsFromText(const std::string& text);

} // namespace saddle
