// SPDX-License-Identifier: GPL-3.0-or-later
// The walk over a graph and what all readings share; the readings are in graph_layers.cpp and graph_shapes.cpp.
#include "core/onnx/libonnx/graph_reader.h"

#include <algorithm>

namespace saddle {

namespace {

constexpr std::size_t mostLayers = 512;

std::string shown(const std::string& name)
{
    constexpr std::size_t most = 80;
    return name.size() > most ? name.substr(0, most) + "…" : name;
}

} // namespace

GraphReader::GraphReader(const Catalog& catalog, const onnx::GraphProto& graph, std::string where)
    : m_catalog(catalog)
    , m_graph(graph)
    , m_where(std::move(where))
    , m_place(m_where)
{
    for (const onnx::TensorProto& tensor : graph.initializer()) {
        Result<GraphValue> value = tensorValue(tensor);
        if (!value && !m_error)
            m_error = value.error().in(m_where + ": tensor " + shown(tensor.name()));
        if (value)
            m_values.insert_or_assign(tensor.name(), *std::move(value));
    }
}

void GraphReader::refuse(const std::string& what, const std::string& remedy)
{
    if (!m_error)
        m_error = Error{what, m_place, remedy.empty() ? "open another generator" : remedy};
}

void GraphReader::addInput(const std::string& name, int which, const Shape& shape)
{
    // Whatever its shape in the file, a latent is a list of numbers here.
    (which == networkLabel ? m_label : m_input) = {elementCount(shape)};
    m_values.insert_or_assign(name, Feature{which, shape});
}

std::vector<bool> GraphReader::needed(const std::string& output)
{
    std::set<std::string> names{output};
    std::vector<bool> nodes(static_cast<std::size_t>(m_graph.node_size()), false);
    ++m_uses[output];
    for (int i = m_graph.node_size() - 1; i >= 0; --i) {
        const onnx::NodeProto& node = m_graph.node(i);
        const bool read = std::any_of(node.output().begin(), node.output().end(),
            [&](const std::string& name) { return !name.empty() && names.contains(name); });
        if (!read)
            continue;
        nodes[static_cast<std::size_t>(i)] = true;
        for (const std::string& name : node.input()) {
            names.insert(name);
            ++m_uses[name];
        }
    }
    return nodes;
}

void GraphReader::read(const std::string& output)
{
    const std::vector<bool> wanted = needed(output);
    for (int i = 0; i < m_graph.node_size() && !m_error; ++i) {
        if (wanted[static_cast<std::size_t>(i)])
            readNode(m_graph.node(i));
    }
    m_place = m_where;
}

void GraphReader::readNode(const onnx::NodeProto& proto)
{
    const std::string name = proto.name().empty() && proto.output_size() > 0 ? proto.output(0) : proto.name();
    m_place = m_where + ": node " + shown(name);
    const auto reading = readings().find(proto.op_type());
    if (reading == readings().end() || !(proto.domain().empty() || proto.domain() == "ai.onnx")) {
        return refuse("the operation “" + shown(proto.op_type()) + "” has no layer here",
            "TorchScript generators may hold any operation: export it as one");
    }
    if (proto.output_size() < 1)
        return refuse("it has no output");
    Node node{proto, NodeAttributes(proto), {}};
    for (const std::string& input : proto.input()) {
        if (input.empty()) {
            node.inputs.push_back(nullptr);
            continue;
        }
        const auto found = m_values.find(input);
        if (found == m_values.end())
            return refuse("its input “" + shown(input) + "” comes from nowhere");
        node.inputs.push_back(&found->second);
    }
    for (int i = 1; i < proto.output_size(); ++i) {
        if (m_uses.contains(proto.output(i)) && !proto.output(i).empty())
            return refuse("more than the first output of “" + proto.op_type() + "” is used");
    }
    GraphValue value = (this->*reading->second)(node);
    if (m_error)
        return;
    if (const std::optional<std::string> unknown = node.attributes.unknown())
        return refuse("the attribute “" + shown(*unknown) + "” of “" + proto.op_type() + "” is not known here");
    m_values.insert_or_assign(proto.output(0), std::move(value));
}

Shape GraphReader::finish(const std::string& output, const Shape& shape)
{
    if (m_error)
        return {};
    const auto found = m_values.find(output);
    const Feature* last = found == m_values.end() ? nullptr : std::get_if<Feature>(&found->second);
    if (!last || !last->spread.empty()) {
        refuse("its output does not depend on its input");
        return {};
    }
    Feature seen = *last;
    if (!shape.empty())
        seen.shape = shape;
    seen = settled(seen);
    if (!m_error && seen.layer != static_cast<int>(m_network.layers.size()) - 1)
        refuse("its output is not what its last layer gives");
    return seen.shape;
}

bool GraphReader::given(const Node& node, std::size_t input) const
{
    return input < node.inputs.size() && node.inputs[input];
}

Feature GraphReader::feature(const Node& node, std::size_t input)
{
    const Feature* found = given(node, input) ? std::get_if<Feature>(node.inputs[input]) : nullptr;
    if (!found || !found->spread.empty()) {
        refuse("“" + node.proto.op_type() + "” takes something other than what a layer gives");
        return {};
    }
    return *found;
}

Feature GraphReader::image(const Node& node, std::size_t input)
{
    Feature found = feature(node, input);
    if (!m_error && found.shape.size() != 3)
        refuse("“" + node.proto.op_type() + "” takes " + shapeText(found.shape) + ", which is no image");
    if (m_error)
        return {networkInput, {1, 1, 1}};
    return settled(found);
}

HostTensor GraphReader::constant(const Node& node, std::size_t input)
{
    const HostTensor* found = given(node, input) ? std::get_if<HostTensor>(node.inputs[input]) : nullptr;
    if (!found) {
        refuse("“" + node.proto.op_type() + "” has no constant as its input " + std::to_string(input + 1));
        return {};
    }
    return *found;
}

HostTensor GraphReader::constant(const Node& node, std::size_t input, const Shape& shape)
{
    HostTensor found = constant(node, input);
    if (!m_error && found.shape != shape) {
        refuse("“" + node.proto.op_type() + "” has a tensor of " + shapeText(found.shape) + " where " + shapeText(shape)
            + " would fit");
    }
    return found;
}

Integers GraphReader::integers(const Node& node, std::size_t input)
{
    const Integers* found = given(node, input) ? std::get_if<Integers>(node.inputs[input]) : nullptr;
    if (!found) {
        refuse("“" + node.proto.op_type() + "” takes sizes that are not known before it runs");
        return {};
    }
    return *found;
}

std::optional<Integers> GraphReader::optionalIntegers(const Node& node, std::size_t input)
{
    return given(node, input) ? std::optional(integers(node, input)) : std::nullopt;
}

Shape GraphReader::shapeOf(int layer) const
{
    if (layer < 0)
        return layer == networkLabel ? m_label : m_input;
    return m_shapes[static_cast<std::size_t>(layer)];
}

Feature GraphReader::settled(const Feature& feature)
{
    if (feature.shape == shapeOf(feature.layer))
        return feature;
    const std::pair<int, Shape> key(feature.layer, feature.shape);
    const auto found = m_settled.find(key);
    if (found != m_settled.end())
        return found->second;
    const Feature whole{feature.layer, shapeOf(feature.layer)};
    const Feature seen = feature.shape.size() == 1 ? addLayer("flatten", Json::object(), {whole})
                                                   : addLayer("reshape", {{"shape", feature.shape}}, {whole});
    m_settled.emplace(key, seen);
    return seen;
}

Feature GraphReader::addLayer(const char* kind, Json options, const std::vector<Feature>& inputs)
{
    if (m_error)
        return {};
    const auto number = static_cast<int>(m_network.layers.size());
    if (m_network.layers.size() == mostLayers) {
        refuse("there are more than " + std::to_string(mostLayers) + " layers in it");
        return {};
    }
    Result<const LayerInfo*> info = m_catalog.layers.get(kind, m_place);
    Result<Json> resolved =
        info ? resolveParameters((*info)->parameters, options, m_place) : Result<Json>(info.error());
    if (!resolved) {
        m_error = resolved.error();
        return {};
    }
    LayerDescription layer;
    layer.kind = kind;
    layer.options = *std::move(resolved);
    std::vector<Shape> shapes;
    for (const Feature& input : inputs) {
        shapes.push_back(input.shape);
        layer.inputs.push_back(input.layer == networkInput ? "input"
                : input.layer == networkLabel              ? "label"
                                                           : std::to_string(input.layer));
    }
    if (inputs.size() == 1 && inputs.front().layer == number - 1)
        layer.inputs.clear();
    const Result<LayerShape> shape = (*info)->infer(layer.options, shapes);
    if (!shape) {
        m_error = shape.error().in(m_place);
        return {};
    }
    m_network.layers.push_back(std::move(layer));
    m_shapes.push_back(shape->output);
    return {number, shape->output};
}

void GraphReader::addTensor(const Feature& layer, const char* name, HostTensor tensor)
{
    if (!m_error)
        m_tensors.insert_or_assign(std::to_string(layer.layer) + "." + name, std::move(tensor));
}

LayerDescription* GraphReader::open(const Node& node, std::size_t input)
{
    const Feature seen = feature(node, input);
    const bool last = !m_error && seen.layer >= 0 && seen.layer == static_cast<int>(m_network.layers.size()) - 1;
    if (!last || seen.shape != shapeOf(seen.layer) || m_uses[node.proto.input(static_cast<int>(input))] != 1)
        return nullptr;
    return &m_network.layers.back();
}

/// No norm and no activation yet.
bool GraphReader::isBare(const LayerDescription& layer)
{
    const auto none = [&](const char* option) {
        const auto found = layer.options.find(option);
        return found == layer.options.end() || *found == "none";
    };
    return none("norm") && none("activation");
}

const std::map<std::string, GraphReader::Reading>& GraphReader::readings()
{
    using R = GraphReader;
    static const std::map<std::string, Reading> all{{"Gemm", &R::readGemm}, {"MatMul", &R::readMatMul},
        {"Conv", &R::readConv}, {"ConvTranspose", &R::readConvTranspose}, {"BatchNormalization", &R::readBatchNorm},
        {"InstanceNormalization", &R::readInstanceNorm}, {"LayerNormalization", &R::readLayerNorm},
        {"Relu", &R::readActivation}, {"LeakyRelu", &R::readActivation}, {"Elu", &R::readActivation},
        {"Tanh", &R::readActivation}, {"Sigmoid", &R::readActivation}, {"Resize", &R::readResize},
        {"Upsample", &R::readResize}, {"DepthToSpace", &R::readDepthToSpace}, {"AveragePool", &R::readAveragePool},
        {"MaxPool", &R::readMaxPool}, {"Add", &R::readAdd}, {"Sum", &R::readAdd}, {"Mul", &R::readMul},
        {"Concat", &R::readConcat}, {"Expand", &R::readExpand}, {"Reshape", &R::readReshape},
        {"Flatten", &R::readFlatten}, {"Unsqueeze", &R::readUnsqueeze}, {"Squeeze", &R::readSqueeze},
        {"Transpose", &R::readTranspose}, {"Constant", &R::readConstant}, {"Identity", &R::readSame},
        {"Dropout", &R::readSame}, {"Cast", &R::readCast}, {"Shape", &R::readShape}, {"Gather", &R::readGather},
        {"Slice", &R::readSlice}};
    return all;
}

} // namespace saddle
