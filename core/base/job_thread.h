// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace saddle {

/// Does jobs on a thread of its own, one after the other. A job waits under a key: one that comes while another of the
/// same key waits takes its place, so that of many requests only the latest is served.
class JobThread {
public:
    /// Throws nothing. Long ones look at the token, which says when they are no longer wanted.
    using Job = std::function<void(const std::stop_token&)>;

    JobThread();
    /// Drops what waits, asks the job under way to stop, and joins.
    ~JobThread();
    JobThread(const JobThread&) = delete;
    JobThread& operator=(const JobThread&) = delete;

    void post(const std::string& key, Job job);
    /// Asks the job of that key to stop where it is under way. One that waits is the caller's again, to tell whoever
    /// awaits it; else the result is empty.
    Job cancel(const std::string& key);

    /// The share of time, above 0 and at most 1, that jobs may take: after one that took t the thread rests for
    /// t (1 - share) / share. For work beside a training that should not notice. 1, as it is at first: no rest.
    void setShare(double share);

private:
    using Clock = std::chrono::steady_clock;
    struct Waiting {
        std::string key;
        Job job;
    };

    void run(const std::stop_token& stop);

    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::deque<Waiting> m_jobs;
    std::string m_key; ///< of the job under way
    std::stop_source m_underWay{std::nostopstate};
    double m_share = 1;
    Clock::duration m_took{}; ///< by the last job
    Clock::time_point m_ended{};
    std::jthread m_thread; ///< last: joins first
};

} // namespace saddle
