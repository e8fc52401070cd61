// SPDX-License-Identifier: GPL-3.0-or-later
// What a checkpoint keeps of a session: edits that wait for an epoch, patience, and how much of the log it stands on.
#include "core/session/session.h"

#include "core/runs/experiment.h"

namespace saddle {

Json Session::keptState() const
{
    Json kept = {{"epoch", m_epoch}, {"stop_rules", m_stopRules.state()}};
    if (m_run)
        kept["events"] = m_run->eventLines();
    for (const auto& [path, value] : m_atEpoch)
        kept["at_epoch"].push_back({path, value});
    return kept;
}

Status Session::restoreKept(const Json& state)
{
    m_epoch = static_cast<std::int64_t>(m_engine->progress().epoch);
    const auto found = state.find("session");
    if (found == state.end()) // of an older version
        return {};
    const std::string where = "state.json: session";
    try {
        found->at("epoch").get_to(m_epoch);
        m_stopRules.restore(found->at("stop_rules"));
        m_atEpoch.clear();
        for (const Json& waiting : found->value("at_epoch", Json::array())) {
            const std::string path = waiting.at(0);
            const Result<Json> changed = changeSetting(m_document, *m_plan.catalog, path, waiting.at(1));
            if (!changed)
                return changed.error().in(where);
            m_atEpoch[path] = *findPath(*changed, path);
        }
    } catch (const Json::exception&) {
        return Error{"this is not what a session keeps in a checkpoint", where, "choose another checkpoint"};
    }
    return {};
}

} // namespace saddle
