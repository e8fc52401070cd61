// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/queue/queue.h"
#include "core/session/session.h"

#include <QFileSystemWatcher>
#include <QObject>
#include <QTimer>

#include <functional>
#include <vector>

namespace saddle {

class Workbench;

/// The queue as the window has it: what waits in it, and its turns on the bench, one after another. An experiment whose
/// edits no run has is put aside in the queue before its place is taken.
class QueuePlayer : public QObject {
    Q_OBJECT

public:
    /// Knows nothing until reload(): whoever shows it wants to hear of a damaged file.
    QueuePlayer(Workbench* bench, std::filesystem::path file, QObject* parent = nullptr);
    ~QueuePlayer() override;

    const std::vector<QueueEntry>& entries() const { return m_entries; }
    const QueueEntry* find(std::int64_t id) const;
    int count(QueueState state) const;
    /// Whether this window runs the queue, a wait for the run on the bench included.
    bool isPlaying() const { return m_lock.isHeld(); }
    /// The entry on the bench; null between turns.
    const QueueEntry* current() const { return find(m_current); }
    /// Whether the first turn waits for the end of a run that is none of the queue's.
    bool awaitsBench() const { return m_awaitsBench; }
    bool stopsAfterThis() const { return m_stopsAfterThis; }
    void setStopsAfterThis(bool stops);
    /// Whether the disk takes nothing at the moment; it is tried again by itself.
    bool awaitsDisk() const { return m_again.isActive(); }
    /// "2 of 5": which turn it is of all since the start; empty while it does not play.
    QString turnText() const;
    /// Why the queue cannot start; empty where it can.
    QString whyNotStart() const;

    /// Puts a resolved experiment at the end; `name` empty: its own. An Error says why it cannot wait there. What is
    /// returned may be worth to be said: its data is not there yet.
    Result<QString> add(Json document, const QString& name = {});
    Status remove(const std::vector<std::int64_t>& ids);
    /// Brings back what was removed last.
    Status undoRemove();
    Status move(const std::vector<std::int64_t>& ids, std::optional<std::int64_t> before);
    Status retry(std::int64_t id);
    /// Puts an experiment that was put aside on the bench again, with its edits.
    Status bringBack(std::int64_t id);

    void start();
    /// Ends the turn under way and begins the next.
    void skip();
    /// Reads the file again.
    void reload();
    /// After the session was closed with the window: the turn under way waits to be gone on with.
    void letGo();

Q_SIGNALS:
    /// The entries, or whether and what is played.
    void changed();
    /// It came to its end, or was ended: in words.
    void ended(const QString& summary);
    /// Something could not be done, in words for a person.
    void problem(const QString& text);

private:
    void next();
    Status keepEdits();
    void begin(QueueEntry entry);
    void onState();
    void onOpened();
    void fall(const SessionUpdate& now);
    void finishTurn(QueueState state, const QString& failure = {});
    void end(const QString& why);
    /// Tells what the disk refused, and does it again a while later.
    void tryAgain(const Error& error, std::function<void()> what);
    void playAgain();
    void show(const Error& error);
    void watch();

    Workbench* m_bench;
    Queue m_queue;
    std::vector<QueueEntry> m_entries;
    std::vector<Queue::Removed> m_removed; ///< what undoRemove() brings back
    FileLock m_lock; ///< held while it plays
    std::int64_t m_current = 0; ///< id of the entry on the bench; 0: none
    std::int64_t m_step = 0; ///< of it
    int m_turnsDone = 0; ///< since the start
    int m_failed = 0;
    bool m_awaitsBench = false;
    bool m_stopsAfterThis = false;
    bool m_opening = false;
    bool m_skipping = false;
    bool m_goesOn = false; ///< the turn is one of a run that there is already
    Json m_settled; ///< of which all edits are in a run or put aside
    bool m_reachedEnd = false; ///< the run on the bench said that it came to a limit of its own
    QTimer m_again;
    QTimer m_others; ///< while another process runs the queue
    std::function<void()> m_refused; ///< what the timer tries again
    QFileSystemWatcher m_watcher;
};

} // namespace saddle
