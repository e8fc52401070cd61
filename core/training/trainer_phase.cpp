// SPDX-License-Identifier: GPL-3.0-or-later
// One update of one phase: what an objective asks for, gradients, the update, and undoing what turned out bad.
#include "core/latent/network/generate.h"
#include "core/models/rounding.h"
#include "core/runs/columns.h"
#include "core/training/faults.h"
#include "core/training/host_tensors.h"
#include "core/training/trainer.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

namespace saddle {

/// Hands an objective what it asks for, for one batch of one update of one phase.
class Trainer::Context : public PhaseContext {
public:
    Context(Trainer& trainer, const PhaseState& phase, std::int64_t part)
        : m_trainer(trainer)
        , m_phase(phase)
        , m_part(part)
    {
    }

    NetworkOutput forward(const std::string& role, const NetworkInput& input) override
    {
        const std::int64_t number = m_passes[role]++;
        Dropout draws(*this, "dropout/" + role + "/" + std::to_string(number) + "/");
        Pass pass(ForwardMode::Train, &draws);
        pass.firstOfUpdate = m_part == 0 && number == 0;
        pass.workers = m_trainer.m_workers.get();
        if (!m_trainer.m_bfloat16 || m_penalising || (role == "discriminator" && penalisesSeen()))
            return m_trainer.network(role).forwardWithCode(input, pass);
        NetworkOutput made = [&] {
            const RoundingGuard guard(m_trainer.m_device.type(), Rounding::Bfloat16);
            return m_trainer.network(role).forwardWithCode(input, pass);
        }();
        made.output = made.output.to(m_trainer.m_type);
        if (made.code.defined())
            made.code = made.code.to(m_trainer.m_type);
        return made;
    }

    /// What follows is for penalties: derivatives of derivatives want all bits.
    void beginPenalties() { m_penalising = true; }

    torch::Tensor forwardDetached(const std::string& role, const NetworkInput& input) override
    {
        const torch::NoGradGuard guard;
        return forward(role, input).output;
    }

    NetworkInput realBatch() override
    {
        const Batch batch = takeBatch();
        const torch::Tensor data = record("real", batch.data);
        if (m_trainer.m_experiment.classes == 0)
            return data;
        return {data, oneHot(record("real_label", batch.labels), m_trainer.m_experiment.classes, m_trainer.m_type)};
    }

    NetworkInput latents() override
    {
        const std::int64_t count = m_trainer.m_share.count(batchSize());
        const std::string stream = m_phase.info.key + "/latent";
        const torch::Tensor values =
            drawLatents(m_trainer.m_ownStreams, stream, counter(), m_trainer.m_experiment.latent, count);
        const torch::Tensor data = record("latent", values.to(m_trainer.m_type));
        const int classes = m_trainer.m_experiment.classes;
        if (classes == 0)
            return data;
        const torch::Tensor uniform = m_trainer.m_ownStreams.uniform(m_phase.info.key + "/label", counter(), {count});
        const torch::Tensor labels = (uniform * classes).floor().clamp_max(classes - 1).to(torch::kLong);
        return {data, oneHot(record("fake_label", labels), classes, m_trainer.m_type)};
    }

    torch::Tensor present(const torch::Tensor& samples, const std::string& which) override
    {
        torch::Tensor shown = samples;
        for (const auto& [info, regulariser] : m_trainer.m_regularisers)
            shown = regulariser->augment(shown, which, *this);
        if (m_trainer.m_noiseInForce > 0) {
            const torch::Tensor noise =
                m_trainer.m_ownStreams.normal(m_phase.info.key + "/noise/" + which, counter(), shown.sizes().vec());
            shown = shown + record("noise_" + which, noise.to(m_trainer.m_type)) * m_trainer.m_noiseLevel;
        }
        if (isPenalised(which))
            shown = shown.detach().requires_grad_(true);
        return shown;
    }

    torch::Tensor normal(const std::string& name, const std::vector<std::int64_t>& sizes) override
    {
        return record(name, m_trainer.m_ownStreams.normal(stream(name), counter(), sizes).to(m_trainer.m_type));
    }
    torch::Tensor uniform(const std::string& name, const std::vector<std::int64_t>& sizes) override
    {
        return record(name, m_trainer.m_ownStreams.uniform(stream(name), counter(), sizes).to(m_trainer.m_type));
    }

    torch::Tensor wholeBatch(const torch::Tensor& own) override
    {
        return m_trainer.m_workers ? saddle::wholeBatch(own, *m_trainer.m_workers) : own;
    }

    torch::Tensor labelFlipping() override
    {
        return m_trainer.m_experiment.training.labelFlipping > 0 ? m_trainer.m_labelFlipping : torch::Tensor();
    }

private:
    /// The draws of a network's layers in one pass.
    class Dropout : public LayerDraws {
    public:
        Dropout(Context& context, std::string prefix)
            : m_context(context)
            , m_prefix(std::move(prefix))
        {
        }
        torch::Tensor uniform(const std::string& layer, const std::vector<std::int64_t>& sizes) override
        {
            return m_context.uniform(m_prefix + layer, sizes);
        }

    private:
        Context& m_context;
        std::string m_prefix;
    };

    /// Whether a penalty differentiates D by these samples.
    bool isPenalised(const std::string& which) const
    {
        const auto wanted = [&which](const auto& one) { return one.second->needsGradient(which); };
        return m_phase.info.trains("discriminator")
            && std::any_of(m_trainer.m_regularisers.begin(), m_trainer.m_regularisers.end(), wanted);
    }
    bool penalisesSeen() const { return isPenalised("real") || isPenalised("fake"); }

    std::int64_t batchSize() const { return m_trainer.m_experiment.training.batchSize; }
    std::string stream(const std::string& name) const { return m_phase.info.key + "/" + name; }
    DrawCounter counter() const
    {
        if (m_trainer.m_recording)
            return DrawCounter(m_trainer.m_recording->counter + m_part);
        return static_cast<std::uint64_t>(m_phase.updates * m_trainer.m_experiment.training.accumulate + m_part);
    }
    Batch takeBatch()
    {
        Trainer& t = m_trainer;
        const auto asked = static_cast<std::int64_t>(t.m_asked.size());
        if (t.m_recording) {
            const PhaseGraph::RealBatch& real = t.m_recording->real.at(t.m_asked.size());
            t.m_asked.push_back(real.place);
            return t.m_data.made(real.source, t.m_streams, DrawCounter(real.number), batchSize(), t.m_share);
        }
        const std::int64_t place = m_phase.takesNewSamples() ? asked : m_part;
        t.m_asked.push_back(place);
        return t.m_data.batch(t.m_streams, t.batchNumber(m_phase, place), batchSize(), t.m_share);
    }
    torch::Tensor record(const std::string& name, torch::Tensor value)
    {
        return m_trainer.record({m_phase.info.key, m_phase.updates, m_part, name}, std::move(value));
    }

    Trainer& m_trainer;
    const PhaseState& m_phase;
    std::int64_t m_part;
    bool m_penalising = false;
    std::map<std::string, std::int64_t> m_passes; ///< forward passes so far, by role
};

torch::Tensor Trainer::drawn(const DrawKey&, torch::Tensor value)
{
    return value;
}

void Trainer::KeptBuffers::undo()
{
    // Not `buffers`: memory may have run out between the two.
    for (std::size_t i = 0; i < before.size(); ++i)
        buffers[i].copy_(before[i]);
}

std::int64_t Trainer::batchNumber(const PhaseState& phase, std::int64_t place) const
{
    if (phase.takesNewSamples())
        return m_batches + place;
    return std::max<std::int64_t>(m_batches - m_experiment.training.accumulate, 0) + place;
}

std::optional<Fault> Trainer::runPhase(PhaseState& phase)
{
    KeptBuffers kept;
    const std::size_t cells = m_cells.size();
    try {
        prepare(phase);
        if (isRecorded(phase)) {
            repeatUpdate(phase);
        } else {
            if (std::optional<Fault> fault = update(phase, kept)) {
                m_cells.resize(cells);
                return fault;
            }
            phase.graph.places = m_asked;
        }
        if (phase.takesNewSamples())
            m_batches += static_cast<std::int64_t>(m_asked.size());
        ++phase.updates;
        return std::nullopt;
    } catch (const std::exception& thrown) {
        try {
            kept.undo();
        } catch (const std::exception&) { // a device that is gone; the first reason is told
        }
        m_cells.resize(cells);
        return faultFrom(thrown, m_step + 1);
    }
}

/// What the host decides before an update, written into the tensors that it is made with.
void Trainer::prepare(PhaseState& phase)
{
    const double noise = noiseNow();
    if (noise != m_noiseInForce) {
        m_noiseInForce = noise;
        m_noiseLevel.fill_(noise);
    }
    setRates();
    if (m_experiment.schedules.anneal != Anneal::None)
        m_penaltyFactor.fill_(m_experiment.schedules.penaltyAt(m_step));
    for (auto& [role, learner] : m_networks)
        learner.network->setLearning(phase.info.trains(role));
    m_asked.clear();
}

/// All of an update that the device does.
std::optional<Fault> Trainer::update(PhaseState& phase, KeptBuffers& kept)
{
    for (auto& [role, learner] : m_networks) {
        for (const NamedTensor& buffer : learner.network->buffers()) {
            kept.buffers.push_back(buffer.tensor);
            kept.before.push_back(buffer.tensor.clone());
        }
    }
    learn(phase);
    if (m_device.is_cpu() && !m_recording) {
        if (*m_bad.const_data_ptr<float>() != 0) {
            kept.undo();
            m_bad.zero_();
            const std::int64_t step = m_step + 1;
            return Fault{Fault::Kind::NonFinite, step,
                {"the loss or the gradient of the " + phase.info.learns.front() + " is not finite",
                    "step " + std::to_string(step),
                    "its last good weights are kept; lower its learning rate, then go on, or go back to a checkpoint"}};
        }
    } else {
        const torch::Tensor bad = m_bad > 0;
        for (std::size_t i = 0; i < kept.buffers.size(); ++i)
            kept.buffers[i].copy_(at::where(bad, kept.before[i], kept.buffers[i]));
    }
    if (phase.info.trains("generator"))
        averageGenerator();
    return std::nullopt;
}

void Trainer::backward(const PhaseState& phase, std::int64_t part, const std::vector<torch::Tensor>& parameters,
    std::vector<torch::Tensor>& gradients, Metrics& metrics)
{
    Context context(*this, phase, part);
    PhaseLoss loss = m_objective->loss(phase.info.key, context);
    loss.metrics.insert(loss.metrics.begin(), {phase.info.lossColumn, loss.loss.detach()});
    torch::Tensor total = loss.loss;
    const bool annealing = m_experiment.schedules.anneal != Anneal::None;
    context.beginPenalties();
    for (const auto& [info, regulariser] : m_regularisers) {
        torch::Tensor penalty = regulariser->penalty(phase.info, context, loss.seen, *m_objective);
        if (!penalty.defined())
            continue;
        if (annealing)
            penalty = penalty * m_penaltyFactor;
        total = total + penalty;
        loss.metrics.emplace_back(info->kind, penalty.detach());
    }
    const auto parts = static_cast<double>(m_experiment.training.accumulate);
    if (parts > 1)
        total = total / parts;
    std::vector<torch::Tensor> fresh = torch::autograd::grad({total}, parameters, {}, std::nullopt, false, true);
    const torch::NoGradGuard guard;
    for (std::size_t i = 0; i < fresh.size(); ++i) {
        if (!fresh[i].defined())
            fresh[i] = torch::zeros_like(parameters[i]);
    }
    if (part == 0) {
        gradients = std::move(fresh);
        metrics = std::move(loss.metrics);
    } else {
        at::_foreach_add_(gradients, fresh);
        for (std::size_t i = 0; i < metrics.size(); ++i)
            metrics[i].second = metrics[i].second + loss.metrics[i].second;
    }
}

void Trainer::learn(PhaseState& phase)
{
    std::vector<torch::Tensor> parameters;
    for (const std::string& role : phase.info.learns) {
        const std::vector<torch::Tensor>& own = network(role).parameters().tensors;
        parameters.insert(parameters.end(), own.begin(), own.end());
    }
    std::vector<torch::Tensor> gradients;
    Metrics metrics;
    const std::int64_t parts = m_experiment.training.accumulate;
    for (std::int64_t part = 0; part < parts; ++part)
        backward(phase, part, parameters, gradients, metrics);

    const torch::NoGradGuard guard;
    if (parts > 1) {
        for (auto& [column, value] : metrics)
            value = value / static_cast<double>(parts);
    }
    if (m_workers)
        averageOverWorkers(gradients, metrics);
    const torch::Tensor norm = at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients)));
    const torch::Tensor finite = at::isfinite(norm).logical_and_(at::isfinite(metrics.front().second));
    m_bad.copy_(at::maximum(m_bad, 1 - finite.to(torch::kFloat)));
    auto next = gradients.begin();
    for (const std::string& role : phase.info.learns) {
        const ParameterSet& own = network(role).parameters();
        const auto end = next + static_cast<std::ptrdiff_t>(own.tensors.size());
        m_networks.at(role).optimiser->step({next, end}, m_bad);
        next = end;
        for (const auto& [info, regulariser] : m_regularisers)
            regulariser->updated(role, own);
    }
    m_objective->updated(phase.info.key, metrics, m_bad);

    metrics.emplace_back(gradientColumn(phase.info), norm);
    for (const auto& [column, value] : metrics) {
        cell(column, value);
        if (m_trace) {
            m_trace->tensors["metric/" + phase.info.key + "/" + std::to_string(phase.updates) + "/" + column] =
                toHost(value.to(torch::kDouble));
        }
    }
}

void Trainer::averageOverWorkers(std::vector<torch::Tensor>& gradients, Metrics& metrics)
{
    std::vector<torch::Tensor> flat;
    flat.reserve(gradients.size() + metrics.size());
    for (const torch::Tensor& gradient : gradients)
        flat.push_back(gradient.reshape({-1}));
    for (const auto& [column, value] : metrics)
        flat.push_back(value.to(m_type).reshape({1}));
    const torch::Tensor all = at::cat(flat);
    m_workers->sum(all);
    all.div_(m_workers->size());
    std::int64_t place = 0;
    for (torch::Tensor& gradient : gradients) {
        const std::int64_t count = gradient.numel();
        gradient = at::empty_like(gradient).copy_(all.narrow(0, place, count).view(gradient.sizes()));
        place += count;
    }
    // Copies, so that a row that waits for the host does not keep the gradients.
    for (auto& [column, value] : metrics)
        value = all[place++].clone();
}

} // namespace saddle
