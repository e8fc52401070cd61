// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/layer.h"

namespace saddle {

std::size_t Layer::addParameter(std::string name, const std::vector<std::int64_t>& shape, ParameterRule rule)
{
    m_parameters.push_back({std::move(name), torch::zeros(shape, torch::requires_grad())});
    m_rules.push_back(rule);
    return m_parameters.size() - 1;
}

std::size_t Layer::addBuffer(std::string name, torch::Tensor initial)
{
    m_buffers.push_back({std::move(name), std::move(initial)});
    return m_buffers.size() - 1;
}

torch::Tensor inFormat(const torch::Tensor& images, torch::MemoryFormat format)
{
    if (images.dim() != 4 || format == torch::MemoryFormat::Contiguous)
        return images.contiguous();
    if (images.size(1) > 1)
        return images.contiguous(format);
    if (images.stride(1) == 1 && images.is_contiguous())
        return images;
    return images.reshape({images.size(0), images.size(2), images.size(3), 1}).permute({0, 3, 1, 2});
}

} // namespace saddle
