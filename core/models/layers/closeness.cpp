// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/layers/closeness.h"

#include <torch/csrc/autograd/custom_function.h>

namespace saddle {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Calls `visit` once for every pair of samples i < j, grouped by j: with j, the differences d[i] = x[i] - x[j] of all
/// i < j, and k = exp(-|d|).
template <typename Visit>
void forPairs(const torch::Tensor& x, Visit visit)
{
    for (std::int64_t j = 1; j < x.size(0); ++j) {
        const torch::Tensor difference = x.narrow(0, 0, j) - x.narrow(0, j, 1);
        visit(j, difference, difference.abs().neg_().exp_());
    }
}

double share(const torch::Tensor& x)
{
    return 1.0 / static_cast<double>(x.size(0) * x.size(1));
}

/// g[i] + g[j] for the pairs of one j.
torch::Tensor sums(const torch::Tensor& g, std::int64_t j)
{
    return g.narrow(0, 0, j) + g.narrow(0, j, 1);
}

/// The gradient of closenessMap with respect to x when that with respect to y is g. With s the sign of d:
/// dx[i] = -1/(N C) Σ_j (g[i] + g[j]) s k.
class ClosenessGradient : public torch::autograd::Function<ClosenessGradient> {
public:
    static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x, const torch::Tensor& g)
    {
        context->save_for_backward({x, g});
        torch::Tensor gradient = at::zeros_like(x);
        forPairs(x, [&](std::int64_t j, const torch::Tensor& difference, const torch::Tensor& near) {
            const torch::Tensor pull = difference.sign().mul_(near).mul_(sums(g, j));
            gradient.narrow(0, 0, j).sub_(pull);
            gradient.narrow(0, j, 1).add_(pull.sum(0, true));
        });
        return gradient.mul_(share(x));
    }

    /// With h the gradient with respect to dx: the function is -1/(N C) Σ_{i<j} (h[i] - h[j]) (g[i] + g[j]) s k, and
    /// the derivative of -s k with respect to x[i] is k, at d = 0 that of neither side.
    static variable_list backward(AutogradContext* context, const variable_list& gradients)
    {
        const torch::NoGradGuard guard;
        const torch::Tensor x = context->get_saved_variables()[0];
        const torch::Tensor g = context->get_saved_variables()[1];
        const torch::Tensor& h = gradients[0];
        torch::Tensor forX = at::zeros_like(x);
        torch::Tensor forG = at::zeros_like(g);
        forPairs(x, [&](std::int64_t j, const torch::Tensor& difference, const torch::Tensor& near) {
            const torch::Tensor apart = h.narrow(0, 0, j) - h.narrow(0, j, 1);
            const torch::Tensor sign = difference.sign();
            const torch::Tensor byG = (apart * sign).mul_(near).sum(1, true);
            forG.narrow(0, 0, j).sub_(byG);
            forG.narrow(0, j, 1).sub_(byG.sum(0, true));
            const torch::Tensor byX = apart.mul(near).mul_(sign.abs_()).mul_(sums(g, j));
            forX.narrow(0, 0, j).add_(byX);
            forX.narrow(0, j, 1).sub_(byX.sum(0, true));
        });
        return {forX.mul_(share(x)), forG.mul_(share(x))};
    }
};

class Closeness : public torch::autograd::Function<Closeness> {
public:
    static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x)
    {
        context->save_for_backward({x});
        // A sample's distance to itself is 0: C times exp(0).
        torch::Tensor near =
            at::full({x.size(0), 1, x.size(2), x.size(3)}, static_cast<double>(x.size(1)), x.options());
        forPairs(x, [&](std::int64_t j, const torch::Tensor&, const torch::Tensor& pairs) {
            const torch::Tensor overChannels = pairs.sum(1, true);
            near.narrow(0, 0, j).add_(overChannels);
            near.narrow(0, j, 1).add_(overChannels.sum(0, true));
        });
        return near.mul_(share(x));
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients)
    {
        return {ClosenessGradient::apply(context->get_saved_variables()[0], gradients[0])};
    }
};

} // namespace

torch::Tensor closenessMap(const torch::Tensor& x)
{
    return Closeness::apply(x);
}

} // namespace saddle
