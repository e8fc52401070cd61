// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/trainer.h"

#include "core/runs/columns.h"
#include "core/runs/experiment_sections.h"
#include "core/training/faults.h"

#include <cmath>
#include <limits>

namespace saddle {

namespace {

constexpr double noValue = std::numeric_limits<double>::quiet_NaN();

std::uint64_t seedOf(const Experiment& experiment)
{
    return static_cast<std::uint64_t>(experiment.training.seed);
}

} // namespace

Trainer::Trainer(Experiment experiment, const Catalog& catalog, Dataset dataset, const ChosenDevice& device,
    torch::ScalarType type, std::shared_ptr<WorkerGroup> workers)
    : m_experiment(std::move(experiment))
    , m_catalog(catalog)
    , m_device(device.device)
    , m_type(type)
    , m_bfloat16(device.bfloat16)
    , m_workers(std::move(workers))
    , m_link(device.link)
    , m_share(m_workers ? BatchShare{m_workers->rank(), m_workers->size()} : BatchShare())
    , m_streams(seedOf(m_experiment), m_device)
    , m_ownStreams(m_streams.from(m_share.first(m_experiment.training.batchSize)))
    , m_live(m_device, type)
    , m_data(dataset, m_device, type, torchFormat(m_experiment.training.memoryFormat), m_experiment.training.accumulate)
    , m_objective(m_experiment.objective->create(m_experiment.section("objective"), m_live))
{
    for (const std::string& role : m_experiment.objective->roles) {
        Learner learner;
        learner.network = buildNetwork(role);
        const bool standard = m_experiment.section(role)["initialisation"] == "default";
        const RandomStreams host(seedOf(m_experiment), torch::kCPU);
        learner.network->initialise(standard ? Initialisation::Default : Initialisation::Normal, host, role);
        learner.network->to(m_device, m_type, torchFormat(m_experiment.training.memoryFormat));
        const Json& options = m_experiment.section("optimisers." + role);
        if (!learner.network->parameters().tensors.empty())
            learner.optimiser =
                m_catalog.optimisers.find(options["kind"])->create(options, learner.network->parameters());
        learner.baseRate = options["learning_rate"];
        m_networks.emplace(role, std::move(learner));
    }
    for (const RegulariserInfo* info : m_experiment.regularisers)
        m_regularisers.emplace_back(info, info->create(m_experiment.section("regularisers." + info->kind), m_live));
    for (const PhaseInfo& phase : m_experiment.objective->phases)
        m_phases.push_back({phase, 0});
    startAverage();
    m_side = device.side;
    if (m_experiment.training.graphs)
        m_graphs = device.graphs;
    tellOfBeta2();
    const auto scalar = torch::TensorOptions().device(m_device).dtype(m_type);
    m_noiseLevel = torch::zeros({}, scalar);
    m_penaltyFactor = torch::ones({}, scalar);
    m_labelFlipping = m_live.bind("training.label_flipping", m_experiment.training.labelFlipping);
    m_bad = torch::zeros({}, scalar.dtype(torch::kFloat));

    m_info.columns = columnsOf(m_experiment);
    m_info.measure = m_experiment.objective->measure;
    m_info.measureCourse = m_experiment.objective->measureCourse;
    m_info.phases = m_experiment.objective->phases;
    m_info.device = m_workers ? std::to_string(m_workers->size()) + " workers, each " + device.name : device.name;
    m_info.notes = device.notes;
    m_info.notes.insert(m_info.notes.end(), m_experiment.warnings.begin(), m_experiment.warnings.end());
    for (std::string& note : notesOn(dataset))
        m_info.notes.push_back(std::move(note));
    if (dataset.isPoints() && m_networks.contains("discriminator") && !drawsHeatMap()) {
        m_info.notes.emplace_back(
            "No heat map is drawn: D compares the samples of a batch, so that a place has no score of its own.");
    }
    m_info.data = dataset.description;
    m_info.dataCount = dataset.count;
    m_info.dataShape = dataset.shape;
    for (int i = 0; i < m_experiment.classes; ++i) {
        const auto place = static_cast<std::size_t>(i);
        m_info.classes.push_back(place < dataset.classNames.size() ? dataset.classNames[place] : std::to_string(i));
    }
    m_info.resolved["training.threads"] = device.threads;
    m_info.resolved["training.bfloat16"] = m_bfloat16;
    m_info.resolved["training.device"] = m_device.is_cpu() ? "cpu" : "cuda";
    m_experiment.training.threads = device.threads;
}

Trainer::~Trainer() = default;

std::unique_ptr<BuiltNetwork> Trainer::buildNetwork(const std::string& role) const
{
    return std::make_unique<BuiltNetwork>(
        m_catalog.layers, m_experiment.networks.at(role), m_experiment.reports.at(role));
}

std::unique_ptr<BuiltNetwork> Trainer::buildIdle(const std::string& role) const
{
    std::unique_ptr<BuiltNetwork> made = buildNetwork(role);
    made->to(m_device, m_type, torchFormat(m_experiment.training.memoryFormat));
    made->setLearning(false);
    return made;
}

EngineProgress Trainer::progress() const
{
    EngineProgress progress;
    progress.step = m_step;
    progress.images = m_batches * m_experiment.training.batchSize;
    progress.epoch = static_cast<double>(progress.images) / static_cast<double>(m_data.count());
    if (m_phase > 0 || m_repeat > 0) {
        const PhaseState& phase = m_phases[m_phase];
        progress.duePhase = phase.info.key;
        progress.repeatsDone = m_repeat;
        progress.inRound = phase.info.label;
        if (repeats(phase) > 1)
            progress.inRound += " " + std::to_string(m_repeat + 1) + " of " + std::to_string(repeats(phase));
    }
    return progress;
}

std::int64_t Trainer::memoryBytes() const
{
    return memoryInUse(m_device);
}

std::int64_t Trainer::repeats(const PhaseState& phase) const
{
    if (m_only >= 0)
        return 1;
    const Json* count =
        phase.info.repeatsPath.empty() ? nullptr : findPath(m_experiment.document, phase.info.repeatsPath);
    return count ? count->get<std::int64_t>() : 1;
}

Engine::Advance Trainer::advance(const std::string& only)
{
    if (m_phase == 0 && m_repeat == 0 && m_only < 0 && !only.empty()) {
        for (std::size_t i = 0; i < m_phases.size(); ++i) {
            if (m_phases[i].info.key == only)
                m_only = static_cast<std::ptrdiff_t>(i);
        }
        if (m_only >= 0)
            m_phase = static_cast<std::size_t>(m_only);
    }
    PhaseState& phase = m_phases[m_phase];
    if (std::optional<Fault> fault = runPhase(phase)) {
        if (m_only >= 0) {
            m_only = -1;
            m_phase = 0;
        }
        return {false, std::move(fault)};
    }
    if (++m_repeat < repeats(phase))
        return {};
    m_repeat = 0;
    if (m_only < 0 && ++m_phase < m_phases.size())
        return {};
    finishStep();
    return {true, std::nullopt};
}

double Trainer::noiseNow() const
{
    return m_experiment.instanceNoise.at(m_step);
}

void Trainer::setRates()
{
    for (auto& [role, learner] : m_networks) {
        if (!learner.optimiser)
            continue;
        const ScheduleOptions& schedules = m_experiment.schedules;
        learner.optimiser->setRate(schedules.rateAt(learner.baseRate, m_step));
        const Json& options = m_experiment.section("optimisers." + role);
        if (schedules.beta2End > 0 && options.contains("beta2"))
            learner.optimiser->set("beta2", schedules.beta2At(options["beta2"], m_step));
    }
}

void Trainer::tellOfBeta2()
{
    for (auto& [role, learner] : m_networks) {
        if (learner.optimiser)
            learner.optimiser->setBeta2Moves(m_graphs && !m_workers && m_experiment.schedules.beta2End > 0);
    }
}

void Trainer::startAverage()
{
    if (m_average || m_experiment.training.emaDecay <= 0)
        return;
    m_average = buildIdle("generator");
    copyNumbers(network("generator"), *m_average);
}

/// Karras et al. 2018 and before: w̄ ← d w̄ + (1-d) w after each update of G; buffers are copied.
void Trainer::averageGenerator()
{
    if (!m_average)
        return;
    const torch::NoGradGuard guard;
    const BuiltNetwork& source = network("generator");
    // Weight 0 where the update was bad: the average does not move either.
    const torch::Tensor weight = (1 - m_bad).to(m_type) * (1 - m_experiment.training.emaDecay);
    at::_foreach_lerp_(m_average->parameters().tensors, source.parameters().tensors,
        std::vector<torch::Tensor>(source.parameters().tensors.size(), weight));
    for (std::size_t i = 0; i < source.buffers().size(); ++i) {
        torch::Tensor own = m_average->buffers()[i].tensor;
        const torch::Tensor& theirs = source.buffers()[i].tensor;
        own.copy_(m_device.is_cpu() ? theirs : at::where(m_bad > 0, own, theirs));
    }
}

std::size_t Trainer::columnIndex(const std::string& key) const
{
    for (std::size_t i = 0; i < m_info.columns.size(); ++i) {
        if (m_info.columns[i].key == key)
            return i;
    }
    throw std::logic_error("no such column: " + key);
}

void Trainer::cell(const std::string& column, torch::Tensor value)
{
    m_cells.emplace_back(columnIndex(column), std::move(value));
}

void Trainer::finishStep()
{
    PendingRow pending;
    pending.cells = std::exchange(m_cells, {});
    pending.row.values.assign(m_info.columns.size(), noValue);
    pending.row.values[columnIndex("noise_std")] = m_noiseInForce;
    for (const auto& [role, learner] : m_networks)
        pending.row.values[columnIndex(rateColumn(role))] = learner.optimiser->rate();
    m_phase = 0;
    m_repeat = 0;
    m_only = -1;
    ++m_step;
    pending.row.step = m_step;
    pending.row.images = m_batches * m_experiment.training.batchSize;
    pending.row.epoch = static_cast<double>(pending.row.images) / static_cast<double>(m_data.count());
    m_pending.push_back(std::move(pending));
}

std::optional<Fault> Trainer::takeRows(std::vector<MetricRow>& rows)
{
    std::vector<PendingRow> pending = std::exchange(m_pending, {});
    std::optional<Fault> fault;
    try {
        std::vector<torch::Tensor> scalars;
        for (const PendingRow& row : pending) {
            for (const auto& [column, value] : row.cells)
                scalars.push_back(value.to(torch::kDouble));
        }
        scalars.push_back(m_bad.to(torch::kDouble));
        const torch::Tensor host = at::stack(scalars).cpu();
        const double* values = host.const_data_ptr<double>();
        for (PendingRow& row : pending) {
            for (const auto& [column, value] : row.cells)
                row.row.values[column] = *values++; // the last repeat of a phase speaks for the step
        }
        if (*values != 0) {
            m_bad.zero_();
            fault = Fault{Fault::Kind::NonFinite, m_step,
                {"a loss or a gradient is not finite", "step " + std::to_string(m_step),
                    "the last good weights are kept; lower the learning rate, then go on, or go back to a checkpoint"}};
        }
    } catch (const std::exception& thrown) {
        fault = faultFrom(thrown, m_step);
    }
    for (PendingRow& row : pending)
        rows.push_back(std::move(row.row));
    return fault;
}

Status Trainer::apply(const std::string& path, const Json& value)
{
    setPath(m_experiment.document, path, value);
    const Json& json = m_experiment.document;
    if (path.rfind("objective.", 0) == 0 || path.rfind("regularisers.", 0) == 0) {
        m_edits += !m_live.set(path, value.get<double>());
    } else if (path.rfind("instance_noise.", 0) == 0) {
        m_experiment.instanceNoise = instanceNoiseSchema().read(json["instance_noise"]);
    } else if (path.rfind("schedules.", 0) == 0) {
        m_experiment.schedules = scheduleSchema().read(json["schedules"]);
        ++m_edits;
        tellOfBeta2();
        // A β₂ that is no longer annealed goes back to what it is set to.
        for (auto& [role, learner] : m_networks) {
            const Json* options = findPath(json, "optimisers." + role);
            if (learner.optimiser && options->contains("beta2"))
                learner.optimiser->set("beta2", options->at("beta2").get<double>());
        }
    } else if (path.rfind("sampling.", 0) == 0) {
        m_experiment.sampling = samplingSchema().read(json["sampling"]);
    } else if (path.rfind("training.", 0) == 0) {
        m_experiment.training = trainingSchema().read(json["training"]);
        m_labelFlipping.fill_(m_experiment.training.labelFlipping);
        m_edits += path == "training.ema_decay";
        // Switched off, the average goes; switched on again, it starts from the weights of that moment.
        if (m_experiment.training.emaDecay <= 0)
            m_average.reset();
        startAverage();
    } else if (path.rfind("optimisers.", 0) == 0) {
        const std::size_t dot = path.rfind('.');
        Learner& learner = m_networks.at(path.substr(11, dot - 11));
        const std::string key = path.substr(dot + 1);
        if (key == "learning_rate") {
            learner.baseRate = value.get<double>();
        } else {
            learner.optimiser->set(key, value.get<double>());
            ++m_edits;
        }
    }
    return {};
}

} // namespace saddle
