// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/params/schema.h"
#include "core/runs/catalog.h"

#include <map>
#include <string>
#include <vector>

namespace saddle {

constexpr int experimentSchemaVersion = 1;

enum class LatentDistribution { Normal, Uniform };

/// Where the generator's input comes from: `dimensions` numbers, N(0, 1) or U(-1, 1).
struct LatentOptions {
    std::int64_t dimensions = 100;
    LatentDistribution distribution = LatentDistribution::Normal;
};

enum class NoiseSchedule { Constant, Linear, Exponential };

/// Gaussian noise added to real and generated samples before the discriminator sees them (Sønderby et al. 2017;
/// Arjovsky & Bottou 2017). Standard deviations are in units of the data, whose range is -1 to 1.
struct InstanceNoiseOptions {
    double start = 0.0;
    double end = 0.0;
    NoiseSchedule schedule = NoiseSchedule::Constant;
    std::int64_t steps = 10000; ///< from start to end
    bool manual = false; ///< the level below rules instead of the schedule
    double level = 0.0;

    /// Standard deviation at a step.
    double at(std::int64_t step) const;
};

enum class Device { Auto, Cpu, Cuda };
enum class MemoryFormat { Contiguous, ChannelsLast };

struct TrainingOptions {
    std::int64_t batchSize = 64;
    std::int64_t discriminatorSteps = 1;
    std::int64_t generatorSteps = 1;
    std::int64_t steps = 0; ///< 0: until stopped
    std::int64_t images = 0; ///< real samples to train on; 0: no limit
    double minutes = 0; ///< of training time; 0: no limit
    std::int64_t patience = 0; ///< steps without a better convergence measure; 0: no limit
    std::int64_t accumulate = 1; ///< batches whose gradients make one update
    double labelFlipping = 0; ///< share of samples that D sees under the wrong name
    bool diagnosis = true; ///< whether training is watched for what goes wrong
    bool conditional = false; ///< networks get the labels of the data
    double emaDecay = 0.0; ///< 0: no averaging
    std::int64_t seed = 1;
    Device device = Device::Auto;
    std::int64_t threads = 0; ///< 0: as many as there are cores
    MemoryFormat memoryFormat = MemoryFormat::Contiguous;
    bool graphs = true; ///< whether a GPU repeats steps by itself
    bool bfloat16 = false; ///< whether networks compute in it while they train
};

enum class Anneal { None, Linear, Cosine };

/// Learning rates are multiplied by ½ every `halveEvery` steps, down to `minimum`. Over the first `annealSteps` steps
/// rates and weights of penalties go from 1 to a factor times what they are set to, and Adam's β₂ to another value.
struct ScheduleOptions {
    std::int64_t halveEvery = 0; ///< 0: never
    double minimum = 1e-6;
    Anneal anneal = Anneal::None;
    std::int64_t annealSteps = 10000;
    double rateFactor = 1;
    double penaltyFactor = 1;
    double beta2End = 0; ///< 0: β₂ stays

    /// How far annealing is at a step, 0 to 1.
    double annealed(std::int64_t step) const;
    /// The rate in force at a step.
    double rateAt(double base, std::int64_t step) const;
    /// The factor before penalties at a step.
    double penaltyAt(std::int64_t step) const;
    /// Adam's β₂ at a step.
    double beta2At(double base, std::int64_t step) const;
};

struct SamplingOptions {
    std::int64_t rows = 8;
    std::int64_t columns = 8;
    std::int64_t points = 2500; ///< for 2-D data
    bool ema = true; ///< sample the averaged generator where there is one
    double refreshSeconds = 1.0;
    std::int64_t keepEvery = 250; ///< steps between kept grids; 0: none
    std::int64_t checkpointEvery = 1000; ///< steps between checkpoints; 0: none by steps
    double checkpointMinutes = 10; ///< of training between checkpoints; 0: none by time
    double checkpointGigabytes = 8; ///< of disk for a run's checkpoints, 10⁹ bytes each; 0: no limit
};

/// One part of an experiment as a form shows it.
struct Section {
    std::string path; ///< "optimisers.generator"
    std::string label;
    std::string kindKey; ///< the parameter that chooses among kinds ("source", "kind", "architecture"), or empty
    std::string note; ///< formula, paper, origin of what is chosen
    std::vector<Parameter> parameters;
    bool network = false; ///< may hold "layers" instead of an architecture
    std::string group = {}; ///< sections of one group are shown under this heading; empty: on its own
};

/// A setting that has another value in one resolved document than in another.
struct ChangedSetting {
    std::string path; ///< "training.batch_size"; "generator.layers" for a network's list as a whole
    std::string section; ///< labels, as a form shows them
    std::string label;
    Applies applies = Applies::Restart;
    Json before; ///< null where the setting is new
    Json after;
};

/// One whole experiment. `document` is the resolved file: every key present and checked.
struct Experiment {
    Json document;
    std::string name;
    std::string title;
    std::string description;
    std::string source;

    Shape dataShape;
    int classes = 0; ///< of the labels that networks get; 0: they get none
    LatentOptions latent;
    InstanceNoiseOptions instanceNoise;
    TrainingOptions training;
    ScheduleOptions schedules;
    SamplingOptions sampling;

    const SourceInfo* dataSource = nullptr;
    const ObjectiveInfo* objective = nullptr;
    std::vector<const RegulariserInfo*> regularisers; ///< those that are enabled
    std::map<std::string, NetworkDescription> networks; ///< by role
    std::map<std::string, NetworkReport> reports; ///< by role
    std::vector<std::string> warnings; ///< what is unusual about it, a sentence each

    const Json& section(const std::string& path) const { return *findPath(document, path); }
};

/// The sections of an experiment in the order a form shows them. They depend on the kinds chosen in it.
std::vector<Section> experimentSections(const Json& document, const Catalog& catalog);

/// The declared parameter at a dotted path, or an error that names the nearest known path.
Result<Parameter> findParameter(const Json& document, const Catalog& catalog, const std::string& path);

/// Fills in every default and refuses what is not known: keys, types, ranges. Networks keep their names.
Result<Json> resolveDocument(const Json& given, const Catalog& catalog);

/// Changes one value of a resolved document and resolves it again. Choosing another kind (of objective, source,
/// architecture) drops the options that belonged to the old one. "generator.layers.3.out" is an option of one layer: an
/// architecture becomes the list it stands for, for which the header of the data is read.
Result<Json> changeSetting(const Json& document, const Catalog& catalog, const std::string& path, const Json& value);

/// One setting to be changed: "objective.kind" and its value.
struct Setting {
    std::string path;
    Json value;
};

/// The same for several settings, in their order.
Result<Json> changeSettings(Json document, const Catalog& catalog, const std::vector<Setting>& settings);

/// The settings of `after` that are new or differ from `before`, in the order a form shows them.
std::vector<ChangedSetting> settingsThatDiffer(const Json& before, const Json& after, const Catalog& catalog);

/// Resolves a document and makes everything ready to train: opens the data's header, expands the networks and runs
/// their shapes. Nothing is allocated.
Result<Experiment> buildExperiment(const Json& given, const Catalog& catalog);

/// An experiment's document with every network written out as its list of layers, whatever named it.
Json explicitDocument(const Experiment& experiment);

/// The networks and reports of an experiment for data of a known shape: what buildExperiment does, for the editor
/// while data is missing.
Result<NetworkDescription> expandNetwork(
    const Json& section, const Catalog& catalog, const NetworkFit& fit, const std::string& where);
NetworkFit networkFit(const Json& document, const Catalog& catalog, const std::string& role, const DataHeader& data);

struct FittedNetwork {
    NetworkDescription network;
    NetworkReport report;
};
/// The network of a role, held against the data and what the objective reads.
Result<FittedNetwork> fitNetwork(
    const Json& document, const Catalog& catalog, const std::string& role, const DataHeader& data);

/// Bytes of device memory that training will need at least: weights, gradients, optimiser state, activations, data.
std::int64_t estimateMemory(const Experiment& experiment, std::int64_t datasetBytes);

/// Turns `extends` into one document by merging (RFC 7396). `load` finds a parent by name; a cycle is refused.
Result<Json> flattenExtends(
    const Json& document, const std::string& where, const std::function<Result<Json>(const std::string&)>& load);

} // namespace saddle
