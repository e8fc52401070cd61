// SPDX-License-Identifier: GPL-3.0-or-later
// How fast the picture of the Latent tab follows a slider, and what that costs a training beside it:
//     saddle_lab_latency [--width N] [--moves N] [--rounds N] [--steps N] [--latency MS] [--cost PERCENT]
// The generator is DCGAN at 64 × 64 pixels. First nothing trains: the time from a slider's move to the painted picture.
// Then training runs, in turn left alone and with a slider dragged all the while. Medians of one process.
#include "core/base/statistics.h"
#include "core/latent/network/open_generator.h"
#include "core/training/builtin.h"
#include "tests/support/idx_images.h"
#include "tests/support/scratch.h"
#include "ui/lab/latent_panel.h"
#include "ui/lab/latent_sliders.h"
#include "ui/lab/slider_row.h"
#include "ui/main_window.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QElapsedTimer>
#include <QSlider>
#include <QStandardPaths>
#include <QTabWidget>
#include <QTimer>

#include <algorithm>
#include <cstdio>

using namespace saddle;

namespace {

constexpr int warmUp = 10;

template <typename Condition>
void waitFor(const Condition& condition)
{
    while (!condition())
        QApplication::processEvents(QEventLoop::WaitForMoreEvents);
}

Json experiment(const test::Scratch& scratch, int width)
{
    const std::filesystem::path images = scratch.write("images", test::idxImages(512, 64));
    return {{"data", {{"source", "idx"}, {"images", images.string()}}},
        {"generator", {{"architecture", "dcgan"}, {"width", width}}},
        {"discriminator", {{"architecture", "dcgan"}, {"width", width}}}, {"training", {{"batch_size", 16}}},
        {"sampling", {{"refresh_seconds", 3600}, {"keep_every", 0}}}};
}

/// Milliseconds from a move to the picture on the screen, sorted.
std::vector<double> follow(LatentPanel* lab, QSlider* slider, int moves)
{
    std::vector<double> times;
    for (int i = 0; i < moves + warmUp; ++i) {
        bool shown = false;
        const auto connection = QObject::connect(lab, &LatentPanel::pictureChanged, lab, [&shown] { shown = true; });
        QElapsedTimer timer;
        timer.start();
        slider->setValue(i % 2 ? 300 + i : -300 - i);
        waitFor([&shown] { return shown; });
        lab->window()->repaint();
        const double took = static_cast<double>(timer.nsecsElapsed()) / 1e6;
        if (i >= warmUp)
            times.push_back(took);
        QObject::disconnect(connection);
    }
    std::sort(times.begin(), times.end());
    return times;
}

/// Milliseconds a step while a slider is dragged, or not.
double trainFor(Workbench& bench, LatentPanel* lab, QSlider* slider, int steps, bool dragged, int& pictures)
{
    std::vector<double> seconds;
    const auto rows = QObject::connect(bench.bridge(), &Bridge::rowsAppended, lab, [&](const auto& more) {
        for (const MetricRow& row : more)
            seconds.push_back(row.seconds);
    });
    const auto shown = QObject::connect(lab, &LatentPanel::pictureChanged, lab, [&] { pictures += dragged; });
    QTimer drag;
    int position = 0;
    QObject::connect(&drag, &QTimer::timeout, slider, [&] { slider->setValue((position += 7) % 2000 - 1000); });
    if (dragged)
        drag.start(16);
    waitFor([&] { return static_cast<int>(seconds.size()) >= steps; });
    QObject::disconnect(rows);
    QObject::disconnect(shown);
    std::vector<double> times;
    for (std::size_t i = 3; i < seconds.size(); ++i)
        times.push_back((seconds[i] - seconds[i - 1]) * 1000);
    double sum = 0;
    for (const double time : times)
        sum += time;
    return sum / static_cast<double>(times.size());
}

} // namespace

int main(int argc, char** argv)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("saddle-lab-latency"));
    QCommandLineParser parser;
    const auto option = [&parser](const char* name, const char* text, const char* value) {
        const QCommandLineOption made(
            QString::fromLatin1(name), QString::fromLatin1(text), QStringLiteral("N"), QString::fromLatin1(value));
        parser.addOption(made);
        return made;
    };
    const QCommandLineOption width = option("width", "Base width of both networks", "64");
    const QCommandLineOption moves = option("moves", "Moves of the slider", "200");
    const QCommandLineOption rounds = option("rounds", "Rounds of training, each with and without a drag", "3");
    const QCommandLineOption steps = option("steps", "Steps a round", "60");
    const QCommandLineOption latency = option("latency", "Most milliseconds for 95 of 100 moves; 0: no bound", "33");
    const QCommandLineOption cost = option("cost", "Most percent that training may lose; 0: no bound", "5");
    parser.addHelpOption();
    parser.process(application);

    const test::Scratch scratch;
    Workbench bench(builtinCatalog(), makeTrainer);
    bench.setLatentTools(latentTools());
    MainWindow window(&bench);
    window.resize(1280, 800);
    const Result<Json> document = resolveDocument(experiment(scratch, parser.value(width).toInt()), builtinCatalog());
    if (!document) {
        std::fprintf(stderr, "%s\n", document.error().sentence().c_str());
        return 2;
    }
    bench.document()->adopt(*document, QStringLiteral("bench"));
    bench.restart();
    window.show();
    window.findChild<QTabWidget*>(QStringLiteral("tabs"))->setCurrentWidget(window.latent());
    LatentPanel* lab = window.latent();
    waitFor([lab] { return lab->shown() != nullptr; });
    QSlider* slider = lab->findChild<SliderRow*>(QStringLiteral("sliderRow0"))->slider();

    const std::vector<double> times = follow(lab, slider, parser.value(moves).toInt());
    const double p95 = times[times.size() * 95 / 100];
    std::printf("A move to its picture: median %.1f ms, 95 of 100 within %.1f ms\n", times[times.size() / 2], p95);

    bench.togglePlay();
    int pictures = 0;
    std::vector<double> alone;
    std::vector<double> beside;
    for (int round = 0; round < parser.value(rounds).toInt(); ++round) {
        alone.push_back(trainFor(bench, lab, slider, parser.value(steps).toInt(), false, pictures));
        beside.push_back(trainFor(bench, lab, slider, parser.value(steps).toInt(), true, pictures));
    }
    const double lost = (median(beside) / median(alone) - 1) * 100;
    std::printf("A step alone %.1f ms, while a slider is dragged %.1f ms: %.1f %% lost, %d pictures\n", median(alone),
        median(beside), lost, pictures);
    bench.close();
    const bool fast = parser.value(latency).toDouble() <= 0 || p95 <= parser.value(latency).toDouble();
    const bool cheap = parser.value(cost).toDouble() <= 0 || lost <= parser.value(cost).toDouble();
    return fast && cheap ? 0 : 1;
}
