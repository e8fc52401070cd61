// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/queue_player.h"

#include "core/queue/queued_experiment.h"
#include "ui/workbench.h"

#include <QDir>

#include <algorithm>
#include <utility>

namespace saddle {

namespace {

constexpr int diskPause = 5000; // milliseconds between two tries of a disk that takes no more
constexpr int othersPause = 1000; // between two looks whether another process has let the queue go

} // namespace

QueuePlayer::QueuePlayer(Workbench* bench, std::filesystem::path file, QObject* parent)
    : QObject(parent)
    , m_bench(bench)
    , m_queue(std::move(file))
{
    m_again.setSingleShot(true);
    m_again.setInterval(diskPause);
    connect(&m_again, &QTimer::timeout, this, [this] { std::exchange(m_refused, {})(); });
    // Letting go changes no file.
    m_others.setInterval(othersPause);
    connect(&m_others, &QTimer::timeout, this, [this] {
        if (!m_queue.isRunning())
            reload();
    });
    Bridge* bridge = bench->bridge();
    connect(bridge, &Bridge::opened, this, &QueuePlayer::onOpened);
    connect(bridge, &Bridge::eventsAppended, this, [this](const std::vector<RunEvent>& events) {
        for (const RunEvent& event : events) {
            if (event.kind == "finish")
                m_reachedEnd = event.data.contains("limit");
        }
    });
    connect(bridge, &Bridge::progressChanged, this, [this] { m_step = m_bench->bridge()->now().progress.step; });
    connect(bridge, &Bridge::stateChanged, this, &QueuePlayer::onState);
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, &QueuePlayer::reload);
}

QueuePlayer::~QueuePlayer()
{
    letGo();
}

const QueueEntry* QueuePlayer::find(std::int64_t id) const
{
    const auto entry =
        std::find_if(m_entries.begin(), m_entries.end(), [id](const QueueEntry& each) { return each.id == id; });
    return entry == m_entries.end() ? nullptr : &*entry;
}

int QueuePlayer::count(QueueState state) const
{
    return static_cast<int>(std::count_if(
        m_entries.begin(), m_entries.end(), [state](const QueueEntry& entry) { return entry.state == state; }));
}

void QueuePlayer::setStopsAfterThis(bool stops)
{
    m_stopsAfterThis = stops;
    if (stops && isPlaying() && m_current == 0) // nothing of the queue is under way
        end(tr("The queue stopped"));
    else
        Q_EMIT changed();
}

QString QueuePlayer::turnText() const
{
    if (!isPlaying())
        return {};
    const int running = m_current != 0 ? 1 : 0;
    const int all = m_turnsDone + running + count(QueueState::Waiting);
    return tr("%1 of %2").arg(std::min(m_turnsDone + 1, all)).arg(all);
}

QString QueuePlayer::whyNotStart() const
{
    if (isPlaying())
        return tr("The queue is running");
    if (m_queue.file().empty() || m_bench->runsFolder().empty())
        return tr("Runs are not kept");
    if (m_bench->studyBridge()->isRunning())
        return tr("A study is training: stop it first, or wait for its end");
    if (m_queue.isRunning())
        return tr("Another Saddle is running the queue");
    if (!nextWaiting(m_entries))
        return tr("Nothing waits in the queue");
    return {};
}

/// The queue's folder, or as long as there is none the nearest one in which it will come to be.
void QueuePlayer::watch()
{
    bool added = true;
    while (added) {
        QDir folder(QString::fromStdString(m_queue.file().parent_path().string()));
        while (!folder.exists() && !folder.isRoot())
            folder.setPath(QDir::cleanPath(folder.filePath(QStringLiteral(".."))));
        const QStringList watched = m_watcher.directories();
        if (watched == QStringList(folder.path()))
            return;
        if (!watched.isEmpty())
            m_watcher.removePaths(watched);
        added = m_watcher.addPath(folder.path()); // then once more: one below it may have come meanwhile
    }
}

void QueuePlayer::reload()
{
    if (m_queue.file().empty())
        return;
    watch();
    Result<Queue::Contents> contents = m_queue.read();
    if (!contents)
        return show(contents.error());
    m_entries = std::move(contents->entries);
    if (!isPlaying() && m_queue.isRunning())
        m_others.start();
    else
        m_others.stop();
    Q_EMIT changed();
    if (!contents->problem.empty())
        Q_EMIT problem(fromUtf8(contents->problem));
}

void QueuePlayer::show(const Error& error)
{
    Q_EMIT problem(fromUtf8(error.sentence()));
}

Result<QString> QueuePlayer::add(Json document, const QString& name)
{
    if (m_queue.file().empty())
        return Error{tr("runs are not kept, and so is no queue").toStdString(), "", ""};
    const Catalog& catalog = m_bench->document()->catalog();
    Result<QueueEntry> entry = makeEntry(std::move(document), name.toStdString(), catalog);
    if (!entry)
        return entry.error();
    const Result<QueueEntry> added = m_queue.add(*std::move(entry));
    if (!added)
        return added.error();
    reload();
    const std::string note = noteOnData(*added, catalog);
    return note.empty()
        ? QString()
        : tr("“%1” is in the queue, but its data cannot be read yet: %2").arg(fromUtf8(added->name), fromUtf8(note));
}

Status QueuePlayer::remove(const std::vector<std::int64_t>& ids)
{
    Result<std::vector<Queue::Removed>> removed = m_queue.remove(ids);
    if (!removed)
        return removed.error();
    m_removed = *std::move(removed);
    reload();
    return {};
}

Status QueuePlayer::undoRemove()
{
    Status back = m_queue.putBack(m_removed);
    if (back)
        m_removed.clear();
    reload();
    return back;
}

Status QueuePlayer::move(const std::vector<std::int64_t>& ids, std::optional<std::int64_t> before)
{
    Status moved = m_queue.move(ids, before);
    reload();
    return moved;
}

Status QueuePlayer::retry(std::int64_t id)
{
    const QueueEntry* entry = find(id);
    if (Status ends = entry ? checkEnds(entry->document, m_bench->document()->catalog()) : Status(); !ends)
        return ends; // one that was put aside may have none
    Status again = m_queue.retry(id);
    reload();
    return again;
}

Status QueuePlayer::bringBack(std::int64_t id)
{
    const QueueEntry* found = find(id);
    if (!found || found->state != QueueState::Aside)
        return Error{tr("this is not there any more").toStdString(), "", ""};
    const QueueEntry entry = *found;
    if (Status kept = keepEdits(); !kept)
        return kept;
    m_bench->openEdited(entry.document, entry.base.is_null() ? entry.document : entry.base);
    const Result<std::vector<Queue::Removed>> removed = m_queue.remove({id});
    reload();
    return removed ? Status() : removed.error();
}

void QueuePlayer::start()
{
    if (const QString why = whyNotStart(); !why.isEmpty()) {
        Q_EMIT problem(why);
        return;
    }
    Result<FileLock> lock = m_queue.takeToRun();
    if (!lock)
        return show(lock.error());
    m_lock = *std::move(lock);
    m_turnsDone = m_failed = 0;
    m_stopsAfterThis = false;
    next();
}

void QueuePlayer::next()
{
    if (!isPlaying() || m_current != 0)
        return;
    // A run of one's own has the bench until it ends or is paused.
    m_awaitsBench = m_bench->isRunning();
    reload();
    if (m_awaitsBench)
        return;
    if (const QueueEntry* entry = nextWaiting(m_entries))
        begin(*entry);
    else
        end(tr("The queue is through"));
}

/// Edits that no run has go into the queue, which does not run them. Where that cannot be written nothing is taken.
Status QueuePlayer::keepEdits()
{
    const Json& document = m_bench->document()->json();
    // With the bench closed nobody knows any more that a run has these edits, or that they were put aside.
    const bool settled = !m_bench->bridge()->isOpen() && document == m_settled;
    if (!settled && m_bench->hasUnsavedEdits()) {
        QueueEntry aside;
        aside.state = QueueState::Aside;
        aside.document = document;
        aside.base = m_bench->document()->loadedJson();
        aside.name = experimentName(aside.document);
        aside.note = changesFromPreset(aside.document, m_bench->document()->catalog());
        if (const Result<QueueEntry> kept = m_queue.add(std::move(aside)); !kept)
            return kept.error();
    }
    m_settled = document;
    return {};
}

void QueuePlayer::begin(QueueEntry entry)
{
    if (const Status kept = keepEdits(); !kept) {
        show(kept.error());
        return end(tr("The queue stopped, so that no edits are lost"));
    }
    // Whatever is on the bench is written before its run may be the one that is gone on with.
    m_bench->close();
    Result<QueueTurn> turn = turnOf(entry, m_bench->runsFolder(), m_bench->document()->catalog());
    m_current = entry.id;
    m_step = entry.step;
    m_goesOn = false;
    if (!turn)
        return finishTurn(QueueState::Failed, fromUtf8(turn.error().sentence()));
    m_goesOn = turn->beginning.goesOn;
    entry.state = QueueState::Running;
    entry.run = turn->runFolder;
    const Result<bool> begun = m_queue.put(entry);
    const auto lookAgain = [this] {
        m_current = 0;
        next();
    };
    if (!begun)
        return tryAgain(begun.error(), lookAgain);
    if (!*begun) { // somebody took it out
        QMetaObject::invokeMethod(this, lookAgain, Qt::QueuedConnection);
        return;
    }
    m_reachedEnd = m_skipping = false;
    reload();
    m_opening = true;
    m_bench->playTurn(*std::move(turn));
    m_opening = false;
    Q_EMIT changed();
}

void QueuePlayer::tryAgain(const Error& error, std::function<void()> what)
{
    m_refused = std::move(what);
    m_again.start();
    show(error);
    Q_EMIT changed();
}

void QueuePlayer::onOpened()
{
    // Between turns nothing is lost; within one, somebody wants the bench for something else.
    if (m_opening || m_current == 0)
        return;
    m_skipping = false;
    finishTurn(QueueState::Stopped);
}

void QueuePlayer::onState()
{
    const SessionUpdate& now = m_bench->bridge()->now();
    if (m_current == 0) {
        // A session must not be closed from within its own news.
        if (m_awaitsBench && now.state != SessionState::Running && now.state != SessionState::Loading)
            QMetaObject::invokeMethod(this, &QueuePlayer::next, Qt::QueuedConnection);
        return;
    }
    if (m_opening)
        return;
    if (now.state == SessionState::Running)
        m_again.stop();
    const bool full = now.fault && now.fault->kind == Fault::Kind::Disk && now.state != SessionState::Failed;
    // Who paused by hand plays again, also where the disk took no checkpoint of it.
    const bool goesOn = !now.fault || now.awaitsDisk || now.state == SessionState::Running
        || now.state == SessionState::Loading || (full && now.state == SessionState::Paused);
    if (now.state == SessionState::Finished)
        finishTurn(m_reachedEnd ? QueueState::Done : QueueState::Stopped);
    else if (goesOn)
        return;
    else if (full) // it lets the run not even begin
        tryAgain(now.fault->error, [this] { playAgain(); });
    else
        fall(now);
}

/// What fell over has failed, but for a run that could not even be opened.
void QueuePlayer::fall(const SessionUpdate& now)
{
    const bool unopened = m_goesOn && now.couldNotBeOpened();
    m_skipping = unopened; // the next begins all the same
    finishTurn(unopened ? QueueState::Stopped : QueueState::Failed, fromUtf8(now.fault->error.sentence()));
}

/// Until it trains: a refusal that comes again is no news of the session.
void QueuePlayer::playAgain()
{
    m_refused = [this] { playAgain(); };
    m_again.start();
    m_bench->playWhenReady();
}

void QueuePlayer::finishTurn(QueueState state, const QString& failure)
{
    const QueueEntry* found = current();
    m_again.stop();
    if (found) {
        QueueEntry entry = *found;
        entry.state = state;
        if (!(state == QueueState::Stopped && !failure.isEmpty()))
            entry.step = m_step;
        entry.failure = failure.toStdString();
        if (const Result<bool> written = m_queue.put(entry); !written)
            return tryAgain(written.error(), [this, state, failure] { finishTurn(state, failure); });
        nameRun(entry);
    }
    m_current = 0;
    ++m_turnsDone;
    m_failed += failure.isEmpty() ? 0 : 1;
    const bool byHand = state == QueueState::Stopped && !std::exchange(m_skipping, false);
    reload();
    if (byHand)
        end(tr("The queue stopped"));
    else if (m_stopsAfterThis)
        end(tr("The queue stopped after this one, as you wished"));
    else
        QMetaObject::invokeMethod(this, &QueuePlayer::next, Qt::QueuedConnection);
}

void QueuePlayer::skip()
{
    if (m_current == 0)
        return;
    m_skipping = true;
    if (permits(m_bench->bridge()->state(), SessionAction::Stop)) {
        m_bench->stop();
    } else {
        m_bench->close();
        finishTurn(QueueState::Stopped);
    }
}

void QueuePlayer::end(const QString& why)
{
    m_current = 0;
    m_awaitsBench = false;
    m_again.stop();
    m_lock = FileLock();
    const Bridge* bridge = m_bench->bridge();
    if (!bridge->isOpen() && bridge->state() != SessionState::Watching) // a turn ended before it had a session
        m_bench->restart();
    reload();
    const int good = m_turnsDone - m_failed;
    const QString failed = m_failed > 0 ? tr(", %1 failed").arg(m_failed) : QString();
    Q_EMIT ended(tr("%1: %2 of %3 run%4.").arg(why).arg(good).arg(m_turnsDone).arg(failed));
}

void QueuePlayer::letGo()
{
    if (const QueueEntry* found = current()) {
        QueueEntry entry = *found;
        entry.state = QueueState::Waiting;
        entry.step = m_step;
        // There is nobody to tell: without it the file says that it was cut, which comes to the same.
        [[maybe_unused]] const Status waits = m_queue.change(entry.id, [&entry](QueueEntry& kept) {
            kept.state = entry.state;
            kept.step = entry.step;
        });
        m_current = 0;
    }
    m_lock = FileLock();
}

} // namespace saddle
