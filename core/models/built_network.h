// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/layer.h"
#include "core/models/network.h"
#include "core/models/parameter_set.h"

#include <memory>
#include <string>
#include <vector>

namespace saddle {

/// A batch for a network: N × the shape it was built for, and N × classes of ones and zeros where it reads labels.
struct NetworkInput {
    NetworkInput(torch::Tensor batch, torch::Tensor oneHot = {}) // NOLINT: most networks read no labels
        : data(std::move(batch))
        , label(std::move(oneHot))
    {
    }

    torch::Tensor data;
    torch::Tensor label;
};

struct NetworkOutput {
    torch::Tensor output;
    torch::Tensor code; ///< what the layer with the id "code" gave; undefined where no layer has it
};

/// A network of torch tensors built from a description that inspectNetwork has passed. Names of tensors are
/// "LAYER.NAME", the layer's id or number first.
class BuiltNetwork {
public:
    BuiltNetwork(const Registry<LayerInfo>& layers, const NetworkDescription& description, const NetworkReport& report);

    torch::Tensor forward(const NetworkInput& input, const Pass& pass) { return forwardWithCode(input, pass).output; }
    NetworkOutput forwardWithCode(const NetworkInput& input, const Pass& pass);
    /// What some layers, by their numbers in rising order, make of an input. Layers behind the last of them are not
    /// run.
    std::vector<torch::Tensor> outputsOf(const std::vector<int>& layers, const NetworkInput& input, const Pass& pass);

    /// Draws all parameters from streams named after `role`. Buffers are left as they were made.
    void initialise(Initialisation initialisation, const RandomStreams& streams, const std::string& role);
    void to(torch::Device device, torch::ScalarType type, torch::MemoryFormat format);
    /// Whether weight gradients are computed. Off while another network learns through this one.
    void setLearning(bool learning);

    const ParameterSet& parameters() const { return m_parameters; }
    const std::vector<NamedTensor>& buffers() const { return m_buffers; }
    /// Parameters, then buffers.
    std::vector<NamedTensor> tensors() const;

private:
    struct Node {
        std::string name;
        std::vector<int> inputs;
        std::unique_ptr<Layer> layer;
        int lastUse = 0; ///< number of the last layer that reads its output, so that it can be let go
    };
    void collect();
    /// Runs the layers up to the one with a number; `take` sees what each gives.
    template <typename Take>
    void run(int last, const NetworkInput& input, const Pass& pass, Take take);

    std::vector<Node> m_nodes;
    int m_code = -1; ///< number of the layer called "code"
    ParameterSet m_parameters;
    std::vector<NamedTensor> m_buffers;
};

/// A network's parameters and buffers into another one of the same layers.
void copyNumbers(const BuiltNetwork& from, const BuiltNetwork& to);

} // namespace saddle
