// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoints of a trainer: every network by role, the average, optimisers, and the counters that key all draws.
#include "core/training/trainer.h"

#include "core/io/csv.h"
#include "core/runs/experiment_sections.h"
#include "core/training/host_tensors.h"

#include <limits>

namespace saddle {

namespace {

/// JSON has no word for what is not finite, so that cells are written as metrics.csv writes them. Older checkpoints
/// hold numbers, and null for what is none.
std::optional<double> cellValue(const Json& json)
{
    if (json.is_string())
        return parseNumber(json.get<std::string>());
    if (json.is_null())
        return std::numeric_limits<double>::quiet_NaN();
    return json.is_number() ? std::optional(json.get<double>()) : std::nullopt;
}

/// A number of a checkpoint; throws where it is none or out of range.
std::int64_t number(const Json& json, std::int64_t least, std::int64_t most = std::numeric_limits<std::int64_t>::max())
{
    const auto value = json.get<std::int64_t>();
    if (value < least || value > most)
        throw std::out_of_range("a number is out of range: " + std::to_string(value));
    return value;
}

Error notUsable(const std::exception& thrown)
{
    return {std::string("this checkpoint cannot be used: ") + thrown.what(), "state.json", "choose another checkpoint"};
}

} // namespace

std::vector<NamedTensor> Trainer::stateTensors()
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
    add("objective/", m_objective->state());
    return all;
}

void Trainer::beginAsTheFirst()
{
    if (const std::string reason = m_workers->linkGpus(m_device, m_link); !reason.empty()) {
        m_info.notes.push_back(
            "What the workers' GPUs exchange goes by way of the host, which makes steps slower: " + reason);
    }
    for (const NamedTensor& tensor : stateTensors())
        m_workers->broadcast(tensor.tensor);
}

void Trainer::describeState(Json& state) const
{
    state["step"] = m_step;
    // So that the generator can be opened where its data is not.
    state["data"] = {{"shape", m_info.dataShape}, {"classes", m_info.classes}};
}

Result<CheckpointData> Trainer::publish()
{
    try {
        CheckpointData weights;
        const auto add = [&weights](const std::string& prefix, const BuiltNetwork& network) {
            for (const NamedTensor& tensor : network.tensors())
                weights.tensors.emplace(prefix + tensor.name, toHost(tensor.tensor));
        };
        for (const auto& [role, learner] : m_networks)
            add(role + "/", *learner.network);
        if (m_average)
            add("ema/", *m_average);
        describeState(weights.state);
        return weights;
    } catch (const std::exception& thrown) {
        return Error{
            std::string("the weights could not be copied: ") + thrown.what(), "", "free some memory, then try again"};
    }
}

Result<Snapshot> Trainer::snapshot()
{
    try {
        Snapshot snapshot;
        Json& state = snapshot.state;
        state["batches"] = m_batches;
        // A pause may have cut a round: the phase that is due, and how often it was done.
        state["round"] = {{"phase", m_phase}, {"repeat", m_repeat}, {"only", m_only}};
        for (const PhaseState& phase : m_phases)
            state["updates"][phase.info.key] = phase.updates;
        for (const auto& [column, value] : m_cells)
            state["cells"].push_back({m_info.columns[column].key, formatNumber(value.item<double>())});
        describeState(state);
        snapshot.tensors = tensorsBeside();
        if (!snapshot.tensors)
            snapshot.tensors = [held = std::make_shared<TensorMap>(toHost(stateTensors()))] {
                return std::move(*held);
            };
        return snapshot;
    } catch (const std::exception& thrown) {
        return noCheckpoint(thrown);
    }
}

Status Trainer::restore(const CheckpointData& checkpoint)
{
    try {
        // Everything is read and checked before anything is changed.
        const Json& state = checkpoint.state;
        const auto phases = static_cast<std::int64_t>(m_phases.size());
        const std::int64_t step = number(state.at("step"), 0);
        const std::int64_t batches = number(state.at("batches"), 0);
        const std::int64_t phase = number(state.at("round").at("phase"), 0, phases - 1);
        const std::int64_t repeat = number(state.at("round").at("repeat"), 0);
        const std::int64_t only = number(state.at("round").at("only"), -1, phases - 1);
        std::vector<std::int64_t> updates;
        for (const PhaseState& each : m_phases)
            updates.push_back(number(state.at("updates").at(each.info.key), 0));
        std::vector<std::pair<std::size_t, torch::Tensor>> cells;
        for (const Json& one : state.value("cells", Json::array())) {
            const std::optional<double> value = cellValue(one.at(1));
            if (!value)
                throw std::invalid_argument("a cell holds no number");
            cells.emplace_back(columnIndex(one.at(0)), torch::full({}, *value, torch::kDouble));
        }
        // Settings edited during the run rule, not those it began with.
        std::vector<std::pair<std::string, Json>> settings;
        bool averaged = m_average != nullptr;
        if (state.contains("experiment")) {
            Result<Experiment> edited = buildExperiment(state["experiment"], m_catalog);
            if (!edited)
                return edited.error().in("state.json: experiment");
            averaged = edited->training.emaDecay > 0;
            for (ChangedSetting& setting : settingsThatDiffer(m_experiment.document, edited->document, m_catalog)) {
                if (setting.applies == Applies::Restart)
                    continue;
                if (setting.before.is_null())
                    return Error{"this experiment has no setting “" + setting.path + "”", "state.json: experiment",
                        "choose a checkpoint of this experiment"};
                settings.emplace_back(std::move(setting.path), std::move(setting.after));
            }
        }
        std::vector<NamedTensor> expected;
        for (const NamedTensor& tensor : stateTensors()) {
            if (tensor.name.rfind("ema/", 0) != 0)
                expected.push_back(tensor);
        }
        if (averaged) {
            for (const NamedTensor& tensor : network("generator").tensors())
                expected.push_back({"ema/" + tensor.name, tensor.tensor});
        }
        if (Status held = checkTensors(checkpoint.tensors, expected); !held)
            return held.error().in("tensors.safetensors");

        const torch::NoGradGuard guard;
        for (const auto& [path, value] : settings) {
            if (Status applied = apply(path, value); !applied)
                return applied;
        }
        for (const NamedTensor& tensor : stateTensors())
            copyValues(checkpoint.tensors.at(tensor.name), tensor.tensor);
        m_step = step;
        m_batches = batches;
        m_phase = static_cast<std::size_t>(phase);
        m_repeat = repeat;
        m_only = static_cast<std::ptrdiff_t>(only);
        for (std::size_t i = 0; i < m_phases.size(); ++i)
            m_phases[i].updates = updates[i];
        m_cells = std::move(cells);
        m_pending.clear();
        m_bad.zero_();
        ++m_edits;
        return {};
    } catch (const std::exception& thrown) {
        return notUsable(thrown);
    }
}

Status Trainer::beginFrom(const CheckpointData& checkpoint)
{
    try {
        const std::int64_t step = number(checkpoint.state.at("step"), 0);
        const std::int64_t batches = number(checkpoint.state.at("batches"), 0);
        std::vector<NamedTensor> networks;
        for (const auto& [role, learner] : m_networks) {
            for (const NamedTensor& tensor : learner.network->tensors())
                networks.push_back({role + "/" + tensor.name, tensor.tensor});
        }
        if (Status held = checkTensors(checkpoint.tensors, networks); !held)
            return held.error().in("tensors.safetensors");
        const auto fits = [&checkpoint](const NamedTensor& tensor) {
            return static_cast<bool>(checkTensors(checkpoint.tensors, {tensor}));
        };
        const torch::NoGradGuard guard;
        const std::vector<NamedTensor> all = stateTensors();
        for (const NamedTensor& tensor : all) {
            // An average that the other run did not keep begins with the weights there are.
            const bool averaged = tensor.name.rfind("ema/", 0) == 0;
            const std::string name = averaged && !fits(tensor) ? "generator/" + tensor.name.substr(4) : tensor.name;
            if (fits({name, tensor.tensor}))
                copyValues(checkpoint.tensors.at(name), tensor.tensor);
        }
        m_step = step;
        m_batches = batches;
        for (PhaseState& phase : m_phases) {
            const Json* updates = findPath(checkpoint.state, "updates." + phase.info.key);
            phase.updates = updates ? number(*updates, 0) : 0;
        }
        return {};
    } catch (const std::exception& thrown) {
        return notUsable(thrown);
    }
}

} // namespace saddle
