// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoints of a trainer: every network by role, the average, optimisers, and the counters that key all draws.
#include "core/training/trainer.h"

#include "core/runs/experiment_sections.h"

#include <algorithm>
#include <cstring>

namespace saddle {

namespace {

DType dtypeOf(torch::ScalarType type)
{
    switch (type) {
    case torch::kFloat:
        return DType::F32;
    case torch::kDouble:
        return DType::F64;
    case torch::kLong:
        return DType::I64;
    default:
        throw std::logic_error(std::string("no checkpoint holds tensors of type ") + c10::toString(type));
    }
}

HostTensor toHost(const torch::Tensor& tensor)
{
    const torch::Tensor host = tensor.detach().cpu().contiguous();
    const auto* bytes = static_cast<const std::byte*>(host.const_data_ptr());
    return {dtypeOf(host.scalar_type()), host.sizes().vec(), {bytes, bytes + host.nbytes()}};
}

} // namespace

std::vector<NamedTensor> Trainer::checkpointTensors()
{
    std::vector<NamedTensor> all;
    const auto add = [&all](const std::string& prefix, const std::vector<NamedTensor>& tensors) {
        for (const NamedTensor& tensor : tensors)
            all.push_back({prefix + tensor.name, tensor.tensor});
    };
    for (const auto& [role, learner] : m_networks) {
        add(role + "/", learner.network->tensors());
        if (learner.optimiser)
            add("optimiser/" + role + "/", learner.optimiser->state());
    }
    if (m_average)
        add("ema/", m_average->tensors());
    return all;
}

Result<CheckpointData> Trainer::save()
{
    try {
        CheckpointData checkpoint;
        for (const NamedTensor& tensor : checkpointTensors())
            checkpoint.tensors.emplace(tensor.name, toHost(tensor.tensor));
        Json& state = checkpoint.state;
        state["batches"] = m_batches;
        // A pause may have cut a round: the phase that is due, and how often it was done.
        state["round"] = {{"phase", m_phase}, {"repeat", m_repeat}, {"only", m_only}};
        for (const PhaseState& phase : m_phases)
            state["updates"][phase.info.key] = phase.updates;
        for (const auto& [column, value] : m_cells)
            state["cells"].push_back({m_info.columns[column].key, value.item<double>()});
        state["step"] = m_step;
        return checkpoint;
    } catch (const std::exception& thrown) {
        return Error {std::string("the checkpoint could not be made: ") + thrown.what(), "", "free some memory, then try again"};
    }
}

Status Trainer::restore(const CheckpointData& checkpoint)
{
    try {
        const Json& state = checkpoint.state;
        // Settings edited during the run rule, not those it began with.
        if (state.contains("experiment")) {
            Result<Experiment> edited = buildExperiment(state["experiment"], m_catalog);
            if (!edited)
                return edited.error().in("state.json: experiment");
            for (const Section& section : experimentSections(edited->document, m_catalog)) {
                for (const Parameter& parameter : section.parameters) {
                    if (parameter.applies == Applies::Restart)
                        continue;
                    const std::string path = section.path + "." + parameter.key;
                    if (Status applied = apply(path, *findPath(edited->document, path)); !applied)
                        return applied;
                }
            }
        }
        // Everything is checked before anything is written.
        const std::vector<NamedTensor> tensors = checkpointTensors();
        for (const NamedTensor& tensor : tensors) {
            const auto found = checkpoint.tensors.find(tensor.name);
            if (found == checkpoint.tensors.end())
                return Error {"the tensor “" + tensor.name + "” is missing", "tensors.safetensors", "choose another checkpoint"};
            if (found->second.shape != tensor.tensor.sizes().vec() || found->second.dtype != dtypeOf(tensor.tensor.scalar_type())) {
                return Error {"the tensor “" + tensor.name + "” has another shape or type than this network's",
                    "tensors.safetensors", "choose a checkpoint of this experiment"};
            }
        }
        const std::int64_t phase = state.at("round").at("phase");
        if (phase < 0 || phase >= static_cast<std::int64_t>(m_phases.size()))
            return Error {"there is no phase " + std::to_string(phase), "state.json: round", "choose another checkpoint"};

        const torch::NoGradGuard guard;
        for (const NamedTensor& tensor : tensors) {
            const HostTensor& host = checkpoint.tensors.at(tensor.name);
            const torch::Tensor values = torch::empty(host.shape, torch::TensorOptions().dtype(tensor.tensor.scalar_type()));
            std::memcpy(values.mutable_data_ptr(), host.data.data(), host.data.size());
            tensor.tensor.copy_(values);
        }
        m_step = state.at("step");
        m_batches = state.at("batches");
        m_phase = static_cast<std::size_t>(phase);
        m_repeat = state.at("round").at("repeat");
        m_only = state.at("round").at("only").get<std::ptrdiff_t>();
        for (PhaseState& each : m_phases)
            each.updates = state.at("updates").at(each.info.key);
        m_cells.clear();
        if (state.contains("cells")) {
            for (const Json& one : state["cells"])
                cell(one.at(0), torch::full({}, one.at(1).get<double>(), torch::kDouble));
        }
        m_pending.clear();
        return {};
    } catch (const std::exception& thrown) {
        return Error {std::string("this checkpoint cannot be used: ") + thrown.what(), "state.json", "choose another checkpoint"};
    }
}

} // namespace saddle
