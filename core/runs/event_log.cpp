// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/event_log.h"

#include "core/base/files.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace saddle {

namespace {

std::string textOf(const Json& line, const char* key)
{
    const auto found = line.find(key);
    return found != line.end() && found->is_string() ? found->get<std::string>() : std::string();
}

} // namespace

std::vector<RunEvent> readEvents(const std::filesystem::path& runFolder)
{
    std::vector<RunEvent> events;
    constexpr std::size_t limit = std::size_t{256} << 20;
    const Result<std::string> text = readFile(runFolder / "events.jsonl", limit);
    if (!text)
        return events;
    std::size_t at = 0;
    while (at < text->size()) {
        const std::size_t end = std::min(text->find('\n', at), text->size());
        const Result<Json> parsed = parseJson(text->substr(at, end - at), "events.jsonl", documentDepth);
        at = end + 1;
        if (!parsed)
            continue;
        const Json& line = *parsed;
        const auto step = line.is_object() ? line.find("step") : line.end();
        if (step == line.end() || !step->is_number_integer())
            continue;
        RunEvent event;
        event.step = step->get<std::int64_t>();
        event.kind = textOf(line, "kind");
        event.text = textOf(line, "text");
        if (const auto seconds = line.find("seconds"); seconds != line.end() && seconds->is_number())
            event.seconds = seconds->get<double>();
        if (const auto data = line.find("data"); data != line.end() && data->is_object())
            event.data = *data;
        events.push_back(std::move(event));
    }
    return events;
}

} // namespace saddle
