// SPDX-License-Identifier: GPL-3.0-or-later
// Edits made while a session goes on.
#include "core/session/session.h"

#include "core/runs/experiment.h"
#include "core/runs/replay_log.h"

#include <utility>

namespace saddle {

namespace {

/// Edits that follow each other faster belong together, as those of a dragged slider do.
constexpr auto editsApart = std::chrono::seconds(10);

/// Whether an edit may spoil what was learned: not how often samples are taken, nor when the run ends.
bool isRisky(const std::string& path)
{
    return path.rfind("sampling.", 0) != 0 && path.rfind("training.", 0) != 0;
}

} // namespace

void Session::setParameter(const std::string& path, const Json& value)
{
    if (!permits(m_now, SessionAction::Edit))
        return;
    const auto reject = [this, &path, &value](const Error& error) {
        record("rejected", error.sentence(), {{"path", path}, {"value", value}});
    };
    Result<Parameter> parameter = findParameter(m_document, *m_plan.catalog, path);
    if (!parameter)
        return reject(parameter.error());
    if (parameter->applies == Applies::Restart) {
        return reject({parameter->label + " cannot change while this run goes on", path,
            "it takes effect when the experiment is started anew"});
    }
    Result<Json> changed = changeSetting(m_document, *m_plan.catalog, path, value);
    if (!changed)
        return reject(changed.error());
    const Json checked = *findPath(*changed, path);
    if (parameter->applies == Applies::Epoch && m_now != SessionState::Ready) {
        m_atEpoch[path] = checked;
        return;
    }
    const Json before = *findPath(m_document, path);
    if (checked != before)
        saveBeforeEdit(path, parameter->label);
    if (Status applied = m_engine->apply(path, checked); !applied)
        return reject(applied.error());
    m_document = *std::move(changed);
    {
        const std::lock_guard lock(m_mutex);
        m_update.document = std::make_shared<Json>(m_document);
    }
    if (checked != before) {
        m_savedStep = -1; // the checkpoint of this step lacks the edit
        record("edit", parameter->label + ": " + jsonText(before) + " → " + jsonText(checked),
            withRound({{"path", path}, {"value", checked}, {"before", before}}, m_engine->progress()));
    }
    if (path.rfind("sampling.", 0) == 0)
        refreshSamples(true);
    publishProgress();
}

void Session::applyEpochEdits()
{
    const auto epoch = static_cast<std::int64_t>(m_engine->progress().epoch);
    if (epoch == m_epoch)
        return;
    m_epoch = epoch;
    for (const auto& [path, value] : std::exchange(m_atEpoch, {})) {
        if (Status applied = m_engine->apply(path, value); !applied) {
            record("rejected", applied.error().sentence(), {{"path", path}, {"value", value}});
            continue;
        }
        setPath(m_document, path, value);
        record("edit", path + ": " + jsonText(value), {{"path", path}, {"value", value}});
        const std::lock_guard lock(m_mutex);
        m_update.document = std::make_shared<Json>(m_document);
    }
}

/// So that there is a way back from an edit that turns out badly.
void Session::saveBeforeEdit(const std::string& path, const std::string& label)
{
    if (!m_run || !isRisky(path) || m_engine->progress().images == 0)
        return;
    const auto last = std::exchange(m_editedAt, Clock::now());
    if (m_savedStep != m_engine->progress().step && (!last || *m_editedAt - *last >= editsApart))
        saveCheckpoint("before an edit: " + label);
}

} // namespace saddle
