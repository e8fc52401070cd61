// SPDX-License-Identifier: GPL-3.0-or-later
// Generators as data, for tests: layers from JSON, every tensor filled.
#pragma once

#include "core/latent/network/open_generator.h"
#include "core/training/host_tensors.h"

#include "tests/support/networks.h"
#include "tests/support/small_checkpoints.h"

namespace saddle::test {

/// A generator of these layers whose scales, shifts and statistics are not those of a new network.
inline GeneratorModel modelOfLayers(const Json& layers, std::int64_t latents, std::int64_t classes = 0)
{
    const auto network =
        networkOf(layers, {latents}, torch::kFloat, torch::MemoryFormat::Contiguous, static_cast<int>(classes));
    GeneratorModel model;
    model.network = valueOf(networkFromJson(kinds(), layers, "layers"));
    model.head.origin = "the test's generator";
    model.head.latent.dimensions = latents;
    model.head.shape =
        valueOf(inspectNetwork(kinds(), model.network, {latents}, "layers", static_cast<int>(classes))).output;
    for (std::int64_t i = 0; i < classes; ++i)
        model.head.classes.push_back("class " + std::to_string(i));
    const torch::NoGradGuard guard;
    std::uint64_t number = 0;
    for (const NamedTensor& tensor : network->tensors()) {
        const auto named = [&](const char* part) { return tensor.name.find(part) != std::string::npos; };
        torch::Tensor values = tensor.tensor;
        const torch::Tensor draw =
            RandomStreams(3, torch::kCPU).uniform("fill", number++, {1, std::max<std::int64_t>(1, values.numel())});
        if (named("running_var") || named("norm.weight"))
            values.copy_((draw + 0.5).view(values.sizes()));
        else if (named("running_mean") || named("bias"))
            values.copy_((draw - 0.5).view(values.sizes()));
        model.tensors[tensor.name] = toHost(values);
    }
    return model;
}

/// What a model gives for latents, N × Z, straight from its network: floats, before any bytes.
inline torch::Tensor outputOf(
    const GeneratorModel& model, const torch::Tensor& latents, const torch::Tensor& label = {})
{
    const NetworkReport report = valueOf(inspectNetwork(
        kinds(), model.network, {model.head.latent.dimensions}, "model", static_cast<int>(model.head.classes.size())));
    BuiltNetwork network(kinds(), model.network, report);
    for (const NamedTensor& tensor : network.tensors())
        copyValues(model.tensors.at(tensor.name), tensor.tensor);
    const torch::NoGradGuard guard;
    return network.forward({latents, label}, ForwardMode::Evaluate);
}

inline torch::Tensor latentsOf(const GeneratorModel& model, std::int64_t count)
{
    return batchOf(count, {model.head.latent.dimensions});
}

/// Classes in turn, or nothing.
inline torch::Tensor labelsOf(const GeneratorModel& model, std::int64_t count)
{
    const auto classes = static_cast<std::int64_t>(model.head.classes.size());
    return classes == 0 ? torch::Tensor() : at::eye(classes).index_select(0, at::arange(count).remainder(classes));
}

/// The largest difference of two tensors, or a large number where their shapes differ.
inline double apart(const torch::Tensor& one, const torch::Tensor& other)
{
    return one.sizes() == other.sizes() ? (one - other).abs().max().item<double>() : 1e9;
}

} // namespace saddle::test
