// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/data_cache.h"

#include "core/models/layer.h"

#include <algorithm>

namespace saddle {

namespace {

/// A tensor of its own of numbers that lie elsewhere. (from_blob takes no const, though it is only read here.)
torch::Tensor hostCopy(const void* data, const std::vector<std::int64_t>& sizes, torch::ScalarType type)
{
    return torch::from_blob(const_cast<void*>(data), sizes, type).clone();
}

} // namespace

DataCache::DataCache(const Dataset& dataset, torch::Device device, torch::ScalarType type, torch::MemoryFormat format)
    : m_count(dataset.count)
    , m_type(type)
    , m_format(dataset.shape.size() == 3 ? format : torch::MemoryFormat::Contiguous)
{
    std::vector<std::int64_t> sizes{dataset.count};
    sizes.insert(sizes.end(), dataset.shape.begin(), dataset.shape.end());
    if (dataset.isPoints()) {
        m_samples = hostCopy(dataset.values.data(), sizes, torch::kFloat).to(device);
        m_reach = m_samples.abs().max().item<double>();
    } else {
        m_samples = hostCopy(dataset.pixels.data(), sizes, torch::kByte).to(device);
    }
    if (!dataset.labels.empty())
        m_labels = hostCopy(dataset.labels.data(), {m_count}, torch::kInt).to(torch::kLong).to(device);
}

Batch DataCache::batch(const RandomStreams& streams, std::int64_t number, std::int64_t size)
{
    const torch::NoGradGuard guard;
    std::int64_t position = number * size;
    std::int64_t wanted = size;
    std::vector<torch::Tensor> parts;
    while (wanted > 0) {
        const std::int64_t epoch = position / m_count;
        const std::int64_t within = position % m_count;
        if (epoch != m_epoch) {
            m_order = streams.permutation("data", static_cast<std::uint64_t>(epoch), m_count);
            m_epoch = epoch;
        }
        const std::int64_t taken = std::min(wanted, m_count - within);
        parts.push_back(m_order.narrow(0, within, taken));
        position += taken;
        wanted -= taken;
    }
    Batch batch;
    batch.index = parts.size() == 1 ? parts.front() : at::cat(parts);
    batch.data = scaled(m_samples.index_select(0, batch.index));
    if (m_labels.defined())
        batch.labels = m_labels.index_select(0, batch.index);
    return batch;
}

torch::Tensor DataCache::first(std::int64_t count) const
{
    const torch::NoGradGuard guard;
    return scaled(m_samples.narrow(0, 0, std::min(count, m_count)));
}

torch::Tensor DataCache::scaled(const torch::Tensor& raw) const
{
    if (raw.scalar_type() != torch::kByte)
        return raw.to(m_type);
    return inFormat(raw.to(m_type).mul_(2.0 / 255).sub_(1), m_format);
}

} // namespace saddle
