// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/file_lock.h"
#include "core/base/json.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace saddle {

enum class QueueState {
    Waiting, ///< for its turn; one that has a run goes on with it
    Running,
    Done, ///< it came to the end that its experiment sets
    Failed,
    Stopped, ///< by hand, before its end
    Aside, ///< an experiment with edits that the queue took the bench from: kept, and never run
};

/// "waiting", "running" … as the file and lists for machines have it.
const char* nameOf(QueueState state);

struct QueueEntry {
    std::int64_t id = 0; ///< given by the queue, and never to another
    std::string name;
    std::string note; ///< what it has otherwise than its preset: "Batch size 32"; may be empty
    Json document; ///< resolved
    QueueState state = QueueState::Waiting;
    std::filesystem::path run = {}; ///< its folder, once it has begun
    std::int64_t step = 0; ///< at which it ended or was stopped
    std::string failure = {}; ///< one sentence
    std::string added = {}; ///< "2026-05-01T14:02:33Z"
    Json base = {}; ///< of one that was put aside: what its edits started from; else null
};

/// Experiments that run one after another, in a file of its own that windows and commands share:
///
///     queue.json        the entries in their order, written whole
///     queue.json.edit   locked while somebody changes the file
///     queue.json.run    locked while somebody runs the queue
///
/// An entry that its file calls running while nobody runs the queue was cut: its process died. It is read as waiting.
class Queue {
public:
    explicit Queue(std::filesystem::path file);

    const std::filesystem::path& file() const { return m_file; }

    struct Contents {
        std::vector<QueueEntry> entries;
        std::string problem; ///< a sentence: what was wrong with the file, and where it is now
    };
    /// A file that cannot be understood is set aside under a name of its own, and the queue is empty. One that cannot
    /// be read, or that a newer program wrote, is an Error and stays.
    Result<Contents> read() const;
    /// Whether some process runs the queue at this moment.
    bool isRunning() const;

    /// Puts an entry at the end and gives it its id and time.
    Result<QueueEntry> add(QueueEntry entry);

    struct Removed {
        QueueEntry entry;
        std::size_t place = 0;
    };
    /// All of them or none. An Error names one that runs, or that is not there.
    Result<std::vector<Removed>> remove(const std::vector<std::int64_t>& ids);
    /// The same, of every entry but those that run or were put aside.
    Result<std::vector<Removed>> clear();
    /// Puts them where they were, with their ids.
    Status putBack(const std::vector<Removed>& removed);
    /// Moves entries, in the order of the list, before another one; without that, to the end.
    Status move(const std::vector<std::int64_t>& ids, std::optional<std::int64_t> before);
    /// Lets an entry wait for its turn again: one that was stopped goes on with its run, any other begins anew.
    Status retry(std::int64_t id);
    /// Keeps what has become of an entry: its state, run, step and failure. One that ended before it had a run has
    /// none, and if it had been put aside it is so again. False: it was taken out of the queue meanwhile.
    Result<bool> put(const QueueEntry& entry);
    /// Changes one entry.
    Status change(std::int64_t id, const std::function<void(QueueEntry&)>& edit);

    /// The right to run the queue, held while the lock lives. Entries that were cut wait again. An Error names the
    /// process that runs it.
    Result<FileLock> takeToRun();

private:
    struct Kept;
    static Result<Kept> parse(const std::string& text, const std::string& where);
    Result<Kept> load() const;
    Result<Contents> setAside() const;
    Status makeFolder() const;
    /// Reads, changes and writes under the lock; an Error of `edit` leaves the file as it is.
    Status edit(const std::function<Status(Kept&)>& edit);

    std::filesystem::path m_file;
};

/// The queue of this user.
std::filesystem::path userQueueFile();

/// The entry whose turn is next, or null.
const QueueEntry* nextWaiting(const std::vector<QueueEntry>& entries);

} // namespace saddle
