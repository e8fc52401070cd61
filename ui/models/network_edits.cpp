// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/network_edits.h"

#include <algorithm>
#include <limits>

namespace saddle {

namespace {

constexpr int unknownLayer = std::numeric_limits<int>::min();

std::string nameOf(const NetworkDescription& network, std::size_t layer)
{
    const std::string& id = network.layers[layer].id;
    return id.empty() ? std::to_string(layer) : id;
}

int layerCalled(const NetworkDescription& network, const std::string& name)
{
    if (name == "input")
        return networkInput;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        if (nameOf(network, i) == name)
            return static_cast<int>(i);
    }
    return unknownLayer;
}

/// Rewrites the named inputs of a network whose layers were renumbered: `places` says for each layer of `before` where
/// it is now. Names that meant nothing before are left as they were typed.
void rewriteInputs(const NetworkDescription& before, const std::vector<int>& places, NetworkDescription& after)
{
    for (LayerDescription& layer : after.layers) {
        for (std::string& name : layer.inputs) {
            const int old = layerCalled(before, name);
            if (old < 0)
                continue;
            const int now = places[static_cast<std::size_t>(old)];
            name = now < 0 ? "input" : nameOf(after, static_cast<std::size_t>(now));
        }
    }
}

std::vector<int> placesOf(const NetworkDescription& network)
{
    std::vector<int> places(network.layers.size());
    for (std::size_t i = 0; i < places.size(); ++i)
        places[i] = static_cast<int>(i);
    return places;
}

/// Between two layers of one block is inside of it. Else a layer stays in its block while that is next to it.
void settleBlock(NetworkDescription& network, std::size_t at)
{
    const std::string before = at > 0 ? network.layers[at - 1].block : std::string();
    const std::string after = at + 1 < network.layers.size() ? network.layers[at + 1].block : std::string();
    std::string& own = network.layers[at].block;
    if (before == after)
        own = before;
    else if (own != before && own != after)
        own.clear();
}

NetworkDescription firstLayers(const NetworkDescription& network, std::size_t count)
{
    return {{network.layers.begin(), network.layers.begin() + static_cast<std::ptrdiff_t>(count)}};
}

/// An error of a network, for a reader who sees which one it is about.
Error withoutRole(Error error, const std::string& role)
{
    const std::string prefix = role + ": ";
    if (error.where.compare(0, prefix.size(), prefix) == 0)
        error.where.erase(0, prefix.size());
    else if (error.where == role)
        error.where.clear();
    return error;
}

/// Whom the layers that took one layer's output take when it is gone.
int heirOf(const NetworkDescription& network, std::size_t at)
{
    const int before = static_cast<int>(at) - 1;
    const std::vector<std::string>& inputs = network.layers[at].inputs;
    const auto takes = [&](const std::string& name) { return layerCalled(network, name) == before; };
    if (inputs.empty() || std::any_of(inputs.begin(), inputs.end(), takes))
        return before;
    const int source = layerCalled(network, inputs.front());
    return source != unknownLayer && source < static_cast<int>(at) ? source : before;
}

} // namespace

NetworkPicture pictureWithoutShapes(const Registry<LayerInfo>& layers, const NetworkDescription& network, Error error)
{
    NetworkPicture picture;
    picture.network = network;
    for (const LayerDescription& layer : network.layers) {
        const LayerInfo* info = layers.find(layer.kind);
        picture.titles.push_back(info ? info->title(layer.options) : layer.kind);
    }
    picture.error = std::move(error);
    return picture;
}

NetworkPicture inspectPicture(
    const Registry<LayerInfo>& layers, const NetworkDescription& network, const NetworkFit& fit)
{
    NetworkPicture picture = pictureWithoutShapes(layers, network, {});
    picture.fit = fit;
    picture.error.reset();
    const auto adopt = [&picture](const NetworkReport& report) {
        for (const LayerReport& row : report.layers)
            picture.shapes.push_back(row.shape);
        picture.parameters = report.parameters;
        picture.flops = report.flops;
    };

    const Result<NetworkReport> whole = inspectNetwork(layers, network, fit.input, fit.role, fit.classes);
    if (whole) {
        adopt(*whole);
        if (whole->output != fit.output) {
            picture.error = Error{"the network ends in " + shapeText(whole->output) + ", but " + shapeText(fit.output)
                    + (fit.role == "generator" ? " is the shape of the data" : " is what the objective reads"),
                {}, "change its last layers, or choose an architecture that fits"};
            picture.errorLayer = static_cast<int>(network.layers.size());
        } else if (const Status taken = checkAllTaken(*whole, fit.role); !taken) {
            picture.error = withoutRole(taken.error(), fit.role);
            picture.errorLayer = whole->untaken();
        }
        return picture;
    }

    picture.error = withoutRole(whole.error(), fit.role);
    // What comes before the layer at fault builds, and nothing that holds it does.
    std::size_t good = 0;
    std::size_t bad = network.layers.size();
    while (bad > good + 1) {
        const std::size_t middle = (good + bad) / 2;
        if (inspectNetwork(layers, firstLayers(network, middle), fit.input, fit.role, fit.classes))
            good = middle;
        else
            bad = middle;
    }
    if (good > 0) {
        if (const Result<NetworkReport> part =
                inspectNetwork(layers, firstLayers(network, good), fit.input, fit.role, fit.classes))
            adopt(*part);
    }
    picture.errorLayer = static_cast<int>(good);
    return picture;
}

LayerDescription newLayer(const LayerInfo& info, const NetworkDescription& network, std::size_t at)
{
    LayerDescription layer;
    layer.kind = info.kind;
    for (const Parameter& parameter : info.parameters)
        layer.options[parameter.key] = parameter.defaultValue;
    for (int back = info.minInputs; info.minInputs > 1 && back > 0; --back) {
        const int source = static_cast<int>(at) - back;
        layer.inputs.push_back(source < 0 ? "input" : nameOf(network, static_cast<std::size_t>(source)));
    }
    if (info.takesLabel) {
        layer.inputs.erase(layer.inputs.begin());
        layer.inputs.emplace_back("label");
    }
    return layer;
}

NetworkDescription withLayer(NetworkDescription network, std::size_t at, LayerDescription layer)
{
    std::vector<int> places = placesOf(network);
    for (std::size_t i = at; i < places.size(); ++i)
        ++places[i];
    NetworkDescription after = network;
    after.layers.insert(after.layers.begin() + static_cast<std::ptrdiff_t>(at), std::move(layer));
    settleBlock(after, at);
    rewriteInputs(network, places, after);
    if (at == 0 || at + 1 == after.layers.size())
        return after;
    // Where the next layer takes the one before by name, nothing would take what was put between them.
    const std::string before = nameOf(after, at - 1);
    const std::vector<std::string>& own = after.layers[at].inputs;
    if (own.empty() || std::find(own.begin(), own.end(), before) != own.end()) {
        std::vector<std::string>& next = after.layers[at + 1].inputs;
        std::replace(next.begin(), next.end(), before, nameOf(after, at));
    }
    return after;
}

NetworkDescription withoutLayer(NetworkDescription network, std::size_t at)
{
    const int heir = heirOf(network, at);
    std::vector<int> places = placesOf(network);
    places[at] = heir;
    for (std::size_t i = at + 1; i < places.size(); ++i)
        --places[i];
    NetworkDescription after = network;
    after.layers.erase(after.layers.begin() + static_cast<std::ptrdiff_t>(at));
    rewriteInputs(network, places, after);
    // The next layer that names nobody would now take the one before the gap.
    if (at < after.layers.size() && after.layers[at].inputs.empty() && heir != static_cast<int>(at) - 1)
        after.layers[at].inputs = {heir < 0 ? "input" : nameOf(after, static_cast<std::size_t>(heir))};
    return after;
}

NetworkDescription withLayerMoved(NetworkDescription network, std::size_t from, std::size_t to)
{
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < network.layers.size(); ++i)
        order.push_back(i);
    order.erase(order.begin() + static_cast<std::ptrdiff_t>(from));
    order.insert(order.begin() + static_cast<std::ptrdiff_t>(to), from);

    NetworkDescription after;
    std::vector<int> places(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        places[order[i]] = static_cast<int>(i);
        after.layers.push_back(network.layers[order[i]]);
    }
    settleBlock(after, to);
    rewriteInputs(network, places, after);
    return after;
}

NetworkDescription withLayerTwice(NetworkDescription network, std::size_t at)
{
    LayerDescription copy = network.layers[at];
    copy.id.clear();
    return withLayer(std::move(network), at + 1, std::move(copy));
}

NetworkDescription withLayerCalled(NetworkDescription network, std::size_t at, std::string id)
{
    NetworkDescription after = network;
    after.layers[at].id = std::move(id);
    rewriteInputs(network, placesOf(network), after);
    return after;
}

std::vector<Parameter> layerFormParameters(const LayerInfo& info)
{
    std::vector<Parameter> parameters = info.parameters;
    Parameter text;
    text.type = ParameterType::Text;
    text.defaultValue = "";
    text.key = "inputs";
    text.label = "Takes";
    text.help = info.maxInputs > 1 ? "The layers it takes, by number or name, such as “3, input”; empty: the one before"
                                   : "The layer it takes, by number or name, or “input”; empty: the one before";
    parameters.insert(parameters.begin(), text);
    text.key = "id";
    text.label = "Name";
    text.help = "By which later layers may take this one; empty: its number";
    parameters.push_back(text);
    return parameters;
}

Json layerFormValues(const LayerDescription& layer)
{
    Json values = layer.options;
    values["id"] = layer.id;
    values["inputs"] = inputsText(layer.inputs);
    return values;
}

NetworkDescription withLayerValue(NetworkDescription network, std::size_t at, const std::string& key, const Json& value)
{
    const auto text = [&value] { return value.is_string() ? value.get<std::string>() : value.dump(); };
    if (key == "id")
        return withLayerCalled(std::move(network), at, text());
    if (key == "inputs")
        network.layers[at].inputs = inputsFromText(text());
    else
        network.layers[at].options[key] = value;
    return network;
}

std::string inputsText(const std::vector<std::string>& inputs)
{
    std::string text;
    for (const std::string& name : inputs)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

std::vector<std::string> inputsFromText(const std::string& text)
{
    std::vector<std::string> inputs(1);
    for (const char c : text) {
        if (c != ',' && c != ' ')
            inputs.back() += c;
        else if (!inputs.back().empty())
            inputs.emplace_back();
    }
    if (inputs.back().empty())
        inputs.pop_back();
    return inputs;
}

} // namespace saddle
