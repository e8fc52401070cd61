// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/regularisers/describe_regulariser.h"
#include "core/regularisers/regularisers.h"

#include <ATen/ops/_foreach_clamp_max.h>
#include <ATen/ops/_foreach_clamp_min.h>

namespace saddle {

namespace {

struct WeightClippingOptions : RegulariserOptions {
    double limit = 0.01;
};

/// Arjovsky et al. 2017, algorithm 1: after each of its updates every parameter of D is cut to -c .. c.
class WeightClipping : public Regulariser {
public:
    WeightClipping(const WeightClippingOptions& options, LiveValues& live)
        : m_limit(live.bind("regularisers.weight_clipping.limit", options.limit))
    {
    }

    void updated(const std::string& role, const ParameterSet& parameters) const override
    {
        if (role != "discriminator")
            return;
        const std::vector<torch::Tensor> high(parameters.tensors.size(), m_limit);
        const std::vector<torch::Tensor> low(parameters.tensors.size(), -m_limit);
        at::_foreach_clamp_max_(parameters.tensors, high);
        at::_foreach_clamp_min_(parameters.tensors, low);
    }

private:
    torch::Tensor m_limit;
};

} // namespace

RegulariserInfo weightClippingRegulariser()
{
    using O = WeightClippingOptions;
    return RegulariserDescriber<O>("weight_clipping", "Weight clipping", "Cuts D's weights after each update")
        .source("Arjovsky, Chintala & Bottou 2017, arXiv:1701.07875, algorithm 1")
        .boundsSlope()
        .parameter("limit", &O::limit,
            {.label = "Limit c",
                .help = "Weights are kept between −c and c",
                .min = 1e-6,
                .max = 100,
                .scale = Scale::Log,
                .applies = Applies::Live})
        .build([](const O& options, LiveValues& live) { return std::make_unique<WeightClipping>(options, live); });
}

} // namespace saddle
