// SPDX-License-Identifier: GPL-3.0-or-later
// What a session shows of its networks: pictures, and copies of the weights.
#include "core/session/session.h"

namespace saddle {

void Session::refreshSamples(bool force)
{
    if (!m_plan.renderSamples)
        return;
    if (!force) {
        const std::chrono::duration<double> since = Clock::now() - m_sampledAt;
        if (since.count() < option("sampling.refresh_seconds"))
            return;
        // A picture nobody has looked at yet means the window is behind: the next one waits.
        const std::lock_guard lock(m_mutex);
        if (m_samples)
            return;
    }
    if (!force && beginSamples())
        return;
    if (Result<Samples> samples = takeEngineSamples())
        publishSamples(std::make_shared<const Samples>(*std::move(samples)));
}

Result<Samples> Session::takeEngineSamples()
{
    Result<Samples> samples = aside([this] { return m_engine->sample(); });
    m_sampledAt = Clock::now();
    lookAt(samples);
    return samples;
}

/// Whether the device makes them beside the next steps; showBegunSamples() has them then.
bool Session::beginSamples()
{
    const bool begun = aside([this] { return m_engine->beginSamples(); });
    if (begun)
        m_sampledAt = Clock::now();
    return begun;
}

void Session::showBegunSamples()
{
    if (std::optional<Result<Samples>> samples = aside([this] { return m_engine->takeBegunSamples(); })) {
        lookAt(*samples);
        if (*samples)
            publishSamples(std::make_shared<const Samples>(**std::move(samples)));
    }
}

void Session::lookAt(const Result<Samples>& samples)
{
    if (!samples)
        record("warning", "No samples: " + samples.error().sentence());
    else if (watchesTraining())
        measureDiversity(*samples);
}

void Session::publishSamples(std::shared_ptr<const Samples> samples)
{
    if (!m_plan.renderSamples)
        return;
    {
        const std::lock_guard lock(m_mutex);
        m_samples = std::move(samples);
    }
    notify();
}

bool Session::keepSamples()
{
    Result<Samples> samples = takeEngineSamples();
    if (!samples)
        return true; // told as a warning
    m_grid = std::make_shared<const Samples>(*std::move(samples));
    publishSamples(m_grid);
    const Status kept = writeGrid();
    if (!kept)
        fail({Fault::Kind::Disk, m_grid->step, kept.error()}, halted());
    return kept.ok();
}

Status Session::writeGrid()
{
    Status kept = m_run->writeSamples(*m_grid);
    if (kept) {
        m_keptStep = m_grid->step;
        m_grid = nullptr;
    }
    return kept;
}

void Session::publishWeights()
{
    Result<CheckpointData> weights = aside([this] { return m_engine->publish(); });
    if (!weights)
        return record("warning", "No weights: " + weights.error().sentence());
    weights->state["experiment"] = m_document;
    {
        const std::lock_guard lock(m_mutex);
        m_weights = std::make_shared<CheckpointData>(*std::move(weights));
    }
    notify();
}

} // namespace saddle
