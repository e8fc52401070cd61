// SPDX-License-Identifier: GPL-3.0-or-later
// Updates that a device repeats by itself: an update is hundreds of small kernels, and on a GPU telling it each of them
// takes longer than their work. All that changes from one to the next lives in tensors (docs/speed.md).
#include "core/training/faults.h"
#include "core/training/trainer.h"

#include <algorithm>

namespace saddle {

namespace {

/// Libraries choose their ways and get their memory in the first ones, which cannot be recorded.
constexpr int rehearsals = 2;

} // namespace

std::int64_t Trainer::recordedPhases() const
{
    return std::count_if(
        m_phases.begin(), m_phases.end(), [](const PhaseState& phase) { return phase.graph.graph != nullptr; });
}

bool Trainer::isRecorded(PhaseState& phase)
{
    // The host waits for the gradients of other workers; a trace has numbers of single draws.
    if (!m_graphs || m_workers || m_trace)
        return false;
    const Recipe recipe{m_edits, m_noiseInForce > 0, m_experiment.training.labelFlipping > 0};
    PhaseGraph& graph = phase.graph;
    if (graph.recipe != recipe) {
        graph = {};
        graph.recipe = recipe;
    }
    if (graph.graph)
        return true;
    return graph.rehearsals++ >= rehearsals && recordUpdate(phase);
}

bool Trainer::recordUpdate(PhaseState& phase)
{
    PhaseGraph& graph = phase.graph;
    const std::size_t before = m_cells.size();
    try {
        const auto number = torch::TensorOptions().dtype(torch::kLong).device(m_device);
        graph.counter = torch::zeros({}, number);
        for (const std::int64_t place : graph.places) {
            const BatchSource source =
                m_data.source(m_streams, batchNumber(phase, place), m_experiment.training.batchSize, m_share);
            graph.real.push_back({place, torch::zeros({}, number),
                {source.index.clone(), source.raw.defined() ? source.raw.clone() : torch::Tensor()}});
        }
        std::unique_ptr<StepGraph> made = m_graphs->make();
        m_recording = &graph;
        made->record([&] {
            KeptBuffers kept;
            update(phase, kept);
            std::vector<torch::Tensor> cells;
            for (std::size_t i = before; i < m_cells.size(); ++i) {
                graph.columns.push_back(m_cells[i].first);
                cells.push_back(m_cells[i].second.to(torch::kDouble));
            }
            graph.cells = at::stack(cells);
        });
        graph.graph = std::move(made);
    } catch (const std::exception& thrown) {
        // Memory of the phases that are recorded already is wanted for ordinary updates.
        m_graphs.reset();
        for (PhaseState& each : m_phases)
            each.graph = {};
        m_note =
            "Steps are not recorded as CUDA graphs, which makes them slower: " + faultFrom(thrown, m_step).error.what;
    }
    m_recording = nullptr;
    m_cells.resize(before);
    m_asked.clear();
    return graph.graph != nullptr;
}

void Trainer::repeatUpdate(PhaseState& phase)
{
    PhaseGraph& graph = phase.graph;
    const torch::NoGradGuard guard;
    graph.counter.fill_(phase.updates * m_experiment.training.accumulate);
    for (PhaseGraph::RealBatch& real : graph.real) {
        const std::int64_t number = batchNumber(phase, real.place);
        const BatchSource source = m_data.source(m_streams, number, m_experiment.training.batchSize, m_share);
        real.number.fill_(number);
        real.source.index.copy_(source.index, true);
        if (source.raw.defined())
            real.source.raw.copy_(source.raw, true);
        m_asked.push_back(real.place);
    }
    graph.graph->replay();
    // The next repeat writes over its cells.
    const torch::Tensor cells = graph.cells.clone();
    for (std::size_t i = 0; i < graph.columns.size(); ++i)
        m_cells.emplace_back(graph.columns[i], cells[static_cast<std::int64_t>(i)]);
}

} // namespace saddle
