// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/job_thread.h"
#include "core/base/notice.h"

#include <QElapsedTimer>
#include <QTest>

#include <atomic>
#include <vector>

using namespace saddle;

namespace {

/// A job that waits until it is let go.
struct Gate {
    std::atomic<bool> entered{false};
    std::atomic<bool> open{false};
    std::atomic<bool> stopped{false};

    JobThread::Job job()
    {
        return [this](const std::stop_token& stop) {
            entered = true;
            while (!open && !stop.stop_requested())
                std::this_thread::yield();
            stopped = stop.stop_requested();
        };
    }
};

} // namespace

class JobThreadTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void jobsAreDoneInOrderOnOneOtherThread()
    {
        std::vector<int> order;
        std::vector<std::thread::id> threads;
        std::atomic<int> done{0};
        JobThread thread;
        for (int i = 0; i < 20; ++i) {
            thread.post(std::to_string(i), [&, i](const std::stop_token&) {
                order.push_back(i);
                threads.push_back(std::this_thread::get_id());
                ++done;
            });
        }
        QTRY_COMPARE(done.load(), 20);
        for (int i = 0; i < 20; ++i)
            QCOMPARE(order[static_cast<std::size_t>(i)], i);
        QVERIFY(threads.front() != std::this_thread::get_id());
        QCOMPARE(std::count(threads.begin(), threads.end(), threads.front()), std::ptrdiff_t(20));
    }

    void ofManyUnderOneKeyTheLatestIsDone()
    {
        Gate gate;
        std::vector<int> done;
        std::atomic<bool> last{false};
        JobThread thread;
        thread.post("gate", gate.job());
        QTRY_VERIFY(gate.entered);
        for (int i = 0; i < 1000; ++i)
            thread.post("picture", [&done, i](const std::stop_token&) { done.push_back(i); });
        thread.post("end", [&last](const std::stop_token&) { last = true; });
        gate.open = true;
        QTRY_VERIFY(last);
        QCOMPARE(done, std::vector<int>{999});
    }

    void cancellingDropsWhatWaitsAndStopsWhatIsUnderWay()
    {
        Gate gate;
        std::atomic<bool> wrong{false};
        std::atomic<bool> last{false};
        JobThread thread;
        thread.post("long", gate.job());
        QTRY_VERIFY(gate.entered);
        thread.post("other", [&wrong](const std::stop_token&) { wrong = true; });
        thread.post("end", [&last](const std::stop_token&) { last = true; });
        const JobThread::Job dropped = thread.cancel("other");
        QVERIFY(dropped); // and is the caller's
        QVERIFY(!thread.cancel("other"));
        QVERIFY(!gate.stopped);
        QVERIFY(!thread.cancel("long"));
        QTRY_VERIFY(last);
        QVERIFY(gate.stopped);
        QVERIFY(!wrong);
    }

    void endingStopsAndDrops()
    {
        Gate gate;
        std::atomic<bool> wrong{false};
        {
            JobThread thread;
            thread.post("long", gate.job());
            QTRY_VERIFY(gate.entered);
            thread.post("never", [&wrong](const std::stop_token&) { wrong = true; });
        }
        QVERIFY(gate.stopped);
        QVERIFY(!wrong);
    }

    void aShareIsKept()
    {
        // Jobs are asked for as fast as they are done; how much of the time they took is counted.
        constexpr double share = 0.1;
        std::atomic<std::int64_t> busy{0};
        std::atomic<int> done{0};
        JobThread thread;
        thread.setShare(share);
        const auto job = [&](const std::stop_token&) {
            const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(3);
            const auto began = std::chrono::steady_clock::now();
            while (std::chrono::steady_clock::now() < until)
                std::this_thread::yield();
            busy += (std::chrono::steady_clock::now() - began).count();
            ++done;
        };
        QElapsedTimer timer;
        timer.start();
        while (done < 8) {
            const int before = done;
            thread.post("job", job);
            QTRY_VERIFY(done > before);
        }
        // The last job's rest is still to come: seven of eight are complete.
        const double used = static_cast<double>(busy) / static_cast<double>(timer.nsecsElapsed());
        QVERIFY2(used <= share * 8 / 7 + 0.01, qPrintable(QString::number(used)));
        // No longer sparing: a rest under way ends at once.
        thread.setShare(1e-9);
        thread.post("job", job);
        thread.setShare(1);
        QTRY_COMPARE(done.load(), 9);
    }
};

QTEST_GUILESS_MAIN(JobThreadTest)
#include "job_thread.moc"
