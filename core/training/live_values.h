// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/types.h>

#include <map>
#include <string>

namespace saddle {

/// Values that may change while training, each a 0-dimensional float32 tensor on the device: whoever computes with one
/// holds the tensor, and a change is a write into it that needs no synchronisation.
class LiveValues {
public:
    explicit LiveValues(torch::Device device, torch::ScalarType type = torch::kFloat)
        : m_options(torch::TensorOptions().device(device).dtype(type))
    {
    }

    /// The tensor of a name; made with `initial` when it is asked for first.
    torch::Tensor bind(const std::string& name, double initial)
    {
        const auto [entry, fresh] = m_tensors.try_emplace(name);
        if (fresh)
            entry->second = torch::full({}, initial, m_options);
        return entry->second;
    }

    /// Whether anything computes with a value of this name; if so, it is changed.
    bool set(const std::string& name, double value)
    {
        const auto entry = m_tensors.find(name);
        if (entry == m_tensors.end())
            return false;
        entry->second.fill_(value);
        return true;
    }

private:
    torch::TensorOptions m_options;
    std::map<std::string, torch::Tensor> m_tensors;
};

} // namespace saddle
