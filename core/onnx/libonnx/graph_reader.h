// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator_model.h"
#include "core/onnx/libonnx/node.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace saddle {

/// Turns the nodes of a graph, one after the other, into layers and their tensors. What a layer can have at its end, a
/// norm and an activation, becomes part of it. The first thing that cannot be had stays as the error, and whatever is
/// given out after it means nothing.
class GraphReader {
public:
    GraphReader(const Catalog& catalog, const onnx::GraphProto& graph, std::string where);

    /// The latent (networkInput) or the label, whose numbers the network sees as `shape`.
    void addInput(const std::string& name, int which, const Shape& shape);
    /// Reads all nodes that the output depends on.
    void read(const std::string& output);
    /// The shape of the graph's output. With another shape given, that is how its numbers are to be seen.
    Shape finish(const std::string& output, const Shape& shape = {});

    const std::optional<Error>& error() const { return m_error; }
    NetworkDescription takeNetwork() { return std::move(m_network); }
    TensorMap takeTensors() { return std::move(m_tensors); }

private:
    using Inputs = std::vector<const GraphValue*>; ///< null: left out
    struct Node {
        const onnx::NodeProto& proto;
        const NodeAttributes attributes;
        Inputs inputs;
    };
    /// Reads one kind of node and gives what its output stands for.
    using Reading = GraphValue (GraphReader::*)(const Node& node);
    static const std::map<std::string, Reading>& readings();

    void refuse(const std::string& what, const std::string& remedy = {});
    void readNode(const onnx::NodeProto& proto);
    std::vector<bool> needed(const std::string& output);

    // What a node takes; another kind of value is refused.
    Feature feature(const Node& node, std::size_t input);
    Feature image(const Node& node, std::size_t input);
    HostTensor constant(const Node& node, std::size_t input);
    HostTensor constant(const Node& node, std::size_t input, const Shape& shape);
    Integers integers(const Node& node, std::size_t input);
    std::optional<Integers> optionalIntegers(const Node& node, std::size_t input);
    bool given(const Node& node, std::size_t input) const;

    // Layers.
    Feature addLayer(const char* kind, Json options, const std::vector<Feature>& inputs);
    void addTensor(const Feature& layer, const char* name, HostTensor tensor);
    /// The feature in the shape it is seen in, for layers that take it so.
    Feature settled(const Feature& feature);
    Shape shapeOf(int layer) const;
    /// The layer that gave a node's input, if nothing else reads that and it may still be changed.
    LayerDescription* open(const Node& node, std::size_t input);
    static bool isBare(const LayerDescription& layer);

    GraphValue readGemm(const Node& node);
    GraphValue readMatMul(const Node& node);
    GraphValue readConv(const Node& node);
    GraphValue readConvTranspose(const Node& node);
    GraphValue readBatchNorm(const Node& node);
    GraphValue readInstanceNorm(const Node& node);
    GraphValue readLayerNorm(const Node& node);
    GraphValue readActivation(const Node& node);
    GraphValue readResize(const Node& node);
    GraphValue readDepthToSpace(const Node& node);
    GraphValue readAveragePool(const Node& node);
    GraphValue readMaxPool(const Node& node);
    GraphValue readAdd(const Node& node);
    GraphValue readMul(const Node& node);
    GraphValue readConcat(const Node& node);
    GraphValue readExpand(const Node& node);
    GraphValue readReshape(const Node& node);
    GraphValue readFlatten(const Node& node);
    GraphValue readUnsqueeze(const Node& node);
    GraphValue readSqueeze(const Node& node);
    GraphValue readTranspose(const Node& node);
    GraphValue readConstant(const Node& node);
    GraphValue readSame(const Node& node);
    GraphValue readCast(const Node& node);
    GraphValue readShape(const Node& node);
    GraphValue readGather(const Node& node);
    GraphValue readSlice(const Node& node);

    GraphValue linear(const Node& node, HostTensor weight, std::optional<HostTensor> bias);
    GraphValue norm(const Node& node, const char* kind, std::map<const char*, HostTensor> tensors);
    Json window(const Node& node, const HostTensor& weight);
    std::vector<std::int64_t> axes(const Node& node, std::size_t rank);

    const Catalog& m_catalog;
    const onnx::GraphProto& m_graph;
    std::string m_where;
    std::string m_place; ///< the node that is read
    std::optional<Error> m_error;
    std::map<std::string, GraphValue> m_values;
    std::map<std::string, int> m_uses; ///< how many read a value
    NetworkDescription m_network;
    std::vector<Shape> m_shapes; ///< of the layers' outputs
    TensorMap m_tensors;
    std::map<std::pair<int, Shape>, Feature> m_settled; ///< layers that only give another shape
    Shape m_input;
    Shape m_label;
};

} // namespace saddle
