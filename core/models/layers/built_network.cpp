// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/built_network.h"

#include "core/training/random_streams.h"

#include <cmath>

namespace saddle {

BuiltNetwork::BuiltNetwork(
    const Registry<LayerInfo>& layers, const NetworkDescription& description, const NetworkReport& report)
{
    for (std::size_t i = 0; i < description.layers.size(); ++i) {
        const LayerReport& row = report.layers[i];
        std::vector<Shape> shapes;
        for (const int input : row.inputs) {
            shapes.push_back(report.shapeOf(input));
            if (input >= 0)
                m_nodes[static_cast<std::size_t>(input)].lastUse = static_cast<int>(i);
        }
        const LayerDescription& layer = description.layers[i];
        m_nodes.push_back(
            {row.name, row.inputs, layers.find(layer.kind)->build(layer.options, shapes), static_cast<int>(i)});
        if (row.name == "code")
            m_code = static_cast<int>(i);
    }
    collect();
}

void BuiltNetwork::collect()
{
    m_parameters = {};
    m_buffers.clear();
    for (const Node& node : m_nodes) {
        for (const NamedTensor& parameter : node.layer->parameters()) {
            m_parameters.names.push_back(node.name + "." + parameter.name);
            m_parameters.tensors.push_back(parameter.tensor);
        }
        for (const NamedTensor& buffer : node.layer->buffers())
            m_buffers.push_back({node.name + "." + buffer.name, buffer.tensor});
    }
}

template <typename Take>
void BuiltNetwork::run(int last, const NetworkInput& input, const Pass& pass, Take take)
{
    Pass own = pass;
    std::vector<torch::Tensor> outputs(m_nodes.size());
    for (int i = 0; i <= last; ++i) {
        const Node& node = m_nodes[static_cast<std::size_t>(i)];
        std::vector<torch::Tensor> inputs;
        inputs.reserve(node.inputs.size());
        for (const int number : node.inputs) {
            if (number < 0) {
                inputs.push_back(number == networkLabel ? input.label : input.data);
                continue;
            }
            inputs.push_back(outputs[static_cast<std::size_t>(number)]);
        }
        // Only now: a layer may take the same input twice.
        for (const int number : node.inputs) {
            if (number >= 0 && m_nodes[static_cast<std::size_t>(number)].lastUse == i)
                outputs[static_cast<std::size_t>(number)].reset();
        }
        own.layer = node.name;
        torch::Tensor& output = outputs[static_cast<std::size_t>(i)];
        output = node.layer->forward(inputs, own);
        take(i, output);
    }
}

NetworkOutput BuiltNetwork::forwardWithCode(const NetworkInput& input, const Pass& pass)
{
    NetworkOutput result;
    const int last = static_cast<int>(m_nodes.size()) - 1;
    run(last, input, pass, [&](int number, const torch::Tensor& output) {
        if (number == m_code)
            result.code = output;
        if (number == last)
            result.output = output;
    });
    return result;
}

std::vector<torch::Tensor> BuiltNetwork::outputsOf(
    const std::vector<int>& layers, const NetworkInput& input, const Pass& pass)
{
    std::vector<torch::Tensor> taken;
    run(layers.back(), input, pass, [&](int number, const torch::Tensor& output) {
        if (number == layers[taken.size()])
            taken.push_back(output);
    });
    return taken;
}

void BuiltNetwork::initialise(Initialisation initialisation, const RandomStreams& streams, const std::string& role)
{
    const torch::NoGradGuard guard;
    for (Node& node : m_nodes) {
        for (std::size_t i = 0; i < node.layer->parameters().size(); ++i) {
            const NamedTensor& parameter = node.layer->parameters()[i];
            const Layer::ParameterRule rule = node.layer->rules()[i];
            const std::string stream = "init/" + role + "/" + node.name + "." + parameter.name;
            std::vector<std::int64_t> sizes{1};
            const auto shape = parameter.tensor.sizes();
            sizes.insert(sizes.end(), shape.begin(), shape.end());
            const auto drawn = [&](const torch::Tensor& values) { parameter.tensor.copy_(values.squeeze(0)); };
            const bool scale = rule.role == Layer::Role::Scale;
            const double gain = rule.role == Layer::Role::Weight ? rule.gain : 1.0;
            if (rule.role == Layer::Role::Weight && (gain == 0 || rule.draw != Layer::Draw::AsNetwork)) {
                const double fanIn = rule.draw == Layer::Draw::FanIn ? static_cast<double>(rule.fanIn) : 1.0;
                drawn(streams.normal(stream, 0, sizes) * (gain / std::sqrt(fanIn)));
            } else if (rule.draw != Layer::Draw::AsNetwork) {
                parameter.tensor.zero_();
            } else if (initialisation == Initialisation::Normal) {
                if (rule.role == Layer::Role::Bias)
                    parameter.tensor.zero_();
                else
                    drawn(streams.normal(stream, 0, sizes) * (0.02 * gain) + (scale ? 1.0 : 0.0));
            } else if (scale) {
                parameter.tensor.fill_(1);
            } else if (rule.fanIn > 0) {
                drawn((streams.uniform(stream, 0, sizes) * 2 - 1) * gain / std::sqrt(static_cast<double>(rule.fanIn)));
            } else {
                parameter.tensor.zero_(); // the shift of a norm
            }
        }
        node.layer->parametersDrawn();
    }
}

void BuiltNetwork::to(torch::Device device, torch::ScalarType type, torch::MemoryFormat format)
{
    const torch::NoGradGuard guard;
    for (Node& node : m_nodes) {
        node.layer->setMemoryFormat(format);
        for (NamedTensor& parameter : node.layer->parameters()) {
            parameter.tensor = inFormat(parameter.tensor.detach().to(device, type), format).requires_grad_(true);
        }
        for (NamedTensor& buffer : node.layer->buffers())
            buffer.tensor =
                buffer.tensor.to(device, buffer.tensor.is_floating_point() ? type : buffer.tensor.scalar_type());
    }
    collect();
}

void BuiltNetwork::setLearning(bool learning)
{
    for (torch::Tensor& parameter : m_parameters.tensors)
        parameter.requires_grad_(learning);
}

std::vector<NamedTensor> BuiltNetwork::tensors() const
{
    std::vector<NamedTensor> all;
    for (std::size_t i = 0; i < m_parameters.tensors.size(); ++i)
        all.push_back({m_parameters.names[i], m_parameters.tensors[i]});
    all.insert(all.end(), m_buffers.begin(), m_buffers.end());
    return all;
}

void copyNumbers(const BuiltNetwork& from, const BuiltNetwork& to)
{
    const torch::NoGradGuard guard;
    const std::vector<NamedTensor> source = from.tensors();
    const std::vector<NamedTensor> target = to.tensors();
    for (std::size_t i = 0; i < source.size(); ++i)
        target[i].tensor.copy_(source[i].tensor);
}

} // namespace saddle
