// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/job_thread.h"

#include <algorithm>
#include <utility>

namespace saddle {

JobThread::JobThread()
    : m_thread([this](const std::stop_token& stop) { run(stop); })
{
}

JobThread::~JobThread()
{
    m_thread.request_stop();
    const std::lock_guard lock(m_mutex);
    m_jobs.clear();
    m_underWay.request_stop();
}

void JobThread::post(const std::string& key, Job job)
{
    {
        const std::lock_guard lock(m_mutex);
        const auto same =
            std::find_if(m_jobs.begin(), m_jobs.end(), [&key](const Waiting& waiting) { return waiting.key == key; });
        if (same != m_jobs.end())
            same->job = std::move(job);
        else
            m_jobs.push_back({key, std::move(job)});
    }
    m_wake.notify_all();
}

JobThread::Job JobThread::cancel(const std::string& key)
{
    const std::lock_guard lock(m_mutex);
    if (m_key == key)
        m_underWay.request_stop();
    const auto waiting =
        std::find_if(m_jobs.begin(), m_jobs.end(), [&key](const Waiting& job) { return job.key == key; });
    if (waiting == m_jobs.end())
        return {};
    Job dropped = std::move(waiting->job);
    m_jobs.erase(waiting);
    return dropped;
}

void JobThread::setShare(double share)
{
    {
        const std::lock_guard lock(m_mutex);
        m_share = share;
    }
    m_wake.notify_all();
}

void JobThread::run(const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    while (!stop.stop_requested()) {
        m_wake.wait(lock, stop, [this] { return !m_jobs.empty(); });
        // The share may change while it rests, and a later job take the place of the one that waits.
        const auto rest = [this] {
            return std::chrono::duration_cast<Clock::duration>(m_took * ((1 - m_share) / m_share));
        };
        const auto rested = [this, &rest] { return Clock::now() >= m_ended + rest(); };
        while (!stop.stop_requested() && !rested())
            m_wake.wait_until(lock, stop, m_ended + rest(), rested);
        if (stop.stop_requested() || m_jobs.empty())
            continue;
        Waiting next = std::move(m_jobs.front());
        m_jobs.pop_front();
        m_key = next.key;
        m_underWay = std::stop_source();
        const std::stop_token token = m_underWay.get_token();
        lock.unlock();
        const Clock::time_point began = Clock::now();
        next.job(token);
        next.job = {}; // what it holds goes before anyone is told that it is done
        const Clock::time_point ended = Clock::now();
        lock.lock();
        m_took = ended - began;
        m_ended = ended;
        m_key.clear();
    }
}

} // namespace saddle
