// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/layer.h"
#include "core/models/network.h"
#include "core/params/schema.h"

namespace saddle {

enum class Norm { None, Batch, Instance, Layer };
enum class Activation { None, Relu, LeakyRelu, Elu, Tanh, Sigmoid };
enum class TailOrder { NormFirst, ActivationFirst };

/// What may follow the arithmetic of a layer: a norm and an activation.
struct TailOptions {
    Norm norm = Norm::None;
    Activation activation = Activation::None;
    TailOrder order = TailOrder::NormFirst;
    double slope = 0.2; ///< of the leaky ReLU's negative side
    double normEpsilon = 1e-5; ///< under the norm's root
    double normMomentum = 0.1; ///< share of the newest batch in the running statistics
};

/// The traits of the tail's parameters, for any options struct that has a tail.
const ParameterTraits& normTraits();
const ParameterTraits& activationTraits();
const ParameterTraits& orderTraits();
const ParameterTraits& slopeTraits();
const ParameterTraits& normEpsilonTraits();
const ParameterTraits& normMomentumTraits();

template <typename Options>
void declareTail(Schema<Options>& schema)
{
    schema.parameter("norm", &TailOptions::norm, normTraits());
    schema.parameter("activation", &TailOptions::activation, activationTraits());
    schema.parameter("slope", &TailOptions::slope, slopeTraits());
    schema.parameter("order", &TailOptions::order, orderTraits());
    schema.parameter("norm_epsilon", &TailOptions::normEpsilon, normEpsilonTraits());
    schema.parameter("norm_momentum", &TailOptions::normMomentum, normMomentumTraits());
}

/// " + batch norm + ReLU", in their order
std::string tailTitle(const TailOptions& options);

/// Adds what the tail costs to a layer's shape, or says why it cannot follow that output.
Result<LayerShape> withTail(LayerShape shape, const TailOptions& options);

/// A layer with a norm and an activation behind its own arithmetic.
class TailedLayer : public Layer {
public:
    torch::Tensor forward(const std::vector<torch::Tensor>& inputs, const Pass& pass) final;

protected:
    /// Own parameters are declared first, so that their names come before the norm's.
    void addTail(const TailOptions& options, const Shape& output);
    virtual torch::Tensor body(const torch::Tensor& input, const Pass& pass) = 0;

private:
    torch::Tensor normalise(const torch::Tensor& input, const Pass& pass) const;
    torch::Tensor activate(torch::Tensor input, bool ownsInput) const;

    TailOptions m_tail;
    Shape m_output;
    std::size_t m_scale = 0;
    std::size_t m_shift = 0;
    std::size_t m_mean = 0;
    std::size_t m_variance = 0;
    std::size_t m_batches = 0;
};

} // namespace saddle
