// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/host_batches.h"

#include <algorithm>
#include <cstring>

namespace saddle {

HostBatches::HostBatches(torch::Tensor samples, bool pinned, std::int64_t recent)
    : m_samples(std::move(samples))
    , m_pinned(pinned)
    , m_keep(static_cast<std::size_t>(recent))
    , m_epochs(m_samples.size(0))
    , m_thread([this](const std::stop_token& stop) { work(stop); })
{
}

HostBatches::~HostBatches() = default;

HostBatch HostBatches::take(std::uint64_t seed, std::int64_t number, std::int64_t size, const BatchShare& share)
{
    const Key key{seed, number, size, share};
    const auto kept =
        std::find_if(m_recent.begin(), m_recent.end(), [&key](const auto& one) { return one.first == key; });
    if (kept != m_recent.end())
        return kept->second;
    ++m_gathered;
    std::unique_lock lock(m_mutex);
    if (!(m_made && m_made->key == key) && m_making != key)
        m_wanted = key; // another batch than the one made ahead, which is dropped
    m_changed.notify_all();
    m_changed.wait(lock, [&] { return m_made && m_made->key == key; });
    Made made = *std::exchange(m_made, std::nullopt);
    m_wanted = {seed, number + 1, size, share};
    lock.unlock();
    m_changed.notify_all();
    if (made.failure)
        std::rethrow_exception(made.failure);
    m_recent.emplace_back(key, made.batch);
    if (m_recent.size() > m_keep)
        m_recent.pop_front();
    return made.batch;
}

void HostBatches::work(const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    while (m_changed.wait(lock, stop, [&] { return m_wanted.has_value(); })) {
        Made made;
        made.key = *std::exchange(m_wanted, std::nullopt);
        m_making = made.key;
        lock.unlock();
        try {
            made.batch = gather(made.key);
        } catch (...) {
            made.failure = std::current_exception();
        }
        lock.lock();
        m_making.reset();
        m_made = std::move(made);
        m_changed.notify_all();
    }
}

HostBatch HostBatches::gather(const Key& key)
{
    const torch::NoGradGuard guard;
    HostBatch batch;
    batch.index = m_epochs.indices(RandomStreams(key.seed, torch::kCPU), key.number, key.size, key.share).contiguous();
    std::vector<std::int64_t> sizes = m_samples.sizes().vec();
    sizes[0] = batch.index.numel();
    batch.samples = at::empty(sizes, torch::TensorOptions().dtype(torch::kByte).pinned_memory(m_pinned));
    const auto bytes = static_cast<std::size_t>(m_samples.numel() / m_samples.size(0));
    const std::uint8_t* const from = m_samples.const_data_ptr<std::uint8_t>();
    const std::int64_t* const index = batch.index.const_data_ptr<std::int64_t>();
    std::uint8_t* const to = batch.samples.mutable_data_ptr<std::uint8_t>();
    for (std::int64_t i = 0; i < sizes[0]; ++i)
        std::memcpy(to + static_cast<std::size_t>(i) * bytes, from + static_cast<std::size_t>(index[i]) * bytes, bytes);
    return batch;
}

} // namespace saddle
