// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/session.h"
#include "core/study/study_progress.h"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace saddle {

/// Trains the methods of a study one after another on a thread of its own and writes its page after each.
///
///     STUDY/study.json               all that was resolved, written first
///     STUDY/runs/METHOD-seed-1/      a run as any other
///     STUDY/notes.json               what the page says of data, device and warnings
///     STUDY/page.html, page.png
///
/// A folder that holds the same study is gone on with: runs that are whole stay, one that was cut goes on from its last
/// checkpoint.
class StudyRunner {
public:
    /// `notify` is called from the runner's thread when there is something new and progress() was asked since the last
    /// notice; it must return at once.
    StudyRunner(Study study, const Catalog& catalog, EngineFactory factory, std::filesystem::path folder,
        std::function<void()> notify);
    /// Stops as stop() does, and waits for it.
    ~StudyRunner();
    StudyRunner(const StudyRunner&) = delete;
    StudyRunner& operator=(const StudyRunner&) = delete;

    /// Ends the run under way in order, with a checkpoint, and the study with it. Returns at once.
    void stop() { m_thread.request_stop(); }

    StudyProgress progress() const;
    /// The newest pictures of the run under way, or null.
    std::shared_ptr<const Samples> takeSamples();

    /// Whether a study may be done in a folder: it holds nothing yet, or the same study.
    static Status check(const Study& study, const std::filesystem::path& folder, const Catalog& catalog);

private:
    void run(const std::stop_token& stop);
    Status runOne(std::size_t index, const std::stop_token& stop);
    bool cameToItsEnd(std::size_t index);
    Status writePage();
    Status keepNotes();
    void readNotes();
    void change(const std::function<void(StudyProgress&)>& edit);

    const Study m_study;
    const Catalog& m_catalog;
    const EngineFactory m_factory;
    const std::filesystem::path m_folder;
    const std::function<void()> m_notify;

    mutable std::mutex m_mutex;
    mutable std::atomic<bool> m_dirty{false};
    StudyProgress m_progress;
    std::shared_ptr<const Samples> m_samples;
    std::jthread m_thread; ///< last: joins first
};

} // namespace saddle
