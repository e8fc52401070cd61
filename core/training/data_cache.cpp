// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/data_cache.h"

#include "core/training/devices.h"
#include "core/training/host_batches.h"
#include "core/training/host_tensors.h"

#include <algorithm>

namespace saddle {

namespace {

/// Data may take this share of the memory that the device has free; the networks need the rest.
constexpr double shareOfMemory = 0.5;

/// A tensor of its own of numbers that lie elsewhere. (from_blob takes no const, though it is only read here.)
torch::Tensor hostCopy(const void* data, const std::vector<std::int64_t>& sizes, torch::ScalarType type)
{
    return torch::from_blob(const_cast<void*>(data), sizes, type).clone();
}

/// The bytes themselves as a tensor that keeps them alive; only ever read.
torch::Tensor hostView(const SharedBytes& bytes, const std::vector<std::int64_t>& sizes)
{
    return torch::from_blob(
        const_cast<std::uint8_t*>(bytes.data()), sizes, [bytes](void*) {}, torch::kByte);
}

bool fits(std::size_t bytes, torch::Device device)
{
    return device.is_cpu() || static_cast<double>(bytes) <= shareOfMemory * static_cast<double>(freeMemory(device));
}

} // namespace

torch::Tensor ShuffledEpochs::indices(
    const RandomStreams& streams, std::int64_t number, std::int64_t size, const BatchShare& share)
{
    std::int64_t position = number * size + share.first(size);
    std::int64_t wanted = share.count(size);
    std::vector<torch::Tensor> parts;
    while (wanted > 0) {
        const std::int64_t epoch = position / m_count;
        const std::int64_t within = position % m_count;
        if (epoch != m_epoch || streams.seed() != m_seed) {
            m_order = streams.permutation("data", static_cast<std::uint64_t>(epoch), m_count);
            m_epoch = epoch;
            m_seed = streams.seed();
        }
        const std::int64_t taken = std::min(wanted, m_count - within);
        parts.push_back(m_order.narrow(0, within, taken));
        position += taken;
        wanted -= taken;
    }
    return parts.size() == 1 ? parts.front() : at::cat(parts);
}

DataCache::DataCache(const Dataset& dataset, torch::Device device, torch::ScalarType type, torch::MemoryFormat format,
    std::int64_t recent, Place place)
    : m_device(device)
    , m_count(dataset.count)
    , m_type(type)
    , m_format(dataset.shape.size() == 3 ? format : torch::MemoryFormat::Contiguous)
    , m_flip(dataset.flip)
    , m_epochs(dataset.count)
{
    std::vector<std::int64_t> sizes{dataset.count};
    sizes.insert(sizes.end(), dataset.shape.begin(), dataset.shape.end());
    if (dataset.isPoints()) {
        m_samples = hostCopy(dataset.values.data(), sizes, torch::kFloat).to(device);
        m_reach = m_samples.abs().max().item<double>();
    } else {
        m_samples = hostView(dataset.pixels, sizes);
        if (place == Place::OnDevice || (place == Place::Automatic && fits(dataset.pixels.size(), device)))
            m_samples = m_samples.to(device);
        else
            m_host = std::make_unique<HostBatches>(m_samples, device.is_cuda(), recent);
    }
    if (!dataset.labels.empty())
        m_labels = hostCopy(dataset.labels.data(), {m_count}, torch::kInt).to(torch::kLong).to(device);
}

DataCache::~DataCache() = default;

std::int64_t DataCache::gathered() const
{
    return m_host ? m_host->gathered() : 0;
}

Batch DataCache::batch(const RandomStreams& streams, std::int64_t number, std::int64_t size, const BatchShare& share)
{
    return made(source(streams, number, size, share), streams, static_cast<std::uint64_t>(number), size, share);
}

BatchSource DataCache::source(
    const RandomStreams& streams, std::int64_t number, std::int64_t size, const BatchShare& share)
{
    if (!m_host)
        return {m_epochs.indices(streams, number, size, share), {}};
    const HostBatch gathered = m_host->take(streams.seed(), number, size, share);
    return {gathered.index.to(m_device, true), gathered.samples.to(m_device, true)};
}

Batch DataCache::made(const BatchSource& source, const RandomStreams& streams, const DrawCounter& number,
    std::int64_t size, const BatchShare& share) const
{
    const torch::NoGradGuard guard;
    torch::Tensor raw = source.raw.defined() ? source.raw : m_samples.index_select(0, source.index);
    if (m_flip) {
        const torch::Tensor mirrored =
            streams.from(share.first(size)).uniform("flip", number, {share.count(size)}).lt(0.5).view({-1, 1, 1, 1});
        raw = at::where(mirrored, raw.flip({3}), raw);
    }
    Batch batch{scaled(raw), {}, source.index};
    if (m_labels.defined())
        batch.labels = m_labels.index_select(0, source.index);
    return batch;
}

torch::Tensor DataCache::first(std::int64_t count) const
{
    const torch::NoGradGuard guard;
    return scaled(m_samples.narrow(0, 0, std::min(count, m_count)).to(m_device));
}

torch::Tensor DataCache::scaled(const torch::Tensor& raw) const
{
    if (raw.scalar_type() != torch::kByte)
        return raw.to(m_type);
    return scaledBytes(raw, m_type, m_format);
}

} // namespace saddle
