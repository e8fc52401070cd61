// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/layers/winograd.h"

#include "core/models/layers/winograd_kernels.h"

#include <ATen/Parallel.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <optional>

namespace saddle {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto channelsLast = torch::MemoryFormat::ChannelsLast;

/// Fewer channels are not worth the transforms.
constexpr std::int64_t leastChannels = 32;

/// Tiles that one thread takes at a time: their 36 planes are to stay in its second-level cache.
constexpr std::int64_t mostTiles = 48;

/// What the planes of the tiles whose products are summed up may take of the third-level cache, in floats.
constexpr std::int64_t chunkFloats = 1 << 20;

winograd::Map mapOf(const torch::Tensor& images)
{
    return {images.size(0), images.size(2), images.size(3), images.size(1)};
}

/// The output for windows that lead from `windows.in` channels to `windows.out`.
torch::Tensor slide(const torch::Tensor& input, const winograd::Windows& windows, const float* bias)
{
    const winograd::Map map = mapOf(input);
    const auto floats = torch::TensorOptions().dtype(torch::kFloat);
    torch::Tensor output = at::empty({map.count, windows.out, map.height, map.width}, floats, channelsLast);
    const torch::Tensor changed = at::empty({winograd::points * windows.in * windows.out}, floats);
    auto* const changedData = changed.mutable_data_ptr<float>();
    at::parallel_for(0, windows.out / winograd::lanes, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t group = begin; group < end; ++group)
            winograd::transformWindows(windows, group, changedData);
    });
    const std::int64_t threads = at::get_num_threads();
    const std::int64_t tiles = map.tiles();
    const std::int64_t block = std::clamp<std::int64_t>((tiles + threads - 1) / threads, 1, mostTiles);
    const std::int64_t scratchSize = winograd::convolveScratch(block, windows.in, windows.out);
    const torch::Tensor scratch = at::empty({threads, scratchSize}, floats);
    const torch::Tensor zeros = at::zeros({windows.in}, floats);
    const auto* const inputData = input.const_data_ptr<float>();
    const auto* const zeroData = zeros.const_data_ptr<float>();
    auto* const scratchData = scratch.mutable_data_ptr<float>();
    auto* const outputData = output.mutable_data_ptr<float>();
    at::parallel_for(0, (tiles + block - 1) / block, 1, [&](std::int64_t begin, std::int64_t end) {
        float* const own = scratchData + at::get_thread_num() * scratchSize;
        for (std::int64_t i = begin; i < end; ++i) {
            winograd::convolve(inputData, map, changedData, bias, zeroData, outputData, windows.out, i * block,
                std::min(block, tiles - i * block), own);
        }
    });
    return output;
}

torch::Tensor convolution(const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias)
{
    RECORD_FUNCTION("saddle::winograd", std::vector<c10::IValue>({input, weight.size(0)}));
    const torch::Tensor windows = weight.contiguous(channelsLast);
    const std::int64_t in = weight.size(1);
    const torch::Tensor shift = bias.defined() ? bias.contiguous() : bias;
    return slide(input.contiguous(channelsLast), {windows.const_data_ptr<float>(), in, weight.size(0), 1, 9 * in, in},
        shift.defined() ? shift.const_data_ptr<float>() : nullptr);
}

/// The gradient of the input: windows turned by half a turn lead back from outputs to inputs.
torch::Tensor inputGradient(const torch::Tensor& gradient, const torch::Tensor& weight)
{
    RECORD_FUNCTION("saddle::winograd_input_gradient", std::vector<c10::IValue>({gradient, weight.size(1)}));
    const torch::Tensor windows = weight.contiguous(channelsLast);
    const std::int64_t in = weight.size(1);
    return slide(gradient.contiguous(channelsLast),
        {windows.const_data_ptr<float>() + 8 * in, weight.size(0), in, 9 * in, 1, -in}, nullptr);
}

torch::Tensor weightGradient(const torch::Tensor& input, const torch::Tensor& gradient)
{
    RECORD_FUNCTION("saddle::winograd_weight_gradient", std::vector<c10::IValue>({input, gradient.size(1)}));
    const torch::Tensor from = input.contiguous(channelsLast);
    const torch::Tensor to = gradient.contiguous(channelsLast);
    const winograd::Map map = mapOf(from);
    const winograd::Map outputs = mapOf(to);
    const std::int64_t in = map.channels;
    const std::int64_t out = outputs.channels;
    const auto floats = torch::TensorOptions().dtype(torch::kFloat);
    const std::int64_t chunk = std::clamp<std::int64_t>(chunkFloats / (winograd::points * (in + out)), 16, 128);
    const torch::Tensor changedInput = at::empty({winograd::points * in * chunk}, floats);
    const torch::Tensor changedGradient = at::empty({winograd::points * out * chunk}, floats);
    const torch::Tensor sums = at::zeros({winograd::points * in * out}, floats);
    const torch::Tensor zeros = at::zeros({std::max(in, out)}, floats);
    const auto* const fromData = from.const_data_ptr<float>();
    const auto* const toData = to.const_data_ptr<float>();
    const auto* const zeroData = zeros.const_data_ptr<float>();
    auto* const inputData = changedInput.mutable_data_ptr<float>();
    auto* const gradientData = changedGradient.mutable_data_ptr<float>();
    auto* const sumData = sums.mutable_data_ptr<float>();
    for (std::int64_t first = 0; first < map.tiles(); first += chunk) {
        const std::int64_t tiles = std::min(chunk, map.tiles() - first);
        at::parallel_for(0, tiles, 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t tile = begin; tile < end; ++tile) {
                winograd::transformInput(fromData, map, zeroData, first + tile, tile, chunk, inputData);
                winograd::transformGradient(toData, outputs, zeroData, first + tile, tile, chunk, gradientData);
            }
        });
        // Each sum belongs to one thread, so that their number does not change it.
        at::parallel_for(0, winograd::points, 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t point = begin; point < end; ++point)
                winograd::accumulate(inputData, gradientData, in, out, point, tiles, chunk, sumData);
        });
    }
    torch::Tensor result = at::empty({out, in, 3, 3}, floats, channelsLast);
    auto* const resultData = result.mutable_data_ptr<float>();
    at::parallel_for(0, in / winograd::lanes, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t group = begin; group < end; ++group)
            winograd::finishWindows(sumData, in, out, group, resultData);
    });
    return result;
}

// Three functions, each linear in its two tensors, whose derivatives are each other: y = F(x, w), dx = I(dy, w) and
// dw = W(x, dy). So derivatives of any order are made of the same three.

class Convolution : public torch::autograd::Function<Convolution> {
public:
    static torch::Tensor forward(AutogradContext* context, const torch::Tensor& input, const torch::Tensor& weight,
        const std::optional<torch::Tensor>& bias)
    {
        context->save_for_backward({input, weight});
        context->saved_data["bias"] = bias.has_value();
        return convolution(input, weight, bias.value_or(torch::Tensor()));
    }
    static variable_list backward(AutogradContext* context, variable_list gradients);
};

class InputGradient : public torch::autograd::Function<InputGradient> {
public:
    static torch::Tensor forward(AutogradContext* context, const torch::Tensor& gradient, const torch::Tensor& weight)
    {
        context->save_for_backward({gradient, weight});
        return inputGradient(gradient, weight);
    }
    static variable_list backward(AutogradContext* context, variable_list gradients);
};

class WeightGradient : public torch::autograd::Function<WeightGradient> {
public:
    static torch::Tensor forward(AutogradContext* context, const torch::Tensor& input, const torch::Tensor& gradient)
    {
        context->save_for_backward({input, gradient});
        return weightGradient(input, gradient);
    }
    static variable_list backward(AutogradContext* context, variable_list gradients);
};

variable_list Convolution::backward(AutogradContext* context, variable_list gradients)
{
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor& gradient = gradients.front();
    variable_list results(3);
    if (context->needs_input_grad(0))
        results[0] = InputGradient::apply(gradient, saved[1]);
    if (context->needs_input_grad(1))
        results[1] = WeightGradient::apply(saved[0], gradient);
    if (context->saved_data["bias"].toBool() && context->needs_input_grad(2))
        results[2] = gradient.sum({0, 2, 3});
    return results;
}

variable_list InputGradient::backward(AutogradContext* context, variable_list gradients)
{
    const variable_list saved = context->get_saved_variables();
    variable_list results(2);
    if (context->needs_input_grad(0))
        results[0] = Convolution::apply(gradients.front(), saved[1], std::nullopt);
    if (context->needs_input_grad(1))
        results[1] = WeightGradient::apply(gradients.front(), saved[0]);
    return results;
}

variable_list WeightGradient::backward(AutogradContext* context, variable_list gradients)
{
    const variable_list saved = context->get_saved_variables();
    variable_list results(2);
    if (context->needs_input_grad(0))
        results[0] = InputGradient::apply(saved[1], gradients.front());
    if (context->needs_input_grad(1))
        results[1] = Convolution::apply(saved[0], gradients.front(), std::nullopt);
    return results;
}

} // namespace

bool winogradFits(const torch::Tensor& input, const torch::Tensor& weight)
{
    static const bool supported = winograd::supported();
    const auto wide = [](std::int64_t channels) {
        return channels >= leastChannels && channels % winograd::lanes == 0;
    };
    return supported && input.is_cpu() && input.scalar_type() == torch::kFloat && weight.size(2) == 3
        && weight.size(3) == 3 && wide(weight.size(0)) && wide(weight.size(1));
}

torch::Tensor winogradConvolution(const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias)
{
    return Convolution::apply(input, weight, bias.defined() ? std::optional(bias) : std::nullopt);
}

} // namespace saddle
