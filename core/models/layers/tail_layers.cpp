// SPDX-License-Identifier: GPL-3.0-or-later
// The tail as a layer of its own.
#include "core/models/layers/describe_layer.h"
#include "core/models/layers/layers.h"
#include "core/models/layers/tail.h"

namespace saddle {

namespace {

class Tail : public TailedLayer {
public:
    Tail(const TailOptions& options, const Shape& shape) { addTail(options, shape); }

protected:
    torch::Tensor body(const torch::Tensor& input, const Pass&) override { return input; }
};

struct NormOptions : TailOptions {
    NormOptions() { norm = Norm::Batch; }
};

struct ActivationOptions : TailOptions {
    ActivationOptions() { activation = Activation::Relu; }
};

Result<LayerShape> inPlace(const Shape& in, const TailOptions& options)
{
    LayerShape shape{in, 0, 0};
    shape.spread = Spread{};
    return withTail(std::move(shape), options);
}

} // namespace

LayerInfo normLayer()
{
    return describeLayer<NormOptions>("norm", "Norm")
        .help("A normalisation, then an activation")
        .with(declareTail<NormOptions>)
        .build([](const NormOptions& o) { return tailTitle(o).empty() ? "nothing" : tailTitle(o).substr(3); },
            [](const NormOptions& o, const std::vector<Shape>& in) { return inPlace(in[0], o); },
            [](const NormOptions& o, const std::vector<Shape>& in) { return std::make_unique<Tail>(o, in[0]); });
}

LayerInfo activationLayer()
{
    return describeLayer<ActivationOptions>("activation", "Activation")
        .help("A non-linearity")
        .parameter("activation", &TailOptions::activation, activationTraits())
        .parameter("slope", &TailOptions::slope, slopeTraits())
        .build([](const ActivationOptions& o) { return tailTitle(o).empty() ? "nothing" : tailTitle(o).substr(3); },
            [](const ActivationOptions& o, const std::vector<Shape>& in) { return inPlace(in[0], o); },
            [](const ActivationOptions& o, const std::vector<Shape>& in) { return std::make_unique<Tail>(o, in[0]); });
}

} // namespace saddle
