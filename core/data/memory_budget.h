// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace saddle {

/// Memory that several threads take shares of before they use it. Each takes one share and may let it grow once, which
/// is when most of it is needed. Nobody waits for ever: where no share has grown, one may, however much it asks for. So
/// no more is in use than the budget and what one share grows by.
class MemoryBudget {
public:
    explicit MemoryBudget(std::int64_t bytes)
        : m_bytes(bytes)
    {
    }

    /// Given back when it goes.
    class Share {
    public:
        /// Waits until there is room.
        Share(MemoryBudget& budget, std::int64_t bytes);
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;
        ~Share();

        /// Waits until there is room for so much more.
        void grow(std::int64_t bytes);

    private:
        MemoryBudget& m_budget;
        std::int64_t m_taken;
        bool m_grown = false;
    };

private:
    std::int64_t m_bytes;
    std::int64_t m_used = 0;
    int m_grown = 0; ///< shares that have
    std::mutex m_mutex;
    std::condition_variable m_changed;
};

} // namespace saddle
