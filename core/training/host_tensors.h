// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/safetensors.h"

#include <torch/types.h>

namespace saddle {

/// The file type of a tensor's numbers; throws where no file of this program holds them.
DType dtypeOf(torch::ScalarType type);

/// A tensor's values on the host, in row-major order whatever its layout.
HostTensor toHost(const torch::Tensor& tensor);

} // namespace saddle
