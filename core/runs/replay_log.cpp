// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/replay_log.h"

#include "core/base/files.h"
#include "core/runs/event_log.h"

#include <algorithm>

namespace saddle {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t longestLog = std::size_t{1} << 30;

/// What a run is computed on may change where it is resumed, and there alone.
constexpr const char* computingKeys[] = {"threads", "device"};

struct LoggedEvent {
    RunEvent event;
    std::size_t line = 0;
};

std::optional<std::int64_t> count(const Json& json, const char* key)
{
    const auto found = json.find(key);
    if (found == json.end() || !found->is_number_integer() || found->get<std::int64_t>() < 0)
        return std::nullopt;
    return found->get<std::int64_t>();
}

std::string text(const Json& json, const char* key)
{
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

RoundPosition positionOf(const RunEvent& event)
{
    RoundPosition at{event.step};
    if (const auto round = event.data.find("round"); round != event.data.end() && round->is_object()) {
        at.duePhase = text(*round, "phase");
        at.repeatsDone = count(*round, "repeat").value_or(0);
    }
    return at;
}

/// A run that went on from a checkpoint lost what came after it.
void setAside(std::vector<LoggedEvent>& events, const RunEvent& resume)
{
    auto kept = events.begin();
    if (const std::optional<std::int64_t> lines = count(resume.data, "events")) {
        kept = std::find_if(events.begin(), events.end(),
            [&lines](const LoggedEvent& one) { return one.line > static_cast<std::size_t>(*lines); });
    } else {
        // Logs of older versions: from the checkpoint's own event on, or, where a crash cut that, by steps.
        const auto checkpoint = std::find_if(events.rbegin(), events.rend(), [&resume](const LoggedEvent& one) {
            return one.event.kind == "checkpoint" && one.event.step == resume.step;
        });
        kept = checkpoint != events.rend()
            ? checkpoint.base()
            : std::find_if(events.begin(), events.end(),
                [&resume](const LoggedEvent& one) { return one.event.step > resume.step; });
    }
    events.erase(kept, events.end());
}

} // namespace

RoundPosition positionOf(const EngineProgress& progress)
{
    return {progress.step, progress.duePhase, progress.repeatsDone};
}

Json withRound(Json data, const EngineProgress& progress)
{
    if (!progress.duePhase.empty())
        data["round"] = {{"phase", progress.duePhase}, {"repeat", progress.repeatsDone}};
    return data;
}

Json resumeData(const EngineProgress& progress, const Json& document, std::int64_t keptLines)
{
    Json data = Json::object();
    if (keptLines >= 0)
        data["events"] = keptLines;
    for (const char* key : computingKeys) {
        if (const Json* value = findPath(document, std::string("training.") + key))
            data[key] = *value;
    }
    return withRound(std::move(data), progress);
}

std::int64_t keptLinesOf(const Json& state)
{
    const Json* lines = findPath(state, "session.events");
    return lines && lines->is_number_integer() && *lines >= 0 ? lines->get<std::int64_t>() : -1;
}

Result<RunScript> readRunScript(const fs::path& runFolder)
{
    const fs::path file = runFolder / "events.jsonl";
    RunScript script;
    std::error_code error;
    if (!fs::exists(file, error))
        return script;
    const Result<std::string> log = readFile(file, longestLog);
    if (!log)
        return log.error();
    std::vector<LoggedEvent> events;
    std::size_t line = 0;
    for (std::size_t begin = 0, end = 0; (end = log->find('\n', begin)) != std::string::npos; begin = end + 1) {
        ++line;
        std::optional<RunEvent> event = eventIn(std::string_view(*log).substr(begin, end - begin));
        if (!event || event->kind.empty() || event->step < 0) {
            if (end > begin)
                script.unreadable.push_back(line);
            continue;
        }
        if (event->kind == "resume")
            setAside(events, *event);
        events.push_back({*std::move(event), line});
    }
    for (LoggedEvent& one : events) {
        const RunEvent& event = one.event;
        if (event.kind == "edit") {
            const std::string path = text(event.data, "path");
            if (path.empty() || !event.data.contains("value"))
                return Error{"this edit names no setting and value", file.string() + ":" + std::to_string(one.line),
                    "the log was changed by another program"};
            script.changes.push_back({positionOf(event), path, event.data["value"], event, one.line});
        } else if (event.kind == "resume") {
            for (const char* key : computingKeys) {
                if (event.data.contains(key))
                    script.changes.push_back(
                        {positionOf(event), std::string("training.") + key, event.data[key], event, one.line});
            }
        } else if (event.kind == "step" && !text(event.data, "phase").empty()) {
            script.alone[event.step] = event;
        }
    }
    return script;
}

} // namespace saddle
