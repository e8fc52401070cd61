// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/host_tensors.h"

#include <torch/csrc/autograd/grad_mode.h>

#include <cstring>
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

TensorMap toHost(const std::vector<NamedTensor>& tensors)
{
    TensorMap held;
    for (const NamedTensor& tensor : tensors)
        held.emplace(tensor.name, toHost(tensor.tensor));
    return held;
}

torch::Tensor scaledBytes(const torch::Tensor& bytes, torch::ScalarType type, torch::MemoryFormat format)
{
    return inFormat(bytes.to(type).mul_(2.0 / 255).sub_(1), format);
}

Status checkTensors(const TensorMap& held, const std::vector<NamedTensor>& expected)
{
    for (const NamedTensor& tensor : expected) {
        const auto found = held.find(tensor.name);
        if (found == held.end())
            return Error{"the tensor “" + tensor.name + "” is missing", "", "choose another file or checkpoint"};
        const HostTensor& host = found->second;
        if (host.shape != tensor.tensor.sizes().vec() || host.dtype != dtypeOf(tensor.tensor.scalar_type())
            || host.data.size() != tensor.tensor.nbytes()) {
            return Error{"the tensor “" + tensor.name + "” has another shape or type than this network's", "",
                "choose another file or checkpoint"};
        }
    }
    return {};
}

void copyValues(const HostTensor& from, torch::Tensor to)
{
    const torch::NoGradGuard guard;
    const torch::Tensor values = torch::empty(from.shape, torch::TensorOptions().dtype(to.scalar_type()));
    std::memcpy(values.mutable_data_ptr(), from.data.data(), from.data.size());
    to.copy_(values);
}

} // namespace saddle
