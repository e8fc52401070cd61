// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/host_tensors.h"

#include <stdexcept>

namespace saddle {

DType dtypeOf(torch::ScalarType type)
{
    switch (type) {
    case torch::kFloat:
        return DType::F32;
    case torch::kDouble:
        return DType::F64;
    case torch::kLong:
        return DType::I64;
    default:
        throw std::logic_error(std::string("no file holds tensors of type ") + c10::toString(type));
    }
}

HostTensor toHost(const torch::Tensor& tensor)
{
    const torch::Tensor host = tensor.detach().cpu().contiguous();
    const auto* bytes = static_cast<const std::byte*>(host.const_data_ptr());
    return {dtypeOf(host.scalar_type()), host.sizes().vec(), {bytes, bytes + host.nbytes()}};
}

} // namespace saddle
