// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/network/opened_network.h"

#include "core/latent/network/generate.h"
#include "core/training/host_tensors.h"

#include <ATen/Parallel.h>

#include <algorithm>

namespace saddle {

Result<OpenedNetwork> openNetwork(const Catalog& catalog, const NetworkDescription& description, NetworkReport report,
    const TensorMap& tensors, Device device, MemoryFormat format, const std::string& where)
{
    TrainingOptions options;
    options.device = device == Device::Cuda ? Device::Auto : device;
    options.threads = at::get_num_threads(); // as many as this thread has
    Result<ChosenDevice> chosen = chooseDevice(options);
    if (!chosen)
        return chosen.error();
    auto network = std::make_unique<BuiltNetwork>(catalog.layers, description, report);
    network->to(chosen->device, torch::kFloat, torchFormat(format));
    network->setLearning(false);
    if (Status adopted = adoptValues(*network, tensors); !adopted)
        return adopted.error().in(where + (std::filesystem::is_directory(where) ? "/tensors.safetensors" : ""));
    return OpenedNetwork{&catalog.layers, description, std::move(report), std::move(network), *std::move(chosen)};
}

Status adoptValues(BuiltNetwork& network, const TensorMap& tensors)
{
    const std::vector<NamedTensor> own = network.tensors();
    if (Status held = checkTensors(tensors, own); !held)
        return held;
    for (const NamedTensor& tensor : own)
        copyValues(tensors.at(tensor.name), tensor.tensor);
    return {};
}

torch::Tensor labelInput(const std::vector<std::int64_t>& labels, std::size_t classes, torch::Device device)
{
    const torch::Tensor numbers = torch::empty({static_cast<std::int64_t>(labels.size())}, torch::kLong);
    std::copy(labels.begin(), labels.end(), numbers.mutable_data_ptr<std::int64_t>());
    return oneHot(numbers.to(device), static_cast<std::int64_t>(classes), torch::kFloat);
}

Status checkLabel(std::int64_t label, std::size_t classes, const std::string& reader)
{
    if (classes == 0)
        return Error{"this " + reader + " reads no labels", "label", "leave the label out"};
    if (label < 0 || label >= static_cast<std::int64_t>(classes)) {
        return Error{"there is no label " + std::to_string(label), "label",
            "give a number from 0 to " + std::to_string(classes - 1)};
    }
    return {};
}

Status checkLabels(
    const std::vector<std::int64_t>& labels, std::int64_t rows, std::size_t classes, const std::string& reader)
{
    if (labels.size() != (classes == 0 ? 0 : static_cast<std::size_t>(rows))) {
        return Error{classes == 0 ? "this " + reader + " reads no labels" : "each row needs a label", "latents",
            classes == 0 ? "leave them out" : "give one each"};
    }
    for (const std::int64_t label : labels) {
        if (Status known = checkLabel(label, classes, reader); !known)
            return known;
    }
    return {};
}

Error torchError(
    const std::exception& thrown, const std::string& what, const std::string& where, const std::string& remedy)
{
    const std::string text = thrown.what();
    return {what + ": " + text.substr(0, text.find('\n')), where, remedy};
}

} // namespace saddle
