// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/layers/weights.h"

#include "core/models/rounding.h"
#include "core/training/random_streams.h"

namespace saddle {

namespace {

torch::Tensor unit(const torch::Tensor& vector)
{
    return vector / at::linalg_vector_norm(vector).clamp_min(1e-12);
}

/// A fixed start, the same for every layer and run: the iterations after drawing the weights move it anyway.
torch::Tensor startVector(const std::string& stream, std::int64_t size)
{
    return unit(RandomStreams(0, torch::kCPU).normal(stream, 0, {1, size}).squeeze(0));
}

} // namespace

const ParameterTraits& spectralNormTraits()
{
    static const ParameterTraits traits{.label = "Spectral norm",
        .help = "Divides the weight by its largest singular value, so that the layer cannot stretch its input"};
    return traits;
}

const ParameterTraits& spectralUpdateTraits()
{
    static const ParameterTraits traits{.label = "Power iteration",
        .help = "When the estimate of the largest singular value is refined",
        .choices = {{"forward", "In each forward pass"}, {"update", "Once an update"}},
        .visibleWhen = {"spectral_norm", {"true"}}};
    return traits;
}

const ParameterTraits& initialTraits()
{
    static const ParameterTraits traits{.label = "Initial weight",
        .help = "What the weight is drawn from before the first step",
        .choices = {{"network", "As the network"}, {"fan_in", "N(0, gain² / fan-in)"}}};
    return traits;
}

const ParameterTraits& gainTraits()
{
    static const ParameterTraits traits{
        .label = "Gain", .help = "Factor on the initial weight; 0 starts it at zero", .min = 0, .max = 100};
    return traits;
}

std::string weightTitle(const WeightOptions& options)
{
    return (options.spectralNorm ? " + Spectral norm" : "") + tailTitle(options);
}

Result<LayerShape> withWeights(LayerShape shape, const WeightOptions& options)
{
    if (options.spectralNorm && options.gain == 0) {
        return Error{"a weight that starts at zero has no largest singular value to divide by", "",
            "choose a gain above 0 or switch spectral norm off"};
    }
    return withTail(std::move(shape), options);
}

void WeightedLayer::addWeights(const WeightOptions& options, const std::vector<std::int64_t>& shape,
    std::int64_t outputAxis, std::int64_t fanIn, bool bias)
{
    m_weights = options;
    m_outputAxis = outputAxis;
    m_hasBias = bias;
    const Draw draw = options.initial == InitialWeights::FanIn ? Draw::FanIn : Draw::AsNetwork;
    m_weight = addParameter("weight", shape, {Role::Weight, fanIn, draw, options.gain});
    const std::int64_t outputs = shape[static_cast<std::size_t>(outputAxis)];
    if (bias)
        m_bias = addParameter("bias", {outputs}, {Role::Bias, fanIn, draw});
    if (options.spectralNorm) {
        m_left = addBuffer("weight_u", startVector("spectral/u", outputs));
        m_right = addBuffer("weight_v", startVector("spectral/v", parameter(m_weight).numel() / outputs));
    }
}

torch::Tensor WeightedLayer::matrix() const
{
    return parameter(m_weight).transpose(0, m_outputAxis).flatten(1);
}

void WeightedLayer::iterate() const
{
    const torch::NoGradGuard guard;
    const torch::Tensor rows = matrix();
    buffer(m_right).copy_(unit(at::mv(rows.t(), buffer(m_left))));
    buffer(m_left).copy_(unit(at::mv(rows, buffer(m_right))));
}

void WeightedLayer::parametersDrawn()
{
    // As many as PyTorch: an estimate that is far off would blow up what is computed before the first step.
    constexpr int iterations = 15;
    for (int i = 0; m_weights.spectralNorm && i < iterations; ++i)
        iterate();
}

torch::Tensor WeightedLayer::weight(const Pass& pass) const
{
    if (!m_weights.spectralNorm)
        return parameter(m_weight);
    const RoundingGuard guard(parameter(m_weight).device().type(), Rounding::None); // the estimate refines itself
    if (pass.training() && (m_weights.spectralUpdate == SpectralUpdate::Forward || pass.firstOfUpdate))
        iterate();
    // Copies: the next pass moves the buffers before the gradient of this one has been computed.
    const torch::Tensor largest = at::dot(buffer(m_left).clone(), at::mv(matrix(), buffer(m_right).clone()));
    return parameter(m_weight) / largest;
}

} // namespace saddle
