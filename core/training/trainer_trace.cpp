// SPDX-License-Identifier: GPL-3.0-or-later
// One step, opened: everything that went in and came out (docs/trace.md).
#include "core/training/faults.h"
#include "core/training/host_tensors.h"
#include "core/training/trainer.h"

namespace saddle {

torch::Tensor Trainer::record(const DrawKey& key, torch::Tensor value)
{
    torch::Tensor used = drawn(key, std::move(value));
    if (m_trace) {
        std::string update = std::to_string(key.update);
        if (m_experiment.training.accumulate > 1)
            update += "/" + std::to_string(key.part);
        m_trace->tensors["draw/" + key.phase + "/" + update + "/" + key.name] = toHost(used);
    }
    return used;
}

Result<TensorFile> Trainer::trace()
{
    TensorFile file;
    try {
        const auto keep = [this, &file](const std::string& prefix) {
            for (const NamedTensor& tensor : stateTensors())
                file.tensors[prefix + tensor.name] = toHost(tensor.tensor);
        };
        keep("before/");
        Json phases = Json::array();
        m_trace = &file;
        for (bool done = false; !done;) {
            const PhaseState& phase = m_phases[m_phase];
            phases.push_back({{"phase", phase.info.key}, {"update", phase.updates}});
            const Advance advanced = advance();
            if (advanced.fault) {
                m_trace = nullptr;
                return advanced.fault->error;
            }
            done = advanced.stepDone;
        }
        m_trace = nullptr;
        keep("after/");
        // The row stays among those pending: a traced step is a step like any other.
        const PendingRow& row = m_pending.back();
        const auto metric = [this, &file](std::size_t column, const torch::Tensor& value) {
            file.tensors["metric/" + m_info.columns[column].key] = toHost(value.to(torch::kDouble));
        };
        for (std::size_t i = 0; i < row.row.values.size(); ++i) {
            if (!std::isnan(row.row.values[i]))
                metric(i, torch::full({}, row.row.values[i], torch::kDouble));
        }
        for (const auto& [column, value] : row.cells)
            metric(column, value);
        Json experiment = explicitDocument(m_experiment);
        for (const auto& [path, value] : m_info.resolved.items())
            setPath(experiment, path, value);
        file.metadata = {
            {"step", std::to_string(m_step)}, {"phases", phases.dump()}, {"experiment", experiment.dump()}};
        if (m_experiment.classes > 0)
            file.metadata["classes"] = std::to_string(m_experiment.classes);
        return file;
    } catch (const std::exception& thrown) {
        m_trace = nullptr;
        return faultFrom(thrown, m_step).error;
    }
}

} // namespace saddle
