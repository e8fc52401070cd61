// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/trainer.h"

#include "core/runs/experiment_sections.h"

#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <limits>

namespace saddle {

namespace {

constexpr double noValue = std::numeric_limits<double>::quiet_NaN();

std::uint64_t seedOf(const Experiment& experiment)
{
    return static_cast<std::uint64_t>(experiment.training.seed);
}

torch::MemoryFormat formatOf(const Experiment& experiment)
{
    return experiment.training.memoryFormat == MemoryFormat::ChannelsLast ? torch::MemoryFormat::ChannelsLast
                                                                          : torch::MemoryFormat::Contiguous;
}

std::string rateColumn(const PhaseInfo& phase)
{
    return phase.lossColumn.substr(0, 1) + "_lr";
}
std::string normColumn(const PhaseInfo& phase)
{
    return phase.lossColumn.substr(0, 1) + "_grad_norm";
}

std::vector<ColumnInfo> columnsOf(const ObjectiveInfo& objective)
{
    std::vector<ColumnInfo> columns;
    for (const PhaseInfo& phase : objective.phases)
        columns.push_back({phase.lossColumn, phase.label + " loss", "loss", phase.learns});
    columns.insert(columns.end(), objective.columns.begin(), objective.columns.end());
    columns.push_back({"noise_std", "Noise σ", "noise", ""});
    for (const PhaseInfo& phase : objective.phases)
        columns.push_back({rateColumn(phase), phase.label + " learning rate", "rate", phase.learns});
    for (const PhaseInfo& phase : objective.phases)
        columns.push_back({normColumn(phase), phase.label + " gradient", "gradient", phase.learns});
    return columns;
}

/// What a torch exception means for a person.
Fault faultFrom(const std::exception& thrown, std::int64_t step)
{
    const std::string text = thrown.what();
    const std::string line = text.substr(0, text.find('\n'));
    const bool memory = dynamic_cast<const c10::OutOfMemoryError*>(&thrown)
        || dynamic_cast<const std::bad_alloc*>(&thrown) || text.find("not enough memory") != std::string::npos
        || text.find("allocate memory") != std::string::npos || text.find("out of memory") != std::string::npos;
    const std::string where = "step " + std::to_string(step);
    if (memory) {
        return {Fault::Kind::OutOfMemory, step,
            {"the device ran out of memory", where,
                "use a smaller batch or width, or close what else uses the device"}};
    }
    if (text.find("CUDA") != std::string::npos)
        return {Fault::Kind::Device, step, {"the device failed: " + line, where, "start again, or train on the CPU"}};
    return {Fault::Kind::Other, step, {line, where, "change the experiment, or report this"}};
}

} // namespace

/// Hands an objective what it asks for, for one update of one phase.
class Trainer::Context : public PhaseContext {
public:
    Context(Trainer& trainer, const PhaseState& phase)
        : m_trainer(trainer)
        , m_phase(phase)
    {
    }

    torch::Tensor forward(const std::string& role, const torch::Tensor& input) override
    {
        return m_trainer.network(role).forward(input, ForwardMode::Train);
    }
    torch::Tensor forwardDetached(const std::string& role, const torch::Tensor& input) override
    {
        const torch::NoGradGuard guard;
        return m_trainer.network(role).forward(input, ForwardMode::Train);
    }
    torch::Tensor realBatch() override { return m_trainer.drawReal(); }
    torch::Tensor latents() override { return m_trainer.drawLatents(m_phase.info.key, m_phase.updates); }
    torch::Tensor withNoise(const torch::Tensor& samples, const std::string& which) override
    {
        if (m_trainer.m_noiseInForce <= 0)
            return samples;
        return samples
            + m_trainer.drawNoise(m_phase.info.key, which, m_phase.updates, samples) * m_trainer.m_noiseLevel;
    }

private:
    Trainer& m_trainer;
    const PhaseState& m_phase;
};

Trainer::Trainer(
    Experiment experiment, const Catalog& catalog, Dataset dataset, const ChosenDevice& device, torch::ScalarType type)
    : m_experiment(std::move(experiment))
    , m_catalog(catalog)
    , m_device(device.device)
    , m_type(type)
    , m_streams(seedOf(m_experiment), m_device)
    , m_live(m_device, type)
    , m_data(dataset, m_device, type, formatOf(m_experiment))
    , m_objective(m_experiment.objective->create(m_experiment.section("objective"), m_live))
{
    for (const std::string& role : m_experiment.objective->roles) {
        Learner learner;
        learner.network = buildNetwork(role);
        const bool standard = m_experiment.section(role)["initialisation"] == "default";
        const RandomStreams host(seedOf(m_experiment), torch::kCPU);
        learner.network->initialise(standard ? Initialisation::Default : Initialisation::Normal, host, role);
        learner.network->to(m_device, m_type, formatOf(m_experiment));
        const Json& options = m_experiment.section("optimisers." + role);
        if (!learner.network->parameters().tensors.empty())
            learner.optimiser =
                m_catalog.optimisers.find(options["kind"])->create(options, learner.network->parameters());
        learner.baseRate = options["learning_rate"];
        m_networks.emplace(role, std::move(learner));
    }
    for (const PhaseInfo& phase : m_experiment.objective->phases)
        m_phases.push_back({phase, 0});
    startAverage();
    const auto scalar = torch::TensorOptions().device(m_device).dtype(m_type);
    m_noiseLevel = torch::zeros({}, scalar);
    m_bad = torch::zeros({}, scalar.dtype(torch::kFloat));

    m_info.columns = columnsOf(*m_experiment.objective);
    m_info.phases = m_experiment.objective->phases;
    m_info.device = device.name;
    m_info.notes = device.notes;
    for (std::string& note : notesOn(dataset))
        m_info.notes.push_back(std::move(note));
    m_info.data = dataset.description;
    m_info.dataCount = dataset.count;
    m_info.dataShape = dataset.shape;
    m_info.resolved["training.threads"] = device.threads;
    m_info.resolved["training.device"] = m_device.is_cpu() ? "cpu" : "cuda";
    m_experiment.training.threads = device.threads;
}

Trainer::~Trainer() = default;

std::unique_ptr<BuiltNetwork> Trainer::buildNetwork(const std::string& role) const
{
    return std::make_unique<BuiltNetwork>(
        m_catalog.layers, m_experiment.networks.at(role), m_experiment.reports.at(role));
}

EngineProgress Trainer::progress() const
{
    EngineProgress progress;
    progress.step = m_step;
    progress.images = m_batches * m_experiment.training.batchSize;
    progress.epoch = static_cast<double>(progress.images) / static_cast<double>(m_data.count());
    if (m_phase > 0 || m_repeat > 0) {
        const PhaseState& phase = m_phases[m_phase];
        progress.inRound = phase.info.label;
        if (repeats(phase) > 1)
            progress.inRound += " " + std::to_string(m_repeat + 1) + " of " + std::to_string(repeats(phase));
    }
    progress.memoryBytes = memoryInUse(m_device);
    return progress;
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
        if (learner.optimiser)
            learner.optimiser->setRate(m_experiment.schedules.rateAt(learner.baseRate, m_step));
    }
}

std::optional<Fault> Trainer::runPhase(PhaseState& phase)
{
    // Running statistics follow every forward pass; a phase that turns out bad must not leave its mark on them.
    std::vector<torch::Tensor> buffers;
    std::vector<torch::Tensor> before;
    const std::int64_t batches = m_batches;
    const std::size_t cells = m_cells.size();
    const auto undo = [&] {
        // Not `buffers`: memory may have run out between the two.
        for (std::size_t i = 0; i < before.size(); ++i)
            buffers[i].copy_(before[i]);
        m_batches = batches;
        m_cells.resize(cells);
    };
    try {
        const double noise = noiseNow();
        if (noise != m_noiseInForce) {
            m_noiseInForce = noise;
            m_noiseLevel.fill_(noise);
        }
        setRates();
        for (auto& [role, learner] : m_networks) {
            learner.network->setLearning(role == phase.info.learns);
            for (const NamedTensor& buffer : learner.network->buffers()) {
                buffers.push_back(buffer.tensor);
                before.push_back(buffer.tensor.clone());
            }
        }
        Context context(*this, phase);
        learn(phase, m_objective->loss(phase.info.key, context));
        const bool onHost = m_device.is_cpu();
        if (onHost && m_bad.item<float>() != 0) {
            undo();
            m_bad.zero_();
            const std::int64_t step = m_step + 1;
            return Fault{Fault::Kind::NonFinite, step,
                {"the loss or the gradient of the " + phase.info.learns + " is not finite",
                    "step " + std::to_string(step),
                    "its last good weights are kept; lower its learning rate, then go on, or go back to a checkpoint"}};
        }
        if (!onHost) {
            const torch::Tensor bad = m_bad > 0;
            for (std::size_t i = 0; i < buffers.size(); ++i)
                buffers[i].copy_(at::where(bad, before[i], buffers[i]));
        }
        if (phase.info.learns == "generator")
            averageGenerator();
        ++phase.updates;
        return std::nullopt;
    } catch (const std::exception& thrown) {
        undo();
        return faultFrom(thrown, m_step + 1);
    }
}

void Trainer::learn(PhaseState& phase, const PhaseLoss& loss)
{
    Learner& learner = m_networks.at(phase.info.learns);
    const std::vector<torch::Tensor>& parameters = learner.network->parameters().tensors;
    std::vector<torch::Tensor> gradients =
        torch::autograd::grad({loss.loss}, parameters, {}, std::nullopt, false, true);
    const torch::NoGradGuard guard;
    for (std::size_t i = 0; i < gradients.size(); ++i) {
        if (!gradients[i].defined())
            gradients[i] = torch::zeros_like(parameters[i]);
    }
    const torch::Tensor norm = at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients)));
    const torch::Tensor value = loss.loss.detach();
    const torch::Tensor finite = at::isfinite(norm).logical_and_(at::isfinite(value));
    m_bad.copy_(at::maximum(m_bad, 1 - finite.to(torch::kFloat)));
    learner.optimiser->step(gradients, m_bad);

    cell(phase.info.lossColumn, value);
    cell(normColumn(phase.info), norm);
    for (const auto& [column, metric] : loss.metrics)
        cell(column, metric);
}

void Trainer::startAverage()
{
    if (m_average || m_experiment.training.emaDecay <= 0)
        return;
    m_average = buildNetwork("generator");
    m_average->to(m_device, m_type, formatOf(m_experiment));
    m_average->setLearning(false);
    const torch::NoGradGuard guard;
    const std::vector<NamedTensor> source = network("generator").tensors();
    const std::vector<NamedTensor> target = m_average->tensors();
    for (std::size_t i = 0; i < source.size(); ++i)
        target[i].tensor.copy_(source[i].tensor);
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
    for (const PhaseState& phase : m_phases)
        pending.row.values[columnIndex(rateColumn(phase.info))] = m_networks.at(phase.info.learns).optimiser->rate();
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
    std::vector<torch::Tensor> scalars;
    for (const PendingRow& row : pending) {
        for (const auto& [column, value] : row.cells)
            scalars.push_back(value.to(torch::kDouble));
    }
    scalars.push_back(m_bad.to(torch::kDouble));
    std::optional<Fault> fault;
    try {
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

torch::Tensor Trainer::drawReal()
{
    return m_data.batch(m_streams, m_batches++, m_experiment.training.batchSize).data;
}

torch::Tensor Trainer::drawLatents(const std::string& phase, std::int64_t update)
{
    const std::vector<std::int64_t> sizes{m_experiment.training.batchSize, m_experiment.latent.dimensions};
    const auto counter = static_cast<std::uint64_t>(update);
    const bool normal = m_experiment.latent.distribution == LatentDistribution::Normal;
    const std::string stream = phase + "/latent";
    return (normal ? m_streams.normal(stream, counter, sizes) : m_streams.uniform(stream, counter, sizes) * 2 - 1)
        .to(m_type);
}

torch::Tensor Trainer::drawNoise(
    const std::string& phase, const std::string& which, std::int64_t update, const torch::Tensor& like)
{
    return m_streams.normal(phase + "/noise/" + which, static_cast<std::uint64_t>(update), like.sizes().vec())
        .to(m_type);
}

Status Trainer::apply(const std::string& path, const Json& value)
{
    setPath(m_experiment.document, path, value);
    const Json& json = m_experiment.document;
    if (path.rfind("objective.", 0) == 0) {
        m_live.set(path, value.get<double>());
    } else if (path.rfind("instance_noise.", 0) == 0) {
        m_experiment.instanceNoise = instanceNoiseSchema().read(json["instance_noise"]);
    } else if (path.rfind("schedules.", 0) == 0) {
        m_experiment.schedules = scheduleSchema().read(json["schedules"]);
    } else if (path.rfind("sampling.", 0) == 0) {
        m_experiment.sampling = samplingSchema().read(json["sampling"]);
    } else if (path.rfind("training.", 0) == 0) {
        m_experiment.training = trainingSchema().read(json["training"]);
        // Switched off, the average goes; switched on again, it starts from the weights of that moment.
        if (m_experiment.training.emaDecay <= 0)
            m_average.reset();
        startAverage();
    } else if (path.rfind("optimisers.", 0) == 0) {
        const std::size_t dot = path.rfind('.');
        Learner& learner = m_networks.at(path.substr(11, dot - 11));
        const std::string key = path.substr(dot + 1);
        if (key == "learning_rate")
            learner.baseRate = value.get<double>();
        else
            learner.optimiser->set(key, value.get<double>());
    }
    return {};
}

} // namespace saddle
