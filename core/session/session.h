// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/diagnosis.h"
#include "core/runs/resume.h"
#include "core/runs/run_folder.h"
#include "core/session/checkpoint_writer.h"
#include "core/session/engine.h"
#include "core/session/states.h"
#include "core/session/stop_rules.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace saddle {

namespace command {
struct Play { };
struct Pause { };
/// One round; with `phase` set, of that phase alone.
struct Step {
    std::string phase = {};
};
/// One whole round, laid open in a new or empty folder (TraceFolder). It is a step like any other; a round that is
/// under way is finished first, and training that is running goes on.
struct Trace {
    std::filesystem::path folder;
};
/// Ends the run: everything is flushed and a last checkpoint written.
struct Stop { };
struct SetParameter {
    std::string path;
    Json value;
};
struct RequestSamples { };
struct SaveCheckpoint { };
/// Copies of the networks' weights, for use beside training: takeWeights() has them then.
struct PublishWeights { };
} // namespace command

using Command = std::variant<command::Play, command::Pause, command::Step, command::Trace, command::Stop,
    command::SetParameter, command::RequestSamples, command::SaveCheckpoint, command::PublishWeights>;

/// What a session is to do. `runFolder` empty: nothing is written.
struct SessionPlan {
    Json document; ///< resolved
    const Catalog* catalog = nullptr;
    EngineFactory factory;
    std::filesystem::path runFolder;
    Beginning beginning;
    bool renderSamples = true; ///< pictures for a window; kept grids are written either way
};

/// All that changed since the last call. Rows and events are never lost; states and progress are the latest.
struct SessionUpdate {
    SessionState state = SessionState::Loading;
    std::string loading; ///< what is being loaded
    double loadingFraction = 0;
    std::shared_ptr<const EngineInfo> info; ///< null until loaded
    EngineProgress progress;
    std::int64_t memoryBytes = 0; ///< held on the device, or by the process on a CPU
    double millisecondsPerStep = 0;
    double imagesPerSecond = 0;
    double seconds = 0; ///< training time
    std::vector<MetricRow> rows;
    std::vector<RunEvent> events;
    std::vector<DiversityPoint> diversity; ///< of the samples made meanwhile; never lost, as rows are
    std::optional<Fault> fault; ///< what stopped training, until it is played again
    std::shared_ptr<const Json> document; ///< with every edit so far
    std::filesystem::path runFolder; ///< once it exists
    CheckpointUse checkpoints; ///< what the run's checkpoints take on disk
    bool awaitsDisk = false; ///< paused by the fault; training goes on by itself once all is written

    /// Of a run that was to be gone on with: it is still what it was, and whoever mends what was in the way goes on
    /// with it.
    bool couldNotBeOpened() const { return state == SessionState::Failed && progress.step == 0; }
};

/// Owns the training thread. The engine and every tensor of the run live and die on it, but for the copies of a
/// checkpoint that is written beside it; only values come out.
class Session {
public:
    /// `notify` is called from the training thread when there is something to drain and the last notice was drained;
    /// it must return at once.
    Session(SessionPlan plan, std::function<void()> notify);
    /// Finishes the phase under way, writes what there is to write, and joins.
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Thread-safe and never blocks on training. Edits of one parameter that have not been applied yet are merged; a
    /// stop takes back plays, steps and traces that have not begun.
    void post(Command command);

    SessionUpdate drain();
    /// The newest pictures, or null; reading them makes room for the next.
    std::shared_ptr<const Samples> takeSamples();
    std::shared_ptr<const Samples> takeRealSamples();
    /// The newest copies of the weights, asked for by PublishWeights, or null. As a checkpoint that names its step and
    /// experiment.
    std::shared_ptr<const CheckpointData> takeWeights();

private:
    using Clock = std::chrono::steady_clock;
    /// How often a disk that refused something is tried again.
    static constexpr auto diskInterval = std::chrono::seconds(1);

    /// A step asked for by itself.
    struct SingleStep {
        std::string phase = {}; ///< empty: a whole round
        std::filesystem::path trace = {}; ///< where it is to be laid open; empty: nowhere
    };

    void run(const std::stop_token& stop);
    bool load(const std::stop_token& stop);
    bool begin();
    Status restore(const CheckpointData& checkpoint);
    /// What a checkpoint keeps beside the engine's state, so that all goes on as if nothing had happened.
    Json keptState() const;
    Status restoreKept(const Json& state);
    void loop(const std::stop_token& stop);
    std::deque<Command> takeCommands(const std::stop_token& stop);
    void handle(const Command& command);
    void askForStep(SingleStep step);
    void setParameter(const std::string& path, const Json& value);
    void applyEpochEdits();
    void advance();
    void traceStep();
    void singleStepDone();
    void timeStep();
    void stepDone();
    bool flushRows();
    void refreshSamples(bool force);
    /// Asks the engine for what is no training: ms/step speaks of that alone.
    template <typename Ask>
    auto aside(Ask ask)
    {
        const auto before = Clock::now();
        auto answer = ask();
        m_stepStarted += Clock::now() - before;
        return answer;
    }
    Result<Samples> takeEngineSamples();
    bool beginSamples();
    void showBegunSamples();
    void lookAt(const Result<Samples>& samples);
    void publishSamples(std::shared_ptr<const Samples> samples);
    void publishWeights();
    bool keepSamples();
    Status writeGrid();
    bool saveCheckpoint(const std::string& reason);
    void saveBeforeEdit(const std::string& path, const std::string& label);
    bool collectCheckpoints();
    void checkpointKept(const WrittenCheckpoint& written);
    void goOnWhenWritable();
    void owe(bool grid, bool checkpoint);
    bool writeOwed();
    bool replaceLostFolder();
    Result<Snapshot> snapshot(const std::string& reason);
    std::uint64_t checkpointBudget() const;
    void setAwaitsDisk(bool awaits);
    bool watchesTraining() const;
    void beginDiagnosis();
    void measureDiversity(const Samples& samples);
    void tellSymptoms();
    bool writeRest();
    void finish(const std::string& reason);
    void finishAt(const StopRules::Reason& limit);
    void end(const std::string& reason, Json data = Json::object());
    bool openRunFolder();
    bool reachedLimit();

    void setState(SessionState state);
    SessionState halted() const;
    void fail(Fault fault, SessionState state);
    void record(const std::string& kind, const std::string& text, Json data = Json::object());
    void recordAt(std::int64_t step, const std::string& kind, const std::string& text, Json data);
    void publishProgress();
    void notify();
    void startClock();
    void stopClock();
    double trainingSeconds() const;
    double option(const char* path) const;

    // Only the training thread touches these.
    SessionPlan m_plan;
    Json m_document;
    std::unique_ptr<Engine> m_engine;
    std::unique_ptr<RunFolder> m_run;
    SessionState m_now = SessionState::Loading;
    std::deque<SingleStep> m_steps; ///< while running, only traces
    StopRules m_stopRules;
    Diagnosis m_diagnosis;
    bool m_diagnosed = false; ///< something was found since the last step, which deserves a checkpoint
    std::size_t m_measure = 0; ///< column of the convergence measure; beyond the last where there is none
    std::map<std::string, Json> m_atEpoch; ///< edits that wait for the next epoch
    std::int64_t m_epoch = 0;
    std::vector<double> m_rowSeconds; ///< when each pending row was recorded
    double m_secondsBefore = 0;
    bool m_counting = false; ///< whether training time runs
    Clock::time_point m_playedAt{};
    Clock::time_point m_stepStarted{};
    Clock::time_point m_flushedAt{};
    Clock::time_point m_sampledAt{};
    double m_stepMilliseconds = 0;
    double m_samplesPerStep = 0;
    std::int64_t m_imagesBefore = 0;
    std::int64_t m_savedStep = -1; ///< of the last checkpoint; -1 when an edit came after it
    double m_savedSeconds = 0; ///< training time at the last checkpoint
    bool m_toldOfRoom = false;
    std::optional<Clock::time_point> m_editedAt; ///< the last edit that a checkpoint went before
    bool m_awaitsDisk = false;
    bool m_gridDue = false; ///< as is a checkpoint here: what the disk was in the way of, made before training goes on
    bool m_checkpointDue = false;
    std::shared_ptr<const Samples> m_grid; ///< to be kept, until it is on the disk
    Clock::time_point m_triedDiskAt{};
    std::int64_t m_keptStep = -1; ///< of the last grid kept in the run folder
    bool m_beginningDue = false; ///< the run folder is there, but not yet what a run begins with

    // Shared, under m_mutex.
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::deque<Command> m_commands;
    bool m_checkpointWritten = false; ///< there is news of the writer
    SessionUpdate m_update;
    std::shared_ptr<const Samples> m_samples;
    std::shared_ptr<const Samples> m_realSamples;
    std::shared_ptr<const CheckpointData> m_weights;

    std::function<void()> m_notify;
    std::atomic<bool> m_dirty{false};
    CheckpointWriter m_writer;
    std::jthread m_thread; ///< last: joins first
};

} // namespace saddle
