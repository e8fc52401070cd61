// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/experiment.h"
#include "core/session/session.h"
#include "tests/support/fake_catalog.h"
#include "tests/support/fake_engine.h"
#include "tests/support/scratch.h"

#include <algorithm>

namespace saddle::test {

constexpr int longWait = 30000; // milliseconds; only reached by a test that fails

/// Drains a session and keeps all that it said.
class Reader {
public:
    explicit Reader(Session& session)
        : m_session(session)
    {
    }

    const SessionUpdate& read()
    {
        now = m_session.drain();
        rows.insert(rows.end(), now.rows.begin(), now.rows.end());
        events.insert(events.end(), now.events.begin(), now.events.end());
        return now;
    }
    bool is(SessionState state) { return read().state == state; }
    std::vector<RunEvent> eventsOf(const std::string& kind) const
    {
        std::vector<RunEvent> some;
        std::copy_if(events.begin(), events.end(), std::back_inserter(some),
            [&kind](const RunEvent& event) { return event.kind == kind; });
        return some;
    }

    SessionUpdate now;
    std::vector<MetricRow> rows;
    std::vector<RunEvent> events;

private:
    Session& m_session;
};

/// Makes sure that no phase stays at the gate when a test ends early.
struct GateOpener {
    std::shared_ptr<FakeEngineProbe> probe;
    ~GateOpener()
    {
        probe->letLoad();
        probe->openGate();
    }
};

inline Json documentWith(const std::string& patch)
{
    Json json = Json::parse(R"({ "sampling": { "keep_every": 0, "checkpoint_every": 0, "refresh_seconds": 0.05 } })");
    json.merge_patch(Json::parse(patch));
    return *resolveDocument(json, fakeCatalog());
}

inline SessionPlan planWith(const std::shared_ptr<FakeEngineProbe>& probe, const std::string& patch = "{}",
    const std::filesystem::path& folder = {})
{
    SessionPlan plan;
    plan.document = documentWith(patch);
    plan.catalog = &fakeCatalog();
    plan.factory = fakeEngineFactory(probe);
    plan.runFolder = folder;
    return plan;
}

} // namespace saddle::test

#define REACHES(reader, state_) QTRY_VERIFY_WITH_TIMEOUT((reader).is(SessionState::state_), longWait)
#define STARTS(session, reader)                                                                                        \
    Reader reader(session);                                                                                            \
    REACHES(reader, Ready)
