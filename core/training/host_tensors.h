// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/safetensors.h"
#include "core/models/layer.h"

#include <torch/types.h>

namespace saddle {

/// The file type of a tensor's numbers; throws where no file of this program holds them.
DType dtypeOf(torch::ScalarType type);

/// A tensor's values on the host, in row-major order whatever its layout.
HostTensor toHost(const torch::Tensor& tensor);
/// The same of several, by their names.
TensorMap toHost(const std::vector<NamedTensor>& tensors);

/// Bytes of images, 0 .. 255, as numbers in -1 .. 1, in a memory format.
torch::Tensor scaledBytes(const torch::Tensor& bytes, torch::ScalarType type, torch::MemoryFormat format);

/// Whether a file holds all of these tensors by their names, in shape and type: else an Error that names the first that
/// is missing or another.
Status checkTensors(const TensorMap& held, const std::vector<NamedTensor>& expected);
/// Copies the values of a tensor that has passed the check, to whatever device and layout.
void copyValues(const HostTensor& from, torch::Tensor to);

} // namespace saddle
