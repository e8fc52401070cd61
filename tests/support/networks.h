// SPDX-License-Identifier: GPL-3.0-or-later
// Networks for tests: built from JSON, fed with fixed draws.
#pragma once

#include "core/models/built_network.h"
#include "core/params/schema.h"
#include "core/training/builtin.h"
#include "core/training/random_streams.h"

#include "tests/support/scratch.h"

#include <torch/csrc/autograd/grad_mode.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace saddle::test {

inline const Registry<LayerInfo>& kinds()
{
    return builtinCatalog().layers;
}

inline torch::Tensor batchOf(std::int64_t count, const Shape& shape, std::uint64_t counter = 0)
{
    std::vector<std::int64_t> sizes{count};
    sizes.insert(sizes.end(), shape.begin(), shape.end());
    return RandomStreams(11, torch::kCPU).normal("input", counter, sizes);
}

inline Shape shapeOf(const torch::Tensor& batch)
{
    return {batch.sizes().begin() + 1, batch.sizes().end()};
}

inline std::int64_t numbersIn(const std::vector<NamedTensor>& tensors)
{
    std::int64_t count = 0;
    for (const NamedTensor& tensor : tensors)
        count += tensor.tensor.numel();
    return count;
}

/// The report on a network from JSON, or the error.
inline Result<NetworkReport> inspected(const Json& layers, const Shape& input, int classes = 0)
{
    const Result<NetworkDescription> description = networkFromJson(kinds(), layers, "generator.layers");
    if (!description)
        return description.error();
    return inspectNetwork(kinds(), *description, input, "generator", classes);
}

/// Throws the error's sentence where there is one: Qt Test reports it.
template <typename T>
T valueOf(Result<T> result)
{
    if (!result)
        throw std::runtime_error(result.error().sentence());
    return *std::move(result);
}

/// One layer with these options, weights still zero.
inline std::unique_ptr<Layer> layerOf(const std::string& kind, const Json& options, const std::vector<Shape>& inputs)
{
    const LayerInfo* info = kinds().find(kind);
    const Json resolved = valueOf(resolveParameters(info->parameters, options, kind));
    valueOf(info->infer(resolved, inputs));
    return info->build(resolved, inputs);
}

/// A network in a type and memory format, its weights drawn.
inline std::unique_ptr<BuiltNetwork> networkOf(const Json& layers, const Shape& input,
    torch::ScalarType type = torch::kFloat, torch::MemoryFormat format = torch::MemoryFormat::Contiguous,
    int classes = 0)
{
    const NetworkDescription description = valueOf(networkFromJson(kinds(), layers, "layers"));
    const NetworkReport report = valueOf(inspectNetwork(kinds(), description, input, "network", classes));
    auto network = std::make_unique<BuiltNetwork>(kinds(), description, report);
    network->initialise(Initialisation::Default, RandomStreams(1, torch::kCPU), "network");
    network->to(torch::kCPU, type, format);
    return network;
}

/// The same draws for a layer at every call.
class FixedDraws : public LayerDraws {
public:
    torch::Tensor uniform(const std::string& layer, const std::vector<std::int64_t>& sizes) override
    {
        asked.push_back(layer);
        return RandomStreams(5, torch::kCPU).uniform(layer, 0, sizes);
    }

    std::vector<std::string> asked;
};

} // namespace saddle::test
