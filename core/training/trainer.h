// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/built_network.h"
#include "core/objectives/objective.h"
#include "core/regularisers/regulariser.h"
#include "core/runs/experiment.h"
#include "core/session/engine.h"
#include "core/training/data_cache.h"
#include "core/training/devices.h"
#include "core/training/kept_blocks.h"
#include "core/training/live_values.h"
#include "core/training/optimiser.h"
#include "core/training/phase_graph.h"
#include "core/training/random_streams.h"
#include "core/workers/group/worker_group.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace saddle {

/// Names one thing that went into a training step.
struct DrawKey {
    std::string phase;
    std::int64_t update = 0; ///< of that phase, since the start of the run
    std::int64_t part = 0; ///< which of the batches whose gradients make the update
    std::string name; ///< "real", "latent", "noise_fake", "dropout/generator/0/5", ...
};

/// Trains the networks of one experiment, a phase at a time. No thread, no clock, no file: the window, the command
/// line, the tests and the benchmarks call the same one.
class Trainer : public Engine {
public:
    /// `type` is float32 but in tests. With `workers`, this is one of several trainers of a run, all of which are told
    /// the same, and learns from its share of each batch, whose size the number of workers divides.
    Trainer(Experiment experiment, const Catalog& catalog, Dataset dataset, const ChosenDevice& device,
        torch::ScalarType type = torch::kFloat, std::shared_ptr<WorkerGroup> workers = nullptr);
    ~Trainer() override;

    const EngineInfo& info() const override { return m_info; }
    EngineProgress progress() const override;
    std::int64_t memoryBytes() const override;
    Advance advance(const std::string& only = {}) override;
    int pendingRows() const override { return static_cast<int>(m_pending.size()); }
    int rowCapacity() const override { return 64; }
    std::optional<Fault> takeRows(std::vector<MetricRow>& rows) override;
    std::string takeNote() override { return std::exchange(m_note, {}); }
    Status apply(const std::string& path, const Json& value) override;
    Result<Samples> sample() override;
    bool beginSamples() override;
    std::optional<Result<Samples>> takeBegunSamples() override;
    Result<Samples> realSamples() override;
    Result<TensorFile> trace() override;
    Result<Snapshot> snapshot() override;
    Result<CheckpointData> publish() override;
    Status restore(const CheckpointData& checkpoint) override;
    Status beginFrom(const CheckpointData& checkpoint) override;

    /// Links the GPUs of all workers, which call this at once, and takes over all that a step changes from the trainer
    /// of worker 0, whose machine may round in another way.
    void beginAsTheFirst();

    BuiltNetwork& network(const std::string& role) { return *m_networks.at(role).network; }
    /// The averaged generator, or null while there is none.
    BuiltNetwork* averagedGenerator() { return m_average.get(); }
    /// How many phases the device repeats by itself.
    std::int64_t recordedPhases() const;

protected:
    /// Everything random and every real batch passes here before it is used, so that a test may replace it.
    virtual torch::Tensor drawn(const DrawKey& key, torch::Tensor value);

    /// Every tensor that a step changes, by its name in checkpoints.
    std::vector<NamedTensor> stateTensors();
    void describeState(Json& state) const;

private:
    class Context;
    friend class Context;

    struct Learner {
        std::unique_ptr<BuiltNetwork> network;
        std::unique_ptr<Optimiser> optimiser;
        double baseRate = 0;
    };
    struct PhaseState {
        PhaseInfo info;
        std::int64_t updates = 0; ///< done since the start of the run; keys its random draws
        PhaseGraph graph = {};
        /// Only where real samples are learned from do they count: an epoch is the training set seen once that way.
        bool takesNewSamples() const { return info.trains("discriminator") || info.trains("encoder"); }
    };
    /// A step's numbers, still on the device.
    struct PendingRow {
        MetricRow row;
        std::vector<std::pair<std::size_t, torch::Tensor>> cells;
    };

    /// Running statistics follow every forward pass; an update that turns out bad must not leave its mark on them.
    struct KeptBuffers {
        std::vector<torch::Tensor> buffers;
        std::vector<torch::Tensor> before;
        void undo();
    };

    std::optional<Fault> runPhase(PhaseState& phase);
    void prepare(PhaseState& phase);
    std::optional<Fault> update(PhaseState& phase, KeptBuffers& kept);
    /// The number of a real batch by its place among those of an update.
    std::int64_t batchNumber(const PhaseState& phase, std::int64_t place) const;
    /// Whether the device can make this update by itself; recorded first where it is due.
    bool isRecorded(PhaseState& phase);
    bool recordUpdate(PhaseState& phase);
    void repeatUpdate(PhaseState& phase);
    /// Loss and gradients of one batch, added to what the batches before it gave.
    void backward(const PhaseState& phase, std::int64_t part, const std::vector<torch::Tensor>& parameters,
        std::vector<torch::Tensor>& gradients, Metrics& metrics);
    void learn(PhaseState& phase);
    void averageOverWorkers(std::vector<torch::Tensor>& gradients, Metrics& metrics);
    torch::Tensor record(const DrawKey& key, torch::Tensor value);
    void averageGenerator();
    void startAverage();
    void finishStep();
    std::int64_t repeats(const PhaseState& phase) const;
    double noiseNow() const;
    void setRates();
    /// The optimisers: whether they have it in a tensor.
    void tellOfBeta2();
    void cell(const std::string& column, torch::Tensor value);
    std::size_t columnIndex(const std::string& key) const;
    BuiltNetwork& samplingNetwork();
    /// All of Samples but what is generated.
    Samples nextSamples() const;
    std::int64_t samplesInGrid() const;
    torch::Tensor generate(BuiltNetwork& network, std::int64_t count);
    static Error noSamples(const std::exception& thrown, std::int64_t step);
    /// Not where D compares the samples of a batch: the score of a place would be that of the grid around it.
    bool drawsHeatMap() const;
    HeatMap heatMap();
    std::unique_ptr<BuiltNetwork> buildNetwork(const std::string& role) const;
    /// One that learns nothing itself, on the device.
    std::unique_ptr<BuiltNetwork> buildIdle(const std::string& role) const;
    /// The state's tensors as of now, fetched from the device by whoever asks for them.
    std::function<TensorMap()> tensorsBeside();

    /// Samples that the device makes beside training.
    struct BegunSamples {
        Samples samples;
        torch::Tensor bytes; ///< of the images, on the host; there once the work is done
        std::shared_ptr<SideWork> work;
        bool outdated = false; ///< newer ones were shown meanwhile
    };

    /// Outlives all tensors of the trainer.
    struct LastWill {
        LastWill() = default;
        ~LastWill() { dropKeptBlocks(); }
        LastWill(const LastWill&) = delete;
        LastWill& operator=(const LastWill&) = delete;
    } m_last;
    Experiment m_experiment;
    const Catalog& m_catalog;
    torch::Device m_device;
    torch::ScalarType m_type;
    bool m_bfloat16; ///< networks multiply in it while they train
    std::shared_ptr<WorkerGroup> m_workers; ///< null: this trainer alone
    GpuLink m_link; ///< of this worker's GPU to the others
    BatchShare m_share; ///< what this worker has of each batch
    RandomStreams m_streams; ///< of whole batches
    RandomStreams m_ownStreams; ///< of this worker's share
    LiveValues m_live;
    DataCache m_data;
    std::unique_ptr<Objective> m_objective;
    std::vector<std::pair<const RegulariserInfo*, std::unique_ptr<Regulariser>>> m_regularisers;
    std::map<std::string, Learner> m_networks;
    std::unique_ptr<BuiltNetwork> m_average;
    std::unique_ptr<BuiltNetwork> m_shown; ///< the network that samples are made with as it was when some were begun
    std::vector<PhaseState> m_phases;
    EngineInfo m_info;

    std::int64_t m_step = 0;
    std::int64_t m_batches = 0; ///< real batches taken
    std::size_t m_phase = 0; ///< due next
    std::int64_t m_repeat = 0;
    std::ptrdiff_t m_only = -1; ///< the one phase of this round, or -1
    torch::Tensor m_noiseLevel;
    torch::Tensor m_labelFlipping;
    torch::Tensor m_penaltyFactor; ///< by the schedule
    double m_noiseInForce = 0;
    torch::Tensor m_bad; ///< 1 once an update was not finite; nothing is updated until it is told
    std::vector<std::pair<std::size_t, torch::Tensor>> m_cells; ///< of the step under way
    std::vector<PendingRow> m_pending;
    TensorFile* m_trace = nullptr; ///< where draws are recorded while a step is traced
    std::vector<std::int64_t> m_asked; ///< places of the real batches that the update under way has asked for

    std::shared_ptr<SideStream> m_side; ///< null where the device does one thing after another
    std::optional<BegunSamples> m_begun;
    std::shared_ptr<StepGraphMaker> m_graphs; ///< null where updates cannot be recorded
    PhaseGraph* m_recording = nullptr;
    std::uint64_t m_edits = 0; ///< of settings that recorded updates have as they were
    std::string m_note; ///< to be told
};

} // namespace saddle
