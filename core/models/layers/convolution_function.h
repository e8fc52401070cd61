// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/layers/sliding.h"

#include <torch/csrc/autograd/custom_function.h>

#include <array>
#include <optional>
#include <tuple>
#include <vector>

namespace saddle {

/// A convolution, differentiable any number of times. It is linear in its two tensors, so that three functions are each
/// other's derivatives: y = F(x, w), dx = I(dy, w), dw = W(x, dy). PyTorch's own second derivatives slide images over
/// images instead, one group at a time, which takes several times as long.
///
/// `Kernels` has them as two static functions of tensors:
///   forward(input, weight, bias or undefined, sliding)
///   gradients(gradient, input, weight, {wanted of input, weight, bias}, sliding): what is wanted of the three; of a
///     tensor whose own gradient alone is wanted only the shape counts
template <typename Kernels>
class ConvolutionFunctions {
public:
    static torch::Tensor apply(
        const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias, const Sliding& sliding)
    {
        return Forward::apply(input, weight, bias.defined() ? std::optional(bias) : std::nullopt, sliding);
    }

private:
    using Context = torch::autograd::AutogradContext;
    using Tensors = torch::autograd::variable_list;

    static void keep(Context& context, const Sliding& sliding)
    {
        context.saved_data["sliding"] = std::vector<std::int64_t>{
            sliding.stride, sliding.padding, sliding.outputPadding, sliding.groups, sliding.transposed ? 1 : 0};
    }
    static Sliding kept(Context& context)
    {
        const std::vector<std::int64_t> numbers = context.saved_data["sliding"].toIntVector();
        return {numbers[0], numbers[1], numbers[2], numbers[3], numbers[4] != 0};
    }

    class Forward : public torch::autograd::Function<Forward> {
    public:
        static torch::Tensor forward(Context* context, const torch::Tensor& input, const torch::Tensor& weight,
            const std::optional<torch::Tensor>& bias, const Sliding& sliding)
        {
            context->save_for_backward({input, weight});
            context->saved_data["bias"] = bias.has_value();
            keep(*context, sliding);
            return Kernels::forward(input, weight, bias.value_or(torch::Tensor()), sliding);
        }

        static Tensors backward(Context* context, const Tensors& gradients)
        {
            const Tensors saved = context->get_saved_variables();
            const Sliding sliding = kept(*context);
            const bool bias = context->saved_data["bias"].toBool() && context->needs_input_grad(2);
            const std::array<bool, 3> wanted{context->needs_input_grad(0), context->needs_input_grad(1), bias};
            Tensors results(4);
            if (!at::GradMode::is_enabled()) {
                std::tie(results[0], results[1], results[2]) =
                    Kernels::gradients(gradients[0], saved[0], saved[1], wanted, sliding);
                return results;
            }
            if (wanted[0])
                results[0] = InputGradient::apply(gradients[0], saved[1], saved[0].detach(), sliding);
            if (wanted[1] || wanted[2]) {
                const Tensors found = WeightGradient::apply(saved[0], gradients[0], saved[1].detach(), bias, sliding);
                results[1] = found[0];
                if (bias)
                    results[2] = found[1];
            }
            return results;
        }
    };

    class InputGradient : public torch::autograd::Function<InputGradient> {
    public:
        static torch::Tensor forward(Context* context, const torch::Tensor& gradient, const torch::Tensor& weight,
            const torch::Tensor& input, const Sliding& sliding)
        {
            context->save_for_backward({gradient, weight});
            keep(*context, sliding);
            return std::get<0>(Kernels::gradients(gradient, input, weight, {true, false, false}, sliding));
        }

        static Tensors backward(Context* context, const Tensors& gradients)
        {
            const Tensors saved = context->get_saved_variables();
            const Sliding sliding = kept(*context);
            Tensors results(4);
            if (context->needs_input_grad(0))
                results[0] = Forward::apply(gradients[0], saved[1], std::nullopt, sliding);
            if (context->needs_input_grad(1))
                results[1] = WeightGradient::apply(gradients[0], saved[0], saved[1].detach(), false, sliding)[0];
            return results;
        }
    };

    class WeightGradient : public torch::autograd::Function<WeightGradient> {
    public:
        static Tensors forward(Context* context, const torch::Tensor& input, const torch::Tensor& gradient,
            const torch::Tensor& weight, bool bias, const Sliding& sliding)
        {
            context->save_for_backward({input, gradient});
            context->saved_data["bias"] = bias;
            keep(*context, sliding);
            const auto found = Kernels::gradients(gradient, input, weight, {false, true, bias}, sliding);
            return bias ? Tensors{std::get<1>(found), std::get<2>(found)} : Tensors{std::get<1>(found)};
        }

        static Tensors backward(Context* context, const Tensors& gradients)
        {
            const Tensors saved = context->get_saved_variables();
            const Sliding sliding = kept(*context);
            Tensors results(5);
            if (context->needs_input_grad(0))
                results[0] = InputGradient::apply(saved[1], gradients[0], saved[0].detach(), sliding);
            if (context->needs_input_grad(1)) {
                const std::optional<torch::Tensor> bias =
                    context->saved_data["bias"].toBool() ? std::optional(gradients[1]) : std::nullopt;
                results[1] = Forward::apply(saved[0], gradients[0], bias, sliding);
            }
            return results;
        }
    };
};

} // namespace saddle
