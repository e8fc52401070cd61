// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/layers/tail.h"

#include "core/models/layers/shared_norm.h"

#include <algorithm>

namespace saddle {

const ParameterTraits& normTraits()
{
    static const ParameterTraits traits{.label = "Norm",
        .help = "Normalisation after the layer",
        .choices = {{"none", "None"}, {"batch", "Batch norm"}, {"instance", "Instance norm"}, {"layer", "Layer norm"}}};
    return traits;
}

const ParameterTraits& activationTraits()
{
    static const ParameterTraits traits{.label = "Activation",
        .help = "Non-linearity after the layer",
        .choices = {{"none", "None"}, {"relu", "ReLU"}, {"leaky_relu", "Leaky ReLU"}, {"elu", "ELU"}, {"tanh", "tanh"},
            {"sigmoid", "Sigmoid"}}};
    return traits;
}

const ParameterTraits& orderTraits()
{
    static const ParameterTraits traits{.label = "Order",
        .help = "Which of the two comes first",
        .choices = {{"norm_first", "Norm, then activation"}, {"activation_first", "Activation, then norm"}},
        .visibleWhen = {"norm", {"batch", "instance", "layer"}}};
    return traits;
}

const ParameterTraits& slopeTraits()
{
    static const ParameterTraits traits{.label = "Slope",
        .help = "Slope of the leaky ReLU below zero",
        .min = 0,
        .max = 1,
        .visibleWhen = {"activation", {"leaky_relu"}}};
    return traits;
}

const ParameterTraits& normEpsilonTraits()
{
    static const ParameterTraits traits{.label = "Norm ε",
        .help = "Added to the variance under the root",
        .min = 1e-12,
        .max = 1,
        .scale = Scale::Log,
        .visibleWhen = {"norm", {"batch", "instance", "layer"}}};
    return traits;
}

const ParameterTraits& normMomentumTraits()
{
    static const ParameterTraits traits{.label = "Norm momentum",
        .help = "Share of the newest batch in the running statistics",
        .min = 0,
        .max = 1,
        .visibleWhen = {"norm", {"batch"}}};
    return traits;
}

std::string tailTitle(const TailOptions& options)
{
    std::string norm;
    std::string activation;
    if (options.norm != Norm::None)
        norm = std::string(" + ") + normTraits().choices[static_cast<std::size_t>(options.norm)].label;
    if (options.activation != Activation::None) {
        activation =
            std::string(" + ") + activationTraits().choices[static_cast<std::size_t>(options.activation)].label;
    }
    return options.order == TailOrder::NormFirst ? norm + activation : activation + norm;
}

Result<LayerShape> withTail(LayerShape shape, const TailOptions& options)
{
    const std::int64_t elements = elementCount(shape.output);
    if (options.norm == Norm::Instance && shape.output.size() < 2) {
        return Error{"instance norm needs an image, but the output is " + shapeText(shape.output), "",
            "choose layer norm or batch norm"};
    }
    if (options.norm == Norm::Instance && elements == shape.output.front()) {
        return Error{"instance norm over 1 × 1 pixels leaves nothing", "", "choose layer norm or none"};
    }
    if (options.norm != Norm::None) {
        shape.parameters += options.norm == Norm::Layer ? 2 * elements : 2 * shape.output.front();
        shape.flops += 4 * elements;
        if (options.norm == Norm::Batch)
            shape.mixing = std::max(shape.mixing, Mixing::WhileTraining);
        if (options.norm != Norm::Batch)
            shape.spread.reset(); // their statistics are over the image
    }
    if (options.activation != Activation::None)
        shape.flops += elements;
    return shape;
}

void TailedLayer::addTail(const TailOptions& options, const Shape& output)
{
    m_tail = options;
    m_output = output;
    if (options.norm == Norm::None)
        return;
    const Shape shape = options.norm == Norm::Layer ? output : Shape{output.front()};
    m_scale = addParameter("norm.weight", shape, {Role::Scale, 0});
    m_shift = addParameter("norm.bias", shape, {Role::Bias, 0});
    if (options.norm == Norm::Batch) {
        m_mean = addBuffer("norm.running_mean", torch::zeros(shape));
        m_variance = addBuffer("norm.running_var", torch::ones(shape));
        m_batches = addBuffer("norm.num_batches_tracked", torch::zeros({}, torch::kLong));
    }
}

torch::Tensor TailedLayer::forward(const std::vector<torch::Tensor>& inputs, const Pass& pass)
{
    torch::Tensor output = body(inputs.front(), pass);
    const bool own = !output.is_same(inputs.front()) && !output.is_alias_of(inputs.front());
    if (m_tail.norm == Norm::None)
        return activate(std::move(output), own);
    if (m_tail.order == TailOrder::ActivationFirst)
        return normalise(activate(std::move(output), own), pass);
    return activate(normalise(output, pass), true);
}

torch::Tensor TailedLayer::normalise(const torch::Tensor& input, const Pass& pass) const
{
    const torch::Tensor& scale = parameter(m_scale);
    const torch::Tensor& shift = parameter(m_shift);
    switch (m_tail.norm) {
    case Norm::Batch: {
        if (pass.training())
            buffer(m_batches).add_(1);
        if (pass.training() && pass.workers) {
            return sharedBatchNorm(input, {scale, shift, buffer(m_mean), buffer(m_variance)}, m_tail.normMomentum,
                m_tail.normEpsilon, *pass.workers);
        }
        return at::batch_norm(input, scale, shift, buffer(m_mean), buffer(m_variance), pass.training(),
            m_tail.normMomentum, m_tail.normEpsilon, true);
    }
    case Norm::Instance:
        return at::instance_norm(input, scale, shift, {}, {}, true, 0.0, m_tail.normEpsilon, true);
    case Norm::Layer:
        return at::layer_norm(input, m_output, scale, shift, m_tail.normEpsilon);
    case Norm::None:
        break;
    }
    return input;
}

torch::Tensor TailedLayer::activate(torch::Tensor input, bool ownsInput) const
{
    // In place where nobody else holds the tensor: one pass through memory less, forward and backward.
    switch (m_tail.activation) {
    case Activation::None:
        return input;
    case Activation::Relu:
        return ownsInput ? at::relu_(input) : at::relu(input);
    case Activation::LeakyRelu:
        return ownsInput ? at::leaky_relu_(input, m_tail.slope) : at::leaky_relu(input, m_tail.slope);
    case Activation::Elu:
        return ownsInput ? at::elu_(input) : at::elu(input);
    case Activation::Tanh:
        return ownsInput ? at::tanh_(input) : at::tanh(input);
    case Activation::Sigmoid:
        return ownsInput ? at::sigmoid_(input) : at::sigmoid(input);
    }
    return input;
}

} // namespace saddle
