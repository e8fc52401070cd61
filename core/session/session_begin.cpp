// SPDX-License-Identifier: GPL-3.0-or-later
// How a session loads its engine, and where it begins.
#include "core/session/session.h"

#include "core/runs/replay_log.h"

namespace saddle {

bool Session::load(const std::stop_token& stop)
{
    const LoadMonitor monitor = [this, &stop](double fraction, const std::string& what) {
        {
            const std::lock_guard lock(m_mutex);
            m_update.loading = what;
            m_update.loadingFraction = fraction;
        }
        notify();
        return !stop.stop_requested();
    };
    Result<std::unique_ptr<Engine>> made = m_plan.factory(m_document, monitor);
    if (stop.stop_requested())
        return false;
    if (!made) {
        fail({Fault::Kind::Other, 0, made.error()}, SessionState::Failed);
        return false;
    }
    m_engine = *std::move(made);
    for (const auto& [path, value] : m_engine->info().resolved.items())
        setPath(m_document, path, value);
    {
        const std::lock_guard lock(m_mutex);
        m_update.info = std::make_shared<EngineInfo>(m_engine->info());
        m_update.document = std::make_shared<Json>(m_document);
        m_update.loading.clear();
    }
    const std::vector<ColumnInfo>& columns = m_engine->info().columns;
    while (m_measure < columns.size() && columns[m_measure].key != m_engine->info().measure)
        ++m_measure;
    if (!begin())
        return false;
    beginDiagnosis();
    if (m_plan.renderSamples) {
        if (Result<Samples> real = m_engine->realSamples()) {
            m_diagnosis.setReal(*real);
            const std::lock_guard lock(m_mutex);
            m_realSamples = std::make_shared<Samples>(*std::move(real));
        }
        refreshSamples(true);
    }
    publishProgress();
    setState(m_plan.beginning.checkpoint.empty() ? SessionState::Ready : SessionState::Paused);
    return true;
}

/// Where it does not begin at step 0.
bool Session::begin()
{
    const Beginning& beginning = m_plan.beginning;
    Status begun;
    std::int64_t keptLines = 0; ///< of the log, where the run goes on
    if (!beginning.checkpoint.empty()) {
        const Result<CheckpointData> checkpoint = readCheckpoint(beginning.checkpoint);
        begun = checkpoint ? restore(*checkpoint) : Status(checkpoint.error());
        keptLines = checkpoint ? keptLinesOf(checkpoint->state) : 0;
    }
    if (begun && beginning.goesOn) {
        const std::int64_t step = m_engine->progress().step;
        Result<std::unique_ptr<RunFolder>> run = RunFolder::resume(m_plan.runFolder, step, m_engine->info().columns);
        if (run) {
            m_run = *std::move(run);
            m_savedStep = m_keptStep = step;
            const CheckpointUse use = checkpointUse(m_plan.runFolder);
            const std::lock_guard lock(m_mutex);
            m_update.runFolder = m_plan.runFolder;
            m_update.checkpoints = use;
        } else {
            begun = run.error();
        }
    }
    if (!begun) {
        fail({Fault::Kind::Other, 0, begun.error()}, SessionState::Failed);
        return false;
    }
    if (beginning.goesOn) {
        const EngineProgress progress = m_engine->progress();
        record(
            "resume", "Resumed at step " + std::to_string(progress.step), resumeData(progress, m_document, keptLines));
    }
    for (const std::string& warning : beginning.warnings)
        record("warning", warning);
    return true;
}

Status Session::restore(const CheckpointData& checkpoint)
{
    const std::optional<RunParent>& parent = m_plan.beginning.parent;
    const bool fork = parent && parent->how == RunParent::How::Fork;
    if (Status restored = fork ? m_engine->beginFrom(checkpoint) : m_engine->restore(checkpoint); !restored)
        return restored;
    const Json* seconds = findPath(checkpoint.state, "seconds");
    m_secondsBefore = m_savedSeconds = seconds && seconds->is_number() ? seconds->get<double>() : 0.0;
    if (!fork)
        return restoreKept(checkpoint.state);
    m_epoch = static_cast<std::int64_t>(m_engine->progress().epoch);
    return {};
}

} // namespace saddle
