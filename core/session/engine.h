// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/load_monitor.h"
#include "core/io/image.h"
#include "core/io/safetensors.h"
#include "core/runs/catalog.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace saddle {

/// One step's numbers. `values` stand in the order of EngineInfo::columns; NaN is an empty cell.
struct MetricRow {
    std::int64_t step = 0;
    double epoch = 0;
    std::int64_t images = 0; ///< real samples the discriminator has seen
    double seconds = 0; ///< training time; filled in by the session, the engine knows no clock
    std::vector<double> values;
};

struct EngineInfo {
    std::vector<ColumnInfo> columns;
    std::string measure; ///< column of a figure that falls as training converges; empty: there is none
    MeasureCourse measureCourse = MeasureCourse::Falls;
    std::vector<PhaseInfo> phases;
    std::string device; ///< "CPU, 2 threads"
    std::string data; ///< "Fashion-MNIST, 60,000 images"
    std::int64_t dataCount = 0;
    Shape dataShape;
    std::vector<std::string> classes; ///< names of the labels that networks get, numbers where they have none; or empty
    std::vector<std::string> notes; ///< what a person should know: "no CUDA: …"
    Json resolved = Json::object(); ///< settings the engine settled, by path: {"training.threads": 2}
};

struct EngineProgress {
    std::int64_t step = 0; ///< whole rounds done
    double epoch = 0; ///< times the training set was seen by the discriminator
    std::int64_t images = 0;
    std::string inRound; ///< "D 3 of 5" when a round is under way, else empty
    std::string duePhase; ///< key of the phase that is due in it, else empty
    std::int64_t repeatsDone = 0; ///< how often that phase was done in it
};

/// Why training cannot go on by itself. The networks keep the weights of the last good update.
struct Fault {
    enum class Kind { NonFinite, OutOfMemory, Device, Disk, Other };
    Kind kind = Kind::Other;
    std::int64_t step = 0;
    Error error;
};

/// D's output over a rectangle of the plane, row-major from the lower left.
struct HeatMap {
    int columns = 0;
    int rows = 0;
    double low = 0; ///< both axes reach from low to high
    double high = 0;
    std::vector<float> values;
};

/// Samples in host memory: bytes for images (count × H × W × C), pairs of floats for points.
struct Samples {
    std::int64_t step = 0;
    bool ema = false;
    bool real = false;
    std::int64_t count = 0;
    int height = 0;
    int width = 0;
    int channels = 0; ///< 0: points
    int columns = 0; ///< of the grid
    std::vector<std::uint8_t> pixels;
    std::vector<float> points;
    std::vector<float> realPoints;
    std::optional<HeatMap> heat;

    bool isPoints() const { return channels == 0; }
};

/// Everything needed to go on exactly where a run was.
struct CheckpointData {
    Json state = Json::object();
    TensorMap tensors;
};

/// The same, while its tensors may still be on their way from a device.
struct Snapshot {
    Json state = Json::object();
    std::function<TensorMap()> tensors; ///< waits for them and gives them away: once, on any thread; may throw
};

/// What is said where a checkpoint could not be made of a run's state.
Error noCheckpoint(const std::exception& thrown);

/// What a Session drives: one phase's worth of work at a time, no thread, no clock, no file. All calls come from one
/// thread.
class Engine {
public:
    virtual ~Engine() = default;

    virtual const EngineInfo& info() const = 0;
    virtual EngineProgress progress() const = 0;
    /// Bytes held on the device, or by the process on a CPU. Asking takes a while: not at every step.
    virtual std::int64_t memoryBytes() const { return 0; }

    struct Advance {
        bool stepDone = false;
        std::optional<Fault> fault; ///< the phase was not done and may be tried again
    };
    /// One repeat of the phase that is due. With `only` set, and between rounds, a round of that one phase.
    virtual Advance advance(const std::string& only = {}) = 0;

    /// Rows recorded and not yet taken, at most `rowCapacity`.
    virtual int pendingRows() const = 0;
    virtual int rowCapacity() const = 0;
    /// Brings pending rows to the host in one transfer. A fault that the device noticed comes with them.
    virtual std::optional<Fault> takeRows(std::vector<MetricRow>& rows) = 0;
    /// A sentence about how it trains that became known meanwhile, once; empty where there is none.
    virtual std::string takeNote() { return {}; }

    /// A checked value for a live parameter; in force at the next phase.
    virtual Status apply(const std::string& path, const Json& value) = 0;

    /// The fixed latents' samples in evaluation mode.
    virtual Result<Samples> sample() = 0;
    /// Has the device make samples as of now beside the steps that follow; while some are being made, that is all.
    /// False: not here, or not now, and sample() is how to get them.
    virtual bool beginSamples() { return false; }
    /// Those begun, once they are made, unless sample() has given newer ones.
    virtual std::optional<Result<Samples>> takeBegunSamples() { return std::nullopt; }
    /// Real samples for comparison, always the same.
    virtual Result<Samples> realSamples() = 0;

    /// Between rounds: trains one whole step and returns all that went into it and came of it, under the keys of
    /// docs/trace.md, with its number and the experiment in the metadata. After an error a round may be under way.
    virtual Result<TensorFile> trace() { return Error{"this engine keeps no trace of a step", "", ""}; }

    virtual Result<Snapshot> snapshot() = 0;
    /// A snapshot that was waited for.
    Result<CheckpointData> save();
    virtual Status restore(const CheckpointData& checkpoint) = 0;
    /// Before the first step: begins a run of its own with the networks of another's checkpoint, at its step. They must
    /// fit; of the rest (optimisers, average, the objective's state) comes along what fits this experiment.
    virtual Status beginFrom(const CheckpointData& checkpoint) { return restore(checkpoint); }
    /// Copies of the networks' weights, averaged ones too, as a checkpoint has them, without what training alone needs.
    virtual Result<CheckpointData> publish() { return Error{"this engine shows no weights", "", ""}; }
};

/// Called on the session's thread; what it makes lives and dies there.
using EngineFactory = std::function<Result<std::unique_ptr<Engine>>(const Json& document, const LoadMonitor& monitor)>;

} // namespace saddle
