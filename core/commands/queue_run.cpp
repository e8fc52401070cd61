// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/commands/attend.h"
#include "core/commands/commands.h"
#include "core/commands/interrupt.h"
#include "core/commands/progress_line.h"

#include "core/base/files.h"
#include "core/base/text.h"
#include "core/queue/queued_experiment.h"
#include "core/runs/run_folder.h"
#include "core/training/builtin.h"

#include <chrono>
#include <cstdio>
#include <thread>

namespace saddle {

namespace fs = std::filesystem;

namespace {

/// Between two tries of a disk that takes no more.
constexpr auto diskPause = std::chrono::seconds(5);

/// One sitting of `queue run`.
class Sitting {
public:
    Sitting(Queue queue, fs::path runs, bool quiet)
        : m_queue(std::move(queue))
        , m_runs(std::move(runs))
        , m_quiet(quiet)
    {
    }

    int run();

private:
    void runOne(QueueEntry entry);
    void come(QueueEntry& entry, const PlayedRun& played, bool goesOn, ProgressLine& line);
    bool set(const QueueEntry& entry);
    void awaitDisk(const Error& error);

    Queue m_queue;
    const fs::path m_runs;
    const bool m_quiet;
    const InterruptGuard m_guard;
    std::int64_t m_done = 0;
    std::int64_t m_failed = 0;
    std::string m_told; ///< of the disk
};

int Sitting::run()
{
    const Result<FileLock> lock = m_queue.takeToRun();
    if (!lock)
        return report(lock.error());
    while (!m_guard.interrupted()) {
        // Read anew: others add to it meanwhile.
        Result<Queue::Contents> contents = m_queue.read();
        if (!contents)
            return report(contents.error());
        if (!contents->problem.empty())
            std::fprintf(stderr, "%s\n", contents->problem.c_str());
        const QueueEntry* next = nextWaiting(contents->entries);
        if (!next)
            break;
        runOne(*next);
    }
    if (m_guard.interrupted()) {
        std::fprintf(stderr, "Stopped. saddle-cli queue run goes on with it.\n");
        return Interrupted;
    }
    if (m_done + m_failed == 0)
        std::printf("Nothing waits in the queue. Add an experiment by: saddle-cli queue add\n");
    else
        std::printf("%lld done, %lld failed\n", static_cast<long long>(m_done), static_cast<long long>(m_failed));
    return m_failed == 0 ? Success : Failed;
}

void Sitting::runOne(QueueEntry entry)
{
    const Catalog& catalog = builtinCatalog();
    Result<QueueTurn> turn = turnOf(entry, m_runs, catalog);
    const Json* steps = turn ? findPath(turn->document, "training.steps") : nullptr;
    ProgressLine line(steps && steps->is_number_integer() ? steps->get<std::int64_t>() : 0, m_quiet);
    line.note(entry.name + (entry.note.empty() ? "" : " (" + entry.note + ")"));
    PlayedRun played;
    const bool goesOn = turn && turn->beginning.goesOn;
    if (turn) {
        entry.state = QueueState::Running;
        entry.run = turn->runFolder;
        if (!set(entry))
            return;
        SessionPlan plan;
        plan.document = std::move(turn->document);
        plan.catalog = &catalog;
        plan.factory = makeTrainer;
        plan.runFolder = turn->runFolder;
        plan.beginning = std::move(turn->beginning);
        plan.renderSamples = false;
        played = playToEnd(std::move(plan), attend(line, m_guard));
    } else {
        played.fault = Fault{Fault::Kind::Other, 0, turn.error()};
    }
    line.finish();
    come(entry, played, goesOn, line);
}

/// What a turn came to.
void Sitting::come(QueueEntry& entry, const PlayedRun& played, bool goesOn, ProgressLine& line)
{
    const bool unopened = goesOn && played.last.couldNotBeOpened();
    if (!unopened)
        entry.step = played.last.progress.step;
    if (played.stopped) {
        entry.state = QueueState::Waiting;
        set(entry);
        return;
    }
    if (played.fault && played.fault->kind == Fault::Kind::Disk) {
        // No run could be begun or gone on with: nothing else could.
        entry.state = QueueState::Waiting;
        set(entry);
        return awaitDisk(played.fault->error);
    }
    nameRun(entry);
    entry.state = !played.fault ? QueueState::Done : unopened ? QueueState::Stopped : QueueState::Failed;
    entry.failure = played.fault ? played.fault->error.sentence() : std::string();
    (played.fault ? m_failed : m_done) += 1;
    line.note(entry.name + (played.fault ? " failed: " + entry.failure : ": " + grouped(entry.step) + " steps"));
    set(entry);
    if (!played.fault)
        std::printf("run %s\n", entry.run.c_str());
}

/// What an entry is now, in the file. Without that it would run twice: a full disk is waited for. False: it is there no
/// more.
bool Sitting::set(const QueueEntry& entry)
{
    while (true) {
        const Result<bool> there = m_queue.put(entry);
        if (there) {
            m_told.clear();
            return *there;
        }
        if (m_guard.interrupted())
            return true;
        if (const Result<Queue::Contents> now = m_queue.read(); now && !now->problem.empty())
            std::fprintf(stderr, "%s\n", now->problem.c_str()); // a damaged file, which was set aside
        else
            awaitDisk(there.error());
    }
}

void Sitting::awaitDisk(const Error& error)
{
    const std::string sentence = error.sentence();
    if (sentence != m_told)
        std::fprintf(stderr, "The queue waits: %s\n", sentence.c_str());
    m_told = sentence;
    const auto until = std::chrono::steady_clock::now() + diskPause;
    while (std::chrono::steady_clock::now() < until && !m_guard.interrupted())
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
}

} // namespace

int runQueueCommand(const QueueRunRequest& request)
{
    const fs::path runs = namedPath(request.runs.empty() ? userDataFolder() / "runs" : request.runs);
    // Where no run can be written, every entry would fail.
    if (Status usable = RunFolder::check(newRunFolder(runs, "queue")); !usable)
        return report(usable.error());
    return Sitting(Queue(userQueueFile()), runs, request.quiet).run();
}

} // namespace saddle
