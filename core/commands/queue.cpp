// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/commands/commands.h"

#include "core/base/text.h"
#include "core/queue/queued_experiment.h"
#include "core/training/builtin.h"

#include <algorithm>
#include <cstdio>

namespace saddle {

namespace {

Json entryJson(const QueueEntry& entry)
{
    Json json = {{"id", entry.id}, {"name", entry.name}, {"note", entry.note}, {"state", nameOf(entry.state)},
        {"added", entry.added}, {"steps", *findPath(entry.document, "training.steps")}};
    if (!entry.run.empty())
        json["run"] = entry.run.string();
    if (!entry.failure.empty())
        json["failure"] = entry.failure;
    return json;
}

void printEntry(const QueueEntry& entry)
{
    const Json* steps = findPath(entry.document, "training.steps");
    const std::int64_t wanted = steps && steps->is_number_integer() ? steps->get<std::int64_t>() : 0;
    std::printf("%4lld  %-8s  %16s  %s\n", static_cast<long long>(entry.id), nameOf(entry.state),
        wanted > 0 ? (grouped(wanted) + " steps").c_str() : "", entry.name.c_str());
    for (const std::string& line : {entry.note, entry.run.string(), entry.failure}) {
        if (!line.empty())
            std::printf("      %s\n", line.c_str());
    }
}

/// What there is; a damaged file is told of.
Result<std::vector<QueueEntry>> readEntries(const Queue& queue)
{
    Result<Queue::Contents> contents = queue.read();
    if (!contents)
        return contents.error();
    if (!contents->problem.empty())
        std::fprintf(stderr, "%s\n", contents->problem.c_str());
    return std::move(contents->entries);
}

int sayRemoved(const Result<std::vector<Queue::Removed>>& removed)
{
    if (!removed)
        return report(removed.error());
    std::printf("%s removed\n", counted(static_cast<std::int64_t>(removed->size()), "experiment").c_str());
    return Success;
}

} // namespace

int addToQueueCommand(const QueueAddRequest& request)
{
    const Catalog& catalog = builtinCatalog();
    Result<Json> document = loadChanged(request.experiment, catalog, request.changes);
    if (!document)
        return report(document.error());
    Result<QueueEntry> entry = makeEntry(*std::move(document), request.name, catalog);
    if (!entry)
        return report(entry.error());
    Queue queue(userQueueFile());
    if (const Result<std::vector<QueueEntry>> entries = readEntries(queue); !entries)
        return report(entries.error());
    const Result<QueueEntry> added = queue.add(*std::move(entry));
    if (!added)
        return report(added.error());
    if (const std::string note = noteOnData(*added, catalog); !note.empty())
        std::fprintf(stderr, "Its turn will fail unless this is seen to before: %s\n", note.c_str());
    std::printf("%lld  %s\n", static_cast<long long>(added->id), added->name.c_str());
    return Success;
}

int listQueueCommand(bool json)
{
    const Queue queue(userQueueFile());
    const Result<std::vector<QueueEntry>> entries = readEntries(queue);
    if (!entries)
        return report(entries.error());
    if (json) {
        Json list = Json::array();
        for (const QueueEntry& entry : *entries)
            list.push_back(entryJson(entry));
        std::printf("%s", prettyJson(list).c_str());
        return Success;
    }
    for (const QueueEntry& entry : *entries)
        printEntry(entry);
    const auto waiting = std::count_if(
        entries->begin(), entries->end(), [](const QueueEntry& entry) { return entry.state == QueueState::Waiting; });
    std::printf("%s, %lld waiting%s\n", counted(static_cast<std::int64_t>(entries->size()), "experiment").c_str(),
        static_cast<long long>(waiting), queue.isRunning() ? "; the queue runs" : "");
    return Success;
}

int removeFromQueueCommand(const std::vector<std::int64_t>& ids)
{
    return sayRemoved(Queue(userQueueFile()).remove(ids));
}

int clearQueueCommand()
{
    return sayRemoved(Queue(userQueueFile()).clear());
}

int retryInQueueCommand(std::int64_t id)
{
    Queue queue(userQueueFile());
    const Result<Queue::Contents> contents = queue.read();
    if (!contents)
        return report(contents.error());
    const auto entry = std::find_if(
        contents->entries.begin(), contents->entries.end(), [id](const QueueEntry& each) { return each.id == id; });
    if (entry != contents->entries.end()) {
        if (const Status ends = checkEnds(entry->document, builtinCatalog()); !ends)
            return report(ends.error()); // one that was put aside may have none
    }
    const Status again = queue.retry(id);
    return again ? Success : report(again.error());
}

} // namespace saddle
