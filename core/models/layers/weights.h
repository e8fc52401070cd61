// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/layers/tail.h"

namespace saddle {

enum class SpectralUpdate {
    Forward, ///< a power iteration in every forward pass of training, as PyTorch does
    Update, ///< one in the first pass of each update, so that all passes of an update see the same weight
};

enum class InitialWeights {
    AsNetwork, ///< the initialisation chosen for the network
    FanIn, ///< N(0, gain² / fan-in), biases 0
};

/// What layers with a weight share.
struct WeightOptions : TailOptions {
    bool spectralNorm = false;
    SpectralUpdate spectralUpdate = SpectralUpdate::Forward;
    InitialWeights initial = InitialWeights::AsNetwork;
    double gain = 1; ///< factor on the initial weight
};

const ParameterTraits& spectralNormTraits();
const ParameterTraits& spectralUpdateTraits();
const ParameterTraits& initialTraits();
const ParameterTraits& gainTraits();

template <typename Options>
void declareWeights(Schema<Options>& schema)
{
    schema.parameter("spectral_norm", &WeightOptions::spectralNorm, spectralNormTraits());
    schema.parameter("spectral_update", &WeightOptions::spectralUpdate, spectralUpdateTraits());
    schema.parameter("initial", &WeightOptions::initial, initialTraits());
    schema.parameter("gain", &WeightOptions::gain, gainTraits());
}

/// " + spectral norm", then the tail's.
std::string weightTitle(const WeightOptions& options);

/// withTail for a layer with a weight.
Result<LayerShape> withWeights(LayerShape shape, const WeightOptions& options);

/// A layer whose arithmetic has a weight and perhaps a bias.
///
/// Spectral norm (Miyato et al. 2018, arXiv:1802.05957) divides the weight W, as a matrix with one row an output, by an
/// estimate of its largest singular value: σ = uᵀ W v, where a power iteration sets v ← Wᵀu / ‖Wᵀu‖, u ← Wv / ‖Wv‖.
/// The gradient flows through σ, with u and v as constants. u and v are the buffers weight_u and weight_v.
class WeightedLayer : public TailedLayer {
public:
    void parametersDrawn() override;

protected:
    /// Declares "weight" and, where wanted, "bias". `outputAxis` is the axis of the weight that counts outputs.
    void addWeights(const WeightOptions& options, const std::vector<std::int64_t>& shape, std::int64_t outputAxis,
        std::int64_t fanIn, bool bias);

    /// The weight to compute with, normalised where asked for.
    torch::Tensor weight(const Pass& pass) const;
    /// Undefined where there is none.
    torch::Tensor bias() const { return m_hasBias ? parameter(m_bias) : torch::Tensor(); }

private:
    torch::Tensor matrix() const;
    void iterate() const;

    WeightOptions m_weights;
    std::int64_t m_outputAxis = 0;
    std::size_t m_weight = 0;
    bool m_hasBias = false;
    std::size_t m_bias = 0;
    std::size_t m_left = 0;
    std::size_t m_right = 0;
};

} // namespace saddle
