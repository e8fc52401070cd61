// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace saddle::test {

/// Any tensor as one number that depends on every element of it, each with another weight.
inline torch::Tensor project(const torch::Tensor& values)
{
    return (values.flatten() * (at::arange(values.numel(), values.options().requires_grad(false)) + 1).cos()).sum();
}

/// Compares the gradient of `loss` (0-dimensional, computed anew from `variables` at each call) with central
/// differences. `variables` are float64 leaves. Says where the two differ by more than `tolerance`, relative to
/// max(1, |difference quotient|); nothing if they agree.
inline std::string gradcheck(const std::function<torch::Tensor()>& loss, std::vector<torch::Tensor> variables,
    double tolerance = 1e-7, double step = 1e-6)
{
    for (torch::Tensor& variable : variables) {
        if (variable.scalar_type() != torch::kDouble)
            return "a variable is not float64";
        variable.requires_grad_(true);
    }
    const std::vector<torch::Tensor> gradients =
        torch::autograd::grad({loss()}, variables, {}, std::nullopt, false, true);
    const torch::NoGradGuard guard;
    for (std::size_t v = 0; v < variables.size(); ++v) {
        const std::string name = "variable " + std::to_string(v);
        if (!gradients[v].defined())
            return name + " has no gradient";
        const torch::Tensor analytic = gradients[v].contiguous();
        // A view, so that a write reaches the variable whatever its memory format.
        for (std::int64_t i = 0; i < variables[v].numel(); ++i) {
            torch::Tensor element = variables[v];
            std::int64_t rest = i;
            for (std::int64_t axis = 0; axis < variables[v].dim(); ++axis) {
                const std::int64_t stride = element.numel() / element.size(0);
                element = element.select(0, rest / stride);
                rest %= stride;
            }
            const double before = element.item<double>();
            element.fill_(before + step);
            const double above = loss().item<double>();
            element.fill_(before - step);
            const double below = loss().item<double>();
            element.fill_(before);
            const double numeric = (above - below) / (2 * step);
            const double given = analytic.const_data_ptr<double>()[i];
            if (!(std::abs(given - numeric) <= tolerance * std::max(1.0, std::abs(numeric)))) {
                return name + ", element " + std::to_string(i) + ": the gradient is " + std::to_string(given)
                    + ", but differences say " + std::to_string(numeric);
            }
        }
    }
    return {};
}

} // namespace saddle::test
