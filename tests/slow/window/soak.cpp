// SPDX-License-Identifier: GPL-3.0-or-later
// Memory stays flat while a run trains in the open window, for SADDLE_SOAK_MINUTES (30).
//
// What may grow: the recorded numbers, which the curves show from the first step to the last. They are data, and are
// counted: a number is 8 bytes in the store and 8 in its smoothed curve, each with a seventh more for drawing it, and
// a row has about twenty. What is left must grow by less than 1 % after the first minute; in less than ten minutes,
// while buffers and the allocator still settle, by less than 3 %.
#include "core/training/builtin.h"
#include "tests/support/idx_images.h"
#include "tests/support/scratch.h"
#include "ui/main_window.h"

#include <QElapsedTimer>
#include <QTabWidget>

#include <algorithm>
#include <fstream>

#include <unistd.h>

using namespace saddle;
using namespace saddle::test;

namespace {

constexpr double bytesOfNumber = 2 * 8 * 8.0 / 7;

double residentBytes()
{
    std::ifstream file("/proc/self/statm");
    double pages = 0;
    file >> pages >> pages;
    return pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

struct Sample {
    double minutes = 0;
    double bytes = 0; ///< the recorded numbers left out
};

/// The memory between two times, or nothing.
double between(const std::vector<Sample>& samples, double from, double to)
{
    std::vector<double> some;
    for (const Sample& sample : samples) {
        if (sample.minutes >= from && sample.minutes <= to)
            some.push_back(sample.bytes);
    }
    return some.empty() ? 0 : median(some);
}

} // namespace

class TestSoak : public QObject {
    Q_OBJECT

private slots:
    void memoryStaysFlat();

private:
    Scratch m_scratch;
};

void TestSoak::memoryStaysFlat()
{
    const double minutes = qEnvironmentVariable("SADDLE_SOAK_MINUTES", QStringLiteral("30")).toDouble();
    QVERIFY2(minutes >= 1.5, "SADDLE_SOAK_MINUTES must leave time after the first minute");
    const double most = minutes < 10 ? 0.03 : 0.01;

    Workbench bench{builtinCatalog(), makeTrainer};
    bench.setRunsFolder(m_scratch.path("runs"));
    MainWindow window(&bench);
    window.resize(1440, 900);
    ExperimentDocument& document = *bench.document();
    QVERIFY_OK(document.load(QStringLiteral("fashion-dcgan")));
    const std::string images = m_scratch.write("images", idxImages(2000, 28)).string();
    for (const auto& [path, value] : std::initializer_list<std::pair<const char*, Json>>{{"data.source", "idx"},
             {"data.images", images}, {"generator.width", 8}, {"discriminator.width", 8}, {"training.batch_size", 16},
             {"training.threads", 1}, {"training.device", "cpu"}, {"training.steps", 0}, {"sampling.keep_every", 200},
             {"sampling.checkpoint_every", 100}, {"sampling.checkpoint_gigabytes", 0.02},
             {"sampling.refresh_seconds", 1}})
        QVERIFY_OK(document.set(QString::fromLatin1(path), value));
    bench.restart();
    window.show();
    bench.playWhenReady();
    const auto& now = bench.bridge()->now();
    QTRY_VERIFY_WITH_TIMEOUT(now.state == SessionState::Running, 120'000);

    auto* tabs = window.findChild<QTabWidget*>(QStringLiteral("tabs"));
    QElapsedTimer clock;
    clock.start();
    std::vector<Sample> samples;
    double told = 0;
    int look = 0;
    while (static_cast<double>(clock.elapsed()) < minutes * 60'000) {
        // All that is only made when it is first looked at is looked at, time and again.
        if (look++ % 20 == 19)
            tabs->setCurrentIndex((tabs->currentIndex() + 1) % tabs->count());
        const auto until = clock.elapsed() + 1000;
        QVERIFY(QTest::qWaitFor([&] { return clock.elapsed() >= until; }, 60'000));
        QVERIFY2(now.state == SessionState::Running, now.fault ? now.fault->error.sentence().c_str() : "it stopped");
        const auto columns = static_cast<double>(now.info->columns.size() + 4);
        const double numbers = static_cast<double>(now.progress.step) * columns * bytesOfNumber;
        samples.push_back({static_cast<double>(clock.elapsed()) / 60'000, residentBytes() - numbers});
        if (samples.back().minutes >= told) {
            told += minutes / 20;
            std::printf("%5.1f min  step %lld  %.1f MB resident, %.1f of them recorded numbers\n",
                samples.back().minutes, static_cast<long long>(now.progress.step), residentBytes() / 1e6,
                numbers / 1e6);
            std::fflush(stdout);
        }
    }
    const double first = between(samples, 0.9, 1.2);
    const double last = between(samples, minutes * 0.9, minutes);
    const double growth = last / first - 1;
    std::printf(
        "after the first minute %.1f MB, at the end %.1f MB: %+.2f %%\n", first / 1e6, last / 1e6, growth * 100);
    QVERIFY2(growth < most, qPrintable(QStringLiteral("it grew by %1 %").arg(growth * 100)));
}

QTEST_MAIN(TestSoak)
#include "soak.moc"
