// SPDX-License-Identifier: GPL-3.0-or-later
// What opened generators and discriminators have in common.
#pragma once

#include "core/io/safetensors.h"
#include "core/models/built_network.h"
#include "core/runs/experiment.h"
#include "core/training/devices.h"

#include <exception>
#include <filesystem>
#include <memory>
#include <string>

namespace saddle {

/// A network in evaluation mode with its weights in place.
struct OpenedNetwork {
    const Registry<LayerInfo>* layers = nullptr;
    NetworkDescription description;
    NetworkReport report;
    std::unique_ptr<BuiltNetwork> network; ///< on the device
    ChosenDevice device;
};

/// Builds a network that inspectNetwork has passed and fills it. Trained on a GPU, it runs there only if there is one
/// here.
Result<OpenedNetwork> openNetwork(const Catalog& catalog, const NetworkDescription& description, NetworkReport report,
    const TensorMap& tensors, Device device, MemoryFormat format, const std::string& where);

/// Other values for all parameters and buffers, or an Error that names the first which is missing or another; then
/// nothing is changed.
Status adoptValues(BuiltNetwork& network, const TensorMap& tensors);

/// Labels, N, as what a network reads.
torch::Tensor labelInput(const std::vector<std::int64_t>& labels, std::size_t classes, torch::Device device);

/// Whether there is one label a row where any are read, all in range.
Status checkLabels(
    const std::vector<std::int64_t>& labels, std::int64_t rows, std::size_t classes, const std::string& reader);
Status checkLabel(std::int64_t label, std::size_t classes, const std::string& reader);

/// What torch threw as an Error: its first line.
Error torchError(
    const std::exception& thrown, const std::string& what, const std::string& where, const std::string& remedy);

} // namespace saddle
