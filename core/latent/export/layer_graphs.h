// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/export/graph_writer.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace saddle {

/// One layer on its way into a graph.
class LayerSource {
public:
    LayerSource(const GeneratorModel& model, const LayerReport& report, const Json& options, std::vector<Shape> inputs,
        GraphWriter& writer);

    const Json& options; ///< resolved
    const std::vector<Shape> inputs;
    const Shape& output;
    GraphWriter& writer;

    std::int64_t number(const char* option) const { return options.at(option).get<std::int64_t>(); }
    bool flag(const char* option) const { return options.at(option).get<bool>(); }
    /// An option that only some kinds have.
    std::string text(const char* option, const char* otherwise) const;

    /// A tensor of the layer. One that is missing or of another shape or type is remembered as the error, and zeros
    /// stand for it: what is written then is thrown away.
    HostTensor tensor(const std::string& name, const Shape& shape);
    /// The same, put into the graph.
    GraphWriter::Value weight(const std::string& name, const Shape& shape);
    /// Other numbers that belong to the layer.
    GraphWriter::Value weight(const std::string& name, const HostTensor& tensor);

    const std::optional<Error>& error() const { return m_error; }

private:
    const GeneratorModel& m_model;
    std::string m_name;
    std::optional<Error> m_error;
};

/// How one kind of layer is written, or why it is not.
struct LayerGraph {
    std::function<GraphWriter::Value(LayerSource& layer, const std::vector<GraphWriter::Value>& inputs)> write;
    std::string refusal = {};
};

/// Null for a kind that is not known here.
const LayerGraph* layerGraph(const std::string& kind);

} // namespace saddle
