// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/network/open_generator.h"
#include "core/training/host_tensors.h"

#include "tests/support/networks.h"

namespace saddle::test {

/// A generator of these layers, by its network's own draws or with some of its tensors given.
inline GeneratorModel handMadeModel(const Json& layers, std::int64_t dimensions,
    const std::map<std::string, torch::Tensor>& given = {},
    LatentDistribution distribution = LatentDistribution::Normal, std::int64_t classes = 0)
{
    GeneratorModel model;
    model.head.origin = "hand-made";
    model.head.latent = {dimensions, distribution};
    for (std::int64_t i = 0; i < classes; ++i)
        model.head.classes.push_back(std::to_string(i));
    model.head.shape = valueOf(inspected(layers, {dimensions}, static_cast<int>(classes))).output;
    model.network = valueOf(networkFromJson(kinds(), layers, "layers"));
    model.device = Device::Cpu;
    const auto network =
        networkOf(layers, {dimensions}, torch::kFloat, torch::MemoryFormat::Contiguous, static_cast<int>(classes));
    for (const NamedTensor& tensor : network->tensors()) {
        const auto found = given.find(tensor.name);
        model.tensors.emplace(tensor.name, toHost(found == given.end() ? tensor.tensor : found->second));
    }
    return model;
}

inline std::unique_ptr<Generator> handMade(const GeneratorModel& model)
{
    return valueOf(openModel(model, builtinCatalog()));
}

/// The network of such a model by itself.
inline std::unique_ptr<BuiltNetwork> networkOf(const GeneratorModel& model)
{
    auto network = networkOf(networkToJson(model.network), {model.head.latent.dimensions}, torch::kFloat,
        torch::MemoryFormat::Contiguous, static_cast<int>(model.head.classes.size()));
    for (const NamedTensor& tensor : network->tensors())
        copyValues(model.tensors.at(tensor.name), tensor.tensor);
    return network;
}

} // namespace saddle::test
