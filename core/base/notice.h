// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace saddle {

/// Tells one thread that another has something new for it.
class Notice {
public:
    void tell()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_news = true;
        }
        m_wake.notify_one();
    }

    /// Until there is news, but a tenth of a second at most: what else the caller looks at, such as a signal, may have
    /// no way to wake it.
    void await()
    {
        std::unique_lock lock(m_mutex);
        m_wake.wait_for(lock, std::chrono::milliseconds(100), [this] { return m_news; });
        m_news = false;
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_wake;
    bool m_news = false;
};

} // namespace saddle
