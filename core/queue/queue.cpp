// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/queue/queue.h"

#include "core/base/files.h"
#include "core/base/time_text.h"
#include "core/base/untrusted_file.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

namespace saddle {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t schemaVersion = 1;
constexpr std::size_t largestFile = std::size_t{64} << 20;

constexpr std::array<const char*, 6> stateNames{"waiting", "running", "done", "failed", "stopped", "aside"};

fs::path beside(const fs::path& file, const char* ending)
{
    fs::path path = file;
    path += ending;
    return path;
}

Json toJson(const QueueEntry& entry)
{
    Json json = {{"id", entry.id}, {"name", entry.name}, {"note", entry.note}, {"state", nameOf(entry.state)},
        {"added", entry.added}};
    if (!entry.run.empty())
        json["run"] = entry.run.string();
    if (entry.step > 0)
        json["step"] = entry.step;
    if (!entry.failure.empty())
        json["failure"] = entry.failure;
    json["experiment"] = entry.document;
    if (!entry.base.is_null())
        json["base"] = entry.base;
    return json;
}

/// Nothing where the JSON is not what toJson() makes.
std::optional<QueueEntry> toEntry(const Json& json)
{
    bool good = json.is_object();
    const auto text = [&](const char* key, bool needed) {
        const Json* value = good ? findPath(json, key) : nullptr;
        good = good && (value ? value->is_string() : !needed);
        return good && value ? value->get<std::string>() : std::string();
    };
    const auto number = [&](const char* key, bool needed) {
        const Json* value = good ? findPath(json, key) : nullptr;
        good = good && (value ? value->is_number_integer() && *value >= 0 : !needed);
        return good && value ? value->get<std::int64_t>() : std::int64_t{0};
    };
    QueueEntry entry;
    entry.id = number("id", true);
    entry.name = text("name", true);
    entry.note = text("note", false);
    const auto state = std::find(stateNames.begin(), stateNames.end(), text("state", true));
    entry.added = text("added", false);
    entry.run = text("run", false);
    entry.step = number("step", false);
    entry.failure = text("failure", false);
    const Json* document = good ? findPath(json, "experiment") : nullptr;
    if (!document || !document->is_object() || state == stateNames.end() || entry.id == 0)
        return std::nullopt;
    entry.state = static_cast<QueueState>(state - stateNames.begin());
    entry.document = *document;
    if (const Json* base = findPath(json, "base"); base && base->is_object())
        entry.base = *base;
    return entry;
}

} // namespace

struct Queue::Kept {
    std::int64_t nextId = 1;
    std::vector<QueueEntry> entries;
    std::optional<Error> damage; ///< the file is no queue, and this an empty one

    auto find(std::int64_t id)
    {
        return std::find_if(entries.begin(), entries.end(), [id](const QueueEntry& entry) { return entry.id == id; });
    }
};

const char* nameOf(QueueState state)
{
    return stateNames[static_cast<std::size_t>(state)];
}

fs::path userQueueFile()
{
    return userDataFolder() / "queue.json";
}

const QueueEntry* nextWaiting(const std::vector<QueueEntry>& entries)
{
    const auto next = std::find_if(
        entries.begin(), entries.end(), [](const QueueEntry& entry) { return entry.state == QueueState::Waiting; });
    return next == entries.end() ? nullptr : &*next;
}

Queue::Queue(fs::path file)
    : m_file(std::move(file))
{
}

bool Queue::isRunning() const
{
    return isLocked(beside(m_file, ".run"));
}

Result<Queue::Kept> Queue::parse(const std::string& text, const std::string& where)
{
    const auto damaged = [&where](const std::string& what) {
        Kept kept;
        kept.damage = Error{what, where, "restore the file, or delete it"};
        return kept;
    };
    const Result<Json> json = parseJson(text, where, documentDepth + 3);
    if (!json)
        return damaged(json.error().what);
    const Json* schema = findPath(*json, "schema");
    const Json* next = findPath(*json, "next");
    const Json* entries = findPath(*json, "entries");
    if (!schema || !schema->is_number_integer())
        return damaged("this is no queue");
    if (*schema > schemaVersion) {
        return Error{"this queue is of schema " + schema->dump() + ", newer than this program knows ("
                + std::to_string(schemaVersion) + ")",
            where, "use a newer Saddle, or move the file away"};
    }
    if (!next || !next->is_number_integer() || !entries || !entries->is_array())
        return damaged("this queue is not as it was written");
    Kept kept;
    kept.nextId = next->get<std::int64_t>();
    for (const Json& each : *entries) {
        std::optional<QueueEntry> entry = toEntry(each);
        if (!entry || entry->id >= kept.nextId || kept.find(entry->id) != kept.entries.end())
            return damaged("entry " + std::to_string(kept.entries.size() + 1) + " is not as it was written");
        kept.entries.push_back(*std::move(entry));
    }
    return kept;
}

Result<Queue::Kept> Queue::load() const
{
    std::error_code error;
    if (!fs::exists(fs::symlink_status(m_file, error)))
        return Kept();
    const Result<std::string> text = readUntrusted(m_file, largestFile);
    return text ? parse(*text, m_file.string()) : text.error();
}

Result<Queue::Contents> Queue::setAside() const
{
    const Result<FileLock> lock = FileLock::await(beside(m_file, ".edit"));
    if (!lock)
        return lock.error();
    Result<Kept> kept = load();
    if (!kept)
        return kept.error();
    if (!kept->damage) // somebody was here before
        return Contents{std::move(kept->entries), {}};
    for (int number = 1;; ++number) {
        const fs::path aside =
            m_file.parent_path() / (m_file.stem().string() + "-damaged-" + std::to_string(number) + ".json");
        std::error_code error;
        if (fs::exists(fs::symlink_status(aside, error)))
            continue;
        fs::rename(m_file, aside, error);
        if (error)
            return systemError(error.value(), "the damaged queue cannot be set aside", m_file);
        kept->damage->remedy = "it is kept as " + aside.string() + ", and the queue begins empty";
        return Contents{{}, kept->damage->sentence()};
    }
}

Result<Queue::Contents> Queue::read() const
{
    Result<Kept> kept = load();
    if (!kept)
        return kept.error();
    if (kept->damage)
        return setAside();
    // Asked after the file was read: whoever took an entry since has the lock by then.
    if (!isRunning()) {
        for (QueueEntry& entry : kept->entries) {
            if (entry.state == QueueState::Running)
                entry.state = QueueState::Waiting;
        }
    }
    return Contents{std::move(kept->entries), {}};
}

Status Queue::makeFolder() const
{
    std::error_code error;
    fs::create_directories(m_file.parent_path(), error);
    return error ? Status(systemError(error.value(), "the folder cannot be made", m_file.parent_path())) : Status();
}

Status Queue::edit(const std::function<Status(Kept&)>& edit)
{
    if (Status made = makeFolder(); !made)
        return made;
    const Result<FileLock> lock = FileLock::await(beside(m_file, ".edit"));
    if (!lock)
        return lock.error();
    Result<Kept> kept = load();
    if (!kept)
        return kept.error();
    if (kept->damage)
        return *kept->damage;
    if (Status edited = edit(*kept); !edited)
        return edited;
    Json json = {{"schema", schemaVersion}, {"next", kept->nextId}, {"entries", Json::array()}};
    for (const QueueEntry& entry : kept->entries)
        json["entries"].push_back(toJson(entry));
    return writeFileWhole(m_file, prettyJson(json));
}

Result<QueueEntry> Queue::add(QueueEntry entry)
{
    entry.added = utcText(std::time(nullptr));
    const Status added = edit([&entry](Kept& kept) -> Status {
        entry.id = kept.nextId++;
        kept.entries.push_back(entry);
        return {};
    });
    if (!added)
        return added.error();
    return entry;
}

Result<std::vector<Queue::Removed>> Queue::remove(const std::vector<std::int64_t>& ids)
{
    std::vector<Removed> removed;
    const Status done = edit([&](Kept& kept) -> Status {
        const bool running = isRunning();
        for (const std::int64_t id : ids) {
            const auto entry = kept.find(id);
            if (entry == kept.entries.end())
                return Error{"the queue has no entry " + std::to_string(id), "", "look at the list again"};
            if (running && entry->state == QueueState::Running)
                return Error{"“" + entry->name + "” is running", "", "skip or stop it first"};
            removed.push_back({*entry, static_cast<std::size_t>(entry - kept.entries.begin())});
            if (entry->state == QueueState::Running) // it was cut, and waits
                removed.back().entry.state = QueueState::Waiting;
        }
        for (const std::int64_t id : ids)
            std::erase_if(kept.entries, [id](const QueueEntry& entry) { return entry.id == id; });
        return {};
    });
    if (!done)
        return done.error();
    std::sort(removed.begin(), removed.end(), [](const Removed& a, const Removed& b) { return a.place < b.place; });
    return removed;
}

Result<std::vector<Queue::Removed>> Queue::clear()
{
    const Result<Contents> now = read();
    if (!now)
        return now.error();
    std::vector<std::int64_t> ids;
    for (const QueueEntry& entry : now->entries) {
        if (entry.state != QueueState::Running && entry.state != QueueState::Aside)
            ids.push_back(entry.id);
    }
    return remove(ids);
}

Status Queue::putBack(const std::vector<Removed>& removed)
{
    return edit([&removed](Kept& kept) -> Status {
        for (const Removed& each : removed) { // by place: each finds those before it where they were
            if (kept.find(each.entry.id) != kept.entries.end())
                continue;
            const std::size_t place = std::min(each.place, kept.entries.size());
            kept.entries.insert(kept.entries.begin() + static_cast<std::ptrdiff_t>(place), each.entry);
        }
        return {};
    });
}

Status Queue::move(const std::vector<std::int64_t>& ids, std::optional<std::int64_t> before)
{
    return edit([&](Kept& kept) -> Status {
        const auto moves = [&ids](const QueueEntry& entry) {
            return std::find(ids.begin(), ids.end(), entry.id) != ids.end();
        };
        // What stands behind the place stays behind it, even where the place itself moves.
        auto place = before ? kept.find(*before) : kept.entries.end();
        while (place != kept.entries.end() && moves(*place))
            ++place;
        std::stable_partition(kept.entries.begin(), place, [&moves](const QueueEntry& entry) { return !moves(entry); });
        std::stable_partition(place, kept.entries.end(), moves);
        return {};
    });
}

Status Queue::retry(std::int64_t id)
{
    return change(id, [](QueueEntry& entry) {
        if (entry.state == QueueState::Running || entry.state == QueueState::Waiting)
            return;
        if (entry.state != QueueState::Stopped) {
            entry.run.clear();
            entry.step = 0;
        }
        entry.state = QueueState::Waiting;
        entry.failure.clear();
    });
}

Result<bool> Queue::put(const QueueEntry& entry)
{
    bool there = false;
    const Status put = edit([&](Kept& kept) -> Status {
        const auto found = kept.find(entry.id);
        there = found != kept.entries.end();
        if (!there)
            return {};
        found->state = entry.state;
        found->run = entry.run;
        found->step = entry.step;
        found->failure = entry.failure;
        const bool over = entry.state != QueueState::Running && entry.state != QueueState::Done;
        std::error_code error;
        if (!over || fs::exists(entry.run / "experiment.json", error))
            return {};
        // Nothing came to be there, and the name may become another's.
        found->run.clear();
        found->step = 0;
        if (entry.state == QueueState::Failed && !found->base.is_null())
            found->state = QueueState::Aside; // no run has its edits
        return {};
    });
    if (!put)
        return put.error();
    return there;
}

Status Queue::change(std::int64_t id, const std::function<void(QueueEntry&)>& change)
{
    return edit([&](Kept& kept) -> Status {
        const auto entry = kept.find(id);
        if (entry == kept.entries.end())
            return Error{"the queue has no entry " + std::to_string(id), "", "look at the list again"};
        change(*entry);
        return {};
    });
}

Result<FileLock> Queue::takeToRun()
{
    if (const Status made = makeFolder(); !made)
        return made.error();
    Result<FileLock> lock = FileLock::take(
        beside(m_file, ".run"), {"another Saddle is running the queue", m_file.string(), "stop it there first"});
    if (!lock)
        return lock;
    // Written only where one was cut: a disk that takes no more is the business of whoever runs the queue.
    const Result<Kept> kept = load();
    if (!kept)
        return kept.error();
    const auto runs = [](const QueueEntry& entry) { return entry.state == QueueState::Running; };
    if (std::none_of(kept->entries.begin(), kept->entries.end(), runs))
        return lock;
    const Status ready = edit([](Kept& now) -> Status {
        for (QueueEntry& entry : now.entries) {
            if (entry.state == QueueState::Running)
                entry.state = QueueState::Waiting;
        }
        return {};
    });
    if (!ready)
        return ready.error();
    return lock;
}

} // namespace saddle
