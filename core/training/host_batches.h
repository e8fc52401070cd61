// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/data_cache.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

namespace saddle {

/// A batch on the host, in memory that a GPU may copy from while others work where one is used.
struct HostBatch {
    torch::Tensor samples; ///< N × shape, uint8
    torch::Tensor index; ///< N, int64
};

/// Gathers batches from samples on the host, on a thread of its own: the one that follows the last one taken is made
/// ready ahead. Those taken last are kept, so that asking for them again does not cost the one made ahead. An exception
/// on that thread is handed to the caller of take(). take() is for one thread.
class HostBatches {
public:
    /// `samples` is N × shape, contiguous, and stays as it is. `pinned`: gather into page-locked memory. `recent`: how
    /// many batches are kept.
    HostBatches(torch::Tensor samples, bool pinned, std::int64_t recent);
    ~HostBatches();

    /// A share of batch `number` of `size` samples of the run with that seed; waits for it. Rethrows what gathering
    /// threw.
    HostBatch take(std::uint64_t seed, std::int64_t number, std::int64_t size, const BatchShare& share = BatchShare());

    /// How often take() was asked for a batch that is not among those kept.
    std::int64_t gathered() const { return m_gathered; }

private:
    struct Key {
        std::uint64_t seed = 0;
        std::int64_t number = 0;
        std::int64_t size = 0;
        BatchShare share = {};
        bool operator==(const Key&) const = default;
    };
    struct Made {
        Key key;
        HostBatch batch;
        std::exception_ptr failure;
    };

    void work(const std::stop_token& stop);
    HostBatch gather(const Key& key);

    torch::Tensor m_samples;
    bool m_pinned;
    std::size_t m_keep;
    std::deque<std::pair<Key, HostBatch>> m_recent; ///< the caller's own, the last one taken at the back
    std::int64_t m_gathered = 0;
    ShuffledEpochs m_epochs; ///< the thread's own

    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::optional<Key> m_wanted; ///< not begun yet
    std::optional<Key> m_making;
    std::optional<Made> m_made;
    std::jthread m_thread; ///< last: it ends before what it uses
};

} // namespace saddle
