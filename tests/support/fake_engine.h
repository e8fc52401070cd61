// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/engine.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace saddle::test {

/// A value that a session handed to a fake engine, and when.
struct AppliedValue {
    std::string path;
    Json value;
    std::int64_t step = 0; ///< whole rounds done by then
    std::int64_t phase = 0; ///< phases done by then
};

/// What a fake engine is to do, and what it has seen. The test and the training thread share it.
class FakeEngineProbe {
public:
    // Set before the session starts.
    std::int64_t stepsPerEpoch = 100;
    std::int64_t faultAtStep = 0; ///< the first phase of that step fails once; 0: never
    std::int64_t faultInRowsAtStep = 0; ///< the fault comes with the rows, as from a device; 0: never
    std::int64_t throwAtStep = 0; ///< advance() throws there; 0: never
    std::int64_t tensorsLostAtStep = 0; ///< those of a snapshot of that step do not come; 0: all do
    bool throwFromProgress = false; ///< and progress() from then on
    std::string refusedPath; ///< apply() fails for it
    std::string loadError; ///< the factory fails
    bool throwWhileLoading = false;
    std::int64_t traceFailsAtStep = 0; ///< trace() fails in the middle of that step, once; 0: never
    Json resolved = Json::object(); ///< EngineInfo::resolved
    std::size_t checkpointBytes = 16;
    std::string measure; ///< EngineInfo::measure

    /// Closed, every phase waits for a permit. Waits end by themselves after half a minute, so that no test hangs.
    void closeGate();
    void openGate();
    void permit(int phases);
    /// Whether a phase is waiting at the gate (waits for one).
    bool waitForPhase();

    /// The same for loading.
    void holdLoading();
    void letLoad();
    bool waitForLoading();

    std::vector<AppliedValue> applied() const;
    int samplesTaken() const;
    int saves() const;
    int publications() const;
    std::int64_t phasesDone() const;
    bool alive() const; ///< an engine exists
    bool oneThread() const; ///< every call so far came from one thread, which is not the maker of this

private:
    friend class FakeEngine;

    void seen();
    bool wait(std::unique_lock<std::mutex>& lock, const std::function<bool()>& until);

    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_gate = false;
    int m_permits = 0;
    bool m_waiting = false;
    bool m_loadHeld = false;
    bool m_loading = false;
    std::vector<AppliedValue> m_applied;
    int m_samples = 0;
    int m_saves = 0;
    int m_publications = 0;
    std::int64_t m_phases = 0;
    bool m_alive = false;
    bool m_oneThread = true;
    std::thread::id m_maker = std::this_thread::get_id();
    std::thread::id m_thread;
};

/// Two phases, D and G, that cost nothing. Rows hold d_loss = step, g_loss = step / 2 (rows of single phases leave the
/// other empty), and "rate", the generator's learning rate in force when its phase ran. A trace holds "d_loss" as its
/// only tensor.
EngineFactory fakeEngineFactory(std::shared_ptr<FakeEngineProbe> probe);

/// The columns of a fake engine.
std::vector<ColumnInfo> fakeColumns();

} // namespace saddle::test
