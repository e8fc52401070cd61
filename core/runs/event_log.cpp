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

std::optional<RunEvent> eventIn(std::string_view line)
{
    const Result<Json> json = parseJson(line, "events.jsonl", documentDepth);
    const Json* step = json && json->is_object() ? findPath(*json, "step") : nullptr;
    if (!step || !step->is_number_integer())
        return std::nullopt;
    RunEvent event;
    event.step = step->get<std::int64_t>();
    event.kind = textOf(*json, "kind");
    event.text = textOf(*json, "text");
    if (const auto seconds = json->find("seconds"); seconds != json->end() && seconds->is_number())
        event.seconds = seconds->get<double>();
    if (const auto data = json->find("data"); data != json->end() && data->is_object())
        event.data = *data;
    return event;
}

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
        if (std::optional<RunEvent> event = eventIn(std::string_view(*text).substr(at, end - at)))
            events.push_back(*std::move(event));
        at = end + 1;
    }
    return events;
}

} // namespace saddle
