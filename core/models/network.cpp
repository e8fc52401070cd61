// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/network.h"

#include "core/params/schema.h"

#include <algorithm>
#include <limits>
#include <map>

namespace saddle {

namespace {

constexpr std::size_t maxLayers = 512;
constexpr std::int64_t maxElements = std::int64_t{1} << 31;

std::string layerName(const NetworkDescription& network, std::size_t index)
{
    const std::string& id = network.layers[index].id;
    return id.empty() ? std::to_string(index) : id;
}

std::string placeOf(const std::string& where, std::size_t index, const std::string& title)
{
    return where + ": layer " + std::to_string(index) + ", " + title;
}

} // namespace

std::string shapeText(const Shape& shape)
{
    std::string text;
    for (const std::int64_t size : shape)
        text += (text.empty() ? "" : " × ") + std::to_string(size);
    return text.empty() ? "one number" : text;
}

std::int64_t elementCount(const Shape& shape)
{
    // The sizes come from files: eight of the largest would wrap to a small number.
    std::int64_t count = 1;
    for (const std::int64_t size : shape) {
        if (__builtin_mul_overflow(count, size, &count))
            return std::numeric_limits<std::int64_t>::max();
    }
    return count;
}

Shape NetworkReport::shapeOf(int number) const
{
    if (number == networkLabel)
        return {classes};
    return number < 0 ? input : layers[static_cast<std::size_t>(number)].shape.output;
}

int NetworkReport::labelReader() const
{
    const auto found = std::find_if(layers.begin(), layers.end(), [](const LayerReport& layer) {
        return std::find(layer.inputs.begin(), layer.inputs.end(), networkLabel) != layer.inputs.end();
    });
    return found == layers.end() ? -1 : static_cast<int>(found - layers.begin());
}

int NetworkReport::mixer(Mixing least) const
{
    const auto found = std::find_if(
        layers.begin(), layers.end(), [least](const LayerReport& layer) { return layer.shape.mixing >= least; });
    return found == layers.end() ? -1 : static_cast<int>(found - layers.begin());
}

int NetworkReport::untaken() const
{
    std::vector<bool> taken(layers.size(), false);
    taken.back() = true;
    for (const LayerReport& layer : layers) {
        for (const int number : layer.inputs) {
            if (number >= 0)
                taken[static_cast<std::size_t>(number)] = true;
        }
    }
    const auto found = std::find(taken.begin(), taken.end(), false);
    return found == taken.end() ? -1 : static_cast<int>(found - taken.begin());
}

Status checkAllTaken(const NetworkReport& network, const std::string& where)
{
    const int untaken = network.untaken();
    if (untaken < 0)
        return {};
    const auto index = static_cast<std::size_t>(untaken);
    return Error{"no later layer takes what this one gives, so that nothing comes of it",
        placeOf(where, index, network.layers[index].title),
        "name “" + network.layers[index].name + "” among what a later layer takes, or delete this one"};
}

Result<NetworkReport> inspectNetwork(const Registry<LayerInfo>& layers, const NetworkDescription& network,
    const Shape& input, const std::string& where, int classes)
{
    if (network.layers.empty())
        return Error{"the network has no layers", where, "add at least one layer"};
    NetworkReport report;
    report.input = input;
    report.classes = classes;
    std::map<std::string, int> numbers{{"input", networkInput}};
    if (classes > 0)
        numbers.emplace("label", networkLabel);
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const LayerDescription& layer = network.layers[i];
        Result<const LayerInfo*> info = layers.get(layer.kind, where + ": layer " + std::to_string(i));
        if (!info)
            return info.error();
        const std::string title = (*info)->title(layer.options);
        const std::string place = placeOf(where, i, title);

        LayerReport row{layerName(network, i), layer.kind, title, {}, {}, layer.block};
        if (layer.inputs.empty())
            row.inputs.push_back(static_cast<int>(i) - 1);
        for (const std::string& name : layer.inputs) {
            const auto found = numbers.find(name);
            if (found == numbers.end())
                return name == "label"
                    ? Error{"this network gets no labels", place, "choose data with labels and switch conditioning on"}
                    : Error{"there is no earlier layer “" + name + "” to take as input", place,
                        "name an earlier layer by its id or number, or “input”"};
            row.inputs.push_back(found->second);
        }
        const int count = static_cast<int>(row.inputs.size());
        if (count < (*info)->minInputs || count > (*info)->maxInputs) {
            return Error{"this layer takes " + std::to_string((*info)->minInputs)
                    + ((*info)->maxInputs > (*info)->minInputs ? " or more" : "") + " inputs, not "
                    + std::to_string(count),
                place, "change its list of inputs"};
        }
        std::vector<Shape> shapes;
        for (const int number : row.inputs)
            shapes.push_back(report.shapeOf(number));
        Result<LayerShape> shape = (*info)->infer(layer.options, shapes);
        if (!shape)
            return shape.error().in(place);
        if (elementCount(shape->output) > maxElements || shape->parameters > maxElements) {
            return Error{"this layer would hold " + shapeText(shape->output) + " numbers", place,
                "choose a smaller width or size"};
        }
        row.shape = *std::move(shape);
        report.parameters += row.shape.parameters;
        report.flops += row.shape.flops;
        report.activations += elementCount(row.shape.output);
        if (!numbers.emplace(row.name, static_cast<int>(i)).second)
            return Error{"two layers are called “" + row.name + "”", place, "give each layer an id of its own"};
        report.layers.push_back(std::move(row));
    }
    report.output = report.layers.back().shape.output;
    return report;
}

Result<NetworkDescription> networkFromJson(
    const Registry<LayerInfo>& layers, const Json& json, const std::string& where)
{
    if (!json.is_array())
        return Error{"a list [ … ] of layers is expected here", where, "write one { \"kind\": … } object a layer"};
    if (json.size() > maxLayers)
        return Error{
            "there are " + std::to_string(json.size()) + " layers", where, "use at most " + std::to_string(maxLayers)};
    NetworkDescription network;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const Json& entry = json[i];
        const std::string place = where + "[" + std::to_string(i) + "]";
        if (!entry.is_object() || !entry.contains("kind") || !entry["kind"].is_string())
            return Error{"each layer is an object with a \"kind\"", place,
                "write for example { \"kind\": \"linear\", \"out\": 64 }"};
        LayerDescription layer;
        layer.kind = entry["kind"].get<std::string>();
        Result<const LayerInfo*> info = layers.get(layer.kind, place + ".kind");
        if (!info)
            return info.error();
        if (entry.contains("id")) {
            if (!entry["id"].is_string()
                || entry["id"].get<std::string>().find_first_of("./\", \t\r\n") != std::string::npos) {
                return Error{"an id is one word, without dots, slashes, quotes, commas and spaces", place + ".id",
                    "choose another id, such as “skip_1”"};
            }
            layer.id = entry["id"].get<std::string>();
        }
        if (entry.contains("inputs")) {
            if (!entry["inputs"].is_array())
                return Error{
                    "a list of layer ids is expected here", place + ".inputs", "write for example [\"input\", \"3\"]"};
            for (const Json& name : entry["inputs"]) {
                if (!name.is_string() && !name.is_number_integer())
                    return Error{"an input is a layer's id or number", place + ".inputs", "write for example \"3\""};
                layer.inputs.push_back(name.is_string() ? name.get<std::string>() : name.dump());
            }
        }
        if (entry.contains("block")) {
            if (!entry["block"].is_string())
                return Error{"a block is named by a text", place + ".block", "write for example \"residual 64\""};
            layer.block = entry["block"].get<std::string>();
        }
        Result<Json> options = resolveParameters((*info)->parameters, entry, place, {"kind", "id", "inputs", "block"});
        if (!options)
            return options.error();
        layer.options = *std::move(options);
        network.layers.push_back(std::move(layer));
    }
    return network;
}

Json networkToJson(const NetworkDescription& network)
{
    Json json = Json::array();
    for (const LayerDescription& layer : network.layers) {
        Json entry = {{"kind", layer.kind}};
        if (!layer.id.empty())
            entry["id"] = layer.id;
        if (!layer.inputs.empty())
            entry["inputs"] = layer.inputs;
        if (!layer.block.empty())
            entry["block"] = layer.block;
        for (const auto& [key, value] : layer.options.items())
            entry[key] = value;
        json.push_back(std::move(entry));
    }
    return json;
}

} // namespace saddle
